"""The state of the triggers now, by the ledger and the clocks: what the daemon would decide,
decided again.

Where the tracker does not run, it is how they would stand if it were started now.
"""

from __future__ import annotations

from codespace_tracker.config.configuration import Configuration, Loaded
from codespace_tracker.core.clock import Reading
from codespace_tracker.core.foresight import Calendar
from codespace_tracker.core.record import Record
from codespace_tracker.core.recovery import Decision, decide
from codespace_tracker.core.schedule import Armed, Considered, Moment, Schedule, with_armed
from codespace_tracker.core.session import Session, closed_span, extend
from codespace_tracker.core.trigger import Level, Scope, Trigger, all_hold_at
from codespace_tracker.failure import Failure, nothing_counted
from codespace_tracker.ledger import presence_sums
from codespace_tracker.ledger.occurrences import Occurrence, Occurrences, Placed
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.environment import life_kind
from codespace_tracker.machine.lock import Holder
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.views import session_now
from codespace_tracker.views.meter import Meter
from codespace_tracker.views.scene import NOTHING_LOADED, Scene, scene
from codespace_tracker.views.status import NEXT_SHOWN, TriggersShown, trigger_counts, triggers_shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from codespace_tracker.core.forecast import Forecast


FAILED = frozenset({"failed", "timed_out", "interrupted", "waiting"})
"""The states of an occurrence whose last attempt came to nothing."""


class Standing(Record):
    """All triggers of a directory as the configuration in force has them, each with the moment
    since which it counts.

    `session` is the running session's id. `spent` are the flags that have fired in their scope,
    `held` those that the user made, `placed` those that the tracker did; `going` are, by flag and
    label, what is not over yet, `started` since when (UTC µs) those of them run, by number, and
    `last` is the newest of what became due, by flag. `idle_since` is the running time since which
    no one has been there, as of the last heartbeat, None where that is unknown. `is_up_to_date`
    tells whether the configuration in force is what the files say, and `files` why not, for people.
    `by_files` tells that this is by the files, which are not in force yet."""

    configuration: Configuration
    loaded: Loaded
    running: bool
    session: str
    moment: Moment
    considered: Considered
    armed: list[tuple[Trigger, Armed]]
    spent: dict[str, Scope]
    held: frozenset[str]
    placed: dict[str, Placed]
    going: dict[tuple[str, str], Occurrence]
    started: dict[int, int]
    last: dict[str, Occurrence]
    shown: TriggersShown
    idle_since: int | None = None
    is_up_to_date: bool = True
    files: tuple[str, ...] = ()
    by_files: bool = False

    @property
    def triggers(self) -> Sequence[Trigger]:
        """The triggers in the order of the file."""
        return self.configuration.triggers

    def place_of(self, name: str) -> int:
        """The place in the configuration of the trigger with a label or a flag. Raises Failure."""
        from codespace_tracker.views.naming import NoSuchTrigger, place_of

        try:
            return place_of(name, self.triggers)
        except NoSuchTrigger as error:
            if not self.is_up_to_date and not self.by_files:
                mend = "start" if not self.running else "triggers check"
                raise Failure(
                    f"{error} What the file says now is not in force: `codespace-tracker {mend}`."
                ) from None
            raise

    def failed(self, trigger: Trigger) -> bool:
        """Whether it came to nothing when it was due last."""
        last = self.last.get(trigger.flag)
        return last is not None and last.state in FAILED and last.label == trigger.label

    def waits(self) -> dict[int, int]:
        """By the place of the trigger in the configuration: in how long it could be due, in µs."""
        schedule = Schedule(self.armed, self.spent, self.held, self.considered, self.moment)
        upcoming = schedule.upcoming(len(self.armed), self.moment, calendar_of(self.configuration))
        places = {id(trigger): n for n, (trigger, _) in enumerate(self.armed)}
        return {places[id(one.trigger)]: one.in_us for one in upcoming}

    def foreseen(self, us: int, most: int, flag: str | None = None) -> Forecast:
        """What would fire within `us` µs, the first `most` of it; of all triggers, or of those of
        one flag."""
        from codespace_tracker.core.forecast import forecast  # most commands do not need it

        chosen = [pair for pair in self.armed if flag is None or pair[0].flag == flag]
        return forecast(
            chosen,
            self.spent,
            self.held,
            self.considered,
            self.moment,
            self.configuration.zone,
            us=us,
            most=most,
        )

    def idle_in(self, n: int) -> int | None:
        """In how many µs an idle trigger would be due if no one comes; None where it is unknown
        whether anyone is there."""
        trigger, armed = self.armed[n]
        if self.idle_since is None or trigger.edge is None:
            return None
        measures = self.moment.measures
        armed_us = armed.clock_us - (measures.clock - measures.session)
        return max(self.idle_since, armed_us) + trigger.edge.period_us - measures.session

    @property
    def idle_us(self) -> int | None:
        """For how long (µs) no one has been there; None where that is unknown."""
        if self.idle_since is None:
            return None
        return max(0, self.moment.measures.session - self.idle_since)

    def measured(self, level: Level) -> int:
        """What a level measures, as it is now: µs, or core-µs."""
        return self.moment.measures.of(level.measure)

    def progress(self, n: int, wait: int | None) -> float | None:
        """How far the trigger is on its way to the next time it is due, from 0 to 1; None where
        that is not known, or where it waits for the end of a day or a month first."""
        trigger = self.armed[n][0]
        edge = trigger.edge
        if wait is None or (edge is not None and edge.kind != "every"):
            return None
        if edge is not None:
            return None if wait > edge.period_us else 1 - wait / edge.period_us
        if wait > max(
            0, all_hold_at(trigger.levels, self.moment.measures) - self.moment.measures.clock
        ):
            return None
        parts = [
            self.measured(level) / level.threshold if level.threshold else 1.0
            for level in trigger.levels
        ]
        return min(1.0, *parts)


