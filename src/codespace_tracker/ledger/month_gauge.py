"""The fuel gauge of a ledger: its settings, whose it is, GitHub's figures, and what was counted."""

from codespace_tracker.config.configuration import Settings
from codespace_tracker.core.calendar import month_bounds
from codespace_tracker.core.gauge import Figures, Gauge, Terms, gauge
from codespace_tracker.core.month import Counted
from codespace_tracker.ledger.billed import Billed
from codespace_tracker.ledger.store import Ledger, Tracker
from codespace_tracker.machine.environment import CODESPACE


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


def gauge_at(ledger: Ledger, settings: Settings, counted: Counted, at: int) -> Gauge:
    """The gauge of the billing month of the instant `at` (UTC µs), by what was counted. Raises
    LedgerError."""
    month, tracker = month_bounds(at), ledger.tracker()
    told = Billed(ledger).figures(month[0], month[0], user_of(settings, tracker))
    return gauge(counted, told, at, month, terms_of(settings, tracker), ledger.first_start())
