"""The status of the tracker as values, and as the JSON of `status --json` and status.json.

Field names are the original tool's; fields may be added, never removed. Minutes and hours appear
here, not before.
"""

from __future__ import annotations

from codespace_tracker.core.calendar import UTC, Zone
from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.core.gauge import GB_MONTH, Gauge, Paces
from codespace_tracker.core.notice_text import Notice
from codespace_tracker.core.record import Record
from codespace_tracker.core.schedule import Upcoming
from codespace_tracker.core.session import Session
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.ledger.occurrences import Occurrences, TriggerRun
from codespace_tracker.ledger.store import Tracker
from codespace_tracker.views.pace_json import paces_json
from codespace_tracker.views.presence import Unattended, presence_json, unattended_json
from codespace_tracker.views.session_json import session_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from codespace_tracker.ledger.fleet import Heard
    from codespace_tracker.views.json_types import status as as_json

NEXT_SHOWN = 10


LAST_SHOWN = 10


class TriggersShown(Record):
    """The triggers as a display needs them: how many, what could be due next, what runs, how the
    last attempts ended.

    `counts`: `all`, `enabled`; and occurrences `running`, `queued` for their turn, `waiting` for a
    retry.
    """

    counts: Mapping[str, int]
    next: tuple[Upcoming, ...]
    running: tuple[TriggerRun, ...]
    last: tuple[TriggerRun, ...]


class Status(Record):
    """All that a display needs, as of the session's last heartbeat. Times in µs. `heard` is how
    fresh the figures of other codespaces are; None where there are none."""

    session: Session
    tracker: Tracker
    today_us: int
    total_us: int
    gauge: Gauge
    paces: Paces
    session_count: int
    zone: Zone
    journal_seq: int
    notices: tuple[Notice, ...]
    problems: tuple[str, ...]
    pid: int
    version: str
    heartbeat_us: int
    triggers: TriggersShown
    unattended: Unattended
    heard: Heard | None = None


def trigger_counts(triggers: Collection[Trigger]) -> dict[str, int]:
    """How many triggers there are, and how many of them are enabled."""
    return {"all": len(triggers), "enabled": sum(trigger.enabled for trigger in triggers)}


def triggers_shown(
    occurrences: Occurrences, counts: Mapping[str, int], upcoming: Iterable[Upcoming]
) -> TriggersShown:
    """The triggers as a display needs them, by the ledger. Raises LedgerError."""
    return TriggersShown(
        {**counts, **occurrences.counts()},
        tuple(upcoming),
        tuple(occurrences.running(NEXT_SHOWN)),
        tuple(occurrences.ended_last(LAST_SHOWN)),
    )


def status_json(status: Status) -> as_json.StatusFileJson:
    """The content of status.json."""
    tracker, zone = status.tracker, status.zone
    return {
        "written_at": zone.iso(status.session.last_seen_at),
        "session": _session_json(status.session, zone),
        "today": {
            "date": zone.date(status.session.last_seen_at),
            "hours": hours(status.today_us),
            "running_us": status.today_us,
            "time_zone": zone.name,
        },
        "total": {
            "hours": hours(status.total_us),
            "running_us": status.total_us,
            "session_count": status.session_count,
        },
        "month": _month_json(status.gauge, status.paces, zone),
        "presence": presence_json(status.unattended.now, zone),
        "unattended": unattended_json(status.unattended, status.today_us),
        "fleet": _fleet_json(status),
        "environment": {
            "kind": tracker.environment,
            "name": tracker.codespace_name,
            "user": tracker.user_name,
            "repository": tracker.repository,
        },
        "tracker": {
            "tracker_id": tracker.tracker_id,
            "version": status.version,
            "pid": status.pid,
            "heartbeat_seconds": status.heartbeat_us / 1_000_000,
            "journal_seq": status.journal_seq,
        },
        "triggers": _triggers_json(status.triggers, zone),
        "notices": [
            {"text": notice.text, "at": zone.iso(notice.at), "until": zone.iso(notice.until)}
            for notice in status.notices
        ],
        "problems": list(status.problems),
    }


