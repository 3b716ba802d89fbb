"""Whatever people, editors, clocks and machines do, presence keeps its promises.

A world keeps the truth for itself: when somebody typed, who was connected, what was reported. The
terminals in it behave as the kernel's: the access time is the true second of the wall clock, and
moves only when that second is in another block of eight.
"""

from hypothesis import given
from hypothesis import strategies as st
from tests.examples import examples

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.presence import (
    LONGEST_US,
    REPORT_US,
    Kept,
    Look,
    Part,
    Presence,
    Server,
    ServerId,
)

PRESENT_US = 5 * MINUTE_US
LIMIT_US = 3 * MINUTE_US
"""How long a trigger waits for."""

BLOCK_US = 8 * SECOND_US
STARTED_AT = 20_000 * DAY_US + 123_456_789


class World:
    """A machine with terminals, editors and clocks, and one that looks at it."""

    def __init__(self) -> None:
        self.clock, self.wall = 5 * SECOND_US, STARTED_AT
        self.terminals: dict[str, tuple[int, int]] = {}
        self.activity = 0
        self.servers: dict[ServerId, Server] = {}
        self.typed: dict[str, int] = {}
        """When somebody last typed into a terminal so that its access time moved, since the last
        look."""
        self.presence = Presence(PRESENT_US)
        self.parts: list[Part] = []
        self.person_at = self.unknown_at = self.last_look = 0
        """The last moments (running time) of a person whom a look could see, and of a look that
        could not know."""
        self.seen_so_far: list[int] = []
        self.looked_at: dict[str, tuple[int, int]] = {}
        self.moved: dict[str, int] = {}
        """When the access time of a terminal moved last."""
        self.hidden: list[tuple[str, int, int]] = []
        """Typing that moved nothing, so soon after what did: where, when, and when that was."""
        self.look(0)

    # --- what happens

    def run(self, us: int) -> None:
        self.clock += us
        self.wall += us

    def suspend(self, us: int) -> None:
        self.wall += us

    def step(self, us: int) -> None:
        self.wall += us

    def open(self, name: int) -> None:
        second = self.wall // SECOND_US * SECOND_US
        self.terminals.setdefault(f"{name}", (second, second))

    def close(self, name: int) -> None:
        self.terminals.pop(f"{name}", None)
        self.typed.pop(f"{name}", None)

    def type(self, name: int) -> None:
        if f"{name}" not in self.terminals:
            return
        accessed, born = self.terminals[f"{name}"]
        second = self.wall // SECOND_US * SECOND_US
        if second // BLOCK_US != accessed // BLOCK_US:
            self.terminals[f"{name}"] = (second, born)
            self.typed[f"{name}"] = self.moved[f"{name}"] = self.clock
        elif self.clock - self.moved.get(f"{name}", -BLOCK_US) < BLOCK_US:
            self.hidden.append((f"{name}", self.clock, self.moved[f"{name}"]))

    def touch(self, _: int) -> None:
        self.activity = self.wall
        self.typed["activity"] = self.clock

    def serve(self, clients: int) -> None:
        """An editor's server starts, or its clients come and go; so many that nobody can tell."""
        pid = clients % 2
        before = self.servers.get((pid, pid), Server(0))
        self.servers[(pid, pid)] = before._replace(clients=None if clients > 5 else clients // 2)

    def report(self, pid: int) -> None:
        if (pid % 2, pid % 2) in self.servers:
            one = self.servers[(pid % 2, pid % 2)]
            what = "blind_at" if pid > 5 else "reported_at"
            self.servers[(pid % 2, pid % 2)] = one._replace(**{what: self.wall})

    def end(self, pid: int) -> None:
        self.servers.pop((pid % 2, pid % 2), None)

    def look(self, of_servers: int) -> None:
        """A check; with servers at each second one."""
        servers = dict(self.servers) if of_servers % 2 == 0 else None
        seen = Look(dict(self.terminals), self.activity, servers)
        before = self.presence
        self.presence, parts = before.looked(seen, self.clock, self.wall)
        self.parts += parts
        visible = [at for name, at in self.typed.items() if self._shows(name)]
        self.seen_so_far += visible
        self.person_at = max([self.person_at, *visible])
        hidden = [at for _, at, moved in self.hidden if moved in self.seen_so_far]
        self.person_at = max([self.person_at, *hidden])
        self.looked_at = dict(self.terminals)
        if self.clock - self.last_look > LONGEST_US or self._may_hide(servers):
            self.unknown_at = self.clock
        self.typed.clear()
        self.last_look = self.clock
        again, no_parts = self.presence.looked(seen, self.clock, self.wall)
        assert again == self.presence, "a second look at the same changes nothing"
        assert sum(sum(part[1:]) for part in no_parts) == 0
        self._check()

    def restart(self, _: int) -> None:
        """Another daemon goes on with the session."""
        kept = Kept(self.presence.decided, self.presence.point, self.presence.newest)
        self.presence = Presence(PRESENT_US)
        self.unknown_at = self.last_look = self.clock
        self.typed.clear()
        self.hidden.clear()
        self.moved.clear()
        self.person_at = self.clock
        seen = Look(dict(self.terminals), self.activity, dict(self.servers))
        self.presence, parts = self.presence.looked(seen, self.clock, self.wall, kept)
        self.parts += parts
        self.looked_at = dict(self.terminals)
        self._check()

    # --- what must hold

    def _shows(self, name: str) -> bool:
        """Whether it can be seen that a terminal was used since the last look: after a step of the
        clock not where it is new, or is said to be used when it was."""
        if name == "activity":
            return True
        before, (accessed, born) = self.looked_at.get(name), self.terminals[name]
        if before is not None and before[1] == born:
            return accessed != before[0]
        return accessed > born and before != (accessed, born)

    def _may_hide(self, servers: dict[ServerId, Server] | None) -> bool:
        return servers is not None and any(
            server.clients != 0
            and (
                not (server.reported_at and abs(self.wall - server.reported_at) <= REPORT_US)
                or self.wall - REPORT_US <= server.blind_at <= self.wall
            )
            for server in servers.values()
        )

    def _check(self) -> None:
        stretch = self.presence.stretch
        if stretch is not None:
            assert stretch.since >= self.person_at, "never before a person who was seen"
            assert stretch.since >= self.unknown_at, "never before presence was known again"
            assert stretch.since <= self.clock + BLOCK_US
            assert stretch.seen == self.clock
        decided = sum(sum(part[1:]) for part in self.parts)
        undecided = sum(sum(part[1:]) for part in self.presence.undecided)
        assert decided == self.presence.decided, "present + absent + unknown = running time"
        assert decided + undecided == self.clock
        assert all(us >= 0 for part in self.parts for us in part[1:])
        assert all(part.at % (15 * MINUTE_US) == 0 for part in self.parts)


AMOUNT = st.integers(0, 7)
EVENT = st.one_of(
    st.tuples(
        st.just("run"),
        st.one_of(
            st.integers(1, 20 * SECOND_US),
            st.integers(1, 4 * MINUTE_US),
            st.sampled_from([HOUR_US, LIMIT_US, LONGEST_US]),
        ),
    ),
    st.tuples(st.sampled_from(["open", "type", "type", "close", "touch"]), AMOUNT),
    st.tuples(st.sampled_from(["serve", "report", "end"]), AMOUNT),
    st.tuples(st.sampled_from(["look", "look", "look"]), AMOUNT),
    st.tuples(st.just("restart"), AMOUNT),
)
CLOCKS = st.one_of(
    st.tuples(st.just("suspend"), st.sampled_from([SECOND_US, HOUR_US, DAY_US])),
    st.tuples(
        st.just("step"),
        st.sampled_from([-DAY_US, -HOUR_US, -5 * SECOND_US, 5 * SECOND_US, HOUR_US]),
    ),
)


def play(world: World, events: list[tuple[str, int]]) -> None:
    for name, amount in events:
        getattr(world, name)(amount)


@examples(300)
@given(st.lists(st.one_of(EVENT, EVENT, CLOCKS), max_size=60))
def test_no_stretch_reaches_back_behind_a_person_or_what_is_unknown_and_all_time_is_split(
    events: list[tuple[str, int]],
) -> None:
    play(World(), events)


@examples(100)
@given(st.lists(EVENT, max_size=60))
def test_no_moment_of_a_person_who_was_seen_is_absent(events: list[tuple[str, int]]) -> None:
    """By the sums: of what could be absent, the 5 minutes after each touch are left out, but for
    the 8 seconds by which it may seem to be earlier."""
    world = World()
    play(world, events)
    world.look(0)
    there, until = 0, 0
    for moment in sorted(world.seen_so_far):
        end = min(world.clock, moment + PRESENT_US - BLOCK_US)
        there += max(0, end - max(moment, until))
        until = max(until, end)
    absent = sum(part.absent for part in world.parts)
    unknown = sum(part.unknown for part in world.parts)
    assert absent + unknown <= world.clock - there + _lost_by_restarts(events)


def _lost_by_restarts(events: list[tuple[str, int]]) -> int:
    """A daemon that starts knows nobody: what is present after a touch is unknown then."""
    return sum(PRESENT_US + HOUR_US + LONGEST_US for name, _ in events if name == "restart")


@examples(100)
@given(
    st.lists(st.one_of(EVENT, CLOCKS), max_size=40),
    st.lists(st.integers(SECOND_US, MINUTE_US), min_size=4, max_size=12),
)
def test_who_is_left_alone_is_idle_for_as_long_as_looks_have_seen_nobody(
    events: list[tuple[str, int]], waits: list[int]
) -> None:
    """Known and untouched: a trigger is due at the first look after its limit."""
    world = World()
    play(world, events)
    world.servers.clear()
    world.look(0)
    left_at = world.clock
    for wait in waits:
        world.run(wait)
        world.look(0)
        stretch = world.presence.stretch
        assert stretch is not None
        assert stretch.since <= left_at + BLOCK_US
        is_due = world.clock - stretch.since >= LIMIT_US
        assert is_due or world.clock - left_at < LIMIT_US + BLOCK_US


@examples(50)
@given(st.lists(st.one_of(EVENT, CLOCKS), max_size=40))
def test_a_server_that_nobody_can_see_into_keeps_presence_unknown(
    events: list[tuple[str, int]],
) -> None:
    world = World()
    world.servers[(9, 9)] = Server(None)
    world.look(0)
    for event in events:
        play(world, [event])
        assert world.presence.stretch is None
