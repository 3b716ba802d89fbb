"""How the triggers stand at this moment, by the ledger and the clocks: what the daemon would decide, decided again."""

import os
from typing import NamedTuple

from codespace_tracker.cli import now as tracker_now
from codespace_tracker.cli.failure import Failure
from codespace_tracker.config.plan import Loaded, Plan
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import Reading
from codespace_tracker.core.forecast import Foreseen, forecast
from codespace_tracker.core.schedule import Armed, Considered, Now, Schedule
from codespace_tracker.core.session import extend
from codespace_tracker.core.trigger import Measures, Scope, Trigger
from codespace_tracker.core.usage import month_bounds
from codespace_tracker.daemon import control
from codespace_tracker.daemon.flags import FlagFiles
from codespace_tracker.daemon.meter import Meter
from codespace_tracker.ledger.occurrences import Occurrence, Occurrences, Placed
from codespace_tracker.machine import clock

DAY_MOST_US = 366 * 86_400_000_000


class Standing(NamedTuple):
    """All triggers of a directory. `due` are those that could be due next with how long that takes (µs)."""

    directory: str
    plan: Plan
    loaded: Loaded
    running: bool
    now: Now
    armed: list[tuple[Trigger, Armed]]
    spent: dict[str, Scope]
    held: frozenset[str]
    placed: dict[str, Placed]
    last: dict[str, Occurrence]

    def waits(self) -> dict[int, int]:
        """By the place of the trigger in the plan: in how long it could be due, in µs."""
        considered = Considered(self.now.measures.total, self.now.at, start=True)
        schedule = Schedule(self.armed, self.spent, self.held, considered, self.now)
        upcoming = schedule.upcoming(len(self.armed), self.now)
        places = {id(trigger): n for n, (trigger, _) in enumerate(self.armed)}
        return {places[id(trigger)]: wait for trigger, wait in upcoming}

    def foreseen(self, us: int, most: int) -> list[Foreseen]:
        """What would fire within so many µs, the first `most` of it."""
        enabled = [(trigger, armed) for trigger, armed in self.armed if trigger.enabled]
        zone, reset_day = self.plan.zone, self.plan.settings.reset_day

        def keys(at: int) -> dict[Scope, str]:
            month = month_bounds(at, reset_day)[0]
            day = f"day:{zone.date(zone.day_start(at))}"
            return {**self.now.keys, "day": day, "month": f"month:{UTC.date(month)}"}

        return forecast(enabled, self.spent, self.held, self.now, zone, reset_day, keys, us, most)

    def trigger(self, name: str) -> tuple[Trigger, Armed]:
        """The trigger of a label or a flag. Raises Failure."""
        found = [one for one in self.armed if one[0].label == name] or [
            one for one in self.armed if one[0].flag == name
        ]
        if not found:
            raise Failure(no_such(name, [trigger.label for trigger, _ in self.armed]))
        return found[0]


def look(directory: str) -> Standing:
    """How the triggers stand. Raises LedgerError, Failure where nothing was counted yet."""
    ledger, reading = tracker_now.open_ledger(directory), clock.read()
    try:
        kept = Occurrences(ledger)
        session, tracker = ledger.last_session(), ledger.tracker()
        if session is None or tracker is None:
            raise Failure(f"{directory}: nothing was counted yet. Mend: `codespace-tracker start`.")
        plan, loaded = tracker_now.plan_in_force(ledger)
        running = control.running(directory).daemon is not None and session.is_open
        if running and tracker_now.goes_on(session, reading, tracker):
            session = extend(session, reading, session.span.cores).session
        meter = Meter()
        meter.rebase(ledger, session, [], plan)
        now = _at(meter.now(session, tracker.before_us), reading, running=running)
        armed = _armed(plan, kept, now)
        scopes: dict[str, Scope] = {trigger.flag: trigger.scope for trigger in plan.triggers}
        spent = {flag: scopes[flag] for flag in kept.spent(now.keys, now.session) if flag in scopes}
        placed = kept.placed()
        last = kept.last_of_each()
    finally:
        ledger.close()
    try:
        held = FlagFiles(directory).found().users
    except OSError:
        held = frozenset()
    return Standing(directory, plan, loaded, running, now, armed, spent, held, placed, last)


def _at(now: Now, reading: Reading, *, running: bool) -> Now:
    return now if running else now._replace(at=reading.wall_us)


def _armed(plan: Plan, kept: Occurrences, now: Now) -> list[tuple[Trigger, Armed]]:
    known, fresh = kept.armed(), Armed(now.measures.total, now.at, now.session)
    count: dict[str, int] = {}
    found = []
    for trigger in plan.triggers:
        n = count.get(trigger.flag, 0)
        count[trigger.flag] = n + 1
        fingerprint, armed = known.get((trigger.flag, n), ("", fresh))
        found.append((trigger, armed if fingerprint == trigger.fingerprint else fresh))
    return found


def no_such(name: str, labels: list[str]) -> str:
    """What to say where there is no trigger of that name."""
    import difflib

    close = difflib.get_close_matches(name, labels, 1, 0.5)
    if close:
        return f'there is no trigger "{name}". Did you mean "{close[0]}"?'
    return f'there is no trigger "{name}". `codespace-tracker triggers` lists them.'


def measured(trigger: Trigger, now: Measures) -> float | None:
    """How far the slowest of its levels has come, from 0 to 1; None without levels."""
    values = {"session": now.session, "today": now.today, "month": now.month, "total": now.total}
    parts = [min(1.0, values[level.measure] / level.threshold) if level.threshold else 1.0 for level in trigger.levels]
    return min(parts, default=None)


def config_path(directory: str) -> str:
    """The file of the triggers."""
    from codespace_tracker.config.samples import TRIGGERS

    return os.path.join(directory, TRIGGERS)