def calendar_of(configuration: Configuration) -> Calendar:
    """The days and months by a configuration."""
    return Calendar(configuration.zone)


def look(directory: str) -> Standing:
    """The state of the triggers by the configuration in force. Raises LedgerError, Failure where
    nothing was counted yet."""
    with scene(directory) as here:
        return standing_in(here)


def standing_in(here: Scene, configuration: Configuration | None = None) -> Standing:
    """How they stand in a scene by a configuration, by default the one in force. Raises
    LedgerError, Failure where nothing was counted yet."""
    found = standing_at(
        here.ledger, here.reading, here.daemon, configuration or here.configuration, here.loaded
    )
    if found is None:
        raise nothing_counted(here.directory)
    from codespace_tracker.views import in_force  # not for `status --json`, which needs no files

    files = in_force.pending(here.directory, here.configuration, here.loaded, running=found.running)
    return with_surroundings(
        here.directory, found._replace(is_up_to_date=not files, files=tuple(files))
    )


def triggers_in(here: Scene) -> TriggersShown:
    """What is shown of the triggers in a scene, by the configuration in force. Raises LedgerError,
    Failure where nothing was counted yet."""
    waiting = _waiting_at(here.ledger, here.reading, here.daemon, here.configuration)
    if waiting is None:
        raise nothing_counted(here.directory)
    return _shown(here.ledger, here.configuration, waiting)


def with_surroundings(directory: str, standing: Standing) -> Standing:
    """With the flags that the user made, as far as they can be seen."""
    from codespace_tracker.machine.flag_files import FlagFiles

    try:
        return standing._replace(held=FlagFiles(rooted(directory)).found().users)
    except OSError:
        return standing


class SessionMoment(Record):
    """The moment of a reading as the daemon would see it: the session carried on to it, or the one
    that a start would begin, which `is_new` tells."""

    moment: Moment
    session: Session
    is_new: bool


