"""The machine's clocks, read together. The only place that asks the kernel for the time."""

from __future__ import annotations

import os
import time

from codespace_tracker.core.clock import UNKNOWN_BOOT, Reading
from codespace_tracker.core.record import Record

_NS_PER_US = 1000
_NS_PER_SECOND = 1_000_000_000
_BOOT_ID = "/proc/sys/kernel/random/boot_id"
_PID1_STAT = "/proc/1/stat"
_START_TIME_FIELD = (
    22  # proc(5): starttime, in clock ticks after boot (CLOCK_BOOTTIME since Linux 5.5)
)
_WRAP_NS = 1 << 64

_TIME_NS = "/proc/self/ns/time"
_TIME_NS_FOR_CHILDREN = "/proc/self/ns/time_for_children"
_OFFSETS = (
    "/proc/self/timens_offsets"  # those of the namespace for children, says the kernel's source
)
_INITIAL_TIME_NS = "time:[4026531834]"  # PROC_TIME_INIT_INO: the same on all machines


class Life(Record):
    """What makes one life, and how far this process's clocks are ahead of the kernel's own, in ns.

    `pid1_start_us` is on the kernel's own boot clock; None where /proc hides it (mount option
    hidepid).
    """

    boot_id: str
    pid1_start_us: int | None
    mono_ahead_ns: int = 0
    boot_ahead_ns: int = 0


def read_clocks(life: Life) -> Reading:
    """The three clocks now, for a life that is known already. Costs three system calls and no file.

    All processes of a boot read the same clocks, also those in a time namespace.
    """
    return Reading(
        time.clock_gettime_ns(time.CLOCK_REALTIME) // _NS_PER_US,
        (time.clock_gettime_ns(time.CLOCK_MONOTONIC) - life.mono_ahead_ns) // _NS_PER_US,
        (time.clock_gettime_ns(time.CLOCK_BOOTTIME) - life.boot_ahead_ns) // _NS_PER_US,
        life.boot_id,
        life.pid1_start_us,
    )


def read_life() -> Life:
    """The boot id, PID 1's start and the time namespace. None of them changes while a process
    lives.

    A process that is checkpointed and restored (CRIU) is put into a new time namespace, which makes
    its clocks go on where they stopped. What was read before that still fits: the time between was
    not lived.
    """
    mono_ahead_ns, boot_ahead_ns = _ahead_ns()
    return Life(boot_id(), _pid1_start_us(boot_ahead_ns), mono_ahead_ns, boot_ahead_ns)


def read() -> Reading:
    """All clocks and the life that they belong to."""
    return read_clocks(read_life())


def boot_id() -> str:
    """What names this life of the kernel; UNKNOWN_BOOT where that is hidden. A container may be
    given its own."""
    try:
        return _read(_BOOT_ID).decode().strip()
    except OSError:
        return UNKNOWN_BOOT


def _pid1_start_us(boot_ahead_ns: int) -> int | None:
    """PID 1's start on the kernel's own boot clock in µs; None where /proc hides it."""
    try:
        after_name = _read(_PID1_STAT).rpartition(b")")[2].split()
    except OSError:
        return None
    # The name in parentheses is field 2 and may hold spaces: field 3 is the first one after it.
    ticks = _unmoved(int(after_name[_START_TIME_FIELD - 3]), boot_ahead_ns)
    return ticks * 1_000_000 // os.sysconf("SC_CLK_TCK")


def unmoved(ticks: int) -> int:
    """A start time as /proc shows it to this process, as one outside of its time namespace sees it.
    Clock ticks."""
    return _unmoved(ticks, _ahead_ns()[1])


def _unmoved(ticks: int, boot_ahead_ns: int) -> int:
    """A start time without the reader's offset, which is added to a number of 64 bits without a
    sign, and cut to ticks.

    An offset that is no multiple of a tick can make a difference of one tick.
    """
    if boot_ahead_ns == 0:
        return ticks
    tick_ns = _NS_PER_SECOND // os.sysconf("SC_CLK_TCK")
    shown_ns = ticks * tick_ns
    if shown_ns > _WRAP_NS // 2:
        shown_ns -= _WRAP_NS  # it started before the clock of this namespace was 0
    return (shown_ns - boot_ahead_ns) // tick_ns


def _ahead_ns() -> tuple[int, int]:
    """How far the monotonic and the boot clock of this process's time namespace are ahead of the
    kernel's, in ns."""
    try:
        namespace = os.readlink(_TIME_NS)
        if namespace == _INITIAL_TIME_NS or namespace != os.readlink(_TIME_NS_FOR_CHILDREN):
            return 0, 0
        with open(_OFFSETS, encoding="utf-8") as file:
            mono, boot = (line.split()[-2:] for line in file.read().splitlines())
        return _ns(*mono), _ns(*boot)
    except (OSError, ValueError):  # a kernel without time namespaces, or no /proc
        return 0, 0


def _ns(seconds: str, nanoseconds: str) -> int:
    return int(seconds) * _NS_PER_SECOND + int(nanoseconds)


def _read(path: str) -> bytes:
    """What is in a small file of /proc. Raises OSError. It is asked for in each answer, and a file
    of Python's takes five times as long."""
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.read(fd, 4096)
    finally:
        os.close(fd)
