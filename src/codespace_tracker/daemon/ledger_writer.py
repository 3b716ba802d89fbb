"""What the daemon writes into the ledger when it wakes, and keeping the ledger in its place.

The session in memory comes first: what cannot be written now is written at a later heartbeat. What
triggers are to do once all is committed is handed back to the loop.
"""

from collections.abc import Sequence
from typing import NamedTuple

from codespace_tracker.daemon import rescue
from codespace_tracker.daemon.autopilot import Autopilot, Event
from codespace_tracker.daemon.configuration_in_force import ConfigurationInForce
from codespace_tracker.daemon.ledger_place import LedgerPlace
from codespace_tracker.daemon.presence_watch import PresenceWatch
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.daemon.session_counter import SessionCounter
from codespace_tracker.daemon.surroundings import Surroundings
from codespace_tracker.daemon.trigger_step import Actions
from codespace_tracker.ledger.connect import LedgerDamaged, LedgerError
from codespace_tracker.ledger.database import LedgerCutOff
from codespace_tracker.ledger.store import Ledger, LedgerReplaced, Tracker
from codespace_tracker.machine.debug_log import DebugLog
from codespace_tracker.machine.state_directory import prepare


class Saved(NamedTuple):
    """Whether the ledger is up to date, and what triggers are to do now that it is."""

    is_written: bool
    actions: Actions | None


_NOT_WRITTEN = Saved(is_written=False, actions=None)


