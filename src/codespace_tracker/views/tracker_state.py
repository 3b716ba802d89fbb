"""What the ledger and the clocks say together at this moment: the session carried on to now, if the
tracker runs."""

from __future__ import annotations

import os

from codespace_tracker.config.configuration import Configuration, Loaded
from codespace_tracker.core import plain_json
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import Reading
from codespace_tracker.core.gauge import Gauge
from codespace_tracker.core.month import Counted
from codespace_tracker.core.notice_text import Notice
from codespace_tracker.core.record import Record
from codespace_tracker.core.recovery import decide
from codespace_tracker.core.session import ClosedSpan, Session, extend, within_reason
from codespace_tracker.core.usage import core_us_between, running_between
from codespace_tracker.ledger.month_gauge import gauge_at
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger, Tracker
from codespace_tracker.ledger.sums import core_us
from codespace_tracker.machine import file_system, hindrances, stopped
from codespace_tracker.machine.environment import life_kind
from codespace_tracker.machine.file_names import STATUS
from codespace_tracker.machine.files import read_own
from codespace_tracker.machine.lock import Holder
from codespace_tracker.views import last_words
from codespace_tracker.views.scene import Scene, scene

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

STALE_US = 15_000_000
"""How much later than it is due a heartbeat may be before a person should know, in µs."""


class Glance(Record):
    """The triggers as the daemon last drew them: labels with when they are due next, the soonest
    first; the labels of what runs; labels and flags with when they failed, of those whose last
    attempt did. Moments in UTC µs."""

    next: tuple[tuple[str, int], ...] = ()
    running: tuple[str, ...] = ()
    failed: tuple[tuple[str, str, int], ...] = ()


class TrackerState(Record):
    """The tracker at this moment. Times in µs.

    `session` is carried on to now where the daemon runs by our clocks, else as of its last
    heartbeat. `elsewhere` tells that it runs in another container or on another machine, whose
    session it is, and `place` says which. `waiting` tells that our tracker waits for that one to
    end. `file_system` is named where its locks cannot be trusted. `silent_us` is the time since
    that heartbeat; `same_life` tells whether it will be counted at the next start. `ahead_us` is
    the running time that the ledger does not have yet, `at` the instant (UTC µs) that all of this
    is of, and `now_us` what the wall clock says now.
    """

    directory: str
    session: Session
    tracker: Tracker
    configuration: Configuration
    running: bool
    elsewhere: bool
    stopped: bool
    same_life: bool
    silent_us: int
    at: int
    now_us: int
    ahead_us: int
    today_us: int
    total_us: int
    gauge: Gauge
    session_count: int
    first_start: int
    journal_seq: int
    notices: tuple[Notice, ...]
    problems: tuple[str, ...]
    glance: Glance
    loaded: Loaded
    place: str = ""
    waiting: bool = False
    file_system: str = ""


def look(directory: str) -> TrackerState | None:
    """The state of things now; None before the first session. Raises LedgerError."""
    with scene(directory) as here:
        return state_in(here)


def state_in(here: Scene) -> TrackerState | None:
    """The state of things in a scene; None before the first session. Raises LedgerError."""
    directory, ledger, reading, daemon, configuration = (
        here.directory,
        here.ledger,
        here.reading,
        here.daemon,
        here.configuration,
    )
    session, tracker = ledger.last_session(), ledger.tracker()
    if session is None or tracker is None:
        return None
    running, seen = is_counting(daemon, session, reading, tracker), session
    until = shown_until(seen, reading, configuration) if running else reading
    if running:
        session = extend(session, until, session.span.cores).session
    ahead = session.running_us - seen.running_us
    at = until.wall_us if running else seen.last_seen_at
    today = configuration.zone.day_start(at), configuration.zone.next_day_start(at)
    unsaved = ahead_of(session, at, ahead)
    spans = [*ledger.spans_since(today[0]), unsaved]
    silent_us = max(
        0,
        reading.mono_us - seen.last_mono_us
        if running and until == reading
        else reading.wall_us - seen.last_seen_at,
    )
    drawn = _drawn(directory)
    return TrackerState(
        directory=directory,
        session=session,
        tracker=tracker,
        configuration=configuration,
        running=running,
        elsewhere=running and daemon is not None and daemon.is_elsewhere,
        stopped=stopped.holds(directory, reading),
        same_life=goes_on(seen, reading, tracker),
        silent_us=silent_us,
        at=at,
        now_us=reading.wall_us,
        ahead_us=ahead,
        today_us=running_between(spans, *today),
        total_us=tracker.before_us + session.running_us,
        gauge=gauge_at(ledger, configuration.settings, counted_in(ledger, unsaved), at),
        session_count=ledger.session_count(),
        first_start=ledger.first_start() or session.started_at,
        journal_seq=ledger.journal_end(),
        notices=Notices(ledger).standing(reading.wall_us),
        problems=tuple(_problems(here, seen, drawn, silent_us, running=running, until=until)),
        glance=glance(drawn),
        loaded=here.loaded,
        place=daemon.place if daemon else "",
        waiting=here.trackers.is_waiting,
        file_system=file_system.untrusted(directory),
    )


