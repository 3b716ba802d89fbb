"""The original tool's files → the sessions that they tell of. They are read as they are, broken
ones included.

The original's recovery set the end of a lost session to the moment of recovery. Its duration was
counted, minute by minute: where the two disagree, the duration is right, and the session is cut to
it.

Its log is written every 20 minutes, current_session.json every minute, and no session of it ends
clean: one that is in the log and in current_session.json is running or was lost, and the larger
minutes are right.
"""

import json
import os
import uuid
from typing import Any, NamedTuple

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, MINUTE_US
from codespace_tracker.ledger.imported import ForeignSession
from codespace_tracker.machine.file_names import CURRENT_SESSION, SESSION_LOGS
from codespace_tracker.machine.files import read_small

_LIMIT = 64 << 20  # bytes
_STRETCHED_US = 2 * MINUTE_US
"""How much longer than its duration a session may seem, by the grain of a minute at both ends."""

_LONGEST_US = 400 * DAY_US
_EARLIEST_AT = parse_iso("2000-01-01")
_BROKEN = (ValueError, KeyError, TypeError, AttributeError, OverflowError)
_SPACE = uuid.UUID(
    "5d3a0a4e-51c1-4a38-9d5b-8a7f6f0e7f11"
)  # of the ids that are made for sessions without one


class OriginalSessions(NamedTuple):
    """What was found: sessions by their start, how many of them were cut to their duration, what is
    broken."""

    sessions: list[ForeignSession]
    cut: int
    problems: list[str]


def read(directory: str, now_us: int) -> OriginalSessions:
    """All sessions in the original's directory as of now (UTC µs). Never raises: what cannot be
    read is told."""
    problems: list[str] = []
    sessions: dict[str, ForeignSession] = {}
    ended: set[str] = set()
    cut = 0
    logged = _parsed(directory, SESSION_LOGS, problems)
    if not isinstance(logged, list):
        if logged:
            problems.append(f"{SESSION_LOGS}: is not a list of sessions.")
        logged = []
    for number, entry in enumerate(logged, 1):
        try:
            session, was_cut = _logged(entry, now_us)
        except _BROKEN as error:
            problems.append(f"{SESSION_LOGS}, entry {number}: cannot be read ({_reason(error)}).")
            continue
        known = sessions.get(session.session_id)
        if known is not None and known.started_at != session.started_at:  # it is another one
            session = session._replace(session_id=_id({}, session.started_at))
        cut += was_cut and session.session_id not in sessions
        sessions.setdefault(session.session_id, session)
        if "running_us" in entry and entry.get("end_time"):
            ended.add(session.session_id)  # the original knows no such end
    current = _parsed(directory, CURRENT_SESSION, problems)
    if current:
        try:
            session = _current(current, now_us)
            if session.session_id not in ended:
                sessions[session.session_id] = _last_known(
                    session, sessions.get(session.session_id)
                )
        except _BROKEN as error:
            problems.append(f"{CURRENT_SESSION}: cannot be read ({_reason(error)}).")
    return OriginalSessions(
        sorted(sessions.values(), key=lambda one: one.started_at), cut, problems
    )


def _last_known(current: ForeignSession, logged: ForeignSession | None) -> ForeignSession:
    """The session of current_session.json, which was not recovered yet, with what the log has of
    it."""
    if logged is None:
        return current
    return logged._replace(running_us=max(logged.running_us, current.running_us), recovered=True)


def _parsed(directory: str, name: str, problems: list[str]) -> Any:
    """What a file holds; None where it is not there or cannot be read. `{}` is how the original's
    set-up makes it."""
    path = os.path.join(directory, name)
    if not os.path.lexists(path):
        return None
    content = read_small(path, _LIMIT)
    if content is None:
        problems.append(f"{name}: cannot be read, or is not a file.")
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        problems.append(f"{name}: is not JSON{' (it is empty)' if not content.strip() else ''}.")
        return None


def _logged(entry: Any, now_us: int) -> tuple[ForeignSession, bool]:
    """A session of the log, and whether it was cut to its duration."""
    started_at = _start(entry, now_us)
    duration = entry.get("duration_minutes")
    end = entry.get("end_time")
    recovered = bool(entry.get("recovered")) or not end
    if _is_number(exact := entry.get("running_us")):  # this program drew it, and its ledger is gone
        return ForeignSession(_id(entry, started_at), started_at, _length(exact), recovered), False
    running_us = _length(duration * MINUTE_US) if _is_number(duration) else None
    between = None if not end else parse_iso(str(end)) - started_at
    if running_us is None:
        if between is None:
            raise ValueError("it has neither a duration nor an end")
        running_us = _length(between)
    cut = between is not None and between - running_us > _STRETCHED_US
    return ForeignSession(_id(entry, started_at), started_at, running_us, recovered), cut


def _current(entry: Any, now_us: int) -> ForeignSession:
    started_at = _start(entry, now_us)
    minutes = entry.get("minutes")
    seen = entry.get("last_updated")
    if _is_number(minutes):
        running_us = _length(minutes * MINUTE_US)
    elif seen:
        running_us = _length(parse_iso(str(seen)) - started_at)
    else:
        raise ValueError("it has neither minutes nor a time when it was last updated")
    return ForeignSession(_id(entry, started_at), started_at, running_us, recovered=True)


def _start(entry: Any, now_us: int) -> int:
    if not isinstance(entry, dict):
        raise TypeError("it is not an object")
    at = parse_iso(str(entry["start_time"]))
    if at < _EARLIEST_AT:
        raise ValueError("its start is before the year 2000")
    if at > now_us + DAY_US:  # its time zone is not known
        raise ValueError("its start is in the future, by the clock of this machine")
    return at


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _length(us: float) -> int:
    if not 0 <= us < _LONGEST_US:
        raise ValueError("its length is negative, or longer than a year")
    return int(us)


def _id(entry: Any, started_at: int) -> str:
    text = str(entry.get("session_id") or "")
    if text and len(text) <= 100 and text.isprintable():
        return text
    return str(uuid.uuid5(_SPACE, str(started_at)))


def _reason(error: Exception) -> str:
    return f"it has no {error}" if isinstance(error, KeyError) else str(error)[:100]
