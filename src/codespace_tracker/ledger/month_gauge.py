"""The fuel gauge of a ledger: its settings, whose it is, GitHub's figures, and what was counted."""

from __future__ import annotations

import os

from codespace_tracker.config.configuration import Settings
from codespace_tracker.core.calendar import month_bounds
from codespace_tracker.core.gauge import WEEK_US, Figures, Gauge, Paces, Terms, gauge, paces
from codespace_tracker.core.month import Counted
from codespace_tracker.ledger.billed import Billed
from codespace_tracker.ledger.store import Ledger, Tracker
from codespace_tracker.machine.environment import CODESPACE
from codespace_tracker.machine.file_names import FLEET
from codespace_tracker.machine.rooted import rooted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.core.gauge import Others
    from codespace_tracker.ledger.fleet_counted import Beside


def user_of(settings: Settings, tracker: Tracker | None) -> str:
    """Whose quota it is: the GitHub login, from config.toml or from the codespace; empty if neither
    says it."""
    if settings.user or tracker is None:
        return settings.user
    return tracker.user_name if tracker.environment == CODESPACE else ""


def terms_of(settings: Settings, tracker: Tracker | None) -> Terms:
    """What the month is measured by. Only codespaces that no organisation pays for count against a
    user's quota."""
    is_codespace = tracker is not None and tracker.environment == CODESPACE
    counts = is_codespace and settings.payer != "organization"
    return Terms(settings.quota_core_us, settings.storage_quota, counts)


def figures(ledger: Ledger, settings: Settings, since: int, month_start: int) -> Figures:
    """GitHub's figures that count, by day from the day of an instant on (UTC µs). Raises
    LedgerError."""
    return Billed(ledger).figures(since, month_start, user_of(settings, ledger.tracker()))


def has_fleet(directory: str) -> bool:
    """Whether other codespaces are known there."""
    return os.path.exists(rooted(os.path.join(directory, FLEET)))


def beside_of(
    ledger: Ledger, settings: Settings, at: int, since: int | None = None
) -> Beside | None:
    """The user's other codespaces at the instant `at`, by what they told, with figures from an
    instant on (UTC µs; default: all that the month and the week before it need); None where there
    is no fleet. Raises LedgerError."""
    folder = os.path.dirname(ledger.path)
    if not folder or not has_fleet(folder):
        return None
    from codespace_tracker.ledger import fleet_counted  # not for those who are alone

    user = user_of(settings, ledger.tracker())
    counts = terms_of(settings, ledger.tracker()).counts
    since = at - fleet_counted.BACK_US if since is None else since
    return fleet_counted.beside(folder, ledger, user, at, since, own_counts=counts)


def gauge_at(
    ledger: Ledger, settings: Settings, counted: Counted, at: int, beside: Beside | None
) -> Gauge:
    """The gauge of the billing month of the instant `at` (UTC µs), by what was counted here and by
    the user's other codespaces. Raises LedgerError."""
    month, tracker = month_bounds(at), ledger.tracker()
    told = Billed(ledger).figures(month[0], month[0], user_of(settings, tracker))
    others = None if beside is None else beside.others
    first_at = ledger.first_start()
    return gauge(counted, told, at, month, terms_of(settings, tracker), first_at, others)


def paces_at(
    ledger: Ledger,
    settings: Settings,
    counted: Counted,
    gauge: Gauge,
    first_at: int,
    others: Others | None,
) -> Paces:
    """The paces that led to a gauge, by what was counted here from `first_at` on (UTC µs), and by
    others. Raises LedgerError."""
    told = figures(ledger, settings, min(gauge.month_start, gauge.at - WEEK_US), gauge.month_start)
    return paces(counted, told.days, gauge, first_at, others)