def _problems(
    here: Scene,
    seen: Session,
    drawn: Any,
    silent_us: int,
    *,
    running: bool,
    until: Reading,
) -> Iterator[str]:
    """What is wrong: with the files, as the daemon says, with its clock, the disk, and the
    daemon."""
    reading = here.reading
    of_files = [str(problem) for problem in here.loaded.problems]
    yield from of_files
    yield from (text for text in _drawn_problems(drawn) if text not in of_files)
    is_same_boot = seen.boot_id == reading.boot_id
    if until != reading and is_same_boot:
        yield _of_another_clock(reading.mono_us - seen.last_mono_us, silent_us)
    yield from map(str, hindrances.of_disk(here.directory))
    crashed = last_words.crashes(here.directory, reading.wall_us)
    if crashed is not None:
        yield f"{crashed}. Fix: `codespace-tracker doctor` looks for the cause."
    stale_us = here.configuration.settings.heartbeat_seconds * 1_000_000 + STALE_US
    if running and is_same_boot and silent_us > stale_us:
        yield (
            f"the last heartbeat is {silent_us // 1_000_000}s old. Fix: `codespace-tracker log "
            "--debug` may say why."
        )


def shown_until(session: Session, reading: Reading, configuration: Configuration) -> Reading:
    """Up to when a session that is being counted is shown as counted: now, if its clocks are ours.
    Those of another boot may be those of another machine: then it is its last heartbeat."""
    if session.boot_id != reading.boot_id:
        return reading._replace(
            wall_us=session.last_seen_at, mono_us=session.last_mono_us, boot_us=session.last_boot_us
        )
    return within_reason(
        session, reading, configuration.settings.heartbeat_seconds * 1_000_000 + STALE_US
    )


def _of_another_clock(elapsed_us: int, on_the_wall_us: int) -> str:
    return (
        f"the last heartbeat is {elapsed_us // 1_000_000}s old by the monotonic clock here, but"
        f" only {on_the_wall_us // 1_000_000}s by the wall clock. The tracker may have been"
        " restored from a checkpoint: then its clock differs. What it had counted before is"
        " shown. Fix: `codespace-tracker restart`."
    )


def is_counting(
    daemon: Holder | None, session: Session, reading: Reading, tracker: Tracker
) -> bool:
    """Whether the daemon that there is counts the session: then it can be carried on to now."""
    if daemon is None or not session.is_open:
        return False
    if daemon.is_elsewhere:  # its life is another one than ours
        return daemon.is_up and (
            session.boot_id != reading.boot_id or session.last_mono_us <= reading.mono_us
        )
    return goes_on(session, reading, tracker)


def ahead_of(session: Session, at: int, ahead_us: int) -> ClosedSpan:
    """The running time that the ledger does not have yet, as a span."""
    return ClosedSpan(0, at - ahead_us, 0, session.span.cores, ahead_us)


def counted_in(ledger: Ledger, ahead: ClosedSpan) -> Counted:
    """The core-time that was counted here, by the ledger and what it does not have yet."""
    return lambda since, until: (
        core_us(ledger, since, until) + core_us_between([ahead], since, until)
    )


def goes_on(session: Session, reading: Reading, tracker: Tracker) -> bool:
    """Whether a start at this moment would go on with the session, and count the gap."""
    return not decide(
        session, reading, session.span.cores, life_kind(tracker.environment), ""
    ).is_new


def _drawn(directory: str) -> Any:
    """What the daemon last drew into status.json; None if there is nothing that can be read."""
    try:
        return plain_json.loads(read_own(os.path.join(directory, STATUS), 1 << 20) or b"")
    except (ValueError, RecursionError):
        return None


def _drawn_problems(drawn: Any) -> list[str]:
    """What the daemon itself says is wrong."""
    try:
        return [str(text) for text in drawn["problems"]]
    except (KeyError, TypeError):
        return []


def glance(drawn: Any) -> Glance:
    """The triggers in a status.json; nothing of what is not as we draw it."""
    try:
        triggers = drawn["triggers"]
        newest: dict[tuple[str, str], Any] = {}
        for entry in triggers["last"]:
            newest.setdefault((str(entry["label"]), str(entry["flag"])), entry)
        return Glance(
            tuple((str(entry["label"]), parse_iso(entry["due_at"])) for entry in triggers["next"]),
            tuple(str(entry["label"]) for entry in triggers["running"]),
            tuple(
                (label, flag, parse_iso(entry["ended_at"]))
                for (label, flag), entry in newest.items()
                if entry["result"] != "succeeded"
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return Glance()
