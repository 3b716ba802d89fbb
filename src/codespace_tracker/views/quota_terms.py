"""What the gauge is measured by, in words: the plan, who pays, whose figures they are, what is not
known."""

from __future__ import annotations

from codespace_tracker.config.configuration import Settings
from codespace_tracker.core.calendar import UTC, Zone
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.gauge import DOLLARS_A_CORE_HOUR, GB_MONTH, Gauge, hours_left
from codespace_tracker.views import wording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from codespace_tracker.core.trigger import Trigger

LOW_PERCENT, OUT_PERCENT = 75, 100
"""From which percentage on a quota runs low, and is used up."""

_NAMES = {"": "Free", "free": "Free", "pro": "Pro", "none": "none"}


def gauge_line(gauge: Gauge) -> str:
    """The gauge in one line: how much is used, of how much."""
    used = f"{at_least(gauge)}{wording.core_hours(gauge.used)}"
    if gauge.quota is None:
        return f"{used} core-hours"
    return (
        f"{used} of {wording.core_hours(gauge.quota)} core-hours "
        f"({wording.percent(gauge.used, gauge.quota)})"
    )


def run_time(core_us: int, cores: int) -> str:
    """How long a machine with `cores` cores can run on core-time (µs), by the figure as it is shown
    beside it."""
    shown = int(wording.decimal(10 * core_us, HOUR_US, 0)) * HOUR_US // 10
    minutes = round(hours_left(shown, cores) * 60)
    return f"{minutes // 60}h {minutes % 60:02}m"


def plan_line(settings: Settings) -> str:
    """The plan and what it includes a month: `Free (assumed): 120 core-hours, 15 GB-months …`."""
    assumed = " (assumed)" if not settings.plan else ""
    if settings.quota_core_us is None:
        return "none, so no core-hours or storage are included"
    hours = f"{wording.core_hours(settings.quota_core_us)} core-hours"
    if settings.storage_quota is None:
        return f"your own figure: {hours}"
    storage = f"{settings.storage_quota // GB_MONTH} GB-months of storage"
    return f"{_NAMES.get(settings.plan, settings.plan)}{assumed}: {hours}, {storage}"


def gb_months(storage: int) -> str:
    """Storage as people say it: `7.20`, `0.25`, `<0.01`."""
    shown = wording.decimal(storage, GB_MONTH, 2)
    return "<0.01" if storage > 0 and shown == "0.00" else shown


def storage_line(gauge: Gauge) -> str:
    """The storage that is used, of how much; empty where GitHub's figures tell nothing of it."""
    if gauge.storage is None:
        return ""
    used = f"{at_least(gauge)}{gb_months(gauge.storage)}"
    if not gauge.storage_quota:
        return f"{used} GB-months"
    of = gauge.storage_quota // GB_MONTH
    return f"{used} of {of} GB-months ({wording.percent(gauge.storage, gauge.storage_quota)})"


def why_no_quota(gauge: Gauge, settings: Settings, kind: str) -> str:
    """Why nothing here counts against a quota of the user's; empty if it does."""
    if gauge.counts:
        return ""
    if settings.payer == "organization" and kind == "codespaces":
        return (
            "An organization pays for this codespace (`payer` in config.toml): it does not count "
            "against your quota."
        )
    return (
        f"This is not a codespace ({kind}): what runs here does not count against your GitHub "
        "quota."
    )


def at_least(gauge: Gauge) -> str:
    """`at least ` as long as more may be added to the figure."""
    return "at least " if gauge.is_at_least else ""


def beyond_figures(gauge: Gauge) -> str:
    """Which time counted here comes on top of GitHub's figures. A month's sum does not tell which
    use it holds: on top of one comes what ran since."""
    return "since then" if gauge.excess else "that is not in them yet"


def all_codespaces(gauge: Gauge) -> str:
    """That the figure is of all codespaces; with the part of this one where that is known."""
    if gauge.as_of is not None or not gauge.counts:
        return "all codespaces"
    return f"all codespaces ({wording.core_hours(gauge.used - gauge.others)} here)"


def counted_where(gauge: Gauge) -> str:
    """Who counted what is not from GitHub."""
    return "counted by your codespaces" if gauge.has_fleet else "counted here"


def since(gauge: Gauge, zone: Zone) -> str:
    """From when on the month is known, where that is not its start: `29 Nov`; else empty."""
    if gauge.known_since <= gauge.month_start:
        return ""
    return first_day(gauge.known_since, zone)


def first_day(at: int, zone: Zone) -> str:
    """The day that figures begin on: `29 Nov`. GitHub's days begin at midnight of UTC; counting
    here may begin at any moment."""
    return wording.short_day(at, zone if at % DAY_US else UTC)


def month_since(gauge: Gauge, zone: Zone) -> str:
    """`since 1 Nov`: from when on the month's figure counts."""
    return f"since {since(gauge, zone) or wording.short_day(gauge.month_start, UTC)}"


def estimated(core_us: int) -> str:
    """The estimated cost of core-time that no plan includes: `$3.60`."""
    return f"${wording.decimal(core_us * round(DOLLARS_A_CORE_HOUR * 100), HOUR_US * 100, 2)}"


def hours(core_us: int) -> float:
    """Core-time as JSON has it."""
    return round(core_us / HOUR_US, 4)


def warnings_are_on(triggers: Iterable[Trigger]) -> bool:
    """Whether any trigger looks at the month: then the ready-made ones need not be offered."""
    return any(
        one.enabled and any(level.measure in ("month", "quota") for level in one.levels)
        for one in triggers
    )
