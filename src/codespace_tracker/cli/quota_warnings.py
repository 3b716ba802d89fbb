"""The warnings that `quota --warn` switches on: ready-made triggers that give a notice of how the
quota stands."""

from typing import Any

from codespace_tracker.cli import show
from codespace_tracker.config.configuration import Configuration
from codespace_tracker.core.calendar import month_bounds
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.gauge import GB_MONTH
from codespace_tracker.core.notice_text import Notice
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.billing import Billing
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.views import wording
from codespace_tracker.views.fuel import Fuel
from codespace_tracker.views.quota_terms import gb_months, plan_line, warnings_are_on

PERCENTS = (50, 75, 90, 100)
SUBJECT = "quota"
"""A newer notice of this subject takes the place of the one before: only the last one is true."""

STORAGE = "storage"


def switch(directory: str, *, on: bool) -> str:
    """Add or enable the triggers in trigger_config.json, or let them rest; what a person should
    know if that is not in force yet. Raises Failure, OSError."""
    from codespace_tracker.cli import ready_triggers
    from codespace_tracker.config.load import quota_of

    if on and quota_of(directory) is None:
        mend = 'set `plan` in config.toml to "free", "pro" or a number of core-hours.'
        raise Failure(
            "there is no quota to warn of: config.toml says that your plan includes none. Fix: "
            f"{mend}"
        )

    return ready_triggers.switch(directory, list(map(_trigger, PERCENTS)), on=on)


def switched_on(directory: str) -> str:
    """What is said once the warnings are on: what they count, and how to switch them off."""
    from codespace_tracker.views import fuel

    text = "New shells tell you at 50, 75, 90 and 100 % of the month's quota"
    try:
        found = fuel.look(directory)
    except (Failure, LedgerError):
        return f"{text}. Off: codespace-tracker quota --no-warn"
    settings, gauge = found.state.configuration.settings, found.gauge
    counts = f"They count {_counted(found)}."
    named = f". Plan: {plan_line(settings)}" if gauge.quota is not None else ""
    where = "They are four triggers in trigger_config.json."
    lines = (f"{text}{named}.", counts, f"{where} Off: codespace-tracker quota --no-warn")
    return "\n".join(show.hanging("", line) for line in lines)


def _counted(quota: Fuel) -> str:
    gauge = quota.gauge
    if gauge.quota is None and gauge.as_of is None and not gauge.has_fleet:
        what = "nothing yet: what runs here does not count against a quota"
        return f"{what}, until GitHub's figures are added (codespace-tracker usage --help)"
    if quota.figures_at is None and gauge.has_fleet:
        return "this codespace, and what your other codespaces told (codespace-tracker fleet)"
    if quota.figures_at is None:
        return (
            "this codespace only. Your other codespaces use up the same quota: they count once"
            " you add GitHub's figures (codespace-tracker usage --help)"
        )
    told = wording.moment(quota.figures_at, quota.state.configuration.zone, seconds=False)
    on_top = ", and what is counted here on top" if gauge.counts else ""
    return f"GitHub's figures as of {told}{on_top}"


def notice(quota: Fuel) -> str:
    """How the quota stands, in a sentence or two; without one, what the month has used."""
    gauge = quota.gauge
    if gauge.quota is None:
        why = "your plan includes none" if gauge.counts else "they count against no quota"
        return f"This month has used {wording.core_hours(gauge.used)} core-hours; {why}."
    used = f"{wording.core_hours(gauge.used)} of {wording.core_hours(gauge.quota)} core-hours"
    head = f"{wording.percent(gauge.used, gauge.quota)} of this month's quota is used ({used})."
    if not gauge.left:
        resets = wording.day(gauge.month_end, quota.state.configuration.zone)
        return (
            f"{head} GitHub starts none of your codespaces until {resets}, unless you pay for more."
        )
    soonest = quota.runs_out_at
    return (
        head
        if soonest is None
        else f"{head} At this pace it lasts until "
        f"{wording.day(soonest, quota.state.configuration.zone)}."
    )


def warn_of_storage(ledger: Ledger, configuration: Configuration, user: str, now_us: int) -> None:
    """Give a notice of the storage where it has passed another of the same parts, if the warnings
    are on: it grows in GitHub's figures alone, so it is looked at as they come. Belongs into a
    transaction. Raises LedgerError."""
    quota = configuration.settings.storage_quota
    if not quota or not warnings_are_on(configuration.triggers):
        return
    month = month_bounds(now_us)
    figures = Billing(ledger).figures(month[0], month[0], user)
    by_day = sum(day.storage for day in figures.days if day.start < month[1])
    used = max(by_day, figures.bucket.storage if figures.bucket is not None else 0)
    passed = [percent for percent in PERCENTS if used * 100 >= quota * percent]
    if not passed:
        return
    last = ledger.value("SELECT text FROM notice WHERE subject = ? AND at >= ?", STORAGE, month[0])
    head = f"{passed[-1]} % of this month's storage is used or more"
    if last is not None and str(last).startswith(head):
        return
    full = (
        " GitHub starts none of your codespaces, unless you pay for more: delete those that you"
        " do not need."
    )
    text = (
        f"{head} ({gb_months(used)} of {quota // GB_MONTH} "
        f"GB-months).{full if passed[-1] >= 100 else ''}"
    )
    Notices(ledger).give(STORAGE, Notice(text, now_us, min(month[1], now_us + DAY_US)))


def _label(percent: int) -> str:
    return f"Quota warning at {percent} %"


def _trigger(percent: int) -> dict[str, Any]:
    return {
        "label": _label(percent),
        "script_command": "codespace-tracker quota --notice",
        "conditions": {"quota_percent": percent},
    }
