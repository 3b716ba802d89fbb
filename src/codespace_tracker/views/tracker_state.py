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
from codespace_tracker.core.session import ClosedSpan, Session
from codespace_tracker.core.usage import core_us_between
from codespace_tracker.ledger.month_gauge import beside_of, gauge_at
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.presence_sums import Split, running_time
from codespace_tracker.ledger.store import Ledger, Tracker
from codespace_tracker.ledger.sums import core_us
from codespace_tracker.machine import file_system, hindrances, stopped
from codespace_tracker.machine.file_names import STATUS
from codespace_tracker.machine.files import read_own
from codespace_tracker.views import last_words
from codespace_tracker.views.presence import UNKNOWN, PresenceNow, presence_in
from codespace_tracker.views.scene import Scene, scene
from codespace_tracker.views.session_now import STALE_US, ahead_of, goes_on, session_now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from codespace_tracker.core.gauge import Others
    from codespace_tracker.ledger.fleet import Heard


class Glance(Record):
    """The triggers as the daemon last drew them: labels with when they are due next, the soonest
    first, and whether that assumes that the machine keeps running; the labels of what runs; labels
    and flags with when they failed, of those whose last attempt did. Moments in UTC µs."""

    next: tuple[tuple[str, int, bool], ...] = ()
    running: tuple[str, ...] = ()
    failed: tuple[tuple[str, str, int], ...] = ()


class TrackerState(Record):
    """The tracker at this moment. Times in µs.

    `session` is carried on to now where the daemon runs by our clocks, else as of its last
    heartbeat. `elsewhere` tells that it runs in another container or on another machine, whose
    session it is, and `place` says which. `waiting` tells that our tracker waits for that one to
    end. `file_system` is named where its locks cannot be trusted. `presence` is whether someone is
    there, and `today_split` how today's running time splits. `others` is what other
    codespaces counted of the quota, and `heard` how fresh that is; None where there are none.
    `silent_us` is the time since
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
    presence: PresenceNow = UNKNOWN
    today_split: Split = Split()
    heard: Heard | None = None
    others: Others | None = None

    @property
    def unsaved(self) -> ClosedSpan:
        """The running time that the ledger does not have yet, as a span."""
        return ahead_of(self.session, self.at, self.ahead_us)

    @property
    def missing(self) -> list[str]:
        """What the figures of other codespaces lack, in sentences."""
        if self.heard is None:
            return []
        from codespace_tracker.views import fleet_notes  # not for those who are alone

        return fleet_notes.missing(self.heard, self.now_us, self.configuration.zone)


def look(directory: str) -> TrackerState | None:
    """The state of things now; None before the first session. Raises LedgerError."""
    with scene(directory) as here:
        return state_in(here)


def state_in(here: Scene) -> TrackerState | None:
    """The state of things in a scene; None before the first session. Raises LedgerError."""
    now = session_now(here)
    if now is None:
        return None
    directory, ledger, reading = here.directory, here.ledger, here.reading
    seen, running, until, daemon = now.seen, now.running, now.until, here.daemon
    zone, settings = here.configuration.zone, here.configuration.settings
    beside = beside_of(ledger, settings, now.at)
    silent_us = max(
        0,
        reading.mono_us - seen.last_mono_us
        if running and until == reading
        else reading.wall_us - seen.last_seen_at,
    )
    drawn = _drawn(directory)
    today = zone.day_start(now.at), zone.next_day_start(now.at)
    return TrackerState(
        directory=directory,
        session=now.session,
        tracker=now.tracker,
        configuration=here.configuration,
        running=running,
        elsewhere=running and daemon is not None and daemon.is_elsewhere,
        stopped=stopped.holds(directory, reading),
        same_life=goes_on(seen, reading, now.tracker),
        silent_us=silent_us,
        at=now.at,
        now_us=reading.wall_us,
        ahead_us=now.ahead_us,
        today_us=now.ran_between(ledger, *today),
        total_us=now.tracker.before_us + now.session.running_us,
        gauge=gauge_at(ledger, settings, counted_in(ledger, now.unsaved), now.at, beside),
        session_count=ledger.session_count(),
        first_start=ledger.first_start() or now.session.started_at,
        journal_seq=ledger.journal_end(),
        notices=Notices(ledger).standing(reading.wall_us),
        problems=tuple(_problems(here, seen, drawn, silent_us, running=running, until=until)),
        glance=glance(drawn),
        loaded=here.loaded,
        place=daemon.place if daemon else "",
        waiting=here.trackers.is_waiting,
        file_system=file_system.untrusted(directory),
        presence=presence_in(here, now),
        today_split=running_time(ledger, *today),
        heard=None if beside is None else beside.heard,
        others=None if beside is None else beside.others,
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


def _of_another_clock(elapsed_us: int, on_the_wall_us: int) -> str:
    return (
        f"the last heartbeat is {elapsed_us // 1_000_000}s old by the monotonic clock here, but"
        f" only {on_the_wall_us // 1_000_000}s by the wall clock. The tracker may have been"
        " restored from a checkpoint: then its clock differs. What it had counted before is"
        " shown. Fix: `codespace-tracker restart`."
    )


def counted_in(ledger: Ledger, ahead: ClosedSpan) -> Counted:
    """The core-time that was counted here, by the ledger and what it does not have yet."""
    return lambda since, until: (
        core_us(ledger, since, until) + core_us_between([ahead], since, until)
    )


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
            tuple(
                (str(entry["label"]), parse_iso(entry["due_at"]), entry.get("clock") == "running")
                for entry in triggers["next"]
            ),
            tuple(str(entry["label"]) for entry in triggers["running"]),
            tuple(
                (label, flag, parse_iso(entry["ended_at"]))
                for (label, flag), entry in newest.items()
                if entry["result"] != "succeeded"
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return Glance()
