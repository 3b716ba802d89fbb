"""The quota gauge as a line, a bar and a colour."""

from codespace_tracker.cli import show
from codespace_tracker.cli.quota_terms import at_least
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.gauge import Gauge, hours_left
from codespace_tracker.views import wording

LOW_PERCENT, OUT_PERCENT = 75, 100


def gauge_line(gauge: Gauge) -> str:
    """The gauge in one line: how much is used, of how much."""
    used = f"{at_least(gauge)}{wording.core_hours(gauge.used)}"
    if gauge.quota is None:
        return f"{used} core-hours"
    return (
        f"{used} of {wording.core_hours(gauge.quota)} core-hours "
        f"({wording.percent(gauge.used, gauge.quota)})"
    )


def gauge_colour(gauge: Gauge) -> str:
    """Green, yellow or red, depending on how much is used."""
    percent = gauge.percent or 0
    return "red" if percent >= OUT_PERCENT else "yellow" if percent >= LOW_PERCENT else "green"


def bar_part(gauge: Gauge, width: int) -> int:
    """How many of a bar's `width` characters are full: at least one if anything is used, else
    none."""
    return max(round(min(1.0, (gauge.percent or 0) / 100) * width), 1 if gauge.used else 0)


def bar(gauge: Gauge, width: int) -> str:
    """The gauge as a bar of `width` characters."""
    full = bar_part(gauge, width)
    return show.colour("█" * full, gauge_colour(gauge)) + "░" * (width - full)


def run_time(core_us: int, cores: int) -> str:
    """How long a machine with `cores` cores can run on core-time (µs), by the figure as it is shown
    beside it."""
    shown = int(wording.decimal(10 * core_us, HOUR_US, 0)) * HOUR_US // 10
    minutes = round(hours_left(shown, cores) * 60)
    return f"{minutes // 60}h {minutes % 60:02}m"
