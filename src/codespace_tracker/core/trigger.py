"""A trigger: conditions, the scope in which it fires once, and how its attempts end.

All that the core knows of a measure and of its scope is here: add a new one to `Scope`, `SCOPES`
and `PERIODS`, to `Measure`, `SCOPE_OF` and `RUNNING_IN`, and to `Measures`.

Levels hold from some moment on until their scope ends; they grow with running time alone, so each
can say at which running time it will hold, and nothing is polled. Edges are moments. Nothing here
knows files, processes or SQL.
"""

from __future__ import annotations

from codespace_tracker.core.calendar import UTC, Zone, month_bounds
from codespace_tracker.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable
    from typing import Literal, TypeAlias

Scope: TypeAlias = "Literal['edge', 'session', 'day', 'month', 'ever']"
SCOPES: tuple[Scope, ...] = ("edge", "session", "day", "month", "ever")
"""The scopes, the narrowest first."""


class CalendarScope(Record):
    """A scope that the calendar ends: its start and end (UTC µs) around an instant, by a time zone,
    and whether its name is a date in UTC or in that zone."""

    bounds: Callable[[int, Zone], tuple[int, int]]
    is_utc: bool = False


def _day(at: int, zone: Zone) -> tuple[int, int]:
    return zone.day_start(at), zone.next_day_start(at)


def _month(at: int, _: Zone) -> tuple[int, int]:
    return month_bounds(at)


PERIODS: dict[Scope, CalendarScope] = {
    "day": CalendarScope(_day),
    "month": CalendarScope(_month, is_utc=True),
}
"""When triggers of the day may fire again (from midnight of the user's zone on), and those of the
month (from midnight UTC of the first on)."""

Measure: TypeAlias = "Literal['session', 'today', 'month', 'quota', 'total']"
"""What a level measures: running time in µs of this session, of today, of all sessions; `month`:
core-µs of this billing month; `quota`: the same, where it counts against a quota, and nothing where
it does not."""

SCOPE_OF: dict[Measure, Scope] = {
    "session": "session",
    "today": "day",
    "month": "month",
    "quota": "month",
    "total": "ever",
}

CORE_TIME: frozenset[Measure] = frozenset({"month", "quota"})
"""What is measured in core-µs."""

RUNNING_IN: dict[Measure, Scope] = {"today": "day"}
"""What is the running time (µs) within a period: the ledger's sum for it."""

EdgeKind: TypeAlias = "Literal['every', 'at', 'idle', 'event']"

EventName: TypeAlias = "Literal['session_start', 'session_recovered', 'session_end']"
"""What happens to a session, that a trigger can wait for."""

Result: TypeAlias = "Literal['succeeded', 'failed', 'timed_out', 'interrupted']"
RESULTS: tuple[Result, ...] = ("succeeded", "failed", "timed_out", "interrupted")
"""How one attempt ended."""

State: TypeAlias = (
    "Literal['queued', 'running', 'waiting', 'succeeded', 'failed', 'timed_out', 'interrupted',"
    " 'skipped']"
)
"""An occurrence: waiting for its turn, running, waiting for a retry, or over."""

Reason: TypeAlias = "Literal['missed', 'running', 'flag', 'restored', 'imported', 'superseded']"
"""Why an occurrence was skipped: its moment had passed, an earlier run of the trigger was going or
waited for its turn, a user's flag, the ledger was restored, only imported sessions made it hold; or
why it is not started or tried again (`superseded`): its scope is over, a newer point came, or the
trigger is not in force any more."""

if not TYPE_CHECKING:  # other modules may ask for `X | None`
    LITERALS = {
        "EdgeKind": EdgeKind,
        "EventName": EventName,
        "Measure": Measure,
        "Reason": Reason,
        "Result": Result,
        "Scope": Scope,
        "State": State,
    }
    Scope = Measure = EdgeKind = EventName = Result = State = Reason = str


NO_QUOTA_CORE_US = 1 << 60
"""What a part of a quota comes to where there is none: only a trigger that is disabled may ask for
it."""

NEVER_US = 1 << 60
"""A running time that nothing reaches."""


class Level(Record):
    """Holds when the measure has reached the threshold (µs, or core-µs for `month` and `quota`)."""

    measure: Measure
    threshold: int


class Edge(Record):
    """Moments. `period_us` for `every` (running time) and `idle`; `text` is `at`'s expression or
    the event's name."""

    kind: EdgeKind
    period_us: int = 0
    text: str = ""


class Script(Record):
    """What a trigger runs: `command` by `shell` in `cwd` (empty: the workspace folder), after the
    download of `url`."""

    command: str
    shell: tuple[str, ...]
    cwd: str
    url: str
    sha256: str
    env: tuple[tuple[str, str], ...]
    timeout_us: int


