"""The daemon's loop: wake when the next thing is due, count, commit, draw, sleep.

One thread around one wait. What is known is in memory first and in the ledger as soon as that can
be written: a full disk or a damaged file stops neither the clock nor the loop. Decisions are the
core's; nothing here reads a clock.
"""

import os
import signal
from collections.abc import Sequence
from typing import Literal

from codespace_tracker import __version__
from codespace_tracker.config.configuration import FILES, Configuration
from codespace_tracker.core.clock import MINUTE_US, SECOND_US, Reading
from codespace_tracker.core.session import Session
from codespace_tracker.daemon import begin, idle_rules_notice, rescue
from codespace_tracker.daemon.autopilot import Autopilot, Event
from codespace_tracker.daemon.configuration_in_force import ConfigurationInForce
from codespace_tracker.daemon.host import Host
from codespace_tracker.daemon.housekeeping import Housekeeping
from codespace_tracker.daemon.ledger_writer import LedgerWriter
from codespace_tracker.daemon.presence_watch import PresenceWatch
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.daemon.runtime_file_schedule import RuntimeFileSchedule
from codespace_tracker.daemon.session_counter import SessionCounter
from codespace_tracker.daemon.surroundings import Surroundings
from codespace_tracker.daemon.trigger_step import Actions
from codespace_tracker.ledger import presence
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import stopped
from codespace_tracker.machine.debug_log import DebugLog
from codespace_tracker.machine.files import identity, stamp
from codespace_tracker.machine.lock import DAEMON_LOCK, KEEPER_LOCK, owned, say_up
from codespace_tracker.machine.process import PAUSE
from codespace_tracker.runtime_files import RuntimeFiles
from codespace_tracker.views.status import Status

DONE = 0
BEGIN_AGAIN = 75
"""Exit codes that the keeper knows: ended on purpose; start me again at once."""

ENDINGS: dict[int, Literal["clean", "paused"]] = {
    signal.SIGTERM: "clean",  # the machine is going away
    PAUSE: "paused",
    # Ctrl-C in the foreground: the person ends the tracker, the machine goes on
    signal.SIGINT: "paused",
}
"""The signals that end the tracker, and what they make of the session."""


