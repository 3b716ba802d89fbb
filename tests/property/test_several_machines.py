"""Whatever several machines do with one state directory in turn, no time is counted twice.

Each machine has boots and clocks of its own, and its wall clock may be wrong, always or for a
while. The tracker runs on one of them at a time; it is told to end, or dies, or waits (counting in
memory) until another machine's has gone. What must hold:

- what a tracker observed is counted, all of it, up to its last heartbeat, whatever any wall clock
  says;
- of what no tracker observed, never more than lies after the last heartbeat on the wall clock;
- a boot never has more running time than it was awake, though all clocks are wrong;
- with right clocks, the sessions do not overlap, and start, end and running time of each agree.
"""

from typing import NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st
from tests.earlier import earlier_of
from tests.examples import examples

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Reading
from codespace_tracker.core.recovery import Kind, decide
from codespace_tracker.core.session import Session, end, extend

HEARTBEAT_US = 10 * SECOND_US
NOW_US = 1_772_000_000 * SECOND_US
UPTIMES_US = (0, HOUR_US, 30 * DAY_US)
"""How long each machine has been up when the world begins."""


class Event(NamedTuple):
    """One thing that happens to a machine: a method of World, the machine's number, an amount in
    µs."""

    name: str
    machine: int = 0
    amount: int = 0


class Machine:
    """Its clocks and its boot; `error_us` is how far its wall clock is ahead of the truth."""

    def __init__(self, number: int, up_us: int) -> None:
        self.name, self.boots, self.error_us = f"machine {number}", 1, 0
        self.mono_us = self.boot_us = up_us
        self.pid1_start_us = 0

    @property
    def boot_id(self) -> str:
        return f"{self.name}, boot {self.boots}"

    def reading(self, true_us: int) -> Reading:
        return Reading(
            true_us + self.error_us, self.mono_us, self.boot_us, self.boot_id, self.pid1_start_us
        )


class World:
    """The machines, the ledger, the trackers, and the truth."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.true_us, self.clocks_are_right = NOW_US, True
        self.machines = [Machine(*one) for one in enumerate(UPTIMES_US)]
        self.sessions: list[Session] = []
        self.running_on: Machine | None = None
        self.waiting: dict[int, Reading] = {}
        self.truth_us: list[int] = []  # of each session, what its tracker observed
        self.saved_us: list[int] = []  # the same as of the last heartbeat
        self.begun_us: list[int] = []  # of each session, what was counted that no tracker observed
        self.awake_us: dict[str, int] = {one.boot_id: one.mono_us for one in self.machines}

    def live(self, events: list[Event]) -> "World":
        for event in events:
            getattr(self, event.name)(event.machine, event.amount)
        return self

    # --- what happens

    def awake(self, _: int, length: int) -> None:
        while length > 0:
            step = min(length, HEARTBEAT_US)
            length -= step
            self._pass(step)
            self.beat()

    def suspend(self, number: int, length: int) -> None:
        self._pass(length, suspended=self.machines[number])

    def _pass(self, length: int, suspended: Machine | None = None) -> None:
        self.true_us += length
        for one in self.machines:
            one.boot_us += length
            if one is not suspended:
                one.mono_us += length
                self.awake_us[one.boot_id] += length
        if self.running_on is not None and self.running_on is not suspended:
            self.truth_us[-1] += length

    def set_clock(self, number: int, error: int) -> None:
        self.machines[number].error_us = error
        self.clocks_are_right = self.clocks_are_right and error == 0

    def boot(self, number: int, off: int) -> None:
        one = self.machines[number]
        if self.running_on is one:
            self.die()
        self.waiting.pop(number, None)
        self._pass(off)
        one.boots += 1
        one.mono_us = one.boot_us = one.pid1_start_us = 0
        self.awake_us[one.boot_id] = 0

    def new_container(self, number: int, _: int) -> None:
        one = self.machines[number]
        if self.kind != "host":
            self.boot_container(one)
            self.waiting.pop(number, None)

    def boot_container(self, one: Machine) -> None:
        if self.running_on is one:
            self.die()
        one.pid1_start_us = one.boot_us

    # --- the trackers

    def wait(self, number: int, _: int) -> None:
        """A tracker starts beside another machine's, and counts in memory."""
        if self.running_on is not None and self.running_on is not self.machines[number]:
            self.waiting.setdefault(number, self.machines[number].reading(self.true_us))

    def start(self, number: int, _: int) -> None:
        if self.running_on is not None:
            return
        one = self.machines[number]
        last = self.sessions[-1] if self.sessions else None
        now = one.reading(self.true_us)
        first = self.waiting.pop(number, now)
        if last is not None and last.boot_id == first.boot_id:
            first = now  # there is only the ledger's own to wait for
        decision = decide(
            last, first, 2, self.kind, "new", earlier=earlier_of(self.sessions, first)
        )
        if decision.ended is not None:
            self.sessions[-1] = decision.ended
        self.running_on = one
        if decision.is_new:
            self._check_unobserved(decision.current, last, first)
            self.sessions.append(decision.current)
            self.begun_us.append(decision.current.running_us)
            self.truth_us.append(now.mono_us - first.mono_us)
            self.saved_us.append(0)
        else:
            self.truth_us[-1] += decision.away_us
            self.sessions[-1] = decision.current
        self.beat()

    def _check_unobserved(self, begun: Session, last: Session | None, first: Reading) -> None:
        if last is not None:
            assert (
                begun.running_us <= max(0, first.wall_us - last.last_seen_at)
                or last.boot_id == first.boot_id
            )
        assert begun.running_us <= max(0, first.boot_us - (first.pid1_start_us or 0))

    def beat(self) -> None:
        if self.running_on is not None:
            self.sessions[-1] = extend(
                self.sessions[-1], self.running_on.reading(self.true_us), 2
            ).session
            self.saved_us[-1] = self.truth_us[-1]

    def stop(self, _: int = 0, __: int = 0) -> None:
        self.beat()
        if self.running_on is not None:
            self.sessions[-1] = end(self.sessions[-1], "paused")
            self.running_on = None

    def die(self, _: int = 0, __: int = 0) -> None:
        self.running_on = None
        if self.truth_us:
            self.truth_us[-1] = self.saved_us[-1]


