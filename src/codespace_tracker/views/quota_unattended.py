"""What is said of the hours that ran while no one was there."""

from __future__ import annotations

from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.machine.environment import CODESPACE
from codespace_tracker.views import wording
from codespace_tracker.views.presence import SHOWN_UNKNOWN_US

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.views.fuel import Fuel

_MANY_US = 2 * HOUR_US  # core-time that is worth a word,
_SHARE = 10  # if it is at least this part of the month, in percent

_STOP = (
    'codespace-tracker triggers add --label "Stop when idle" --idle 20m'
    " --command 'codespace-tracker stop-codespace'"
)


def unattended(quota: Fuel) -> list[tuple[str, str]]:
    """The row that says how much no one was there, if it is known of any time."""
    split, whole = quota.split, quota.counted_us
    if not (split.present or split.absent):
        return []
    text = (
        f"{wording.core_hours(split.absent)} of {wording.core_hours(whole)} core-hours counted"
        " here ran while no one was there"
    )
    unknown = split.unknown_of(whole)
    if unknown >= SHOWN_UNKNOWN_US * quota.state.session.span.cores:
        text += (
            f"; for {wording.core_hours(unknown)} of the {wording.core_hours(whole)}"
            f" ({wording.percent(unknown, whole)}) it is unknown"
        )
    return [("Unattended", text)]


def stop_advice(quota: Fuel) -> list[str]:
    """How to stop a codespace that no one uses, where that has cost much and nothing does it
    yet."""
    state, absent = quota.state, quota.split.absent
    is_much = absent >= _MANY_US and absent * 100 >= _SHARE * quota.counted_us
    goes_by_idleness = any(
        one.enabled and one.edge is not None and one.edge.kind == "idle"
        for one in state.configuration.triggers
    )
    if not is_much or goes_by_idleness or state.tracker.environment != CODESPACE:
        return []
    return [f"Stop this codespace when you have been away for 20 minutes: {_STOP}"]
