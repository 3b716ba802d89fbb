"""The configuration in force: the one that was kept, until a child has made a new one; and the last
good one as long as the files have problems."""

from codespace_tracker.config.configuration import DEFAULT_CONFIGURATION, Configuration, Loaded
from codespace_tracker.core.clock import DAY_US, SECOND_US
from codespace_tracker.core.session import Session
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.ledger.store import Ledger, StoredConfiguration
from codespace_tracker.machine.debug_log import DebugLog

_AGAIN_US = 10 * SECOND_US
_MOST_DOUBLINGS = 12
"""When a check that was cut off is tried again, in running time: each time it takes twice as long,
up to 11 hours."""

_ANEW_US = DAY_US
"""How long a configuration is good, in running time: then a time zone database may have been
upgraded."""


class ConfigurationInForce:
    """The configuration of one state directory, as `configuration`."""

    def __init__(self, log: DebugLog, problems: Problems) -> None:
        self.configuration: Configuration = DEFAULT_CONFIGURATION
        self._log = log
        self._problems = problems
        self._cut_off = 0
        self._again_us: int | None = None

    def take_kept(self, ledger: Ledger) -> None:
        """Work from the configuration that was in force last. Raises LedgerError."""
        stored = ledger.stored_configuration()
        if stored is None:
            return
        try:
            self.configuration = Configuration.from_json(stored.configuration)
        except ValueError as error:
            self._log.write(
                f"the stored configuration cannot be read ({error}): using defaults until a new "
                "one is made"
            )

    def take_is_due_again(self, session: Session) -> bool:
        """Whether the configuration is to be made again, though nothing was edited; true once."""
        is_due = self._again_us is not None and session.running_us >= self._again_us
        if is_due:
            self._again_us = None
        return is_due

    def take_new(self, loaded: Loaded, ledger: Ledger, at: int, session: Session) -> None:
        """Work from a configuration that was made, and keep it; `at` is now (UTC µs). Never
        raises."""
        # it is usually cut off because the machine has no memory left, not because of the files
        again_us = (
            _AGAIN_US << min(self._cut_off, _MOST_DOUBLINGS) if loaded.is_cut_off else _ANEW_US
        )
        self._again_us = session.running_us + again_us
        self._cut_off = self._cut_off + 1 if loaded.is_cut_off else 0
        before = self.configuration
        if loaded.configuration is not None:
            self.configuration = loaded.configuration
        self._problems.set_many("config", [str(problem) for problem in loaded.problems])
        stored = StoredConfiguration(
            self.configuration.to_json(), Loaded(None, loaded.problems, loaded.stamps).to_json()
        )
        try:
            was = ledger.stored_configuration()
            if stored == was:
                return
            refused = bool(loaded.problems)
            with ledger.transaction():
                ledger.store_configuration(stored)
                if (
                    was is None
                    or refused
                    or before.without_points() != self.configuration.without_points()
                ):
                    kind = "config_refused" if refused else "config_loaded"
                    detail = {
                        "problems": len(loaded.problems),
                        "triggers": len(self.configuration.triggers),
                    }
                    ledger.note(at, kind, session.number, detail)
        except LedgerError as error:
            self._problems.set("ledger", str(error))
