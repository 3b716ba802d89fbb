"""Whatever happens to a machine, the sessions keep their promises.

A simulated machine lives through arbitrary events and keeps the truth for itself, as plain sums of
the time that passes; the tracker on it drives the core as the daemon does. What must hold of the
running time of all sessions:

- never more than the time in which the machine was awake and a container was up (or was being
  rebuilt, in a codespace, from the last heartbeat for at most 10 minutes);
- never less than the time in which a tracker ran, but for one heartbeat each time that it died
  without a word;
- exactly what the kernel vouches for, which is also the time before the tracker's start, since PID
  1's start or, in a life that went on, since the last heartbeat. The kernel only tells how long the
  machine was suspended since boot or since the last heartbeat, not when: if that was before PID 1's
  start, so much of the time since then goes uncounted, up to all of it.

- whatever the wall clock does: it only places what no tracker observed before a start in another
  boot, and less of that is counted where it says that the last heartbeat was later.

Left to the timelines: a PID 1 that cannot be read (it is taken for the same), a restored snapshot
that is noticed late.
"""

from typing import NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st
from tests.earlier import earlier_of
from tests.examples import examples

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Reading
from codespace_tracker.core.recovery import REBUILD_LIMIT_US, Kind, decide
from codespace_tracker.core.session import (
    DRIFT_LIMIT_US,
    ClosedSpan,
    Ending,
    Extended,
    Session,
    closed_span,
    end,
    extend,
)

HEARTBEAT_US = MINUTE_US
NOW_US = 1_772_000_000 * SECOND_US


class Event(NamedTuple):
    """One thing that happens: a method of Machine, and its argument."""

    name: str
    amount: int = 0


class Gap:
    """What passed since the last proof of life, or since the boot: all of it, and since each
    container's start."""

    def __init__(self) -> None:
        self.awake = self.suspended = self.awake_without_container = 0
        self.container_awake = [0, 0]
        self.container_suspended = [0, 0]


