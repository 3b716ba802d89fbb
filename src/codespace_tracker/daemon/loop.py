"""The daemon's loop: wake when the next thing is due, count, commit, draw, sleep.

One thread around one wait. What is known is in memory first and in the ledger as soon as that can be written: a full
disk or a damaged file stops neither the clock nor the loop. Decisions are the core's; nothing here reads a clock.
"""

import os
import signal
from collections.abc import Sequence
from typing import Literal

from codespace_tracker import __version__
from codespace_tracker.config.plan import FILES, Plan
from codespace_tracker.core.clock import MINUTE_US, SECOND_US, Reading
from codespace_tracker.core.session import Session
from codespace_tracker.daemon import begin, rescue, stopped
from codespace_tracker.daemon.autopilot import Autopilot, Event
from codespace_tracker.daemon.count import Count
from codespace_tracker.daemon.drawing import Drawing
from codespace_tracker.daemon.host import Host
from codespace_tracker.daemon.house import House
from codespace_tracker.daemon.ledger_place import LedgerPlace
from codespace_tracker.daemon.planning import Planning
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.daemon.step import Actions
from codespace_tracker.daemon.surroundings import Surroundings
from codespace_tracker.ledger.connect import LedgerDamaged, LedgerError
from codespace_tracker.ledger.database import LedgerCutOff
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger, LedgerReplaced
from codespace_tracker.machine.debug_log import DebugLog
from codespace_tracker.machine.files import identity, stamp
from codespace_tracker.machine.lock import DAEMON_LOCK, KEEPER_LOCK, owned, say_up
from codespace_tracker.machine.process import PAUSE
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.runtime_files import RuntimeFiles, Status

DONE = 0
BEGIN_AGAIN = 75
"""Exit codes that the keeper knows: ended on purpose; start me again at once."""

ENDINGS: dict[int, Literal["clean", "paused"]] = {
    signal.SIGTERM: "clean",  # the machine is going away
    PAUSE: "paused",
    signal.SIGINT: "paused",  # Ctrl-C in the foreground: the person ends the tracker, the machine goes on
}
"""The signals that end the tracker, and what they make of the session."""


