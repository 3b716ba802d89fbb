"""What a trigger does now or next, as a value, and that in words. Nothing else decides it, and
nothing reads it back from the words."""

from __future__ import annotations

from codespace_tracker.config.conditions import EVENTS, SCOPES
from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import SECOND_US
from codespace_tracker.core.record import Record
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.views import trigger_words, wording
from codespace_tracker.views.standing import Standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.ledger.occurrences import Occurrence
    from codespace_tracker.views.outlook_kind import Kind


class Outlook(Record):
    """What a trigger does now or next.

    `in_us` is in how many µs it comes, of `running` how long it has run (None: not known). `at` is
    the very moment (UTC µs) where it waits for one of the wall clock. `label` is the trigger that
    fired for all of its flag, `name` the event or the scope.
    """

    kind: Kind
    in_us: int | None = None
    at: int | None = None
    label: str = ""
    name: str = ""

    @property
    def is_ahead(self) -> bool:
        """Whether it is due at a time that is known and has not come."""
        return self.kind == "due" and self.in_us is not None and self.in_us >= SECOND_US


def outlook(standing: Standing, n: int, wait: int | None) -> Outlook:
    """What trigger number `n` of the plan does now, when it is due next, or why it will not be.

    `wait` is its value in `waits` (µs).
    """
    trigger = standing.triggers[n]
    going = standing.going.get((trigger.flag, trigger.label))
    if going is not None and going.state == "running":
        since = standing.started.get(going.id, going.claimed_at)
        return Outlook("running", max(0, standing.moment.at - since))
    if not trigger.enabled:
        return Outlook("disabled")
    if going is not None and going.state == "queued":
        return Outlook("queued")
    if going is not None and going.retry_us is not None:
        return Outlook("retry", going.retry_us - standing.moment.measures.clock)
    if trigger.flag in standing.held:
        return Outlook("held")
    if trigger.scope != "edge" and trigger.flag in standing.spent:
        return _spent(standing, trigger)
    if trigger.edge is not None and trigger.edge.kind == "event":
        return Outlook("event", name=trigger.edge.text)
    if trigger.edge is not None and trigger.edge.kind == "idle":
        return Outlook("idle", standing.idle_in(n))
    return _waiting(standing, trigger, wait)


def _spent(standing: Standing, trigger: Trigger) -> Outlook:
    last = standing.last.get(trigger.flag)
    sharing = {one.label for one in standing.triggers if one.flag == trigger.flag}
    if last is not None and last.label != trigger.label and last.label in sharing:
        return Outlook("fired_with", label=last.label)
    if last is not None and last.reason == "imported":
        return Outlook("imported")
    if trigger.scope == "ever" and standing.failed(trigger):
        return Outlook("failed")
    return Outlook("fired", name=trigger.scope)


def _waiting(standing: Standing, trigger: Trigger, wait: int | None) -> Outlook:
    if wait is None:
        asks_quota = any(one.measure == "quota" for one in trigger.levels)
        has_none = asks_quota and not standing.moment.measures.has_quota
        return Outlook("no_quota" if has_none else "never")
    if wait <= 0 and not standing.running:
        return Outlook("not_started", wait)
    is_moment = trigger.edge is not None and trigger.edge.kind == "at" and wait > 0
    return Outlook("due", wait, standing.moment.at + wait if is_moment else None)


_WORDS: dict[Kind, str] = {
    "disabled": "disabled",
    "queued": "waiting for a free slot",
    "held": "blocked by a flag you created",
    "imported": "not run: met by imported sessions",
    "failed": "failed: again next session",
    "no_quota": "no quota here without GitHub's figures",
    "never": "no upcoming time",
    "not_started": "when the tracker is started",
}


def in_words(found: Outlook, zone: Zone) -> str:
    """An outlook in words: `in 12m`, `running for 3m`, `disabled`."""
    if found.kind in _WORDS:
        return _WORDS[found.kind]
    if found.kind == "fired":
        return next(words.fired for scope, words in SCOPES.items() if scope == found.name)
    if found.kind == "fired_with":
        return f"fired with {found.label}"
    if found.kind == "event":
        return EVENTS[found.name].next
    if found.in_us is None:
        return "presence unknown"
    if found.kind == "running":
        return f"running for {wording.about(found.in_us)}"
    text = wording.ahead(found.in_us)
    if found.kind == "retry":
        return f"retry {text}"
    if found.kind == "idle":
        return f"{text}, if idle" if found.in_us > 0 else "the next time you are idle"
    return text if found.at is None else f"{text}: {wording.short_moment(found.at, zone)}"


def last_of(standing: Standing, trigger: Trigger) -> Occurrence | None:
    """Its last run that is over; of triggers that share a flag, only for the one that ran."""
    last = standing.last.get(trigger.flag)
    if last is None or last.state in ("queued", "running"):
        return None
    is_others = last.label != trigger.label
    return None if is_others and any(one.label == last.label for one in standing.triggers) else last


def last_in_words(standing: Standing, trigger: Trigger) -> str:
    """How its last run ended."""
    last = last_of(standing, trigger)
    if last is None:
        return "" if trigger.flag in standing.last else "has not run yet"
    ago = wording.about(max(0, standing.moment.at - last.claimed_at))
    why = "" if last.state == "waiting" or not last.reason else f": {trigger_words.reason(last)}"
    return f"{trigger_words.ending(last)} {ago} ago{why}"


def urgency(standing: Standing, n: int, waits: dict[int, int]) -> tuple[int, int]:
    """The order in which a cut list shows triggers: those running or failed, those due next, the
    rest."""
    trigger = standing.triggers[n]
    going = (trigger.flag, trigger.label) in standing.going
    return (0 if going or standing.failed(trigger) else 1 if n in waits else 2), waits.get(n, n)
