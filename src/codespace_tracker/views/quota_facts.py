"""The month's figure in words: the plan, what is left of it, when it resets, what it is made of."""

from __future__ import annotations

from codespace_tracker.core.gauge import DOLLARS_A_CORE_HOUR, Gauge
from codespace_tracker.views import wording
from codespace_tracker.views.fuel import Fuel
from codespace_tracker.views.quota_known import basis
from codespace_tracker.views.quota_terms import (
    at_least,
    estimated,
    plan_line,
    run_time,
    storage_line,
    warnings_are_on,
)
from codespace_tracker.views.quota_unattended import unattended


def facts(fuel: Fuel) -> list[tuple[str, str]]:
    """The rows of `quota`: the plan, what is left, when it resets, what the figure is made of. A
    row without a name goes on with the one above it."""
    gauge, settings = fuel.gauge, fuel.state.configuration.settings
    rows: list[tuple[str, str]] = []
    if gauge.quota is not None or gauge.counts:
        rows.append(("Plan", plan_line(settings)))
        if not settings.plan:
            rows.append(("", "if you have Pro: codespace-tracker quota --plan pro"))
    if gauge.left is not None:
        cores = fuel.state.session.span.cores
        most = "at most " if at_least(gauge) else ""
        left = f"{most}{wording.core_hours(gauge.left)} core-hours: {run_time(gauge.left, cores)}"
        rows.append(
            (
                "Left",
                f"{left} on this machine's {wording.count(cores, 'core')}"
                if gauge.left
                else "nothing",
            )
        )
    if gauge.quota is not None or gauge.counts:
        zone = fuel.state.configuration.zone
        resets = f"{wording.moment(gauge.month_end, zone, seconds=False)} ({zone.name})"
        rows.append(("Resets", f"{resets}, in {wording.about(gauge.month_end - gauge.at)}"))
        rows += basis(fuel)
    rows += unattended(fuel)
    if gauge.storage is not None:
        rows.append(("Storage", storage_line(gauge)))
    if (more := beyond(gauge)) > 0:
        rows.append(("Cost", cost(more, is_all=gauge.quota is None)))
    if warnings_are_on(fuel.state.configuration.triggers):
        rows.append(("Warnings", "on; off: codespace-tracker quota --no-warn"))
    return rows


def beyond(gauge: Gauge) -> int:
    """The core-time beyond the quota, if there is one that it counts against."""
    if gauge.quota is None and not gauge.counts:
        return 0
    return max(0, gauge.used - (gauge.quota or 0))


def cost(core_us: int, *, is_all: bool) -> str:
    """What core-time that no plan includes costs."""
    what = (
        " so far" if is_all else f" for {wording.core_hours(core_us)} core-hours beyond the quota"
    )
    price = f"at GitHub's ${DOLLARS_A_CORE_HOUR} a core-hour, if you let GitHub charge you"
    return f"an estimated {estimated(core_us)}{what} {price}"
