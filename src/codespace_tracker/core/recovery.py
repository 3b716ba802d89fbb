"""What the start of the tracker means for the last session: the one table that decides it.

Given what is known of the last session and the first reading, `decide` says which session goes on,
which one ended and when, and which one begins. What a tracker observes is counted by the kernel's
clocks alone, not by the wall clock. What no tracker observed, from PID 1's start to the first
reading, is counted only as far as it lies after the last session's last heartbeat: within one boot
the kernel's clocks tell that, between two boots the wall clock. `docs/recovery.md` shows the same
table for people.
"""

from __future__ import annotations

from codespace_tracker.core.clock import MINUTE_US, UNKNOWN_BOOT, Reading
from codespace_tracker.core.record import Record
from codespace_tracker.core.session import (
    DRIFT_LIMIT_US,
    ClockEvent,
    ClosedSpan,
    Session,
    begin,
    end,
    reopen,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

Kind: TypeAlias = "Literal['codespace', 'container', 'host']"
"""What a life is here: in a codespace and in a container boot and PID 1 together, on a plain host
the boot alone."""

Row: TypeAlias = (
    "Literal['first', 'continued', 'resumed', 'snapshot', 'rebuilt', 'new_pid1', 'new_boot',"
    " 'copied']"
)
"""The row of the table that was taken, under the name that the journal gives it."""

if not TYPE_CHECKING:
    Kind = Row = str  # other modules may ask for `X | None`

REBUILD_LIMIT_US = 10 * MINUTE_US
"""The longest gap, in µs of the boot clock, in which a new PID 1 in a codespace is a rebuild of its
container."""


class Earlier(Record):
    """What a start in another boot than the last session's must know of the sessions before that
    one.

    `same_boot` is the newest session of this start's boot, None if there is none. `seen_at` is the
    newest of all last heartbeats that are not after this start on the wall clock (UTC µs): not
    every machine's clock is right.
    """

    same_boot: Session | None = None
    seen_at: int = 0


NOTHING_EARLIER = Earlier()


class Decision(Record):
    """What a start means.

    `current` is the session that runs from now on; `is_new` tells whether it begins here. `ended`
    is the last session with its end, where this start ended it; `recovered` tells whether that end
    was unclean. `away_us` is the gap that was counted into a session that goes on. `closed` is a
    span of it that the gap closed, `events` say why.
    """

    row: Row
    current: Session
    is_new: bool
    ended: Session | None = None
    recovered: bool = False
    away_us: int = 0
    closed: ClosedSpan | None = None
    events: tuple[ClockEvent, ...] = ()


def decide(
    last: Session | None,
    reading: Reading,
    cores: int,
    kind: Kind,
    new_session_id: str,
    *,
    copied: bool = False,
    earlier: Earlier = NOTHING_EARLIER,
) -> Decision:
    """Decide by the table in docs/recovery.md.

    `last` is the newest session of the ledger, None if there is none. `copied` says that it was
    written by another tracker, whose state directory this one is a copy of: it is neither carried
    on nor ended by us. `reading` is the first one of this tracker, which may be older than this
    call, and than the last heartbeat of another machine's session: what follows it was observed and
    is counted by carrying the session on.
    """
    if last is None:
        age, running = (0, 0) if kind == "host" else _since_pid1(None, reading, earlier)
        current = begin(
            new_session_id, 1, reading, cores, age_us=age, running_us=running, not_before=0
        )
        return Decision("first", current, is_new=True)
    if copied:
        return _begin_after(
            "copied", last, reading, cores, new_session_id, earlier, ends_last=False
        )
    if not _same_boot(last, reading):
        return _begin_after("new_boot", last, reading, cores, new_session_id, earlier)
    if _is_restored(last, reading):
        return _begin_after("snapshot", last, reading, cores, new_session_id, earlier)
    if _same_life(last, reading, kind):
        return _go_on("continued" if last.is_open else "resumed", last, reading, cores)
    if kind == "codespace" and reading.boot_us - last.last_boot_us <= REBUILD_LIMIT_US:
        return _go_on("rebuilt", last, reading, cores)
    return _begin_after("new_pid1", last, reading, cores, new_session_id, earlier)


def _same_boot(last: Session, reading: Reading) -> bool:
    """Whether both readings are by the clocks of one boot.

    Where the kernel names no boot, more time than passed on the wall clock is that of another
    machine.
    """
    if reading.boot_id != last.boot_id:
        return False
    ahead = (reading.boot_us - last.last_boot_us) - (reading.wall_us - last.last_seen_at)
    return reading.boot_id != UNKNOWN_BOOT or ahead <= DRIFT_LIMIT_US


def _is_restored(last: Session, reading: Reading) -> bool:
    """Whether the clocks of one boot went back, or more time ran than passed: no gap can be told
    from them."""
    ran = reading.mono_us - last.last_mono_us
    return ran < 0 or ran > reading.boot_us - last.last_boot_us + DRIFT_LIMIT_US


def _same_life(last: Session, reading: Reading, kind: Kind) -> bool:
    if kind == "host" or last.pid1_start_us is None or reading.pid1_start_us is None:
        return True
    return last.pid1_start_us == reading.pid1_start_us


def _go_on(row: Row, last: Session, reading: Reading, cores: int) -> Decision:
    extended = reopen(last, reading, cores)
    return Decision(
        row,
        extended.session,
        is_new=False,
        away_us=reading.mono_us - last.last_mono_us,
        closed=extended.closed,
        events=extended.events,
    )


def _begin_after(
    row: Row,
    last: Session,
    reading: Reading,
    cores: int,
    new_session_id: str,
    earlier: Earlier,
    *,
    ends_last: bool = True,
) -> Decision:
    ended = None
    if ends_last and last.is_open:
        ended = end(last, "recovered")
    elif ends_last and last.ending == "paused":
        ended = last._replace(ending="clean")  # it can no longer be resumed
    age, running = _since_pid1(last, reading, earlier)
    number, not_before = last.number + 1, last.last_seen_at
    current = begin(
        new_session_id,
        number,
        reading,
        cores,
        age_us=age,
        running_us=running,
        not_before=not_before,
    )
    return Decision(row, current, is_new=True, ended=ended, recovered=ends_last and last.is_open)


def _since_pid1(last: Session | None, reading: Reading, earlier: Earlier) -> tuple[int, int]:
    """How long ago PID 1 started, and how much of that ran: never more than the truth. Both in µs.

    Nothing before a last heartbeat is counted again. That of a session of this boot is placed by
    the boot clock, that of another boot by the wall clock. The kernel does not say when a suspended
    stretch was, only how long all of them were: what could have been suspended is not counted.
    """
    if reading.pid1_start_us is None:
        return 0, 0
    age, suspended = reading.boot_us - reading.pid1_start_us, reading.boot_us - reading.mono_us
    if last is not None and not _same_boot(last, reading):
        age = min(age, reading.wall_us - max(last.last_seen_at, earlier.seen_at))
        last = earlier.same_boot
    if last is not None and _same_boot(last, reading):
        if _is_restored(last, reading):
            return 0, 0  # `last` has counted up to here and beyond
        since_last = reading.boot_us - last.last_boot_us
        age = min(age, since_last)
        suspended = min(suspended, since_last - (reading.mono_us - last.last_mono_us))
    age = max(0, age)
    return age, max(0, age - max(0, suspended))
