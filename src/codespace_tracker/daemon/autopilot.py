"""Triggers at work: what is due is claimed, what was claimed is run, how it ended is recorded, flags follow.

`step` decides and writes within the caller's transaction; `act` does, once that is committed, what cannot be taken
back. Whatever dies in between, the ledger tells the next daemon where to go on.
"""

import contextlib
import heapq
import os
import re
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from codespace_tracker.config.plan import Plan
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.core.schedule import Armed, Considered, Due, Now, Schedule
from codespace_tracker.core.trigger import Trigger, retry_delay
from codespace_tracker.daemon.flags import FlagFiles
from codespace_tracker.daemon.host import Host
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.ledger.occurrences import Occurrence, Occurrences, Placed, Run
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.chance import new_id
from codespace_tracker.machine.debug_log import DebugLog
from codespace_tracker.runs import places
from codespace_tracker.runs.order import Order, output_limit
from codespace_tracker.runs.places import Outcome

_NEVER = object()


class Actions(NamedTuple):
    """What is to be done once the transaction is committed."""

    runs: list[tuple[Order, int]]
    flags: list[Placed]
    over: list[str]
    """Names of runs whose outcome is in the ledger now."""
    folder: list[bool]
    """Holds something when the folder of flags is a new one."""


class Event(NamedTuple):
    """Something that happened to the session, and what tells it from others of its name."""

    name: str
    point: int