class Machine:
    """A machine with up to two containers that share one state directory, the truth, and the
    tracker on it."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.true_us, self.steps_us, self.mono_us, self.boot_us = NOW_US, 0, 0, 0
        self.boots, self.is_on, self.core_count = 0, False, 2
        self.pid1_starts: list[int | None] = [None, None]
        self.running_in: int | None = None
        self.copied = False

        self.gap = Gap()
        self.proof = (0, 0, 0)  # of life, the last one: boot, PID 1's start, boot clock
        self.truth_us = self.watched_us = self.vouched_us = self.crashes = 0

        self.sessions: list[Session] = []
        self.spans: dict[int, list[ClosedSpan]] = {}
        self.rows: list[str] = []
        self.unobserved: list[int] = []  # of each session, what had run when its tracker came

    # --- what happens

    def live(self, events: list[Event]) -> "Machine":
        for event in events:
            getattr(self, event.name)(event.amount)
        return self

    def awake(self, length: int) -> None:
        while length > 0:
            to_beat = (
                length
                if self.running_in is None
                else HEARTBEAT_US - (self.mono_us - self.last.last_mono_us)
            )
            step = min(length, to_beat)
            length -= step
            self._pass_awake(step)
            if self.running_in is not None and step == to_beat:
                self.beat()

    def _pass_awake(self, step: int) -> None:
        self.true_us += step
        if not self.is_on:
            return
        self.mono_us += step
        self.boot_us += step
        self.gap.awake += step
        self.watched_us += step if self.running_in is not None else 0
        if self.containers():
            self.truth_us += step
        else:
            self.gap.awake_without_container += step
        for container in self.containers():
            self.gap.container_awake[container] += step

    def suspend(self, length: int) -> None:
        self.true_us += length
        if not self.is_on:
            return
        self.boot_us += length
        self.gap.suspended += length
        for container in self.containers():
            self.gap.container_suspended[container] += length

    def containers(self) -> list[int]:
        return [container for container, start in enumerate(self.pid1_starts) if start is not None]

    def step_clock(self, length: int) -> None:
        self.steps_us += length

    def set_cores(self, count: int) -> None:
        self.core_count = count

    def die(self, _: int = 0) -> None:
        if self.running_in is not None:
            self.crashes += 1
            self.running_in = None

    def off(self, _: int = 0) -> None:
        self.die()
        self.is_on = False
        self.pid1_starts = [None, None]

    def boot(self, _: int = 0) -> None:
        self.off()
        self.is_on = True
        self.boots += 1
        self.mono_us = self.boot_us = 0
        self.gap = Gap()
        if self.kind == "host":
            self.pid1_starts[0] = 0

    def stop_container(self, container: int) -> None:
        if self.kind == "host":
            return
        if self.running_in == container:
            self.die()
        self.pid1_starts[container] = None

    def start_container(self, container: int) -> None:
        if self.kind == "host" or not self.is_on:
            return
        self.stop_container(container)
        self.pid1_starts[container] = self.boot_us
        self.gap.container_awake[container] = self.gap.container_suspended[container] = 0

    def restore_snapshot(self, back: int) -> None:
        """The machine is as it was a while ago, and the tracker begins again at once."""
        back = min(
            back,
            self.mono_us,
            self.boot_us - max([start for start in self.pid1_starts if start is not None] or [0]),
        )
        if not self.is_on or self.running_in is None or back == 0:
            return
        container = self.running_in
        self.die()
        self.mono_us -= back
        self.boot_us -= back
        since_heartbeat = max(0, self.gap.awake - back)
        self.gap = Gap()
        self.gap.awake = since_heartbeat
        self.start(container)

    def copy(self, _: int) -> None:
        """The codespace bears another name: what is in the directory was copied from elsewhere."""
        self.copied = bool(self.sessions) and self.running_in is None

    # --- the tracker

    @property
    def last(self) -> Session:
        return self.sessions[-1]

    def reading(self, container: int) -> Reading:
        wall_us = self.true_us + self.steps_us
        return Reading(
            wall_us, self.mono_us, self.boot_us, f"boot {self.boots}", self.pid1_starts[container]
        )

    def start(self, container: int) -> None:
        if self.running_in is not None:
            return
        if not self.is_on:
            self.boot()
        container = 0 if self.kind == "host" else container
        if self.pid1_starts[container] is None:
            self.start_container(container)
        self._vouch(container)
        last = self.last if self.sessions else None
        now = self.reading(container)
        earlier = earlier_of(self.sessions, now)
        decision = decide(
            last, now, self.core_count, self.kind, "new", copied=self.copied, earlier=earlier
        )
        self.copied = False
        self.rows.append(decision.row)
        if decision.ended is not None:
            self.sessions[-1] = decision.ended
        if decision.is_new:
            if last is not None:
                assert decision.current.started_at >= (
                    last.last_seen_at if last.ended_at is None else last.ended_at
                )
            self.sessions.append(decision.current)
            self.unobserved.append(decision.current.running_us)
        self.running_in = container
        self._carry_on(Extended(decision.current, decision.closed, decision.events))

    def _vouch(self, container: int) -> None:
        """What the kernel vouches for when a tracker starts in a container: docs/recovery.md, as
        sums of time."""
        gap = self.gap
        elsewhere = gap.suspended - gap.container_suspended[container]
        since_pid1 = max(0, gap.container_awake[container] - elsewhere)
        boot, pid1_start, proof_at = self.proof
        if self.sessions and boot != self.boots:
            age = gap.container_awake[container] + gap.container_suspended[container]
            since_pid1 = max(0, min(age, self._since_seen()) - gap.suspended)
        if not self.sessions:
            self.vouched_us += 0 if self.kind == "host" else since_pid1
        elif self.copied or boot != self.boots:
            self.vouched_us += since_pid1
        elif self.kind == "host" or pid1_start == self.pid1_starts[container]:
            self.vouched_us += gap.awake
        elif self.kind == "codespace" and self.boot_us - proof_at <= REBUILD_LIMIT_US:
            self.vouched_us += gap.awake
            self.truth_us += gap.awake_without_container
        else:
            self.vouched_us += since_pid1
        self.gap.awake = 0

    def _since_seen(self) -> int:
        """How long ago the last heartbeat was by the wall clock, or an earlier one if that was
        later."""
        now = self.true_us + self.steps_us
        past = [session.last_seen_at for session in self.sessions if session.last_seen_at <= now]
        return now - max([self.last.last_seen_at, *past])

    def beat(self, _: int = 0) -> None:
        if self.running_in is not None:
            self._carry_on(extend(self.last, self.reading(self.running_in), self.core_count))

    def pause(self, _: int = 0, ending: Ending = "paused") -> None:
        if self.running_in is not None:
            self.beat()
            self.sessions[-1] = end(self.last, ending)
            self.running_in = None

    def term(self, _: int = 0) -> None:
        self.pause(ending="clean")

    def _carry_on(self, extended: Extended) -> None:
        assert self.running_in is not None
        self.sessions[-1] = session = extended.session
        if extended.closed is not None:
            self.spans.setdefault(session.number, []).append(extended.closed)
        drift = self.true_us + self.steps_us - closed_span(session).ended_at
        assert abs(drift) <= DRIFT_LIMIT_US
        self.vouched_us += self.gap.awake
        self.gap = Gap()
        self.proof = (self.boots, self.pid1_starts[self.running_in] or 0, self.boot_us)

    def spans_of(self, session: Session) -> list[ClosedSpan]:
        return [*self.spans.get(session.number, []), closed_span(session)]

    @property
    def observed(self) -> list[tuple[int, int, Ending | None]]:
        """Of each session its number, what was counted of it since its tracker came, and how it
        ended."""
        return [
            (session.number, session.running_us - unobserved, session.ending)
            for session, unobserved in zip(self.sessions, self.unobserved, strict=True)
        ]

    @property
    def counted_us(self) -> int:
        return sum(session.running_us for session in self.sessions)


LENGTHS = st.one_of(
    st.sampled_from(
        [0, 1, SECOND_US, SECOND_US + 1, HEARTBEAT_US, REBUILD_LIMIT_US, REBUILD_LIMIT_US + 1]
    ),
    st.integers(0, 2 * MINUTE_US),
    st.integers(0, 15 * MINUTE_US),
)
STEPS = st.one_of(
    st.sampled_from(
        [DAY_US, -DAY_US, HOUR_US, -HOUR_US, SECOND_US, -SECOND_US, SECOND_US + 1, -SECOND_US - 1]
    ),
    st.integers(-400 * DAY_US, 400 * DAY_US),
)
CONTAINERS = st.sampled_from([0, 0, 0, 1])


def one(
    names: list[str], amounts: st.SearchStrategy[int] | None = None
) -> st.SearchStrategy[list[Event]]:
    """One of these events."""
    return st.builds(
        lambda name, amount: [Event(name, amount)],
        st.sampled_from(names),
        st.just(0) if amounts is None else amounts,
    )


def story(*steps: st.SearchStrategy[list[Event]]) -> st.SearchStrategy[list[Event]]:
    """Events that make sense in this order: by chance alone few lives would be eventful."""
    return st.tuples(*steps).map(lambda parts: [event for part in parts for event in part])


A_WHILE = one(["awake", "awake", "awake", "suspend"], LENGTHS)
THE_END = one(["die", "pause", "term"])
START = one(["start"], CONTAINERS)

HAPPENINGS = st.one_of(
    one(["awake"], LENGTHS),
    one(["suspend", "restore_snapshot"], LENGTHS),
    one(["set_cores"], st.sampled_from([2, 4, 8])),
    one(["beat", "die", "pause", "term", "off"]),
    story(START, A_WHILE),
    story(one(["step_clock"], STEPS), one(["awake"], LENGTHS)),
    story(THE_END, A_WHILE, START),
    story(THE_END, A_WHILE, one(["copy"]), START),
    story(one(["off"]), A_WHILE, one(["boot"]), A_WHILE, START),
    story(one(["start_container", "stop_container"], CONTAINERS), A_WHILE, START),
    story(THE_END, A_WHILE, one(["start_container"], CONTAINERS), A_WHILE, START),
)
LIVES = st.lists(HAPPENINGS, min_size=5, max_size=25).map(
    lambda parts: [event for part in parts for event in part]
)
KINDS: st.SearchStrategy[Kind] = st.sampled_from(["codespace", "container", "host"])

some_lives = examples(75)


@some_lives
@given(KINDS, LIVES)
def test_running_time_is_never_more_than_the_truth(kind: Kind, events: list[Event]) -> None:
    machine = Machine(kind)
    for event in events:
        machine.live([event])
        assert machine.counted_us <= machine.truth_us


@some_lives
@given(KINDS, LIVES)
def test_no_more_than_a_heartbeat_is_lost_each_time_that_all_dies(
    kind: Kind, events: list[Event]
) -> None:
    machine = Machine(kind).live(events)
    not_yet_saved = 0 if machine.running_in is None else HEARTBEAT_US
    assert machine.counted_us >= machine.watched_us - HEARTBEAT_US * machine.crashes - not_yet_saved


@some_lives
@given(KINDS, LIVES)
@example(
    "codespace",
    [Event("start"), Event("die"), Event("start_container"), Event("awake", 1), Event("start")],
)
def test_exactly_what_the_kernel_vouches_for_is_counted(kind: Kind, events: list[Event]) -> None:
    machine = Machine(kind).live(events)
    assert machine.counted_us == machine.vouched_us


@some_lives
@given(KINDS, LIVES)
def test_a_wall_clock_step_never_changes_running_time(kind: Kind, events: list[Event]) -> None:
    """That is, running time that a tracker observed; of the rest never more is counted than without
    the step."""
    stepped = Machine(kind).live(events)
    steady = Machine(kind).live([event for event in events if event.name != "step_clock"])
    assert stepped.rows == steady.rows
    assert stepped.observed == steady.observed
    assert all(
        less <= all_ for less, all_ in zip(stepped.unobserved, steady.unobserved, strict=True)
    )


@some_lives
@given(KINDS, LIVES)
def test_without_a_clock_step_sessions_follow_each_other_in_time(
    kind: Kind, events: list[Event]
) -> None:
    """That none starts before the last one's end is checked at each start, with clock steps and
    without."""
    machine = Machine(kind).live([event for event in events if event.name != "step_clock"])
    for session, following in zip(machine.sessions, machine.sessions[1:], strict=False):
        assert session.started_at <= session.last_seen_at <= following.started_at
        assert session.running_us <= session.last_seen_at - session.started_at


@some_lives
@given(KINDS, LIVES)
def test_sessions_are_numbered_without_a_gap(kind: Kind, events: list[Event]) -> None:
    machine = Machine(kind).live(events)
    assert [session.number for session in machine.sessions] == list(
        range(1, len(machine.sessions) + 1)
    )


@some_lives
@given(KINDS, LIVES)
def test_the_spans_of_a_session_are_its_running_time_without_gap_or_overlap(
    kind: Kind, events: list[Event]
) -> None:
    """That none drifts from the wall clock by more than the limit is checked at each heartbeat."""
    machine = Machine(kind).live(events)
    for session in machine.sessions:
        offset_us = 0
        for n, span in enumerate(machine.spans_of(session), start=1):
            assert (span.n, span.offset_us) == (n, offset_us)
            assert span.running_us == span.ended_at - span.started_at >= 0
            offset_us += span.running_us
        assert offset_us == session.running_us
