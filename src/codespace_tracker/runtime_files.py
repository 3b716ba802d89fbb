"""The runtime files: what the ledger says, drawn as small files that scripts, prompts and editors read.

Field names are the original tool's; fields may be added, never taken away. Nothing here decides anything, and nothing
is read back but by `daemon/rescue.py` when the ledger is lost. Minutes and hours appear here, not before.
"""

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from codespace_tracker.core.calendar import UTC, Zone, parse_iso
from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.gauge import GB_MONTH, Gauge
from codespace_tracker.core.notice import Notice
from codespace_tracker.core.schedule import Upcoming
from codespace_tracker.core.session import Session
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.ledger.occurrences import Attempt, Occurrences
from codespace_tracker.ledger.store import Ledger, Tracker
from codespace_tracker.machine.files import read_own, replace
from codespace_tracker.machine.growing_list import GrowingList

FIRST_START = "first_start.json"
CURRENT_SESSION = "current_session.json"
MINUTE_RUNTIME = "minute_runtime.json"
TOTAL_RUNTIME = "total_runtime.json"
SESSION_LOGS = "session_logs.json"
STATUS = "status.json"
PROMPT = "prompt.txt"
NOTICE = "notice.txt"
"""The notices that stand, each on a line after the second (UTC) at which it is over; none: no file."""

METRICS = "metrics.prom"
"""For Prometheus, where somebody asked for it."""

DRAWN = (FIRST_START, CURRENT_SESSION, MINUTE_RUNTIME, TOTAL_RUNTIME, SESSION_LOGS, STATUS, PROMPT)

NEXT_SHOWN = 10
LAST_SHOWN = 10

_SPARE = "spare of session_logs.json"


class TriggersShown(NamedTuple):
    """The triggers as a display needs them: how many, what could be due next, what runs, how the last attempts ended.

    `counts`: `all`, `enabled`; and occurrences `running`, `queued` for their turn, `waiting` for a retry.
    """

    counts: Mapping[str, int]
    next: tuple[Upcoming, ...]
    running: tuple[Attempt, ...]
    last: tuple[Attempt, ...]


class Status(NamedTuple):
    """All that a display needs, as of the session's last heartbeat. Times in µs."""

    session: Session
    tracker: Tracker
    today_us: int
    total_us: int
    month: Gauge
    session_count: int
    zone: Zone
    journal_seq: int
    notices: tuple[Notice, ...]
    problems: tuple[str, ...]
    pid: int
    version: str
    heartbeat_us: int
    triggers: TriggersShown


class Failure(NamedTuple):
    """A file that could not be drawn, and the system's word for why."""

    name: str
    reason: str


def trigger_counts(triggers: Collection[Trigger]) -> dict[str, int]:
    """How many triggers there are, and how many of them are enabled."""
    return {"all": len(triggers), "enabled": sum(trigger.enabled for trigger in triggers)}


def triggers_shown(kept: Occurrences, counts: Mapping[str, int], upcoming: Iterable[Upcoming]) -> TriggersShown:
    """The triggers as a display needs them, by the ledger. Raises LedgerError."""
    return TriggersShown(
        {**counts, **kept.counts()},
        tuple(upcoming),
        tuple(kept.running(NEXT_SHOWN)),
        tuple(kept.ended_last(LAST_SHOWN)),
    )


def status_json(status: Status) -> dict[str, Any]:
    """The content of status.json."""
    tracker, zone = status.tracker, status.zone
    return {
        "written_at": zone.iso(status.session.last_seen_at),
        "session": _session_json(status.session, zone),
        "today": {
            "date": zone.date(status.session.last_seen_at),
            "hours": _hours(status.today_us),
            "running_us": status.today_us,
            "time_zone": zone.name,
        },
        "total": {
            "hours": _hours(status.total_us),
            "running_us": status.total_us,
            "session_count": status.session_count,
        },
        "month": _month_json(status.month, zone),
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
        "notices": [{"text": one.text, "at": zone.iso(one.at), "until": zone.iso(one.until)} for one in status.notices],
        "problems": list(status.problems),
    }


