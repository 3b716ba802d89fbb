"""The machine's clocks, read together. The only place that asks the kernel for the time."""

import os
import time

from codespace_tracker.core.clock import Reading

_NS_PER_US = 1000
_BOOT_ID = "/proc/sys/kernel/random/boot_id"
_PID1_STAT = "/proc/1/stat"
_START_TIME_FIELD = 22  # proc(5): starttime, in clock ticks after boot (CLOCK_BOOTTIME since Linux 5.5)


def read_clocks(boot_id: str, pid1_start_us: int | None) -> Reading:
    """The three clocks now, for a life that is known already. Costs three system calls and no file."""
    return Reading(
        time.clock_gettime_ns(time.CLOCK_REALTIME) // _NS_PER_US,
        time.clock_gettime_ns(time.CLOCK_MONOTONIC) // _NS_PER_US,
        time.clock_gettime_ns(time.CLOCK_BOOTTIME) // _NS_PER_US,
        boot_id,
        pid1_start_us,
    )


def read_life() -> tuple[str, int | None]:
    """The boot id and PID 1's start: what makes one life. Neither changes while a process lives."""
    return _boot_id(), _pid1_start_us()


def read() -> Reading:
    """All clocks and the life that they belong to."""
    return read_clocks(*read_life())


def _boot_id() -> str:
    try:
        with open(_BOOT_ID, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        # Sandboxes without this file exist. A clock that went back still tells one life from the next.
        return "unknown"


def _pid1_start_us() -> int | None:
    """PID 1's start on the boot clock in µs; None where /proc hides it (mount option hidepid)."""
    try:
        with open(_PID1_STAT, "rb") as file:
            after_name = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    # The name in parentheses is field 2 and may hold spaces: field 3 is the first one after it.
    ticks = int(after_name[_START_TIME_FIELD - 3])
    return ticks * 1_000_000 // os.sysconf("SC_CLK_TCK")


def cores() -> int:
    """The machine's CPU count: a codespace has its machine for itself."""
    return os.cpu_count() or 1
