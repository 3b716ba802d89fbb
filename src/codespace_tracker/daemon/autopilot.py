"""Triggers at work: what is due is claimed, what was claimed is run, how it ended is recorded,
flags follow.

`step` decides and writes within the caller's transaction; `act` does, once that is committed, what
cannot be taken back. If anything dies in between, the ledger tells the next daemon where to go on.
"""

import contextlib
import os
from collections.abc import Iterable
from typing import NamedTuple

from codespace_tracker.config.configuration import Configuration
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.foresight import Calendar
from codespace_tracker.core.presence import Stretch
from codespace_tracker.core.schedule import (
    Armed,
    Considered,
    Due,
    Moment,
    Schedule,
    Watched,
    with_armed,
)
from codespace_tracker.core.trigger import EventName, Trigger
from codespace_tracker.daemon import debug_lines
from codespace_tracker.daemon.attempts import Attempts
from codespace_tracker.daemon.flag_watch import FlagWatch
from codespace_tracker.daemon.host import Host
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.daemon.trigger_step import Actions, TriggerStep
from codespace_tracker.ledger.occurrences import Occurrence, Occurrences
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.debug_log import DebugLog
from codespace_tracker.runs import run_files
from codespace_tracker.views.status import NEXT_SHOWN, TriggersShown, trigger_counts, triggers_shown

_FAILED_TOLD = 5  # triggers that are told of as a problem; of more the number
_IN_QUOTES = frozenset('"$`\\!')  # what a shell sees between double quotes


class Event(NamedTuple):
    """Something that happened to the session, and what tells it from others of its name."""

    name: EventName
    point: int