def _session_json(session: Session, zone: Zone) -> dict[str, Any]:
    """What status.json says of the session; `life` is for `daemon/remains.py`, which reads it back."""
    return {
        "session_id": session.session_id,
        "number": session.number,
        "state": session.ending or "open",
        "start_time": zone.iso(session.started_at),
        "end_time": None if session.ended_at is None else zone.iso(session.ended_at),
        "last_seen": zone.iso(session.last_seen_at),
        "minutes": session.running_us // MINUTE_US,
        "running_us": session.running_us,
        "cores": session.span.cores,
        "life": {
            "boot_id": session.boot_id,
            "pid1_start_us": session.pid1_start_us,
            "last_mono_us": session.last_mono_us,
            "last_boot_us": session.last_boot_us,
        },
    }


def _month_json(month: Gauge, zone: Zone) -> dict[str, Any]:
    """What status.json says of the billing month, whose bounds are in UTC, as GitHub's are."""
    return {
        "start": UTC.iso(month.month_start),
        "end": UTC.iso(month.month_end),
        "core_hours": _hours(month.used),
        "core_us": month.used,
        "quota_core_hours": None if month.quota is None else _hours(month.quota),
        "percent": None if month.percent is None else round(month.percent, 2),
        "github_as_of": None if month.as_of is None else zone.iso(month.as_of),
        "at_least": month.is_at_least,
        "counts_here": month.counts,
        "known_since": zone.iso(month.known_since),
        "not_on_bill_core_hours": _hours(month.off_bill),
        "storage_gb_months": _gb_months(month.storage),
        "storage_quota_gb_months": _gb_months(month.storage_quota),
    }


def _triggers_json(triggers: TriggersShown, zone: Zone) -> dict[str, Any]:
    """What status.json says of triggers: `counts`; `next`, the soonest first; `running`; `last`, the newest first.

    No command, no variable and no output is in it.
    """
    return {
        "counts": dict(triggers.counts),
        "next": [_upcoming_json(upcoming, zone) for upcoming in triggers.next],
        "running": [_attempt_json(attempt, zone) for attempt in triggers.running],
        "last": [_ended_json(attempt, zone) for attempt in triggers.last],
    }


def _upcoming_json(upcoming: Upcoming, zone: Zone) -> dict[str, Any]:
    """A trigger that could be due next. `due_in_us` is of running time (`clock`: "running", good as long as the machine
    runs) or until a moment of `at` ("wall"); `due_at` is when that is if the machine runs on."""
    trigger, in_us, due_at = upcoming
    return {
        "label": trigger.label,
        "flag": trigger.flag,
        "due_in_us": in_us,
        "due_at": zone.iso(due_at),
        "clock": "wall" if trigger.edge is not None and trigger.edge.kind == "at" else "running",
    }


def _ended_json(attempt: Attempt, zone: Zone) -> dict[str, Any]:
    run = attempt.run
    return {
        **_attempt_json(attempt, zone),
        "ended_at": zone.iso(run.ended_at or 0),
        "duration_us": run.duration_us,
        "result": run.result,
        "exit_code": run.exit_code,
        "signal": run.signal,
    }


def _attempt_json(attempt: Attempt, zone: Zone) -> dict[str, Any]:
    label, flag, run = attempt
    return {"label": label, "flag": flag, "attempt": run.attempt, "started_at": zone.iso(run.started_at)}


def notice_lines(status: Status) -> str:
    """The content of notice.txt."""

    def moment(at: int) -> str:
        local = datetime.fromisoformat(status.zone.iso(at))
        return f"{local.day} {local:%b %H:%M}"

    return "".join(
        f"{one.until // SECOND_US} codespace-tracker, {moment(one.at)}: {one.text}\n" for one in status.notices
    )


def clock_text(us: int) -> str:
    """A length of time as people say it: `47s`, `12m`, `3h 05m`."""
    minutes = us // MINUTE_US
    if minutes < 1:
        return f"{us // 1_000_000}s"
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h {minutes % 60:02}m"


def _hours(us: int) -> float:
    return round(us / HOUR_US, 2)


def _gb_months(storage: int | None) -> float | None:
    return None if storage is None else round(storage / GB_MONTH, 4)


def _session_line(session: Session, zone: Zone) -> str:
    entry = {
        "session_id": session.session_id,
        "start_time": zone.iso(session.started_at),
        "end_time": None if session.ended_at is None else zone.iso(session.ended_at),
        "duration_minutes": session.running_us // MINUTE_US,
        "recovered": session.ending == "recovered",
        "date": zone.date(session.started_at),
        "number": session.number,
        "running_us": session.running_us,
    }
    return json.dumps(entry)