class LedgerWriter:
    """Writes the session in memory and its events into the `ledger` of one state directory."""

    def __init__(
        self,
        directory: str,
        ledger: Ledger,
        log: DebugLog,
        problems: Problems,
        *,
        surroundings: Surroundings,
        configuration: ConfigurationInForce,
        autopilot: Autopilot,
        watch: PresenceWatch,
    ) -> None:
        self.ledger = ledger
        self.tracker: Tracker
        # triggers could not be looked at: what they wait for is not due before a heartbeat
        self.is_held_up = False
        # other programs do not see what is written here: not even closing the ledger is safe
        self.is_cut_off = False
        # this daemon ends, and the keeper starts one with the ledger that is in the place by then
        self.must_begin_again = False
        self._directory = directory
        self._log = log
        self._problems = problems
        self._surroundings = surroundings
        self._configuration = configuration
        self._autopilot = autopilot
        self._watch = watch
        self._place = LedgerPlace(ledger.path)
        self._counted: SessionCounter

    def begin(self, counted: SessionCounter, tracker: Tracker) -> None:
        """From now on write what is counted there, in the name of this tracker."""
        self._counted, self.tracker = counted, tracker

    def take_imported(self) -> None:
        """Sessions of another tool may have been imported: they count in the total, but move no
        deadline."""
        try:
            self.tracker = self.ledger.tracker() or self.tracker
        except LedgerError as error:
            self._problems.set("ledger", str(error))
        self._counted.before_us, self._counted.imported_us = (
            self.tracker.before_us,
            self.tracker.imported_us,
        )

    def save(self, kind: str | None, events: Sequence[Event]) -> Saved:
        """Bring the ledger up to date with the session in memory; what cannot be written waits for
        the next heartbeat.

        `kind` is what the journal is to say of it, if anything; `events` are for triggers.
        """
        self.is_held_up = True
        try:
            try:
                actions = self._write(kind, events)
                self.is_held_up = not self._surroundings.may_run
            except OSError as error:
                self._problems.set(
                    "trigger files",
                    f"{error.filename}: {error.strerror}. Triggers wait until this works again.",
                )
                actions = self._write(kind, events, with_triggers=False)
        except LedgerCutOff as error:
            self._log.write(f"{error} Starting over, so that no command's change is overwritten.")
            self.is_cut_off = self.must_begin_again = True
            return _NOT_WRITTEN
        except LedgerReplaced as error:
            self._log.write(f"{error} Starting over with the ledger that is there now.")
            self.must_begin_again = True
            return _NOT_WRITTEN
        except LedgerDamaged as error:
            return Saved(is_written=self._mend(str(error)), actions=None)
        except LedgerError as error:
            self._problems.set(
                "ledger", f"{error} Time is counted in memory until it can be written."
            )
            return _NOT_WRITTEN
        self._problems.clear("ledger")
        return Saved(is_written=True, actions=actions)

    def _write(
        self, kind: str | None, events: Sequence[Event], *, with_triggers: bool = True
    ) -> Actions | None:
        """One transaction with all that is to be written; what triggers are to do after it.

        Raises LedgerError, and OSError where triggers need a folder or a file that cannot be had.
        """
        # before anything is read: what was written by another index reads as damaged
        self.ledger.check_index()
        self.take_measures()
        with_triggers = with_triggers and self._surroundings.may_run
        counted = self._counted
        moment = counted.moment()
        works = with_triggers and (bool(events) or self._autopilot.has_work(moment))
        if with_triggers and not works:
            self._autopilot.consider(moment)
        seen = self._watch.to_write()
        has_more = counted.has_more or (seen is not None and bool(seen.tally.over))
        if kind is None and not has_more and not works:
            self.ledger.heartbeat(counted.session, self._autopilot.considered, seen)
            self._watch.written()
            return None
        actions = None
        try:
            with self.ledger.transaction():
                if works:
                    actions = self._autopilot.step(self.ledger, moment, events)
                    self._problems.clear("trigger files")
                counted.write(self.ledger, kind, self._autopilot.considered, seen)
        except BaseException:
            if actions is not None:
                self._autopilot.undo(actions)
            raise
        counted.written()
        self._watch.written()
        return actions

    def take_measures(self) -> None:
        """Ask the ledger again if what was measured before no longer holds. Raises LedgerError."""
        if self._counted.measure(self.ledger, self._configuration.configuration):
            self._autopilot.begin_again()

    def save_outcomes(self) -> Actions | None:
        """Record runs that ended after the session did; what triggers are to do after it."""
        try:
            with self.ledger.transaction():
                return self._autopilot.step(self.ledger, self._counted.moment())
        except (LedgerError, OSError) as error:
            self._log.write(f"the end of a run could not be written: {error}")
            return None

    def _mend(self, damage: str) -> bool:
        """Rebuild the ledger in place; the session in memory is worth more than any backup of
        it."""
        if not self._surroundings.is_ours:
            self._problems.set("ledger", damage)
            return False
        try:
            at = self._counted.session.last_seen_at
            self.ledger = rescue.rebuild(
                self._directory, damage, at, self._counted.session, self.tracker
            )
        except (LedgerError, OSError) as error:
            self._problems.set("ledger", f"{damage} It could not be rebuilt: {error}")
            return False
        self._log.write(f"{damage} It was rebuilt.")
        self.must_begin_again = True
        return True

    def is_in_place(self) -> bool:
        """Whether our ledger lies where it should; if not, it is put there again, and the daemon
        begins again."""
        path = self.ledger.path
        if not self._surroundings.is_ours or (place := self._place.look()) == "ours":
            self._problems.clear("directory")
            self._problems.set_many("log", self._place.log_problem())
            return True
        try:
            if place == "another ledger":
                self._log.write(
                    f"{path}: another ledger was put there. Starting over with that one."
                )
            elif place in ("cut short", "overwritten"):
                return self._mend(f"{path}: the ledger was {place}.")
            else:
                prepare(self._directory)
                rescue.copy_out(self.ledger, self._directory, self._counted.session.last_seen_at)
                self._log.write(
                    f"{path} was missing: restored from the copy that the tracker had open"
                )
        except (LedgerError, OSError) as error:
            self._problems.set(
                "directory",
                f"{self._directory}: the state directory or its ledger is missing and cannot be"
                f" made again ({error}). Time is counted in memory. Fix: give yourself write"
                " permission there and in the folder above.",
            )
            return False
        self.must_begin_again = True
        return False
