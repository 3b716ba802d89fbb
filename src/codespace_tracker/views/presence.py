"""Whether anyone is there, and how much ran while no one was, as displays show it."""

from __future__ import annotations

from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.core.record import Record
from codespace_tracker.ledger import presence_sums
from codespace_tracker.ledger.presence_sums import Split
from codespace_tracker.views import wording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from codespace_tracker.core.calendar import Zone
    from codespace_tracker.core.session import Session
    from codespace_tracker.ledger.database import Database
    from codespace_tracker.views.json_types import status as as_json
    from codespace_tracker.views.scene import Scene
    from codespace_tracker.views.session_now import SessionNow

    State = Literal["present", "absent", "unknown"]


class PresenceNow(Record):
    """Whether someone is there. `since` (UTC µs): if present, when the last sign of a person was;
    if absent, from when on no one has been there; None if it is unknown."""

    state: State
    since: int | None = None


class Unattended(Record):
    """How the time splits. Of today: running time in µs. Of the billing month: core-time in
    core-µs, as it was counted here, and `month_us`, all of it."""

    now: PresenceNow
    today: Split
    month: Split
    month_us: int


SHOWN_UNKNOWN_US = 5 * MINUTE_US
"""Less unknown running time than this is not shown to people: the newest minutes are never known
yet."""

UNKNOWN = PresenceNow("unknown")


def now_in(ledger: Database, session: Session, at: int, present_minutes: int) -> PresenceNow:
    """Whether someone is there in a session that runs, which is carried on to the instant `at` (UTC
    µs). Raises LedgerError."""
    return now_by(*presence_sums.last_seen(ledger, session.number), session, at, present_minutes)


def now_by(
    idle_since: int | None, newest_at: int, session: Session, at: int, present_minutes: int
) -> PresenceNow:
    """As `now_in`, by what the ledger has of the session's last heartbeat: the running time (µs)
    since which no one has been there, None where that is unknown; and when the newest sign of a
    person was (UTC µs), 0 for none."""
    if newest_at and 0 <= at - newest_at < present_minutes * MINUTE_US:
        return PresenceNow("present", newest_at)
    if idle_since is None:
        return UNKNOWN
    return PresenceNow("absent", at - max(0, session.running_us - idle_since))


def presence_in(here: Scene, now: SessionNow) -> PresenceNow:
    """Whether someone is there, in a scene with this session. Raises LedgerError."""
    settings = here.configuration.settings
    if not now.running or not settings.presence:
        return UNKNOWN
    return now_in(here.ledger, now.session, now.at, settings.present_minutes)


def unattended(split: Split, running_us: int) -> str:
    """How long no one was there, in words: `1h 05m`, or `≥ 1h 05m` if some of the time is unknown;
    `unknown` if all of it is."""
    if not running_us:
        return "-"
    if not (split.present or split.absent):
        return "unknown"
    least = "≥ " if split.unknown_of(running_us) >= SHOWN_UNKNOWN_US else ""
    return f"{least}{wording.length(split.absent)}"


def presence_json(now: PresenceNow, zone: Zone) -> as_json.PresenceJson:
    """What status.json says of now."""
    return {"state": now.state, "since": None if now.since is None else zone.iso(now.since)}


def unattended_json(found: Unattended, today_us: int) -> as_json.UnattendedJson:
    """What status.json says of the time that no one was there; `today_us` is all of today's."""
    month_unknown = found.month.unknown_of(found.month_us)
    return {
        "today_us": found.today.absent,
        "today_present_us": found.today.present,
        "today_unknown_us": found.today.unknown_of(today_us),
        "month_core_us": found.month.absent,
        "month_core_hours": round(found.month.absent / HOUR_US, 2),
        "month_present_core_us": found.month.present,
        "month_unknown_core_us": month_unknown,
    }