def _number_of(line: bytes) -> int:
    """The session's number in a line of session_logs.json. Raises ValueError if there is none."""
    try:
        number = json.loads(line)["number"]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(number, int):
        raise ValueError("number is not an integer")
    return number


class RuntimeFiles:
    """Draws the runtime files of one state directory. A file that cannot be drawn is reported and hinders no other."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._logs = GrowingList(os.path.join(directory, SESSION_LOGS))

    def draw_minute(self, status: Status) -> list[Failure]:
        """Draw the files that change each minute; those that failed."""
        session, iso = status.session, status.zone.iso
        minutes, now = session.running_us // MINUTE_US, iso(session.last_seen_at)
        total = {
            "total_minutes": status.total_us // MINUTE_US,
            "total_hours": _hours(status.total_us),
            "session_count": status.session_count,
            "last_updated": now,
        }
        current = {
            "session_id": session.session_id,
            "start_time": iso(session.started_at),
            "last_updated": now,
            "minutes": minutes,
        }
        state = "" if session.is_open else f"{session.ending} "
        prompt = f"{state}{clock_text(session.running_us)} (today {clock_text(status.today_us)})\n"
        return [
            *self._draw(CURRENT_SESSION, _json(current)),
            *self._draw(MINUTE_RUNTIME, _json({"minutes": minutes})),
            *self._draw(TOTAL_RUNTIME, _json(total)),
            *self.draw_status(status),
            *self._draw(PROMPT, prompt.encode()),
            *self._draw_or_remove(NOTICE, notice_lines(status).encode()),
        ]

    def draw_status(self, status: Status) -> list[Failure]:
        """Draw status.json alone; whether that failed."""
        return self._draw(STATUS, _json(status_json(status)))

    def draw_metrics(self, text: str) -> list[Failure]:
        """Draw metrics.prom; with an empty text it is taken away, so that nobody reads what is no longer true."""
        return self._draw_or_remove(METRICS, text.encode("utf-8", "replace"))

    def draw_first_start(self, ledger: Ledger, zone: Zone) -> list[Failure]:
        """Draw first_start.json unless it stands there as it should: it is written once."""
        first = ledger.first_start()
        path = os.path.join(self.directory, FIRST_START)
        if first is None or _start_time_is(read_own(path, 4096), first):
            return []
        return self._draw(FIRST_START, _json({"start_time": zone.iso(first)}), durable=True)

    def draw_logs(self, ledger: Ledger, zone: Zone) -> list[Failure]:
        """Bring session_logs.json up to date; sessions that have ended before the last time are not written anew."""

        def lines(number: int) -> Iterator[str]:
            return (_session_line(session, zone) for session in ledger.sessions_from(number))

        try:
            visible, spare = self._logs.draw(lines, _number_of, ledger.drawn(SESSION_LOGS), ledger.drawn(_SPARE))
        except OSError as error:
            return [_failure(SESSION_LOGS, error)]
        for name, stamp in ((SESSION_LOGS, visible), (_SPARE, spare)):
            if stamp is not None:
                ledger.keep_drawn(name, stamp)
        return []

    def _draw_or_remove(self, name: str, content: bytes) -> list[Failure]:
        """Draw a file that is there only while it holds something."""
        if content:
            return self._draw(name, content)
        try:
            os.unlink(os.path.join(self.directory, name))
        except FileNotFoundError:
            pass
        except OSError as error:
            return [_failure(name, error)]
        return []

    def _draw(self, name: str, content: bytes, *, durable: bool = False) -> list[Failure]:
        try:
            replace(os.path.join(self.directory, name), content, durable=durable)
        except OSError as error:
            return [_failure(name, error)]
        return []


def _failure(name: str, error: OSError) -> Failure:
    """Why a file could not be drawn, and at which other one that was, if it was."""
    place, reason = os.path.basename(str(error.filename or name)), error.strerror or str(error)
    return Failure(name, reason if place == name else f"{place}: {reason}")


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _start_time_is(content: bytes | None, at: int) -> bool:
    try:
        return parse_iso(json.loads(content or b"")["start_time"]) == at // 1000 * 1000
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
        return False
