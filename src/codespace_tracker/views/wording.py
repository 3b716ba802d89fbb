"""Lengths of time, moments and counts in words."""

from __future__ import annotations

from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.text import visible

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    *("", "Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
"""The months' names by number; weekdays are from 0 for Monday."""


def length(us: int) -> str:
    """A length of time: `47s`, `12m 05s`, `3h 05m`."""
    if us < MINUTE_US:
        return f"{us // SECOND_US}s"
    if us < HOUR_US:
        return f"{us // MINUTE_US}m {us % MINUTE_US // SECOND_US:02}s"
    return f"{us // HOUR_US}h {us % HOUR_US // MINUTE_US:02}m"


def about(us: int) -> str:
    """A length of time roughly, for how long ago something was: `3s`, `12m`, `3h 05m`, `4 days`."""
    if us < MINUTE_US:
        return f"{us // SECOND_US}s"
    if us < HOUR_US:
        return f"{us // MINUTE_US}m"
    if us < 2 * DAY_US:
        return f"{us // HOUR_US}h {us % HOUR_US // MINUTE_US:02}m"
    return f"{us // DAY_US} days"


def ahead(us: int) -> str:
    """How long until something: `now`, `in 12m`, `in 3h 05m`, `in 4 days`."""
    if us < SECOND_US:
        return "now"
    return f"in {about(us if us < MINUTE_US else us + MINUTE_US // 2)}"


def decimal(amount: int, unit: int, places: int) -> str:
    """An amount in units, with `places` decimals. It is exact, and half is rounded up, as people
    do: `$0.175` is `0.18`, which Python's own formatting makes `0.17`."""
    scale = 10**places
    whole, part = divmod((2 * abs(amount) * scale + unit) // (2 * unit), scale)
    return f"{'-' if amount < 0 and (whole or part) else ''}{whole}" + (
        f".{part:0{places}}" if places else ""
    )


def core_hours(core_us: int) -> str:
    """Core-time as people say it: `36.4`, `120`."""
    return decimal(core_us, HOUR_US, 1).removesuffix(".0")


def dollars(micros: int) -> str:
    """An amount of money in millionths of a US dollar: `$0.18`, `<$0.01`."""
    shown = decimal(micros, 1_000_000, 2)
    return "<$0.01" if micros > 0 and shown == "0.00" else f"${shown}"


def rest(total: int, *parts: int) -> str:
    """Core-time beside other parts of a total, so that all add up as they are shown."""
    return decimal(_tenths(total) - sum(map(_tenths, parts)), 10, 1).removesuffix(".0")


def _tenths(core_us: int) -> int:
    return (20 * core_us + HOUR_US) // (2 * HOUR_US)


def percent(part: int, whole: int | None) -> str:
    """A part of a whole: `75 %`."""
    return f"{decimal(part * 100, whole, 0) if whole else 0} %"


def moment(at: int, zone: Zone, *, seconds: bool = True) -> str:
    """A moment: `Mon 23 Nov 2026 21:04:12`."""
    local = zone.local(at)
    clock = local.clock if seconds else local.clock[:5]
    return f"{DAYS[local.weekday]} {local.day} {MONTHS[local.month]} {local.year} {clock}"


def short_moment(at: int, zone: Zone) -> str:
    """A moment not far away: `Mon 23 Nov 21:04`."""
    return f"{day_of_week(at, zone)} {clock(at, zone)}"


def day_of_week(at: int, zone: Zone) -> str:
    """A date not far away, with its weekday: `Mon 23 Nov`."""
    return f"{DAYS[zone.local(at).weekday]} {short_day(at, zone)}"


def clock(at: int, zone: Zone) -> str:
    """A time of day: `21:04`."""
    return zone.local(at).clock[:5]


def day(at: int, zone: Zone) -> str:
    """A date: `23 Nov 2026`."""
    return f"{day_number(at, zone)} {month(at, zone)}"


def short_day(at: int, zone: Zone) -> str:
    """A date not far away: `23 Nov`."""
    return f"{day_number(at, zone)} {month_name(at, zone)}"


def day_number(at: int, zone: Zone) -> str:
    """A day of its month: `23`."""
    return str(zone.local(at).day)


def month(at: int, zone: Zone) -> str:
    """A month: `Nov 2026`."""
    return f"{month_name(at, zone)} {zone.local(at).year}"


def month_name(at: int, zone: Zone) -> str:
    """A month of its year: `Nov`."""
    return MONTHS[zone.local(at).month]


def count(number: int, thing: str) -> str:
    """A number of things: `1 session`, `2 sessions`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def printable(text: str) -> str:
    """The text with control characters made visible: what others wrote must not work the
    terminal."""
    return visible(text, but="\t")


def session_number(number: int, first: int) -> str:
    """A session's number for people. Imported ones, which have numbers from `first` up to 0 in the
    ledger, are `i1`, `i2` and so on, by their start."""
    return str(number) if number > 0 else f"i{number - first + 1}"
