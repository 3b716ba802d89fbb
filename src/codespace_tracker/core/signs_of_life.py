"""Who may write where locks cannot be trusted: decided by signs of life, which trackers leave
beside the ledger. The ordinary case, one tracker that holds a lock, is `machine/lock.py`.

Each tracker keeps one sign, written again at each heartbeat. One that starts and finds another
tracker's sign waits until that sign has stood still for twice its heartbeat, by its own monotonic
clock, then writes its own sign, and begins once it has seen for a moment that it is alone. Where
two claim the directory at once, the one with the smaller id stays. Values only: nothing here reads
a clock or a file. `machine/alive.py` has the format.
"""

from __future__ import annotations

from codespace_tracker.core.clock import SECOND_US, Reading
from codespace_tracker.core.record import Record
from codespace_tracker.core.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Literal, TypeAlias

SETTLE_US = SECOND_US
"""How long a claim must stand before its tracker begins, in µs: another one that claims at the same
time is seen."""

STILL_HEARTBEATS = 2
"""A sign that has not changed for this many of its heartbeats is that of a tracker that is gone."""

UNKNOWN_HEARTBEAT_US = 10 * SECOND_US
"""The heartbeat, in µs, of a tracker whose sign cannot be read: the default setting."""


class Process(Record):
    """A process: the boot id and the PID namespace in which its number means something, and when it
    started (ticks after boot; 0 if unknown), which tells it from later ones with the same
    number."""

    boot_id: str
    namespace: str
    pid: int
    started: int


class Sign(Record):
    """A tracker's sign of life.

    `tracker` is the id of one run of the daemon, new at each start. `wall_us`, `mono_us` and
    `boot_us` are its clocks as it was written, `heartbeat_us` is how long it may stand still.
    `has_ended` says that the tracker writes nothing any more. `instead_of` are the trackers whose
    signs had stood still when it took over: each of them, should it be alive after all, gives way.
    """

    tracker: str
    process: Process
    wall_us: int
    mono_us: int
    boot_us: int
    heartbeat_us: int
    has_ended: bool = False
    instead_of: tuple[str, ...] = ()

    def at(self, reading: Reading) -> Sign:
        """The same sign, written at a reading."""
        return self._replace(
            wall_us=reading.wall_us, mono_us=reading.mono_us, boot_us=reading.boot_us
        )


class Slot(Record):
    """What lies in one slot: its bytes, empty if it was never used; the sign, None where it cannot
    be read (a torn write, or nonsense). `is_gone` says that its process is certainly dead: it was
    of this boot and PID namespace."""

    content: bytes
    sign: Sign | None = None
    is_gone: bool = False

    @property
    def is_free(self) -> bool:
        """Whether it is certain that no tracker writes by this sign."""
        return not self.content or self.is_gone or (self.sign is not None and self.sign.has_ended)


class Seen(Record):
    """A slot, and since when it has been as it is, in µs of our monotonic clock."""

    found: Slot
    since_us: int

    def is_over(self, at_us: int) -> bool:
        """Whether its tracker has ended, or its sign has stood still long enough to count as
        gone."""
        sign = self.found.sign
        heartbeat = sign.heartbeat_us if sign else UNKNOWN_HEARTBEAT_US
        return self.found.is_free or at_us - self.since_us >= STILL_HEARTBEATS * heartbeat


def look(before: Sequence[Seen], found: Iterable[Slot], at_us: int) -> tuple[Seen, ...]:
    """What is known after another look at the slots. `at_us` is now on our monotonic clock."""
    known = dict(enumerate(before))
    return tuple(
        Seen(
            one,
            known[n].since_us if n in known and known[n].found.content == one.content else at_us,
        )
        for n, one in enumerate(found)
    )


def others(seen: Iterable[Seen], own: str, at_us: int) -> list[Seen]:
    """The slots of other trackers that may be alive."""
    return [one for one in seen if not is_of(one.found, own) and not one.is_over(at_us)]


def is_of(found: Slot, tracker: str) -> bool:
    """Whether a slot has the sign of this tracker."""
    return found.sign is not None and found.sign.tracker == tracker


def gives_way(own: Sign, other: Sign) -> bool:
    """Whether the tracker of `own` gives way to that of `other`, which is alive too."""
    if own.tracker in other.instead_of:
        return True
    return other.tracker not in own.instead_of and other.tracker < own.tracker


def replaced(seen: Iterable[Seen], own: str, at_us: int) -> tuple[str, ...]:
    """The trackers that never said that they ended, and count as gone."""
    return tuple(
        sorted(
            one.found.sign.tracker
            for one in seen
            if one.found.sign
            and not is_of(one.found, own)
            and not one.found.is_free
            and one.is_over(at_us)
        )
    )


def slot_for(own: str, seen: Sequence[Seen], at_us: int) -> int:
    """Which slot a tracker's sign goes into: the one it has, else one that is of no use to anyone
    any more."""
    for n, one in enumerate(seen):
        if is_of(one.found, own):
            return n
    first = ord(own[:1] or "0") % len(seen)  # two that start at once do not always meet in one slot
    order = [*range(first, len(seen)), *range(first)]
    free = [n for n in order if seen[n].found.is_free]
    over = [n for n in order if seen[n].is_over(at_us)]
    return next(iter([*free, *over]), first)


Step: TypeAlias = "Literal['wait', 'claim', 'settle', 'give way', 'begin']"
"""What a tracker that starts does next: `wait` writes nothing, `claim` writes its sign, `settle`
looks again soon, `give way` marks its sign as ended, `begin` opens the ledger."""

if not TYPE_CHECKING:
    Step = str  # other modules may ask for `X | None`


def next_step(own: Sign, claimed_at_us: int | None, seen: Sequence[Seen], at_us: int) -> Step:
    """What a tracker that starts does, by what it saw last. `claimed_at_us` is when it claimed,
    None if it has not."""
    alive = others(seen, own.tracker, at_us)
    if claimed_at_us is None:
        return "wait" if alive else "claim"
    if any(one.found.sign is not None and gives_way(own, one.found.sign) for one in alive):
        return "give way"
    if alive or not any(is_of(one.found, own.tracker) for one in seen):
        return "claim"  # the other one is to see us, and gives way
    return "begin" if at_us - claimed_at_us >= SETTLE_US else "settle"


def must_stop(own: Sign, seen: Sequence[Seen], at_us: int) -> bool:
    """Whether a tracker that counts and writes has to give way to another one."""
    alive = others(seen, own.tracker, at_us)
    return any(one.found.sign is not None and gives_way(own, one.found.sign) for one in alive)


def counted_from(last: Session | None, first: Reading, reading: Reading) -> Reading:
    """The reading from which a tracker counts that began to count at `first`, and may write since
    `reading`.

    Where `last`, the last session, is of this boot and was seen after `first`, another tracker on
    this machine has counted that time: then it is `reading`, and what lies between follows from the
    last session.
    """
    if last is None or last.boot_id != first.boot_id:
        return first
    return reading if first.mono_us < last.last_mono_us <= reading.mono_us else first