class Daemon:
    """The tracker of one state directory, whose lock this process holds."""

    def __init__(
        self,
        directory: str,
        host: Host,
        ledger: Ledger,
        heartbeat_us: int | None = None,
        lock: int | None = None,
    ) -> None:
        self.directory = directory
        self.host = host
        self.log = DebugLog(directory, None if host.held is None else host.held.fd)
        self.problems = Problems(self.log)
        self._surroundings = Surroundings(host.held, self.problems, os.environ)
        self.files = RuntimeFiles(directory)
        self._configuration = ConfigurationInForce(self.log, self.problems)
        self._file_schedule = RuntimeFileSchedule(self.files, self.problems)
        self.autopilot = Autopilot(directory, host, self.log, self.problems)
        self._watch = PresenceWatch(host)
        self._owes_idle_notice = False
        self._saved_us = 0  # the session's running time when it was to be written last
        self.housekeeping = Housekeeping(directory, self.problems)
        self._heartbeat_us = heartbeat_us
        self._writer = LedgerWriter(
            directory,
            ledger,
            self.log,
            self.problems,
            surroundings=self._surroundings,
            configuration=self._configuration,
            autopilot=self.autopilot,
            watch=self._watch,
        )
        self._lock = lock
        self._keeper_lock = identity(os.path.join(directory, KEEPER_LOCK))
        self._configs = tuple(os.path.join(directory, name) for name in FILES)
        self._config_stamps = self._stamps()
        self._exit_code: int | None = None
        self._counted: SessionCounter
        self._cores: int

    @property
    def exit_code(self) -> int | None:
        """The code for the keeper, once this daemon is to end."""
        if self._exit_code is None and self._writer.must_begin_again:
            return BEGIN_AGAIN
        return self._exit_code

    @property
    def is_cut_off(self) -> bool:
        """Whether other programs do not see this one any more: then not even closing the ledger is
        safe."""
        return self._writer.is_cut_off

    @property
    def ledger(self) -> Ledger:
        """The ledger that is written to."""
        return self._writer.ledger

    @property
    def session(self) -> Session:
        """The session that runs, as counted last."""
        return self._counted.session

    @property
    def heartbeat_us(self) -> int:
        """The longest time between two heartbeats, in µs."""
        return self._heartbeat_us or self.configuration.settings.heartbeat_seconds * SECOND_US

    def run(self, heard: int | None = None) -> int:
        """Begin, and go on until it is ended; the exit code for the keeper. `heard` is a signal
        that has come."""
        self.begin()
        if heard is not None:
            self.step(heard)
        while self.exit_code is None:
            self.step(self.host.wait(self.until_due()))
        return self.exit_code

    def begin(self, first: Reading | None = None) -> None:
        """Decide what this start means, write it down, and draw what it changed. `first` is where
        counting began, if that was before now."""
        self._configuration.take_kept(self.ledger)
        reading = first or self.host.reading()
        begun = begin.begin(self.ledger, reading, self.host.cores, self.host.environment())
        self._counted = SessionCounter(
            begun.session, begun.tracker.before_us, begun.tracker.imported_us
        )
        self._writer.begin(self._counted, begun.tracker)
        self._cores = self.session.span.cores
        self.autopilot.begin(self.session.session_id, begun.tracker.tracker_id)
        number = begun.session.number
        self.log.write(
            f"codespace-tracker {__version__} started: {begun.row}, session {number}", *begun.said
        )
        if (loss := rescue.loss_by_rebuild(self.ledger, number)) is not None:
            self.problems.set("rescue", loss)
        self._surroundings.look(self.ledger, reading.wall_us)
        self._watch.begin(presence.found(self.ledger, number))
        self._owes_idle_notice = idle_rules_notice.is_due(self.ledger, self.directory, number)
        self._saved_us = self.session.running_us
        self._draw(everything=True)
        self.housekeeping.keep(
            self.ledger, self.session, self.configuration.zone, copy=begun.is_new
        )
        if self._lock is not None:
            say_up(self._lock, __version__)
        self.host.start_loading(self.directory, self.configuration)

    def step(self, heard: int | None) -> None:
        """Act on a signal that came, or on the time that is due (None)."""
        self._surroundings.look(self.ledger, self.session.last_seen_at)
        if heard == signal.SIGHUP:
            self._config_stamps = self._stamps()
            self.host.start_loading(self.directory, self.configuration)
        elif heard == signal.SIGCHLD:
            self._child_ended()
        elif heard in ENDINGS:
            if heard == signal.SIGINT and self._surroundings.is_ours:
                stopped.remember(self.directory, self.host.reading())
            self._end(ENDINGS[heard])
        elif heard is None:
            self._beat()

    def until_due(self) -> int:
        """How long nothing is due, in µs: until the next heartbeat, minute of running time,
        trigger, look, or day.

        What could not be done waits for the next heartbeat: trying again at once would never end.
        """
        running, beat = self.session.running_us, self.heartbeat_us
        wait = min((running // beat + 1) * beat, (running // MINUTE_US + 1) * MINUTE_US) - running
        good_for = self._counted.good_for()
        if good_for is not None and not self._writer.is_held_up:
            trigger = self.autopilot.until_due(self._counted.moment())
            wait = min(wait, good_for, wait if trigger is None else trigger)
        look = self._watch.until_look(self.session, for_triggers=self.autopilot.waits_for_idleness)
        wait = wait if look is None else min(wait, look)
        return wait - (self.host.reading().mono_us - self.session.last_mono_us)

    # --- time

    def _beat(self) -> None:
        self._count(self.host.reading())
        self._look()
        if self._is_only_a_look():
            return
        if not self._save() and self.is_cut_off:
            return  # nothing that is read now can be trusted
        if not self._surroundings.is_ours:
            return
        if self._file_schedule.is_due(self.session):
            self._cores = self.host.cores(self._writer.tracker.environment)
            self._draw()
        if self.housekeeping.is_due(self.session):
            self.housekeeping.keep(self.ledger, self.session, self.configuration.zone, copy=False)
        self._look_around()

    def _child_ended(self) -> None:
        self.host.reap()
        is_loaded = self._take_loaded()
        self.autopilot.look_for_outcomes()
        if is_loaded or self.autopilot.has_work(self._counted.moment()):
            self._count(self.host.reading())
            if is_loaded:
                self._look()
            self._save()
        if is_loaded and not self.is_cut_off:
            self._draw(everything=True)

    def _count(self, reading: Reading) -> None:
        self._counted.go_on(reading, self._cores)

    def _look(self, *, at_servers: bool = False) -> None:
        """See who is there, if someone asks; before a trigger fires because no one is, at servers
        too."""
        for_triggers = self.autopilot.waits_for_idleness
        if not self._watch.is_wanted(for_triggers=for_triggers):
            return
        self._watch.look(self.session, at_servers=at_servers, for_triggers=for_triggers)
        self.autopilot.see(self._watch.stretch)
        if not for_triggers or self._counted.good_for() is None:
            return
        if self.autopilot.is_idle_due(self._counted.moment()):
            self._watch.look(self.session, at_servers=True)
            self.autopilot.see(self._watch.stretch)

    def _is_only_a_look(self) -> bool:
        """Whether nothing is due but the look that was just made."""
        running, saved, good_for = (
            self.session.running_us,
            self._saved_us,
            self._counted.good_for(),
        )
        if running // self.heartbeat_us > saved // self.heartbeat_us:
            return False
        if running // MINUTE_US > saved // MINUTE_US or good_for is None or good_for <= 0:
            return False
        return self._writer.is_held_up or self.autopilot.until_due(self._counted.moment()) != 0

    def _end(self, ending: Literal["clean", "paused"]) -> None:
        self._count(self.host.reading())
        self._look(at_servers=True)
        self._counted.end(ending)
        clean = ending == "clean"
        events = [Event("session_end", self.session.last_seen_at)] if clean else []
        if not self._save("session_ended" if clean else "paused", events):
            if self.is_cut_off:
                return  # the keeper starts one more, and tells it of the signal
            self.log.write(
                f"the end of session {self.session.number} could not be written: it will be "
                "recovered"
            )
        # what was just written is to be where the next start looks for it
        self._writer.is_in_place()
        self.log.write(f"session {self.session.number} ended: {ending}")
        self._draw(everything=True)
        self.host.stop_loading()
        if clean and self._surroundings.may_run:
            self._wait_for_runs()
        self._exit_code = DONE

    def _wait_for_runs(self) -> None:
        """The machine is going away: give what runs now a moment to end, and record it."""
        until = (
            self.host.reading().mono_us + self.configuration.settings.stop_grace_seconds * SECOND_US
        )
        if self.autopilot.has_work(
            self._counted.moment()
        ):  # what could not be started has ended already
            self._act(self._writer.save_outcomes())
        while self.autopilot.is_running_any() and (left := until - self.host.reading().mono_us) > 0:
            if self.host.wait(left) == signal.SIGCHLD:
                self.host.reap()
                self.autopilot.look_for_outcomes()
                self._act(self._writer.save_outcomes())

    # --- what is written

    def _save(self, kind: str | None = None, events: Sequence[Event] = ()) -> bool:
        """Bring the ledger up to date with the session in memory; False when that must wait for the
        next heartbeat.

        `kind` is what the journal is to say of it, if anything; `events` are for triggers.
        """
        self._saved_us = self.session.running_us
        saved = self._writer.save(kind, events)
        self._act(saved.actions)
        return saved.is_written

    def _act(self, actions: Actions | None) -> None:
        """Do what triggers are to do after the commit, and show it."""
        if actions is None:
            return
        self.autopilot.act(self.ledger, actions)
        if actions.runs or actions.over:
            self._file_schedule.draw_status(self.status)

    # --- what lies around

    def _look_around(self) -> None:
        """Notice that the ledger or the directory is gone, or that the configuration changed."""
        if not self._writer.is_in_place():
            return
        if self._lock is not None and not self._locks_are_in_place(self._lock):
            self.log.write("a lock file was removed: starting over, so that no second tracker runs")
            self._exit_code = BEGIN_AGAIN
            return
        if self.autopilot.is_running_any():
            # those that an earlier daemon started send us no signal
            self.autopilot.look_for_outcomes()
        stamps = self._stamps()
        is_due = self.autopilot.take_needs_points() or self._configuration.take_is_due_again(
            self.session
        )
        if stamps != self._config_stamps or is_due:
            self._config_stamps = stamps
            self.host.start_loading(self.directory, self.configuration)

    def _locks_are_in_place(self, lock: int) -> bool:
        """Whether our lock and the keeper's are the files that they were: then no other pair can
        run beside us."""
        keeper_lock = identity(os.path.join(self.directory, KEEPER_LOCK))
        return keeper_lock == self._keeper_lock and owned(
            os.path.join(self.directory, DAEMON_LOCK), lock
        )

    def _stamps(self) -> tuple[object, ...]:
        return tuple(map(stamp, self._configs))

    # --- the configuration

    @property
    def configuration(self) -> Configuration:
        """The configuration in force."""
        return self._configuration.configuration

    def _take_loaded(self) -> bool:
        """Work from the configuration that was made, or from the last good one, brought up to date;
        whether one was made."""
        loaded = self.host.finished_loading()
        if loaded is None:
            return False
        self._config_stamps = loaded.stamps or self._config_stamps
        self._configuration.take_new(loaded, self.ledger, self.host.reading().wall_us, self.session)
        self._writer.take_imported()
        if loaded.configuration is not None or self.autopilot.configuration is None:
            self.autopilot.set_configuration(self.configuration)
        self._watch.set_settings(self.configuration.settings)
        self._watch.count_anew()
        self._give_idle_notice()
        self._counted.measure_anew()
        return True

    def _give_idle_notice(self) -> None:
        if not self._owes_idle_notice:
            return
        try:
            at = self.session.last_seen_at
            idle_rules_notice.give(self.ledger, self.configuration.triggers, at)
        except LedgerError as error:
            self.log.write(f"a notice could not be written: {error}")
        self._owes_idle_notice = False

    # --- the runtime files

    def status(self) -> Status:
        """What the runtime files are to show now. Raises LedgerError."""
        with self.ledger.snapshot():
            self._writer.take_measures()
            session, moment, gauge = self.session, self._counted.moment(), self._counted.gauge()
            return Status(
                session=session,
                tracker=self._writer.tracker,
                today_us=moment.measures.today,
                total_us=moment.measures.total,
                gauge=gauge,
                paces=self._counted.paces(self.ledger, self.configuration),
                session_count=self.ledger.session_count(),
                zone=self.configuration.zone,
                journal_seq=self.ledger.journal_end(),
                notices=Notices(self.ledger).standing(session.last_seen_at),
                problems=self.problems.all(),
                pid=os.getpid(),
                version=__version__,
                heartbeat_us=self.heartbeat_us,
                triggers=self.autopilot.shown(self.ledger, moment),
                unattended=self._watch.unattended(
                    self.ledger,
                    session,
                    self.configuration.zone.day_start(session.last_seen_at),
                    gauge.month_start,
                    self._counted.month_counted_here(),
                ),
                heard=self._counted.heard,
            )

    def _draw(self, *, everything: bool = False) -> None:
        if not self._surroundings.is_ours:
            return
        into = self.configuration.settings.metrics
        self._file_schedule.draw(
            self.status, self.ledger, self.configuration.zone, everything=everything, into=into
        )
