"""A trigger: conditions, the scope in which it fires once, and how its attempts end.

Levels hold from some moment on until their scope ends; they grow with running time alone, so each
can say at which running time it will hold, and nothing is polled. Edges are moments. Nothing here
knows files, processes or SQL.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

Scope = Literal["edge", "session", "day", "month", "ever"]
SCOPES: tuple[Scope, ...] = ("edge", "session", "day", "month", "ever")
"""The scopes, the narrowest first."""

Measure = Literal["session", "today", "month", "quota", "total"]
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

EdgeKind = Literal["every", "at", "idle", "event"]

Result = Literal["succeeded", "failed", "timed_out", "interrupted"]
"""How one attempt ended."""

State = Literal[
    "queued", "running", "waiting", "succeeded", "failed", "timed_out", "interrupted", "skipped"
]
"""An occurrence: waiting for its turn, running, waiting for a retry, or over."""

Reason = Literal["missed", "running", "flag", "restored", "imported", "superseded"]
"""Why an occurrence was skipped: a newer point came, a run was going, a user's flag, the ledger was
restored, only imported sessions made it hold; or why no retry is made any more: its scope is
over."""


NO_QUOTA_CORE_US = 1 << 60
"""What a part of a quota comes to where there is none: only a trigger that is disabled may ask for
it."""

NEVER_US = 1 << 60
"""A running time that nothing reaches."""


class Level(NamedTuple):
    """Holds when the measure has reached the threshold (µs, or core-µs for `month` and `quota`)."""

    measure: Measure
    threshold: int


class Edge(NamedTuple):
    """Moments. `period_us` for `every` (running time) and `idle`; `text` is `at`'s expression or
    the event's name."""

    kind: EdgeKind
    period_us: int = 0
    text: str = ""


class Script(NamedTuple):
    """What a trigger runs: `command` by `shell` in `cwd` (empty: the workspace folder), after the
    download of `url`."""

    command: str
    shell: tuple[str, ...]
    cwd: str
    url: str
    sha256: str
    env: tuple[tuple[str, str], ...]
    timeout_us: int


class Trigger(NamedTuple):
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


class Measures(NamedTuple):
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
    if level.measure == "total":
        return measures.clock + level.threshold - measures.total
    if level.measure in ("month", "quota"):
        if level.measure == "quota" and not measures.has_quota:
            return NEVER_US
        if not measures.month_grows:
            return measures.clock if measures.month_core_us >= level.threshold else NEVER_US
        return measures.clock - (measures.month_core_us - level.threshold) // measures.cores
    return (
        measures.clock
        + level.threshold
        - (measures.session if level.measure == "session" else measures.today)
    )


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
