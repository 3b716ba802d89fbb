"""One look of the autopilot: the transaction that it decides in, and what is to be done once that
is committed."""

from typing import NamedTuple

from codespace_tracker.config.configuration import Configuration
from codespace_tracker.core.schedule import Moment
from codespace_tracker.ledger.occurrences import Occurrences, Placed
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.runs.order import Order


class Actions(NamedTuple):
    """What cannot be taken back, and so waits for the commit."""

    runs: list[tuple[Order, int]]
    """Runs to start, each with the descriptor that holds its lock."""
    flags: list[Placed]
    """Flags to place or to remove, in this order."""
    over: list[str]
    """Names of runs whose outcome is in the ledger now."""
    said: list[str]
    """What debug.log is to say of it."""

    @classmethod
    def none(cls) -> "Actions":
        """Nothing to be done, yet."""
        return cls([], [], [], [])


class TriggerStep(NamedTuple):
    """The ledger and its part of the triggers, the moment, the configuration, and what is to be
    done afterwards."""

    ledger: Ledger
    occurrences: Occurrences
    moment: Moment
    configuration: Configuration
    actions: Actions