LENGTHS = st.one_of(st.sampled_from([1, SECOND_US, HEARTBEAT_US]), st.integers(0, 20 * MINUTE_US))
ERRORS = st.one_of(
    st.just(0), st.sampled_from([-2 * HOUR_US, -1, 1, 2 * HOUR_US]), st.integers(-DAY_US, DAY_US)
)
MACHINES = st.integers(0, len(UPTIMES_US) - 1)


def one(
    names: list[str], amounts: st.SearchStrategy[int] | None = None
) -> st.SearchStrategy[list[Event]]:
    """One of these events, on any machine."""
    return st.builds(
        lambda name, number, amount: [Event(name, number, amount)],
        st.sampled_from(names),
        MACHINES,
        st.just(0) if amounts is None else amounts,
    )


def story(*steps: st.SearchStrategy[list[Event]]) -> st.SearchStrategy[list[Event]]:
    """Events in this order."""
    return st.tuples(*steps).map(lambda parts: [event for part in parts for event in part])


A_WHILE = one(["awake", "awake", "awake", "suspend"], LENGTHS)
IN_TURN = story(one(["start"]), A_WHILE, one(["stop", "die"]), A_WHILE)
WAITS = story(
    one(["start"]), A_WHILE, one(["wait"]), A_WHILE, one(["stop", "die"]), A_WHILE, one(["start"])
)
OTHER = one(["boot", "new_container"], LENGTHS)
CLOCKS = one(["set_clock"], ERRORS)


def lives(*happenings: st.SearchStrategy[list[Event]]) -> st.SearchStrategy[list[Event]]:
    """Some of these in any order."""
    return st.lists(st.one_of(*happenings), min_size=3, max_size=20).map(
        lambda parts: [event for part in parts for event in part]
    )


RIGHT = lives(IN_TURN, IN_TURN, OTHER, A_WHILE)
WRONG = lives(IN_TURN, IN_TURN, WAITS, OTHER, A_WHILE, CLOCKS, CLOCKS)
KINDS: st.SearchStrategy[Kind] = st.sampled_from(["codespace", "container", "host"])
TWO_HOSTS = [
    Event("start", 2),
    Event("stop"),
    Event("start", 1),
    Event("awake", 0, 5_000_000),
    Event("stop"),
]

some_lives = examples(50)


@some_lives
@given(KINDS, WRONG)
@example("host", [*TWO_HOSTS, Event("set_clock", 2, 2 * HOUR_US), Event("start", 2)])
def test_all_that_a_tracker_observed_is_counted_whatever_the_clocks_say(
    kind: Kind, events: list[Event]
) -> None:
    """That no more of the rest is counted than lies after the last heartbeat is checked at each
    start."""
    world = World(kind).live(events)
    counted = [
        session.running_us - begun
        for session, begun in zip(world.sessions, world.begun_us, strict=True)
    ]
    assert counted == world.saved_us


@some_lives
@given(KINDS, WRONG)
@example("host", [*TWO_HOSTS, Event("set_clock", 2, 2 * HOUR_US), Event("start", 2)])
def test_no_boot_has_more_running_time_than_it_was_awake(kind: Kind, events: list[Event]) -> None:
    world = World(kind).live(events)
    counted = dict.fromkeys(world.awake_us, 0)
    for session in world.sessions:
        counted[session.boot_id] += session.running_us
    assert all(counted[boot] <= awake for boot, awake in world.awake_us.items())


@some_lives
@given(KINDS, RIGHT)
@example("host", [*TWO_HOSTS, Event("start", 2)])
def test_with_right_clocks_sessions_do_not_overlap_and_look_as_they_are(
    kind: Kind, events: list[Event]
) -> None:
    world = World(kind).live(events)
    assert world.clocks_are_right
    for session in world.sessions:
        assert session.running_us <= session.last_seen_at - session.started_at
        assert session.began_at == session.started_at
    for session, following in zip(world.sessions, world.sessions[1:], strict=False):
        assert session.last_seen_at <= following.started_at


@some_lives
@given(KINDS, WRONG)
def test_no_session_is_shown_to_start_later_than_it_could_have_run(
    kind: Kind, events: list[Event]
) -> None:
    for session in World(kind).live(events).sessions:
        assert session.running_us <= session.last_seen_at - session.began_at + SECOND_US
