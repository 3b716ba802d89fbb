"""Attempts: what waits for its turn, what runs, what is tried again, and what each end means.

The ledger has all of it; here are the open ones, in order. Decisions are written within the step's
transaction, and runs start after it.
"""

import contextlib
import heapq
from collections import deque
from collections.abc import Iterable

from codespace_tracker.core.schedule import Moment
from codespace_tracker.core.trigger import Trigger, retry_delay
from codespace_tracker.daemon import debug_lines
from codespace_tracker.daemon.flag_watch import FlagWatch
from codespace_tracker.daemon.host import Host
from codespace_tracker.daemon.orders import order_for
from codespace_tracker.daemon.trigger_step import TriggerStep
from codespace_tracker.ledger.occurrences import Occurrence, Occurrences, Run
from codespace_tracker.runs import run_files
from codespace_tracker.runs.run_files import Outcome


class Attempts:
    """The open occurrences of one state directory. `session_id` is what scripts are told."""

    def __init__(self, directory: str, host: Host, flags: FlagWatch) -> None:
        self.session_id = ""
        self._directory = directory
        self._host = host
        self._flags = flags
        self._by_flag: dict[str, list[Trigger]] = {}
        self._open: dict[int, Occurrence] = {}
        self._queue: deque[int] = deque()
        self._retries: list[tuple[int, int]] = []
        self._going: dict[str, tuple[int, int, int]] = {}
        # a run may have ended: outcome files are looked for in the next step, and only then
        self._may_have_ended = True
        self.offers_again = False
        """Whether a trigger that fires once failed for good in an earlier session: it may fire
        again in this one."""

    def read(self, occurrences: Occurrences, triggers: Iterable[Trigger]) -> None:
        """Bring memory in line with the ledger and the configuration. Raises LedgerError."""
        self._by_flag = {}
        for trigger in triggers:
            if trigger.enabled:
                self._by_flag.setdefault(trigger.flag, []).append(trigger)
        self._open = {one.id: one for one in occurrences.open_ones()}
        self._queue = deque(one.id for one in self._open.values() if one.state == "queued")
        self._retries = [
            (one.retry_us, one.id) for one in self._open.values() if one.retry_us is not None
        ]
        heapq.heapify(self._retries)
        self._going = occurrences.going()
        self._may_have_ended, self.offers_again = True, False

    def place_flags_again(self, step: TriggerStep) -> None:
        """Place the flags of a scope that has come back, as a day does when the clock was set to
        another date and is set right. Raises LedgerError."""
        for occurrence in step.occurrences.without_flag(step.moment.keys):
            trigger = self._trigger(occurrence)
            if trigger is not None and trigger.edge is None:
                self._flags.place(step, occurrence.flag, occurrence.scope)

    # --- when

    def leave_unstarted(self, name: str, detail: str) -> None:
        """Leave the outcome that a run which cannot be had would have left."""
        _, _, at = self._going[name]
        with contextlib.suppress(OSError):
            run_files.leave_outcome(
                self._directory, name, Outcome("failed", at, 0, None, None, detail)
            )
        self._may_have_ended = True

    def look_for_outcomes(self) -> None:
        """A child has ended, or it is time to see whether a run of an earlier daemon has."""
        self._may_have_ended = True

    def until_retry(self, moment: Moment, at_once: int) -> int | None:
        """In how much running time (µs) something is to be tried again; None if nothing is or could
        be."""
        if not self._retries or len(self._going) >= at_once:
            return None
        return self._retries[0][0] - moment.measures.clock

    def has_work(self, at_once: int) -> bool:
        """Whether a run may have ended, or something could start."""
        return (self._may_have_ended and bool(self._going)) or (
            bool(self._queue) and len(self._going) < at_once
        )

    @property
    def going(self) -> frozenset[str]:
        """The names of the runs that are going."""
        return frozenset(self._going)

    # --- claimed

    def of_triggers(self) -> dict[tuple[str, str], Occurrence]:
        """The newest open occurrence of each trigger, by flag and label."""
        return {(one.flag, one.label): one for one in self._open.values()}

    def add(self, occurrence: Occurrence) -> None:
        """An occurrence was claimed: it runs when its turn comes."""
        self._open[occurrence.id] = occurrence
        self._queue.append(occurrence.id)

    def supersede(self, occurrences: Occurrences, occurrence: Occurrence) -> None:
        """An occurrence is given up for a newer one, or because its time is over. Raises
        LedgerError."""
        runs = occurrences.runs_of(occurrence.id)
        occurrences.settle(
            occurrence.id, (runs[-1].result if runs else None) or "skipped", "superseded"
        )
        del self._open[occurrence.id]

    # --- started

    def start_waiting(self, step: TriggerStep) -> None:
        """Start every run that is allowed to start: due retries first, then queued occurrences,
        oldest first.

        Raises OSError, LedgerError.
        """
        at_once = step.configuration.settings.runs_at_once
        while (
            len(self._going) < at_once
            and self._retries
            and self._retries[0][0] <= step.moment.measures.clock
        ):
            occurrence = self._open.get(heapq.heappop(self._retries)[1])
            if occurrence is not None and occurrence.state == "waiting":
                trigger = self._trigger(occurrence)
                if trigger is None or _is_over(occurrence, trigger, step.moment):
                    self.supersede(step.occurrences, occurrence)
                else:
                    self._start(step, occurrence, trigger)
        held_up = []
        while self._queue and len(self._going) < at_once:
            occurrence = self._open.get(self._queue.popleft())
            if occurrence is None or occurrence.state != "queued":
                continue
            trigger = self._trigger(occurrence)
            if trigger is None or _has_lost_its_event(occurrence, trigger, step.moment):
                self.supersede(step.occurrences, occurrence)
            elif self._runs(occurrence):
                held_up.append(occurrence.id)  # re-armed meanwhile: it starts when that run is over
            else:
                self._start(step, occurrence, trigger)
        self._queue.extendleft(reversed(held_up))

    def _runs(self, occurrence: Occurrence) -> bool:
        """Whether a run of the same trigger is going."""
        others = (self._open.get(number) for number, _, _ in self._going.values())
        return any(
            other is not None and (other.flag, other.label) == (occurrence.flag, occurrence.label)
            for other in others
        )

    def _start(self, step: TriggerStep, occurrence: Occurrence, trigger: Trigger) -> None:
        moment, attempt = step.moment, occurrence.attempts + 1
        workspace = self._host.workspace()
        order = order_for(
            occurrence,
            trigger,
            moment,
            step.configuration,
            self.session_id,
            self._directory,
            workspace,
        )
        step.actions.runs.append((order, run_files.take_lock(self._directory, order.name)))
        step.occurrences.start_run(occurrence.id, attempt, order.name, moment.at)
        step.actions.said.append(debug_lines.started(occurrence.label, attempt, order.name))
        detail: dict[str, str | int | None] = {
            "label": occurrence.label,
            "attempt": attempt,
            "run": order.name,
        }
        step.ledger.note(moment.at, "run_started", moment.session, detail)
        self._going[order.name] = (occurrence.id, attempt, moment.at)
        self._open[occurrence.id] = occurrence._replace(
            state="running", attempts=attempt, retry_us=None
        )

    # --- ended

    def absorb(self, step: TriggerStep) -> bool:
        """Record the runs that are over: they left an outcome, or no process of theirs is left.

        Returns whether there were any. Raises LedgerError.
        """
        if not self._may_have_ended:
            return False
        self._may_have_ended = False
        for name, (number, attempt, started_at) in list(self._going.items()):
            outcome = run_files.read_outcome(self._directory, name)
            if outcome is None and (
                self._host.has_run(name) or run_files.is_going(self._directory, name)
            ):
                continue  # `has_run` also holds if the lock was deleted
            if outcome is None:
                run_files.end_script(self._directory, name)  # it is no longer watched
                outcome = run_files.read_outcome(self._directory, name) or _cut_off(
                    started_at, step.moment
                )
            step.occurrences.end_run(
                Run(
                    *(
                        name,
                        attempt,
                        started_at,
                        outcome.ended_at,
                        outcome.duration_us,
                        outcome.result,
                    ),
                    *(outcome.exit_code, outcome.signal, outcome.detail),
                )
            )
            del self._going[name]
            step.actions.over.append(name)
            occurrence = self._open.pop(number, None)
            retry_us = None if occurrence is None else self._settle(step, occurrence, outcome)
            step.actions.said.append(
                debug_lines.ended(
                    occurrence.label if occurrence else "", attempt, name, outcome, retry_us
                )
            )
            detail: dict[str, str | int | None] = {
                "label": occurrence.label if occurrence else "",
                "attempt": attempt,
                "run": name,
            }
            detail |= {
                "result": outcome.result,
                "exit_code": outcome.exit_code,
                "signal": outcome.signal,
            }
            step.ledger.note(step.moment.at, "run_ended", step.moment.session, detail)
        return bool(step.actions.over)

    def _settle(self, step: TriggerStep, occurrence: Occurrence, outcome: Outcome) -> int | None:
        """What an attempt's end means for its occurrence: done, given up, or tried again, and in
        how much running time (µs)."""
        trigger, occurrences, moment = self._trigger(occurrence), step.occurrences, step.moment
        is_newest = occurrence.generation == occurrences.generation(occurrence.flag)
        if outcome.result == "succeeded":
            occurrences.settle(occurrence.id, "succeeded")
            if (
                trigger is not None
                and trigger.edge is None
                and is_newest
                and not _is_over(occurrence, trigger, moment)
            ):
                self._flags.place(step, occurrence.flag, occurrence.scope)
            return None
        delay = None if trigger is None else retry_delay(trigger, occurrence.attempts)
        if trigger is None or delay is None:
            occurrences.settle(occurrence.id, outcome.result)
            # what was cut off in an earlier session is offered again in this one
            self.offers_again = self.offers_again or (
                occurrence.scope == "ever" and occurrence.session < moment.session
            )
        elif not is_newest or _is_over(occurrence, trigger, moment):
            occurrences.settle(occurrence.id, outcome.result, "superseded")
        else:
            retry_us = moment.measures.clock + delay
            occurrences.settle(occurrence.id, "waiting", "", retry_us)
            self._open[occurrence.id] = occurrence._replace(state="waiting", retry_us=retry_us)
            heapq.heappush(self._retries, (retry_us, occurrence.id))
            return delay
        return None

    def _trigger(self, occurrence: Occurrence) -> Trigger | None:
        """The trigger of an occurrence as it is now: by its label among those of its flag, else the
        only one."""
        known = self._by_flag.get(occurrence.flag, [])
        named = [trigger for trigger in known if trigger.label == occurrence.label]
        return named[0] if named else known[0] if len(known) == 1 else None

    def knows(self, flag: str) -> bool:
        """Whether an enabled trigger has this flag."""
        return flag in self._by_flag


def _cut_off(started_at: int, moment: Moment) -> Outcome:
    return Outcome(
        "interrupted", moment.at, max(0, moment.at - started_at), None, None, "it was cut off"
    )


def _is_over(occurrence: Occurrence, trigger: Trigger, moment: Moment) -> bool:
    """Whether the scope of an occurrence has ended.

    An event's ends with its session, any other edge's with its next point: that supersedes it when
    it comes.
    """
    return (
        _has_lost_its_event(occurrence, trigger, moment)
        or occurrence.scope not in moment.keys.values()
    )


def _has_lost_its_event(occurrence: Occurrence, trigger: Trigger, moment: Moment) -> bool:
    return (
        trigger.edge is not None
        and trigger.edge.kind == "event"
        and occurrence.session != moment.session
    )
