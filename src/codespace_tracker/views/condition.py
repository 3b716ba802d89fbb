"""Whether the tracker runs, and why not, in words."""

from __future__ import annotations

from codespace_tracker.core.record import Record
from codespace_tracker.views import wording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.views.tracker_state import TrackerState


class Condition(Record):
    """Whether the tracker runs, in words.

    `kind` is `running`, `waiting` (another machine's tracker is counted) or `not_running`. `name`
    begins with `state`, which says it alone. `why` is the reason, empty where there is nothing to
    say.
    """

    kind: str
    state: str
    name: str
    why: str = ""


def where(state: TrackerState) -> str:
    """What is tracked: `codespaces · fuzzy-space-waddle · octocat/thesis`."""
    tracker = state.tracker
    names = (tracker.environment, tracker.codespace_name, tracker.repository)
    return " · ".join(name for name in names if name)


def condition(state: TrackerState) -> Condition:
    """Whether the tracker runs, and why not."""
    if state.running:
        if not state.elsewhere:
            return Condition("running", "running", "running")
        name = f"running {state.place}"
        why = "That one is counted, not this one: the two have one state directory."
        if state.waiting:
            why = "This one's tracker counts in memory, and writes once that one is gone."
        return Condition("running", name, name, why)
    if state.waiting:
        why = (
            "Another machine's tracker was here last: this one counts in memory, and writes once "
            "that one is gone."
        )
        return Condition("waiting", "waiting", "waiting", why)
    name = f"NOT RUNNING for {wording.about(state.silent_us)}"
    return Condition("not_running", "NOT RUNNING", name, _why_not(state))


def _why_not(state: TrackerState) -> str:
    if state.stopped:
        why = "It was stopped by you."
    elif state.same_life and state.session.ending == "paused":
        why = "It was paused, and not started since."
    elif state.same_life:
        why = "It ended without being stopped."
    else:
        why = "This machine's running time is not being counted yet."
    lost = (
        " Nothing is lost: a start counts this time too, as the machine ran."
        if state.same_life
        else ""
    )
    return f"{why}{lost}"