def _session_json(session: Session, zone: Zone) -> as_json.CurrentSessionJson:
    """What status.json says of the session; `life` is for `daemon/remains.py`, which reads it
    back."""
    return {
        **session_json(session, zone),
        "minutes": session.running_us // MINUTE_US,
        "life": {
            "boot_id": session.boot_id,
            "pid1_start_us": session.pid1_start_us,
            "last_mono_us": session.last_mono_us,
            "last_boot_us": session.last_boot_us,
        },
    }


def _month_json(gauge: Gauge, paces: Paces, zone: Zone) -> as_json.MonthJson:
    """What status.json says of the billing month, whose bounds are in UTC, as GitHub's are."""
    return {
        "start": UTC.iso(gauge.month_start),
        "end": UTC.iso(gauge.month_end),
        "core_hours": hours(gauge.used),
        "core_us": gauge.used,
        "quota_core_hours": None if gauge.quota is None else hours(gauge.quota),
        "percent": None if gauge.percent is None else round(gauge.percent, 2),
        "github_as_of": None if gauge.as_of is None else zone.iso(gauge.as_of),
        "at_least": gauge.is_at_least,
        "counts_here": gauge.counts,
        "known_since": zone.iso(gauge.known_since),
        "not_on_bill_core_hours": hours(gauge.off_bill),
        "other_codespaces_core_hours": hours(gauge.others) if gauge.has_fleet else None,
        "storage_gb_months": _gb_months(gauge.storage),
        "storage_quota_gb_months": _gb_months(gauge.storage_quota),
        "pace": paces_json(paces, zone),
    }


def _fleet_json(status: Status) -> as_json.FleetNowJson | None:
    """What status.json says of all codespaces together; None where no others are known."""
    heard, gauge = status.heard, status.gauge
    if heard is None:
        return None
    from codespace_tracker.views import fleet_notes  # not for those who are alone

    now = status.session.last_seen_at
    return {
        "codespaces": heard.codespaces + 1,
        "others_running": heard.running(now),
        "others_silent": len(heard.silent(now)),
        "not_accepted": heard.waiting,
        "others_told_until": status.zone.iso(heard.told_until) if heard.told_until else None,
        "month_core_us": gauge.used,
        "month_others_core_us": gauge.others,
        "month_here_core_us": status.unattended.month_us,
        "missing": fleet_notes.missing(heard, now, status.zone),
    }


def _triggers_json(triggers: TriggersShown, zone: Zone) -> as_json.TriggersJson:
    """What status.json says of triggers: `counts`; `next`, the soonest first; `running`; `last`,
    the newest first.

    No command, no variable and no output is in it.
    """
    return {
        "counts": {
            "all": triggers.counts["all"],
            "enabled": triggers.counts["enabled"],
            "running": triggers.counts["running"],
            "queued": triggers.counts["queued"],
            "waiting": triggers.counts["waiting"],
        },
        "next": [_upcoming_json(upcoming, zone) for upcoming in triggers.next],
        "running": [_attempt_json(attempt, zone) for attempt in triggers.running],
        "last": [_ended_json(attempt, zone) for attempt in triggers.last],
    }


def _upcoming_json(upcoming: Upcoming, zone: Zone) -> as_json.UpcomingJson:
    """A trigger that could be due next. `due_in_us` is of running time (`clock`: "running", good as
    long as the machine runs) or until a moment of `at` ("wall"); `due_at` is when that is if the
    machine runs on."""
    trigger, in_us, due_at = upcoming
    return {
        "label": trigger.label,
        "flag": trigger.flag,
        "due_in_us": in_us,
        "due_at": zone.iso(due_at),
        "clock": "running" if trigger.waits_for_running else "wall",
    }


def _ended_json(attempt: TriggerRun, zone: Zone) -> as_json.EndedAttemptJson:
    run = attempt.run
    return {
        **_attempt_json(attempt, zone),
        "ended_at": zone.iso(run.ended_at or 0),
        "duration_us": run.duration_us,
        "result": run.result,
        "exit_code": run.exit_code,
        "signal": run.signal,
    }


def _attempt_json(attempt: TriggerRun, zone: Zone) -> as_json.AttemptJson:
    label, flag, run = attempt
    return {
        "label": label,
        "flag": flag,
        "attempt": run.attempt,
        "started_at": zone.iso(run.started_at),
    }


def hours(us: int) -> float:
    return round(us / HOUR_US, 2)


def _gb_months(storage: int | None) -> float | None:
    return None if storage is None else round(storage / GB_MONTH, 4)
