"""The quota gauge as a bar and a colour."""

from codespace_tracker.cli import show
from codespace_tracker.core.gauge import Gauge
from codespace_tracker.views.quota_terms import LOW_PERCENT, OUT_PERCENT


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