class Trigger(Record):
    """A user's rule, checked and normalised.

    `flag` is its identity; `scope` is shared by all triggers of one flag. `points` are instants
    (UTC µs) of `at`, from the last one before the configuration was made on. `fingerprint` changes
    with any edit."""

    label: str
    flag: str
    levels: tuple[Level, ...]
    edge: Edge | None
    scope: Scope
    script: Script
    retries: int = 1
    retry_delay_us: int = 30_000_000
    catch_up: bool = True
    enabled: bool = True
    points: tuple[int, ...] = ()
    fingerprint: str = ""

    @property
    def waits_for_running(self) -> bool:
        """Whether the time until it is due assumes that the machine keeps running."""
        return bool(self.levels) or self.edge is None or self.edge.kind == "every"


class Measures(Record):
    """What the levels measure, at the moment when all sessions together had run for `total` µs.

    `imported` is the part of the total that was imported (µs): it is known, but it never passed
    here. `month_grows` says whether what runs here adds to `month_core_us`, `has_quota` whether
    there is a quota that it counts against."""

    session: int
    today: int
    month_core_us: int
    total: int
    cores: int
    imported: int = 0
    month_grows: bool = True
    has_quota: bool = True

    @property
    def clock(self) -> int:
        """The running clock (µs), which deadlines, `every` and retries go by. An import does not
        move it."""
        return self.total - self.imported

    @property
    def month_cores(self) -> int:
        """By how many cores `month_core_us` grows."""
        return self.cores if self.month_grows else 0

    def of(self, measure: Measure) -> int:
        """What a level of that measure is compared with."""
        if measure == "quota" and not self.has_quota:
            return 0
        return self.month_core_us if measure in CORE_TIME else int(getattr(self, measure))

    def later(self, us: int) -> Measures:
        """After `us` µs more of running time, within the same scopes."""
        return self._replace(
            session=self.session + us,
            today=self.today + us,
            month_core_us=self.month_core_us + us * self.month_cores,
            total=self.total + us,
        )

    def restarted(self, ended: Container[Scope]) -> Measures:
        """With the periods in `ended` over: what is measured within them starts from zero."""
        return self._replace(
            today=0 if "day" in ended else self.today,
            month_core_us=0 if "month" in ended else self.month_core_us,
        )


def scope_keys(session: int, at: int, zone: Zone) -> dict[Scope, str]:
    """What tells the scopes at an instant (UTC µs) of a session from others of their kind."""
    periods: dict[Scope, str] = {
        scope: f"{scope}:{(UTC if period.is_utc else zone).date(period.bounds(at, zone)[0])}"
        for scope, period in PERIODS.items()
    }
    return {"edge": "edge", "session": f"session:{session}", **periods, "ever": "ever"}


def periods_end(at: int, zone: Zone) -> int:
    """When the first of the periods around an instant ends (UTC µs)."""
    return min(period.bounds(at, zone)[1] for period in PERIODS.values())


LASTING_KEY = "|".join((r"session:\d+", *(rf"{period}:[\d-]+" for period in PERIODS), "ever"))
"""A pattern of the keys of all scopes but `edge`."""


def default_scope(levels: Iterable[Level], edge: Edge | None) -> Scope:
    """The scope of a trigger that names none: an edge's own, else the narrowest of its levels."""
    return (
        "edge"
        if edge is not None
        else min((SCOPE_OF[level.measure] for level in levels), key=SCOPES.index)
    )


def widest(scopes: Iterable[Scope]) -> Scope:
    """The scope that triggers of one flag share."""
    return max(scopes, key=SCOPES.index)


def holds_at(level: Level, measures: Measures) -> int:
    """Where on the running clock (µs) a level holds: not above `measures.clock` if it does already.

    Good until its scope ends, the cores change or the wall clock steps; NEVER_US if it cannot hold
    before.
    """
    if level.measure in CORE_TIME:
        if level.measure == "quota" and not measures.has_quota:
            return NEVER_US
        if not measures.month_grows:
            return measures.clock if measures.month_core_us >= level.threshold else NEVER_US
        return measures.clock - (measures.month_core_us - level.threshold) // measures.cores
    return measures.clock + level.threshold - measures.of(level.measure)


def all_hold_at(levels: Iterable[Level], measures: Measures) -> int:
    """Where on the running clock (µs) all of the levels hold; 0 for none."""
    return max((holds_at(level, measures) for level in levels), default=0)


def hold(levels: Iterable[Level], measures: Measures) -> bool:
    """Whether all of the levels hold."""
    return all_hold_at(levels, measures) <= measures.clock


def retry_delay(trigger: Trigger, attempts: int) -> int | None:
    """How long after the attempt number `attempts` (from 1) the next one is made, in µs; None if
    there is none."""
    if attempts > trigger.retries:
        return None
    return int(min(trigger.retry_delay_us * 2 ** (attempts - 1), 7 * 24 * 3_600_000_000))