class Daemon:
    """The tracker of one state directory, whose lock this process holds."""

    def __init__(
        self, directory: str, host: Host, ledger: Ledger, heartbeat_us: int | None = None, lock: int | None = None
    ) -> None:
        self.directory = directory
        self.host = host
        self.ledger = ledger
        self.log = DebugLog(directory, None if host.held is None else host.held.fd)
        self.problems = Problems(self.log)
        self._surroundings = Surroundings(host.held, self.problems, os.environ)
        self.files = RuntimeFiles(directory)
        self._planning = Planning(self.log, self.problems)
        self._drawing = Drawing(self.files, self.problems)
        self.autopilot = Autopilot(directory, host, self.log, self.problems)
        self.house = House(directory, self.problems)
        self._held_up = False
        self.is_cut_off = False  # then not even closing the ledger is safe
        self._heartbeat_us = heartbeat_us
        self._place = LedgerPlace(ledger.path)
        self._lock = lock
        self._keeper_lock = identity(os.path.join(directory, KEEPER_LOCK))
        self._configs = tuple(os.path.join(directory, name) for name in FILES)
        self._config_stamps = self._stamps()
        self.exit_code: int | None = None  # for the keeper, once this daemon is to end
        self._counted: Count
        self._cores: int

    @property
    def session(self) -> Session:
        """The session that runs, as counted last."""
        return self._counted.session

    @property
    def heartbeat_us(self) -> int:
        """The longest time between two heartbeats, in µs."""
        return self._heartbeat_us or self.plan.settings.heartbeat_seconds * SECOND_US

    def run(self, heard: int | None = None) -> int:
        """Begin, and go on until somebody ends it; the exit code for the keeper. `heard` is a signal that has come."""
        self.begin()
        if heard is not None:
            self.step(heard)
        while self.exit_code is None:
            self.step(self.host.wait(self.until_due()))
        return self.exit_code

    def begin(self, first: Reading | None = None) -> None:
        """Decide what this start means, write it down, and draw what it changed. `first` is where counting began, if
        that was before now."""
        self._planning.take_kept(self.ledger)
        now = first or self.host.reading()
        begun = begin.begin(self.ledger, now, self.host.cores, self.host.environment())
        self._tracker = begun.tracker
        self._counted = Count(begun.session, self._tracker.before_us, self._tracker.imported_us)
        self._cores = self.session.span.cores
        self.autopilot.begin(self.session.session_id, self._tracker.tracker_id)
        number = begun.session.number
        self.log.write(f"codespace-tracker {__version__} started: {begun.row}, session {number}", *begun.said)
        if (told := rescue.told(self.ledger, number)) is not None:
            self.problems.set("rescue", told)
        self._surroundings.look(self.ledger, now.wall_us)
        self._draw(everything=True)
        self.house.keep(self.ledger, self.session, self.plan.zone, copy=begun.is_new)
        if self._lock is not None:
            say_up(self._lock, __version__)
        self.host.start_planning(self.directory, self.plan)

    def step(self, heard: int | None) -> None:
        """Act on a signal that came, or on the time that is due (None)."""
        self._surroundings.look(self.ledger, self.session.last_seen_at)
        if heard == signal.SIGHUP:
            self._config_stamps = self._stamps()
            self.host.start_planning(self.directory, self.plan)
        elif heard == signal.SIGCHLD:
            self._child_ended()
        elif heard in ENDINGS:
            if heard == signal.SIGINT and self._surroundings.is_ours:
                stopped.remember(self.directory, self.host.reading())
            self._end(ENDINGS[heard])
        elif heard is None:
            self._beat()

    def until_due(self) -> int:
        """How long nothing is due, in µs: until the next heartbeat, minute of running time, trigger, or day.

        What could not be done waits for the next heartbeat: trying again at once would never end.
        """
        running, beat = self.session.running_us, self.heartbeat_us
        wait = min((running // beat + 1) * beat, (running // MINUTE_US + 1) * MINUTE_US) - running
        good_for = self._counted.good_for()
        if good_for is not None and not self._held_up:
            trigger = self.autopilot.until_due(self._counted.moment())
            wait = min(wait, good_for, wait if trigger is None else trigger)
        return wait - (self.host.reading().mono_us - self.session.last_mono_us)

    # --- time

    def _beat(self) -> None:
        self._count(self.host.reading())
        if not self._save() and self.is_cut_off:
            return  # nothing that is read now can be trusted
        if not self._surroundings.is_ours:
            return
        if self._drawing.is_due(self.session):
            self._cores = self.host.cores(self._tracker.environment)
            self._draw()
        if self.house.is_due(self.session):
            self.house.keep(self.ledger, self.session, self.plan.zone, copy=False)
        self._look_around()

    def _child_ended(self) -> None:
        self.host.reap()
        planned = self._take_new_plan()
        self.autopilot.look_for_outcomes()
        if planned or self.autopilot.has_work(self._counted.moment()):
            self._count(self.host.reading())
            self._save()
        if planned and not self.is_cut_off:
            self._draw(everything=True)

    def _count(self, now: Reading) -> None:
        self._counted.go_on(now, self._cores)

    def _end(self, ending: Literal["clean", "paused"]) -> None:
        self._count(self.host.reading())
        self._counted.end(ending)
        clean = ending == "clean"
        events = [Event("session_end", self.session.last_seen_at)] if clean else []
        if not self._save("session_ended" if clean else "paused", events):
            if self.is_cut_off:
                return  # the keeper starts one more, and tells it of the signal
            self.log.write(f"the end of session {self.session.number} could not be written: it will be recovered")
        self._is_ledger_in_place()  # what was just written is to be where the next start looks for it
        self.log.write(f"session {self.session.number} ended: {ending}")
        self._draw(everything=True)
        self.host.stop_planning()
        if clean and self._surroundings.may_run:
            self._wait_for_runs()
        self.exit_code = DONE

    def _wait_for_runs(self) -> None:
        """The machine is going away: give what runs now a moment to end, and record it."""
        until = self.host.reading().mono_us + self.plan.settings.stop_grace_seconds * SECOND_US
        if self.autopilot.has_work(self._counted.moment()):  # what could not be started has ended already
            self._save_outcomes()
        while self.autopilot.is_running_any() and (left := until - self.host.reading().mono_us) > 0:
            if self.host.wait(left) == signal.SIGCHLD:
                self.host.reap()
                self.autopilot.look_for_outcomes()
                self._save_outcomes()

    # --- the ledger

    def _save(self, kind: str | None = None, events: Sequence[Event] = ()) -> bool:
        """Bring the ledger up to date with the session in memory; False when that must wait for the next heartbeat.

        `kind` is what the journal is to say of it, if anything; `events` are for triggers.
        """
        self._held_up = True
        try:
            try:
                actions = self._write(kind, events)
                self._held_up = not self._surroundings.may_run
            except OSError as error:
                self.problems.set(
                    "trigger files", f"{error.filename}: {error.strerror}: triggers wait until it is there."
                )
                actions = self._write(kind, events, with_triggers=False)
        except LedgerCutOff as error:
            self.log.write(f"{error} Beginning again, so that no change of a verb is overwritten.")
            self.is_cut_off, self.exit_code = True, BEGIN_AGAIN
            return False
        except LedgerReplaced as error:
            self.log.write(f"{error} Beginning again with the ledger that is there now.")
            self.exit_code = BEGIN_AGAIN
            return False
        except LedgerDamaged as error:
            return self._mend_ledger(str(error))
        except LedgerError as error:
            self.problems.set("ledger", f"{error} The clock goes on in memory and is written when it can be.")
            return False
        self.problems.clear("ledger")
        self._act(actions)
        return True

    def _write(self, kind: str | None, events: Sequence[Event], *, with_triggers: bool = True) -> Actions | None:
        """One transaction with all that is to be written; what triggers are to do after it.

        Raises LedgerError, and OSError where triggers need a folder or a file that cannot be had.
        """
        self.ledger.check_index()  # before anything is read: what was written by another index reads as damaged
        self._take_measures()
        with_triggers = with_triggers and self._surroundings.may_run
        counted = self._counted
        now = counted.moment()
        works = with_triggers and (bool(events) or self.autopilot.has_work(now))
        if with_triggers and not works:
            self.autopilot.consider(now)
        if kind is None and not counted.has_more and not works:
            self.ledger.heartbeat(counted.session, self.autopilot.considered)
            return None
        actions = None
        try:
            with self.ledger.transaction():
                if works:
                    actions = self.autopilot.step(self.ledger, now, events)
                    self.problems.clear("trigger files")
                counted.write(self.ledger, kind, self.autopilot.considered)
        except BaseException:
            if actions is not None:
                self.autopilot.undo(actions)
            raise
        counted.written()
        return actions

    def _take_measures(self) -> None:
        """Ask the ledger again, where what was measured before holds no more. Raises LedgerError."""
        if self._counted.measure(self.ledger, self.plan):
            self.autopilot.begin_again()

    def _save_outcomes(self) -> None:
        """Record runs that ended after the session did."""
        try:
            with self.ledger.transaction():
                actions = self.autopilot.step(self.ledger, self._counted.moment())
        except (LedgerError, OSError) as error:
            self.log.write(f"the end of a run could not be written: {error}")
            return
        self._act(actions)

    def _act(self, actions: Actions | None) -> None:
        """Do what triggers are to do after the commit, and show it."""
        if actions is None:
            return
        self.autopilot.act(self.ledger, actions)
        if actions.runs or actions.over:
            self._drawing.draw_status(self.status)

    def _mend_ledger(self, damage: str) -> bool:
        """Rebuild the ledger in place; the session in memory is worth more than any backup of it."""
        if not self._surroundings.is_ours:
            self.problems.set("ledger", damage)
            return False
        try:
            at = self.session.last_seen_at
            self.ledger = rescue.rebuild(self.directory, damage, at, self.session, self._tracker)
        except (LedgerError, OSError) as error:
            self.problems.set("ledger", f"{damage} It could not be rebuilt: {error}")
            return False
        self.log.write(f"{damage} It was rebuilt.")
        self.exit_code = BEGIN_AGAIN
        return True

    # --- what lies around

    def _look_around(self) -> None:
        """Notice that the ledger or the directory is gone, or that the configuration changed."""
        if not self._is_ledger_in_place():
            return
        if self._lock is not None and not self._locks_are_in_place(self._lock):
            self.log.write("a lock was taken away: beginning again, so that nobody else runs beside")
            self.exit_code = BEGIN_AGAIN
            return
        if self.autopilot.is_running_any():
            self.autopilot.look_for_outcomes()  # those that an earlier daemon started send us no signal
        stamps = self._stamps()
        is_due = self.autopilot.take_needs_points() or self._planning.take_is_due_again(self.session)
        if stamps != self._config_stamps or is_due:
            self._config_stamps = stamps
            self.host.start_planning(self.directory, self.plan)

    def _locks_are_in_place(self, lock: int) -> bool:
        """Whether our lock and the keeper's are the files that they were: then no other pair can run beside us."""
        keeper_lock = identity(os.path.join(self.directory, KEEPER_LOCK))
        return keeper_lock == self._keeper_lock and owned(os.path.join(self.directory, DAEMON_LOCK), lock)

    def _is_ledger_in_place(self) -> bool:
        """Whether our ledger lies where it should; if not, it is put there again, and the daemon begins again."""
        path = self.ledger.path
        if not self._surroundings.is_ours or (found := self._place.look()) == "ours":
            self.problems.clear("directory")
            self.problems.set_many("log", self._place.log_problem())
            return True
        try:
            if found == "another ledger":
                self.log.write(f"{path}: another ledger was put there. Beginning again with that one.")
            elif found in ("cut short", "overwritten"):
                return self._mend_ledger(f"{path}: the ledger was {found}.")
            else:
                prepare(self.directory)
                rescue.copy_out(self.ledger, self.directory, self.session.last_seen_at)
                self.log.write(f"{path} was gone: written again from what the tracker had open")
        except (LedgerError, OSError) as error:
            self.problems.set(
                "directory",
                f"{self.directory}: the state directory or its ledger cannot be reached, nor made again ({error})."
                " The clock goes on in memory. Mend: give yourself permission to write there and in the folder above.",
            )
            return False
        self.exit_code = BEGIN_AGAIN
        return False

    def _stamps(self) -> tuple[object, ...]:
        return tuple(map(stamp, self._configs))

    # --- the plan

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self._planning.plan

    def _take_new_plan(self) -> bool:
        """Work from the plan that was made, or from the last good one, brought up to date; whether one was made."""
        loaded = self.host.finished_planning()
        if loaded is None:
            return False
        self._config_stamps = loaded.stamps or self._config_stamps
        self._planning.take_new(loaded, self.ledger, self.host.reading().wall_us, self.session)
        self._take_imported()
        if loaded.plan is not None or self.autopilot.plan is None:
            self.autopilot.set_plan(self.plan)
        self._counted.measure_anew()
        return True

    def _take_imported(self) -> None:
        """Somebody may have added sessions of another tool: they count in the total, and move no deadline."""
        try:
            self._tracker = self.ledger.tracker() or self._tracker
        except LedgerError as error:
            self.problems.set("ledger", str(error))
        self._counted.before_us, self._counted.imported_us = self._tracker.before_us, self._tracker.imported_us

    # --- the runtime files

    def status(self) -> Status:
        """What the runtime files are to show now. Raises LedgerError."""
        with self.ledger.snapshot():
            self._take_measures()
            session, now = self.session, self._counted.moment()
            return Status(
                session=session,
                tracker=self._tracker,
                today_us=now.measures.today,
                total_us=now.measures.total,
                month=self._counted.month(),
                session_count=self.ledger.session_count(),
                zone=self.plan.zone,
                journal_seq=self.ledger.journal_end(),
                notices=Notices(self.ledger).standing(session.last_seen_at),
                problems=self.problems.all(),
                pid=os.getpid(),
                version=__version__,
                heartbeat_us=self.heartbeat_us,
                triggers=self.autopilot.shown(self.ledger, now),
            )

    def _draw(self, *, everything: bool = False) -> None:
        if not self._surroundings.is_ours:
            return
        into = self.plan.settings.metrics
        self._drawing.draw(self.status, self.ledger, self.plan.zone, everything=everything, into=into)
