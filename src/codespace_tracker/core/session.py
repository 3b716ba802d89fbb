"""A session: the running time of one life, and the spans that it consists of.

Values only: every function returns a new Session and the spans that were closed on the way. Running
time comes from the monotonic clock alone; the wall clock only decides where a span begins. Nothing
here knows the ledger.
"""

from __future__ import annotations

from codespace_tracker.core.clock import SECOND_US, Reading
from codespace_tracker.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

Ending: TypeAlias = "Literal['paused', 'clean', 'recovered']"

if not TYPE_CHECKING:
    Ending = str  # other modules may ask for `X | None`
ENDINGS: tuple[Ending, ...] = ("paused", "clean", "recovered")

DRIFT_LIMIT_US = SECOND_US
"""How far the wall clock may run from the running clock within one span, in µs. Slewing by NTP
stays below this for half an hour (500 ppm); anything that a person would call a step is above
it."""


class Span(Record):
    """A stretch of a session in which wall clock and running clock agree and the core count is the
    same.

    It ends at `started_at` plus its running time. `offset_us` is the session's running time at
    which it began; `n` counts the spans of one session from 1.
    """

    n: int
    started_at: int
    offset_us: int
    cores: int


class ClosedSpan(Record):
    """A span that is over: its wall-clock start (UTC µs), its running time in µs, its cores."""

    n: int
    started_at: int
    offset_us: int
    cores: int
    running_us: int

    @property
    def ended_at(self) -> int:
        """The UTC instant at which it ended, in µs."""
        return self.started_at + self.running_us


class Session(Record):
    """The running time of one life, as last known.

    `number` counts the sessions of a ledger from 1. `last_seen_at`, `last_mono_us` and
    `last_boot_us` are the three clocks at the last heartbeat. `ending` is None while the session is
    open; a paused one may be reopened in the same life, so may a clean one. `span` is the newest
    span, open as long as the session is.
    """

    session_id: str
    number: int
    boot_id: str
    pid1_start_us: int | None
    started_at: int
    last_seen_at: int
    last_mono_us: int
    last_boot_us: int
    running_us: int
    span: Span
    ending: Ending | None = None
    ended_at: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether its time is running."""
        return self.ending is None

    @property
    def span_running_us(self) -> int:
        """The running time of the newest span, in µs."""
        return self.running_us - self.span.offset_us

    @property
    def began_at(self) -> int:
        """When it began, as shown to people (UTC µs): never so late that it could not have run for
        that long.

        That is earlier than `started_at` where the wall clock was set back, or where the session
        overlaps the last one.
        """
        latest = self.last_seen_at - self.running_us
        return self.started_at if self.started_at <= latest + DRIFT_LIMIT_US else latest


class ClockEvent(Record):
    """Something that the clocks or the machine did since the last heartbeat: for the journal.

    `kind` is `suspended` (by `amount` µs), `clock_stepped` (by `amount` µs, negative when set back)
    or `cores_changed` (to `amount` cores).
    """

    kind: str
    amount: int


class Extended(Record):
    """A session carried on to a reading, with the span that was closed by that, if one was, and
    why."""

    session: Session
    closed: ClosedSpan | None
    events: tuple[ClockEvent, ...]


def extend(session: Session, reading: Reading, cores: int) -> Extended:
    """Count the time from the last heartbeat to `reading`, all of it, and begin a new span where
    the clocks disagree.

    Raises ValueError when the monotonic clock went back: that is another life, which only
    `recovery.decide` may judge.
    """
    elapsed = reading.mono_us - session.last_mono_us
    if elapsed < 0:
        raise ValueError(f"the monotonic clock went back by {-elapsed} µs")
    running = session.running_us + elapsed
    span, closed = session.span, None
    drift = reading.wall_us - (span.started_at + running - span.offset_us)
    if abs(drift) > DRIFT_LIMIT_US or cores != span.cores:
        closed = closed_span(session) if session.span_running_us > 0 else None
        n = span.n if closed is None else span.n + 1
        span = Span(n, reading.wall_us - elapsed, session.running_us, cores)
    extended = session._replace(
        last_seen_at=reading.wall_us,
        last_mono_us=reading.mono_us,
        last_boot_us=reading.boot_us,
        running_us=running,
        span=span,
    )
    return Extended(extended, closed, _clock_events(session, reading, cores, elapsed))


def within_reason(session: Session, reading: Reading, patience_us: int) -> Reading:
    """The reading up to which a session that is being counted can be shown as counted.

    Heartbeats are at most `patience_us` apart. Where the last one is older than that by the
    monotonic clock and newer by the wall clock, the reader's clocks are not the tracker's (one of
    both was restored from a checkpoint), and the last heartbeat is the newest thing known.
    """
    elapsed, on_the_wall = (
        reading.mono_us - session.last_mono_us,
        reading.wall_us - session.last_seen_at,
    )
    if reading.boot_id != session.boot_id or elapsed <= max(
        patience_us, on_the_wall + DRIFT_LIMIT_US
    ):
        return reading
    return reading._replace(
        wall_us=session.last_seen_at, mono_us=session.last_mono_us, boot_us=session.last_boot_us
    )


def _clock_events(
    session: Session, reading: Reading, cores: int, elapsed: int
) -> tuple[ClockEvent, ...]:
    since_boot = reading.boot_us - session.last_boot_us
    suspended = since_boot - elapsed
    stepped = reading.wall_us - session.last_seen_at - since_boot
    events = []
    if suspended > DRIFT_LIMIT_US:
        events.append(ClockEvent("suspended", suspended))
    if abs(stepped) > DRIFT_LIMIT_US:
        events.append(ClockEvent("clock_stepped", stepped))
    if cores != session.span.cores:
        events.append(ClockEvent("cores_changed", cores))
    return tuple(events)


def closed_span(session: Session) -> ClosedSpan:
    """The newest span as of the last heartbeat."""
    return ClosedSpan(*session.span, running_us=session.span_running_us)


def end(session: Session, ending: Ending) -> Session:
    """The session ended at its last heartbeat. To end it at a later moment, extend it to that
    first."""
    return session._replace(ending=ending, ended_at=session.last_seen_at)


def reopen(session: Session, reading: Reading, cores: int) -> Extended:
    """Go on with a session of the life that `reading` belongs to, whether it was open or ended; the
    gap counts.

    A PID 1 that was known and cannot be read now is not forgotten. Raises ValueError as `extend`
    does.
    """
    pid1_start_us = (
        session.pid1_start_us if reading.pid1_start_us is None else reading.pid1_start_us
    )
    same_life = session._replace(ending=None, ended_at=None, pid1_start_us=pid1_start_us)
    return extend(same_life, reading, cores)


def begin(
    session_id: str,
    number: int,
    reading: Reading,
    cores: int,
    *,
    age_us: int,
    running_us: int,
    not_before: int,
) -> Session:
    """A new session that started `age_us` before `reading`, but not before `not_before`, and ran
    for `running_us` of that.

    `not_before` (UTC µs) orders sessions by their start also where the wall clock was set back
    between them; it changes what is shown, never the running time.
    """
    return Session(
        session_id=session_id,
        number=number,
        boot_id=reading.boot_id,
        pid1_start_us=reading.pid1_start_us,
        started_at=max(reading.wall_us - age_us, not_before),
        last_seen_at=reading.wall_us,
        last_mono_us=reading.mono_us,
        last_boot_us=reading.boot_us,
        running_us=running_us,
        span=Span(1, reading.wall_us - running_us, 0, cores),
    )
