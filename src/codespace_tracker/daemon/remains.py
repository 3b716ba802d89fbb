"""What the runtime files still tell of sessions, read for a rebuild of the ledger. Nothing in them
is trusted.

Spans are not in the files: each session gets one, which ends when it was last seen. After a suspend
or a step of the wall clock its beginning is not the session's.
"""

import json
import os
from typing import Any, NamedTuple

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import MINUTE_US
from codespace_tracker.core.session import Session, Span
from codespace_tracker.ledger.store import Tracker
from codespace_tracker.machine.file_names import (
    CURRENT_SESSION,
    FIRST_START,
    MINUTE_RUNTIME,
    PROMPT,
    SESSION_LOGS,
    STATUS,
    TOTAL_RUNTIME,
)
from codespace_tracker.machine.files import make_directory, read_own, sync_directory

ORIGINAL = "original"
"""Where the original tool's files are kept, if they lay where ours go."""

_ORIGINALS = (FIRST_START, CURRENT_SESSION, MINUTE_RUNTIME, TOTAL_RUNTIME, SESSION_LOGS)

_LIMIT = 256 << 20  # bytes of session_logs.json: a million sessions

_LARGEST = 1 << 60
_NAME_LIMIT = 300  # characters

_BROKEN = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)


class Remains(NamedTuple):
    """What the files tell: sessions by number, who wrote them, the total in µs, the instant of
    GitHub's newest figure (UTC µs; 0: none), and how many entries were broken."""

    sessions: list[Session]
    tracker: Tracker | None
    total_us: int
    figures_at: int
    unreadable: int


def read(directory: str) -> Remains:
    """Read what is there. Never raises: what is broken is counted."""
    by_number: dict[int, Session] = {}
    unreadable = 0
    logs = _parsed(directory, SESSION_LOGS)
    for entry in logs if isinstance(logs, list) else []:
        try:
            session = _logged(entry, len(by_number) + 1)
            by_number[session.number] = session
        except _BROKEN:
            unreadable += 1
    status = _parsed(directory, STATUS)
    tracker = None
    try:
        tracker = _tracker(status)
        session = _current(status)
        by_number[session.number] = session
    except _BROKEN:
        unreadable += status is not None
    sessions = [by_number[number] for number in sorted(by_number)]
    return Remains(sessions, tracker, _total_us(directory, status), _figures_at(status), unreadable)


def exist(directory: str) -> bool:
    """Whether the files tell of a session at all: then a ledger that is not there was lost."""
    return any(os.path.exists(os.path.join(directory, name)) for name in (SESSION_LOGS, STATUS))


def set_originals_aside(directory: str) -> None:
    """Move the original tool's files, where that ran here before there was a ledger, to a folder of
    their own.

    They have the same names as our files, which would replace them. Raises OSError.
    """
    names = [name for name in _ORIGINALS if os.path.lexists(os.path.join(directory, name))]
    if not names or not _are_originals(directory):
        return
    folder, n = os.path.join(directory, ORIGINAL), 1
    while any(os.path.lexists(os.path.join(folder, name)) for name in names):
        n += 1
        folder = os.path.join(directory, f"{ORIGINAL}-{n}")
    make_directory(folder)
    for name in names:
        os.rename(os.path.join(directory, name), os.path.join(folder, name))
    sync_directory(directory)


def _are_originals(directory: str) -> bool:
    """Whether files of these names are the original's: it writes none of the others, and gives
    sessions no number."""
    if any(os.path.lexists(os.path.join(directory, name)) for name in (STATUS, PROMPT)):
        return False
    logs = _parsed(directory, SESSION_LOGS)
    return not (
        isinstance(logs, list)
        and any(isinstance(entry, dict) and "number" in entry for entry in logs)
    )


def _parsed(directory: str, name: str) -> Any:
    content = read_own(os.path.join(directory, name), _LIMIT)
    if content is None:
        return None
    try:
        return json.loads(content)
    except _BROKEN:
        return None


def _whole(value: Any) -> int:
    """A number that the ledger can hold. Raises ValueError."""
    number = int(value)
    if not -_LARGEST < number < _LARGEST:
        raise ValueError("a number beyond all measure")
    return number


def _name(value: Any) -> str:
    """A text that the ledger can hold. Raises ValueError."""
    text = str(value)
    if len(text) > _NAME_LIMIT or not text.isprintable():
        raise ValueError("not a name")
    return text


def _logged(entry: Any, number: int) -> Session:
    started_at = parse_iso(entry["start_time"])
    running_us = max(
        0, _whole(entry.get("running_us", _whole(entry["duration_minutes"]) * MINUTE_US))
    )
    ended_at = parse_iso(entry["end_time"]) if entry["end_time"] else started_at + running_us
    return Session(
        session_id=_name(entry["session_id"]),
        number=_whole(entry.get("number", number)),
        boot_id="",
        pid1_start_us=None,
        started_at=started_at,
        last_seen_at=ended_at,
        last_mono_us=0,
        last_boot_us=0,
        running_us=running_us,
        span=Span(1, ended_at - running_us, 0, 1),
        ending="recovered" if entry["recovered"] or not entry["end_time"] else "clean",
        ended_at=ended_at,
    )


def _current(status: Any) -> Session:
    session, life = status["session"], status["session"]["life"]
    started_at, state = parse_iso(session["start_time"]), session["state"]
    last_seen_at, running_us = (
        parse_iso(session["last_seen"]),
        max(0, _whole(session["running_us"])),
    )
    if state not in ("open", "paused", "clean", "recovered"):
        raise ValueError(state)
    return Session(
        session_id=_name(session["session_id"]),
        number=_whole(session["number"]),
        boot_id=_name(life["boot_id"]),
        pid1_start_us=None if life["pid1_start_us"] is None else _whole(life["pid1_start_us"]),
        started_at=started_at,
        last_seen_at=last_seen_at,
        last_mono_us=_whole(life["last_mono_us"]),
        last_boot_us=_whole(life["last_boot_us"]),
        running_us=running_us,
        span=Span(1, last_seen_at - running_us, 0, max(1, _whole(session["cores"]))),
        ending=None if state == "open" else state,
        ended_at=None if state == "open" else parse_iso(session["end_time"]),
    )


def _tracker(status: Any) -> Tracker:
    place = status["environment"]
    return Tracker(
        _name(status["tracker"]["tracker_id"]),
        _name(place["kind"]),
        _name(place["name"]),
        _name(place["user"]),
        _name(place["repository"]),
        before_us=0,
    )


def _figures_at(status: Any) -> int:
    try:
        return parse_iso(status["month"]["github_as_of"])
    except _BROKEN:
        return 0


def _total_us(directory: str, status: Any) -> int:
    try:
        return max(0, _whole(status["total"]["running_us"]))
    except _BROKEN:
        pass
    try:
        return max(0, _whole(_parsed(directory, TOTAL_RUNTIME)["total_minutes"])) * MINUTE_US
    except _BROKEN:
        return 0
