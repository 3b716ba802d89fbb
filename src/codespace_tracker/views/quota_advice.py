"""What to know and to do beside the month's figure, in words."""

from __future__ import annotations

from codespace_tracker.views.fuel import Fuel
from codespace_tracker.views.quota_terms import (
    LOW_PERCENT,
    OUT_PERCENT,
    warnings_are_on,
)


def advice(fuel: Fuel) -> list[str]:
    """What to do where the quota or the storage will not last."""
    gauge = fuel.gauge
    lines = []
    if gauge.storage_percent is not None and gauge.storage_percent >= LOW_PERCENT:
        full = "is used up" if gauge.storage_percent >= OUT_PERCENT else "runs low"
        lines.append(
            f"The storage {full}: without any left GitHub starts no codespace, just as without"
            " core-hours, unless you pay for more. Delete the codespaces that you do not need."
        )
    if gauge.quota is not None and not (fuel.runs_out_at is None and gauge.left):
        smaller = (
            ""
            if fuel.state.session.span.cores <= 2
            else " A machine with fewer cores uses less an hour."
        )
        what = (
            "The quota is used up: GitHub starts none of your codespaces until it resets, unless "
            "you pay for more."
            if not gauge.left
            else "At this pace the quota does not last."
        )
        lines.append(
            f"{what} Stop the codespace when you leave it, and set a shorter idle "
            f"time-out.{smaller}"
        )
    return lines


def _is_of_others(fuel: Fuel) -> bool:
    """Whether the repository belongs to someone else: then an organization may pay."""
    owner = fuel.state.tracker.repository.partition("/")[0].lower()
    return bool(owner) and owner != fuel.state.tracker.user_name.lower()


def unseen(fuel: Fuel) -> list[str]:
    """What the figure does not show, and what would."""
    gauge, settings = fuel.gauge, fuel.state.configuration.settings
    lines = []
    if fuel.only_others:
        lines.append(
            "None of GitHub's figures for this month is in your quota: codespace-tracker usage"
        )
    lines += fuel.state.missing
    if gauge.as_of is None and gauge.counts and not gauge.has_fleet:
        lines.append(
            "Not seen from here: your other codespaces. `codespace-tracker sync --help`: let them"
            " meet; `codespace-tracker usage --help`: add GitHub's figures."
        )
    if gauge.counts and settings.payer == "unknown" and _is_of_others(fuel):
        lines.append(
            "Who pays is not known. If an organization pays for this codespace, write "
            '`payer = "organization"` into config.toml: then it does not count.'
        )
    if gauge.quota is not None and not warnings_are_on(fuel.state.configuration.triggers):
        lines.append("To be warned at 50, 75, 90 and 100 %: codespace-tracker quota --warn")
    if gauge.storage is None and gauge.counts:
        lines.append(
            "Not in this: storage. A stopped codespace uses it too; GitHub's figures have it."
        )
    if gauge.counts:
        lines.append(
            "A stopped codespace is deleted after 30 days, unless you set another time: push your "
            "work."
        )
    if settings.reset_day != 1:
        lines.append(
            "`reset_day` in config.toml has no effect: GitHub's billing period is the calendar"
            " month of UTC, for everyone. Take the line away."
        )
    return lines