def moment_at(
    ledger: Ledger, configuration: Configuration, reading: Reading, daemon: Holder | None
) -> SessionMoment | None:
    """The moment of a reading by a ledger; None before the first session. Raises LedgerError."""
    last, tracker = ledger.last_session(), ledger.tracker()
    if last is None or tracker is None:
        return None
    if daemon is not None and last.is_open:
        reading = session_now.shown_until(last, reading, configuration)
    earlier = ledger.earlier(last, reading)
    start = decide(
        last, reading, last.span.cores, life_kind(tracker.environment), "", earlier=earlier
    )
    if start.is_new and session_now.is_counting(
        daemon, last, reading, tracker
    ):  # in another container
        carried_on = extend(last, reading, last.span.cores)
        start = Decision("continued", carried_on.session, is_new=False, closed=carried_on.closed)
    unsaved = [closed_span(last)] if start.is_new else [start.closed] if start.closed else []
    meter = Meter()
    meter.rebase(ledger, start.current, unsaved, configuration)
    before_us = tracker.before_us + (last.running_us if start.is_new else 0)
    return SessionMoment(
        meter.moment(start.current, before_us, tracker.imported_us), start.current, start.is_new
    )


class _Waiting(Record):
    """What the triggers wait for at a moment; the fields as in `Standing`."""

    begun: SessionMoment
    considered: Considered
    armed: list[tuple[Trigger, Armed]]
    spent: dict[str, Scope]


def _waiting_at(
    ledger: Ledger, reading: Reading, daemon: Holder | None, configuration: Configuration
) -> _Waiting | None:
    begun, occurrences = moment_at(ledger, configuration, reading, daemon), Occurrences(ledger)
    if begun is None:
        return None
    moment, considered = begun.moment, occurrences.considered()
    if begun.is_new:
        considered = considered._replace(start=False)
    scopes: dict[str, Scope] = {trigger.flag: trigger.scope for trigger in configuration.triggers}
    armed = with_armed(
        configuration.triggers,
        occurrences.armed(),
        Armed(moment.measures.clock, moment.at, moment.session),
    )
    spent = {
        flag: scopes[flag]
        for flag in occurrences.spent(moment.keys, moment.session)
        if flag in scopes
    }
    return _Waiting(begun, considered, armed, spent)


def _shown(ledger: Ledger, configuration: Configuration, waiting: _Waiting) -> TriggersShown:
    moment = waiting.begun.moment
    schedule = Schedule(waiting.armed, waiting.spent, (), waiting.considered, moment)
    upcoming = schedule.upcoming(NEXT_SHOWN, moment, calendar_of(configuration))
    return triggers_shown(Occurrences(ledger), trigger_counts(configuration.triggers), upcoming)


def standing_at(
    ledger: Ledger,
    reading: Reading,
    daemon: Holder | None,
    configuration: Configuration,
    loaded: Loaded = NOTHING_LOADED,
) -> Standing | None:
    """How the triggers stand by a ledger and a configuration, at a reading, but for the user's
    flags; None before the first session. `daemon` is the daemon, if there is one. Raises
    LedgerError."""
    last, occurrences = ledger.last_session(), Occurrences(ledger)
    waiting = _waiting_at(ledger, reading, daemon, configuration)
    if last is None or waiting is None:
        return None
    begun = waiting.begun
    running = daemon is not None and last.is_open and not begun.is_new
    return Standing(
        configuration=configuration,
        loaded=loaded,
        running=running,
        session=begun.session.session_id,
        moment=begun.moment,
        considered=waiting.considered,
        armed=waiting.armed,
        spent=waiting.spent,
        held=frozenset(),
        placed=occurrences.placed(),
        going={
            (occurrence.flag, occurrence.label): occurrence
            for occurrence in occurrences.open_ones()
        },
        started={number: at for number, _, at in occurrences.going().values()},
        last=occurrences.last_of_each(),
        shown=_shown(ledger, configuration, waiting),
        # as it would begin if the tracker were started now
        idle_since=presence_sums.last_seen(ledger, last.number)[0]
        if running
        else begun.moment.measures.session,
    )