class Autopilot:
    """The triggers of one state directory. Nothing is looked at before there is a plan of this process's own."""

    def __init__(self, directory: str, host: Host, log: DebugLog, problems: Problems) -> None:
        self.plan: Plan | None = None
        self.schedule: Schedule | None = None
        self.session_id = ""
        self.tracker_id = ""
        self._directory = directory
        self._host = host
        self._log = log
        self._problems = problems
        self._files = FlagFiles(directory)
        self._flags_look: object = _NEVER
        self._reload = True
        self._outcomes = True
        self._keys: object = None
        self._open: dict[int, Occurrence] = {}
        self._queue: deque[int] = deque()
        self._retries: list[tuple[int, int]] = []
        self._going: dict[str, tuple[int, int, int]] = {}
        self._by_flag: dict[str, list[Trigger]] = {}

    # --- when

    def set_plan(self, plan: Plan) -> None:
        """Work from this plan from the next step on."""
        self.plan = plan
        self._by_flag = {}
        for trigger in plan.triggers:
            self._by_flag.setdefault(trigger.flag, []).append(trigger)
        self._reload = True

    def begin_again(self) -> None:
        """What is in memory may not be what the ledger says, or what was measured before is void: read it anew."""
        self._reload = True

    def look_for_outcomes(self) -> None:
        """A child has ended, or it is time to see whether a run of an earlier daemon has."""
        self._outcomes = True

    def until_due(self, now: Now) -> int | None:
        """How long there is nothing to do, in µs of the running clock; None while nothing is waited for."""
        if self.plan is None:
            return None
        if self._reload or self.schedule is None:
            return 0
        waits = [self._retries[0][0] - now.measures.total] if self._retries else []
        wait = self.schedule.until_due(now)
        waits += [] if wait is None else [wait]
        return max(0, min(waits)) if waits else None

    def has_work(self, now: Now) -> bool:
        """Whether a step would do anything."""
        if self.plan is None:
            return False
        return (
            self.until_due(now) == 0
            or (self._outcomes and bool(self._going))
            or (bool(self._queue) and len(self._going) < self.plan.settings.runs_at_once)
            or self._keys != now.keys
            or self._files.look() != self._flags_look
        )

    @property
    def considered(self) -> Considered | None:
        """Up to where edges have been looked at; None to leave what the ledger says."""
        return None if self.schedule is None or self._reload else self.schedule.considered

    def consider(self, now: Now) -> None:
        """Nothing was due up to now."""
        if self.schedule is not None and not self._reload:
            self.schedule.consider(now)

    def take_needs_points(self) -> bool:
        """Whether moments of `at` have run out, and the plan is to be made anew; true once."""
        if self.schedule is None or not self.schedule.needs_points:
            return False
        self.schedule.needs_points = False
        return True

    # --- deciding: within a transaction

    def step(self, ledger: Ledger, now: Now, events: Iterable[Event] = ()) -> Actions:
        """Decide what is due and what is over, and write it down. Raises LedgerError, OSError: then nothing counts."""
        kept = Occurrences(ledger)
        actions = Actions([], [], [], [])
        if self.plan is None:
            return actions
        try:
            if self._reload or self._keys != now.keys or self._files.look() != self._flags_look:
                self._read(ledger, kept, now, actions)
            self._absorb(ledger, kept, now, actions)
            self._claim_due(ledger, kept, now, events)
            self._start_waiting(ledger, kept, now, actions)
        except BaseException:
            self.undo(actions)
            raise
        return actions

    def undo(self, actions: Actions) -> None:
        """The transaction was not committed: what it was to change is as before."""
        for order, lock in actions.runs:
            places.drop_lock(self._directory, order.name, lock)
        self._reload = True

    def _read(self, ledger: Ledger, kept: Occurrences, now: Now, actions: Actions) -> None:
        """Bring memory in line with the ledger, the plan and the folder of flags."""
        plan, before = self.plan, self.schedule
        assert plan is not None
        restored = kept.take_restored()
        held = self._sync_flags(ledger, kept, now, actions)
        if restored:
            kept.cut_off_all(now.at)
        self._open = {one.id: one for one in kept.open_ones()}
        self._queue = deque(one.id for one in self._open.values() if one.state == "queued")
        self._retries = [(one.retry_us, one.id) for one in self._open.values() if one.retry_us is not None]
        heapq.heapify(self._retries)
        self._going = kept.going()
        considered = before.considered if before is not None else kept.considered()
        self.schedule = Schedule(self._arm(kept, now), kept.spent(now.keys, now.session), held, considered, now)
        self._keys = dict(now.keys)
        self._reload, self._outcomes = False, True
        if restored:
            for due in self.schedule.due(now, self._host.activity):
                self._claim(ledger, kept, due._replace(skipped="restored"), now, {})
        self._show_failed(kept)

    def _arm(self, kept: Occurrences, now: Now) -> list[tuple[Trigger, Armed]]:
        """Each trigger with the moment since which it counts: that of its last edit."""
        known, fresh = kept.armed(), Armed(now.measures.total, now.at, now.session)
        found = []
        for flag, triggers in self._by_flag.items():
            for n, trigger in enumerate(triggers):
                fingerprint, armed = known.pop((flag, n), ("", fresh))
                if fingerprint != trigger.fingerprint:
                    armed = fresh
                    kept.arm(flag, n, trigger.fingerprint, fresh)
                found.append((trigger, armed))
        for flag, n in known:
            kept.disarm(flag, n)
        return found

    def _claim_due(self, ledger: Ledger, kept: Occurrences, now: Now, events: Iterable[Event]) -> None:
        schedule = self.schedule
        assert schedule is not None
        happened = list(events)
        if not schedule.considered.start:
            happened.append(Event("session_start", now.session))
            if kept.last_was_recovered(now.session):
                happened.append(Event("session_recovered", now.session))
        found = schedule.due(now, self._host.activity)
        for event in happened:
            found += schedule.events([event.name], event.point, now)
        if not found:
            return
        busy = {(one.flag, one.label): one for one in self._open.values()}
        for due in found:
            self._claim(ledger, kept, due, now, busy)

    def _claim(
        self, ledger: Ledger, kept: Occurrences, due: Due, now: Now, busy: dict[tuple[str, str], Occurrence]
    ) -> None:
        """Write down that a trigger is due; `busy` are those with an occurrence that is open."""
        key = due.trigger.flag, due.trigger.label
        before = busy.get(key)
        if due.skipped is None and before is not None:
            if before.state == "waiting":
                self._supersede(kept, before)
            else:
                due = due._replace(skipped="running")
        number = kept.claim(due, now.session, now.at, self.tracker_id)
        if number is None:
            return
        detail = {"label": due.trigger.label, "flag": due.trigger.flag, "skipped": due.skipped}
        ledger.note(now.at, "trigger_due", now.session, detail)
        if due.skipped is None:
            self._open[number] = busy[key] = kept.one(number)
            self._queue.append(number)

    def _start_waiting(self, ledger: Ledger, kept: Occurrences, now: Now, actions: Actions) -> None:
        """Start what has its turn: retries whose time has come, then what is queued, in the order it became due."""
        plan = self.plan
        assert plan is not None
        while self._retries and self._retries[0][0] <= now.measures.total:
            if len(self._going) >= plan.settings.runs_at_once:
                return
            one = self._open.get(heapq.heappop(self._retries)[1])
            if one is None or one.state != "waiting":
                continue
            trigger = self._trigger(one)
            if trigger is None or self._is_over(one, trigger, now):
                self._supersede(kept, one)
            else:
                self._start(ledger, kept, one, trigger, now, actions)
        while self._queue and len(self._going) < plan.settings.runs_at_once:
            one = self._open.get(self._queue.popleft())
            if one is None or one.state != "queued":
                continue
            trigger = self._trigger(one)
            if trigger is None:
                self._supersede(kept, one)
            else:
                self._start(ledger, kept, one, trigger, now, actions)

    def _start(
        self, ledger: Ledger, kept: Occurrences, one: Occurrence, trigger: Trigger, now: Now, actions: Actions
    ) -> None:
        plan = self.plan
        assert plan is not None
        attempt = one.attempts + 1
        slug = re.sub(r"[^\w-]+", "_", trigger.flag)[:50]
        moment = re.sub(r"[-:]", "", UTC.iso(now.at)[:19])
        name = f"{moment}.{slug}.{attempt}.{new_id()[:8]}"
        lock = places.take_lock(self._directory, name)
        variables = {
            "LABEL": trigger.label,
            "FLAG": trigger.flag,
            "SESSION_ID": self.session_id,
            "SESSION_MINUTES": str(now.measures.session // MINUTE_US),
            "TOTAL_HOURS": f"{now.measures.total / HOUR_US:.2f}",
            "DUE_AT": plan.zone.iso(one.due_at),
            "ATTEMPT": str(attempt),
            "DIR": self._directory,
        }
        order = Order(
            directory=self._directory,
            name=name,
            script=trigger.script,
            variables=tuple((f"CODESPACE_TRACKER_{key}", value) for key, value in variables.items()),
            output_limit=output_limit(plan.settings.output_limit_mib),
            workspace=self._host.workspace(),
        )
        actions.runs.append((order, lock))
        kept.start_run(one.id, attempt, name, now.at)
        ledger.note(now.at, "run_started", now.session, {"label": one.label, "attempt": attempt, "run": name})
        self._going[name] = (one.id, attempt, now.at)
        self._open[one.id] = one._replace(state="running", attempts=attempt, retry_us=None)

    def _absorb(self, ledger: Ledger, kept: Occurrences, now: Now, actions: Actions) -> None:
        """Record the runs that are over: by the outcome that they left, or by nobody being left of them."""
        if not self._outcomes:
            return
        self._outcomes = False
        for name, (number, attempt, started_at) in list(self._going.items()):
            outcome = places.read_outcome(self._directory, name)
            if outcome is None and places.is_going(self._directory, name):
                continue
            if outcome is None:
                places.end_script(self._directory, name)
                outcome = places.read_outcome(self._directory, name) or Outcome(
                    "interrupted", now.at, max(0, now.at - started_at), None, None, "it was cut off"
                )
            kept.end_run(
                Run(
                    *(name, attempt, started_at, outcome.ended_at, outcome.duration_us, outcome.result),
                    *(outcome.exit_code, outcome.signal, outcome.detail),
                )
            )
            del self._going[name]
            actions.over.append(name)
            one = self._open.pop(number, None)
            if one is not None:
                self._settle(kept, one, outcome, now, actions)
            detail: dict[str, str | int | None] = {"label": one.label if one else "", "attempt": attempt, "run": name}
            detail |= {"result": outcome.result, "exit_code": outcome.exit_code, "signal": outcome.signal}
            ledger.note(now.at, "run_ended", now.session, detail)
        self._show_failed(kept)

    def _settle(self, kept: Occurrences, one: Occurrence, outcome: Outcome, now: Now, actions: Actions) -> None:
        """What an attempt's end means for its occurrence: done, tried again later, or given up."""
        trigger = self._trigger(one)
        if outcome.result == "succeeded":
            kept.settle(one.id, "succeeded")
            if trigger is not None and trigger.edge is None and one.scope in now.keys.values():
                placed = Placed(one.flag, "placing", one.scope, now.at)
                kept.put_flag(placed)
                actions.flags.append(placed)
            return
        delay = None if trigger is None else retry_delay(trigger, one.attempts)
        if delay is None or trigger is None:
            kept.settle(one.id, outcome.result)
            if one.scope == "ever" and one.session < now.session:
                self._reload = True  # it was cut off in an earlier session: it is offered again in this one
        elif self._is_over(one, trigger, now):
            kept.settle(one.id, outcome.result, "superseded")
        else:
            retry_us = now.measures.total + delay
            kept.settle(one.id, "waiting", "", retry_us)
            self._open[one.id] = one._replace(state="waiting", retry_us=retry_us)
            heapq.heappush(self._retries, (retry_us, one.id))

    def _supersede(self, kept: Occurrences, one: Occurrence) -> None:
        runs = kept.runs_of(one.id)
        kept.settle(one.id, (runs[-1].result if runs else None) or "skipped", "superseded")
        del self._open[one.id]

    def _is_over(self, one: Occurrence, trigger: Trigger, now: Now) -> bool:
        """Whether the scope of an occurrence has ended.

        An event's ends with its session, any other edge's with its next point: that supersedes it when it comes.
        """
        if one.scope == "edge":
            return trigger.edge is not None and trigger.edge.kind == "event" and one.session != now.session
        return one.scope not in now.keys.values()

    def _trigger(self, one: Occurrence) -> Trigger | None:
        """The trigger of an occurrence as it is now: by its label among those of its flag, else the only one."""
        known = [trigger for trigger in self._by_flag.get(one.flag, []) if trigger.enabled]
        named = [trigger for trigger in known if trigger.label == one.label]
        return named[0] if named else known[0] if len(known) == 1 else None

    def _show_failed(self, kept: Occurrences) -> None:
        self._problems.set_many(
            "triggers",
            [
                f'trigger "{one.label}": it fires once, and failed to the last attempt. It is offered again in the next'
                f" session. Mend: `codespace-tracker triggers log {one.flag}` shows why."
                for one in kept.failed_for_good()
                if one.flag in self._by_flag
            ],
        )

    # --- flags

    def _sync_flags(self, ledger: Ledger, kept: Occurrences, now: Now, actions: Actions) -> set[str]:
        """Bring our flags in line with their scopes, and see what the user did; the flags that the user made."""
        self._flags_look = self._files.look()
        if self._flags_look is None:
            os.mkdir(self._files.path, 0o700)
        found, rows = self._files.found(), kept.placed()
        same_folder = self._files.is_ours()
        if not same_folder:
            actions.folder.append(True)
        for flag, scope in found.ours.items():
            if flag not in rows:  # the row was lost with an older ledger, or the directory is a copy
                rows[flag] = Placed(flag, "placed", scope, now.at)
                kept.put_flag(rows[flag])
        for flag, placed in rows.items():
            if placed.scope not in now.keys.values():
                removing = placed._replace(state="removing")
                kept.put_flag(removing)
                actions.flags.append(removing)
            elif placed.state != "placed" or (flag not in found.ours and not same_folder):
                actions.flags.append(placed._replace(state="placing"))
            elif flag not in found.ours and flag not in found.users:
                kept.rearm(flag)
                ledger.note(now.at, "trigger_rearmed", now.session, {"flag": flag})
        return set(found.users)

    # --- doing: after the commit

    def act(self, ledger: Ledger, actions: Actions) -> None:
        """Start the runs, place and remove the flags, and clear away what is in the ledger now. Never raises."""
        for order, lock in actions.runs:
            try:
                self._host.start_run(order, lock)
            except OSError as error:
                self._log.write(f"{order.name} could not be started: {error}")
                self._leave_unstarted(order.name, f"its process could not be started ({error.strerror})")
                places.drop_lock(self._directory, order.name, lock)
        for name in actions.over:
            self._clear(name)
        if actions.flags or actions.folder:
            self._do_flags(ledger, actions.flags)
        if actions.runs and self.plan is not None:
            places.prune(self._directory, self.plan.settings.runs_kept, frozenset(self._going))

    def _leave_unstarted(self, name: str, detail: str) -> None:
        """Leave the outcome that a run which cannot be had would have left."""
        _, _, at = self._going[name]
        with contextlib.suppress(OSError):
            places.leave_outcome(self._directory, name, Outcome("failed", at, 0, None, None, detail))
        self._outcomes = True

    def _clear(self, name: str) -> None:
        places.drop_lock(self._directory, name, None)
        with contextlib.suppress(OSError):
            os.unlink(places.outcome_path(self._directory, name))

    def _do_flags(self, ledger: Ledger, flags: list[Placed]) -> None:
        zone = self.plan.zone if self.plan is not None else UTC
        kept = Occurrences(ledger)
        before = self._files.look()
        try:
            for placed in flags:
                if placed.state == "removing":
                    self._files.remove(placed.flag)
                else:
                    self._files.place(placed.flag, placed.at, placed.scope, zone)
            self._files.make_ours()
            after = self._files.look()
            with ledger.transaction():
                for placed in flags:
                    if placed.state == "placing":
                        kept.put_flag(placed._replace(state="placed"))
                kept.forget_flags(placed.flag for placed in flags if placed.state == "removing")
        except (OSError, LedgerError) as error:
            self._problems.set("flags", f"flags/: could not be brought up to date ({error}). It is tried again.")
            self._flags_look = _NEVER
            return
        self._problems.clear("flags")
        if before == self._flags_look:
            taken = [one for one in flags if one.state == "placing" and not self._files.is_there(one.flag)]
            self._flags_look = _NEVER if taken else after  # by the user, before we had looked

    # --- for displays

    def counts(self) -> dict[str, int]:
        """How many triggers there are, and how many occurrences wait, run, or are to be tried again."""
        triggers = self.plan.triggers if self.plan is not None else ()
        states = [one.state for one in self._open.values()]
        return {
            "count": len(triggers),
            "enabled": sum(trigger.enabled for trigger in triggers),
            "running": states.count("running"),
            "queued": states.count("queued"),
            "waiting": states.count("waiting"),
        }

    def is_running_any(self) -> bool:
        """Whether a run is going that this daemon should see the end of."""
        return bool(self._going)
