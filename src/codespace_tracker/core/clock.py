"""What the machine's clocks said at one moment.

The core takes readings, never clocks: `machine/clock.py` is the only place that asks the kernel.
"""

from __future__ import annotations

from codespace_tracker.core.record import Record

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

UNKNOWN_BOOT = "unknown"
"""The boot id where the kernel does not tell one: sandboxes without that file exist."""


class Reading(Record):
    """All the clocks at one moment, in microseconds.

    `wall_us` is UTC since the epoch (CLOCK_REALTIME) and may step; `mono_us` (CLOCK_MONOTONIC)
    never steps and stands still while the machine is suspended; `boot_us` (CLOCK_BOOTTIME) also
    counts suspended time. `boot_id` names the kernel life, and all readings of one are by the same
    clocks, also from within a time namespace. `pid1_start_us` is PID 1's start on the boot clock,
    None where it cannot be read.
    """

    wall_us: int
    mono_us: int
    boot_us: int
    boot_id: str
    pid1_start_us: int | None