class Autopilot:
    """The triggers of one state directory. Nothing is looked at before there is a configuration of
    this process's own."""

    def __init__(self, directory: str, host: Host, log: DebugLog, problems: Problems) -> None:
        self.configuration: Configuration | None = None
        self.schedule: Schedule | None = None
        self._calendar = Calendar(UTC)
        self._tracker_id = ""
        self._directory = directory
        self._host = host
        self._log = log
        self._problems = problems
        self._flags = FlagWatch(directory, problems, log)
        self._attempts = Attempts(directory, host, self._flags)
        self._stretch: Stretch | None = None
        self._passed: dict[Watched, int] = {}
        self._counts = trigger_counts(())
        self._keys: object = None
        # memory differs from the ledger, the files or the flags: the next step reads all of it
        self._is_stale = True
        # the last step was not committed: trying again before a heartbeat would never end
        self._waits_for_heartbeat = False

    def begin(self, session_id: str, tracker_id: str) -> None:
        """Work for this session, in the name of this tracker."""
        self._attempts.session_id, self._tracker_id = session_id, tracker_id

    # --- when

    def set_configuration(self, configuration: Configuration) -> None:
        """Work from this configuration from the next step on."""
        self.configuration = configuration
        self._calendar = Calendar(configuration.zone)
        self._counts = trigger_counts(configuration.triggers)
        self._is_stale = True

    def begin_again(self) -> None:
        """Read everything again: memory may differ from the ledger, or what was measured before is
        void."""
        self._is_stale = True

    def until_due(self, moment: Moment) -> int | None:
        """How long there is nothing to do, in µs of the running clock; None while nothing is waited
        for.

        What could not be written is not tried again before the next heartbeat. Until then it
        sleeps.
        """
        if self.configuration is None or self._waits_for_heartbeat:
            return None
        if self._is_stale or self.schedule is None:
            return 0
        candidates = [
            self.schedule.until_due(moment, self._stretch),
            self._attempts.until_retry(moment, self.configuration.settings.runs_at_once),
        ]
        waits = [wait for wait in candidates if wait is not None]
        return max(0, min(waits)) if waits else None

    def has_work(self, moment: Moment) -> bool:
        """Whether a step would do anything."""
        if self.configuration is None:
            return False
        return (
            self._is_stale
            or self.until_due(moment) == 0
            or self._attempts.has_work(self.configuration.settings.runs_at_once)
            or self._keys != moment.keys
            or self._flags.has_changed()
        )

    @property
    def waits_for_idleness(self) -> bool:
        """Whether a trigger has to know who is there."""
        return self.schedule is not None and self.schedule.waits_for_idleness

    def see(self, stretch: Stretch | None) -> None:
        """The idle stretch as of a look; None where presence is unknown."""
        self._stretch = stretch

    def is_idle_due(self, moment: Moment) -> bool:
        """Whether a trigger of idleness is due, if a look at this moment sees no one."""
        return self.schedule is not None and self.schedule.is_idle_due(moment, self._stretch)

    def is_running_any(self) -> bool:
        """Whether a run is going that this daemon should see the end of."""
        return bool(self._attempts.going)

    def look_for_outcomes(self) -> None:
        """A child has ended, or it is time to see whether a run of an earlier daemon has."""
        self._attempts.look_for_outcomes()

    @property
    def considered(self) -> Considered | None:
        """Up to where edges have been looked at; None to leave what the ledger says."""
        return None if self.schedule is None or self._is_stale else self.schedule.considered

    def consider(self, moment: Moment) -> None:
        """Nothing was due up to now."""
        if self.schedule is not None and not self._is_stale:
            self.schedule.consider(moment)

    def take_needs_points(self) -> bool:
        """Whether the moments of `at` have run out, so that a new configuration is needed; true
        once."""
        if self.schedule is None or not self.schedule.needs_points:
            return False
        self.schedule.needs_points = False
        return True

    # --- deciding: within a transaction

    def step(self, ledger: Ledger, moment: Moment, events: Iterable[Event] = ()) -> Actions:
        """Decide what is due and what is over, and write it down. Raises LedgerError, OSError: then
        nothing counts."""
        actions = Actions.none()
        if self.configuration is None:
            return actions
        step = TriggerStep(ledger, Occurrences(ledger), moment, self.configuration, actions)
        self._waits_for_heartbeat = False
        try:
            was_stale = self._is_stale
            if (
                was_stale
                or self.schedule is None
                or self._keys != moment.keys
                or self._flags.has_changed()
            ):
                schedule = self._read(step)
            else:
                schedule = self.schedule
            if self._attempts.absorb(step) or was_stale:
                self._show_failed(step.occurrences)
            self._claim_due(step, schedule, events)
            self._attempts.start_waiting(step)
            # a `once` trigger that failed for good may fire again: that takes a new schedule
            self._is_stale = self._attempts.offers_again
        except BaseException:
            self.undo(actions)
            raise
        return actions

    def undo(self, actions: Actions) -> None:
        """The transaction was not committed: what it was to change is as before."""
        for order, lock in actions.runs:
            run_files.drop_lock(self._directory, order.name, lock)
        self._is_stale = self._waits_for_heartbeat = True
        self._passed = {}

    def _read(self, step: TriggerStep) -> Schedule:
        """Bring memory in line with the ledger, the configuration and the folder of flags."""
        occurrences, moment = step.occurrences, step.moment
        restored = occurrences.take_restored()
        held = self._flags.look(step)
        if restored:
            occurrences.cut_off_all(moment.at)
        self._attempts.read(occurrences, step.configuration.triggers)
        self._attempts.place_flags_again(step)
        generations = occurrences.generations()
        triggers = self._arm(occurrences, step.configuration.triggers, moment)
        spent = occurrences.spent(moment.keys, moment.session)
        schedule = Schedule(
            triggers, spent, held, occurrences.considered(), moment, self._passed, generations
        )
        self.schedule, self._keys, self._is_stale = schedule, dict(moment.keys), False
        if restored:
            for due in schedule.due(moment, self._stretch):
                self._claim(step, due._replace(skipped="restored"), {})
        return schedule

    def _arm(
        self, occurrences: Occurrences, triggers: Iterable[Trigger], moment: Moment
    ) -> list[tuple[Trigger, Armed]]:
        """Each trigger with the moment since which it counts, as it is to be in the ledger."""
        known, fresh = occurrences.armed(), Armed(moment.measures.clock, moment.at, moment.session)
        found = with_armed(triggers, known, fresh)
        wanted = {(trigger.flag, trigger.fingerprint): armed for trigger, armed in found}
        for (flag, fingerprint), armed in wanted.items():
            if (flag, fingerprint) not in known:
                occurrences.arm(flag, fingerprint, armed)
        for flag, fingerprint in known.keys() - wanted.keys():
            occurrences.disarm(flag, fingerprint)
        return found

    def _claim_due(self, step: TriggerStep, schedule: Schedule, events: Iterable[Event]) -> None:
        moment, happened = step.moment, list(events)
        if not schedule.considered.start:
            happened.append(Event("session_start", moment.session))
            if step.occurrences.last_was_recovered(moment.session):
                happened.append(Event("session_recovered", moment.session))
        found = schedule.due(moment, self._stretch)
        for event in happened:
            found += schedule.events([event.name], event.point, moment)
        schedule.start()
        busy = self._attempts.of_triggers() if found else {}
        for due in found:
            self._claim(step, due, busy)

    def _claim(self, step: TriggerStep, due: Due, busy: dict[tuple[str, str], Occurrence]) -> None:
        """Write down that a trigger is due; `busy` are those with an occurrence that is open."""
        moment, occurrences, key = (
            step.moment,
            step.occurrences,
            (due.trigger.flag, due.trigger.label),
        )
        before = busy.get(key)
        if due.skipped is None and before is not None and self._keeps_out(occurrences, before):
            due = due._replace(skipped="running")
        number = occurrences.claim(due, moment.session, moment.at, self._tracker_id)
        if number is None:
            return
        detail = {"label": due.trigger.label, "flag": due.trigger.flag, "skipped": due.skipped}
        step.ledger.note(moment.at, "trigger_due", moment.session, detail)
        step.actions.said.append(debug_lines.due(due.trigger.label, due.skipped))
        if due.skipped is None:
            if before is not None and before.state == "waiting":
                self._attempts.supersede(occurrences, before)
            busy[key] = occurrences.one(number)
            self._attempts.add(busy[key])

    def _keeps_out(self, occurrences: Occurrences, before: Occurrence) -> bool:
        """Whether an open occurrence lets no other one in: not one that waits for a retry, nor a
        run from before its flag was re-armed, after which the new one has its turn."""
        if before.state == "running":
            return before.generation == occurrences.generation(before.flag)
        return before.state == "queued"

    def _show_failed(self, occurrences: Occurrences) -> None:
        failed = [one for one in occurrences.failed_for_good() if self._attempts.knows(one.flag)]
        texts = [
            f'trigger "{one.label}": it fires once, and its last attempt failed. It is tried again '
            f"in the next session. Fix: `codespace-tracker triggers log {one.flag}` shows why; "
            f"then, to let it fire again: `codespace-tracker triggers rearm {_typed(one)}`."
            for one in failed[:_FAILED_TOLD]
        ]
        if len(failed) > _FAILED_TOLD:
            texts.append(
                f"{len(failed) - _FAILED_TOLD} more triggers that fire once have failed in their "
                "last attempt."
            )
        self._problems.set_many("triggers", texts)

    # --- doing: after the commit

    def act(self, ledger: Ledger, actions: Actions) -> None:
        """Start the runs, place and remove the flags, and clear away what is in the ledger now.
        Never raises."""
        if self.configuration is None:
            return
        self._log.write(*actions.said)
        for order, lock in actions.runs:
            try:
                self._host.start_run(order, lock)
            except OSError as error:
                self._log.write(f"{order.name} could not be started: {error}")
                self._attempts.leave_unstarted(
                    order.name, f"its process could not be started ({error.strerror})"
                )
                run_files.drop_lock(self._directory, order.name, lock)
        for name in actions.over:
            run_files.drop_lock(self._directory, name, None)
            with contextlib.suppress(OSError):
                os.unlink(run_files.outcome_path(self._directory, name))
        self._flags.act(ledger, actions.flags, self.configuration.zone)
        if actions.runs:
            run_files.prune(
                self._directory, self.configuration.settings.runs_kept, self._attempts.going
            )

    # --- for displays

    def shown(self, ledger: Ledger, moment: Moment) -> TriggersShown:
        """What a display needs of the triggers, at a cost that does not grow with how many there
        are.

        Raises LedgerError.
        """
        upcoming = (
            []
            if self.schedule is None
            else self.schedule.upcoming(NEXT_SHOWN, moment, self._calendar)
        )
        return triggers_shown(Occurrences(ledger), self._counts, upcoming)


def _typed(occurrence: Occurrence) -> str:
    """How a trigger is named in a shell: by its label in quotes, or by its flag where a quote would
    not hold it."""
    return f'"{occurrence.label}"' if _IN_QUOTES.isdisjoint(occurrence.label) else occurrence.flag
