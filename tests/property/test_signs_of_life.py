"""Trackers of several machines on one directory without shared locks: whoever writes, writes alone.

The real claim, on machines whose clocks and storage are simulated: what one writes is seen by the
others later, as on a network file system, and a machine may stand still at any moment, or die.
"""

import os
import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from tests.simulation.machine import START_US, SimulatedMachine

from codespace_tracker.core import signs_of_life
from codespace_tracker.core.clock import SECOND_US, Reading
from codespace_tracker.core.session import begin
from codespace_tracker.core.signs_of_life import Process, Seen, Sign, Slot
from codespace_tracker.daemon.untrusted_locks import Claim
from codespace_tracker.machine import alive

BEAT_US = 10 * SECOND_US
STORE = "the store"

SEEDS = int(os.environ.get("CODESPACE_TRACKER_TEST_CLAIMS", "40"))
"""How many worlds are played; the long form plays more."""


def found(sign: Sign) -> Slot:
    """A slot with this sign."""
    return Slot(repr(sign).encode(), sign)


class Write(NamedTuple):
    at_us: int
    slot: int
    found: Slot


class World:
    """A store of signs, and the machines that use it. `lag_us` is how long a write takes to be seen
    by others."""

    def __init__(self, chance: random.Random, lag_us: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_us = 0
        self.chance = chance
        self.lag_us = lag_us
        self.writes: list[tuple[Node, Write]] = []
        self.reader: Node | None = None
        self.nodes: list[Node] = []
        monkeypatch.setattr(alive, "read", lambda _: self.read())
        monkeypatch.setattr(alive, "write", lambda _, slot, sign: self.write(slot, sign))

    def write(self, slot: int, sign: Sign) -> None:
        assert self.reader is not None
        self.writes.append((self.reader, Write(self.now_us, slot, found(sign))))
        del self.writes[:-20]

    def read(self) -> tuple[Slot, ...]:
        """What the machine that looks sees: its own writes at once, others' when they have
        arrived."""
        slots = [Slot(b""), Slot(b"")]
        for node, one in self.writes:
            if node is self.reader or one.at_us + self.lag_us <= self.now_us:
                slots[one.slot] = one.found
        return tuple(slots)

    def writing(self) -> list["Node"]:
        return [node for node in self.nodes if node.is_writing]


class Node:
    """One machine with a tracker: on its way in, writing, frozen or dead."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.host = SimulatedMachine()
        self.host.now = Reading(START_US, world.chance.randrange(10**12), 0, name, None)
        self.behind_us = world.now_us
        self.begin()

    def begin(self) -> None:
        self.world.reader = self
        self.catch_up()
        self.claim = Claim(STORE, self.host, BEAT_US)
        self.claim.sign = self.claim.sign._replace(
            tracker=f"{self.world.chance.randrange(1 << 32):08x}",
            process=Process(self.name, "pid:[1]", 1, 0),
        )
        self.is_writing = False
        self.frozen_until_us = 0
        self.due_us: int | None = self.world.now_us + self.world.chance.randrange(SECOND_US // 2)

    def catch_up(self) -> None:
        self.host.run(self.world.now_us - self.behind_us)
        self.behind_us = self.world.now_us

    def act(self) -> None:
        """What its tracker does when it wakes."""
        self.world.reader = self
        self.catch_up()
        if not self.is_writing:
            self.is_writing = self.claim.step(self.host.reading()) == "begin"
            rest = BEAT_US if self.is_writing else self.claim.round_us
        elif self.claim.goes_on(self.host.reading(), BEAT_US):
            rest = BEAT_US
        else:
            self.claim.end()
            self.begin()
            return
        self.due_us = self.world.now_us + rest

    def freeze(self, microseconds: int) -> None:
        if self.due_us is not None:
            self.frozen_until_us = max(self.frozen_until_us, self.world.now_us + microseconds)
            self.due_us = max(self.due_us, self.frozen_until_us)

    def die(self) -> None:
        self.due_us, self.is_writing = None, False

    def end(self) -> None:
        self.world.reader = self
        self.catch_up()
        self.claim.end()
        self.die()


def play(world: World, until_us: int) -> Iterator[int]:
    """Let time pass; yields after each act how long it is since the last one, in µs."""
    while True:
        due = [node for node in world.nodes if node.due_us is not None]
        if not due:
            return
        node = min(due, key=lambda one: one.due_us or 0)
        at = max(world.now_us, node.due_us or 0)
        if at > until_us:
            yield until_us - world.now_us
            world.now_us = until_us
            return
        passed, world.now_us = at - world.now_us, at
        yield passed
        node.act()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_of_trackers_that_start_at_once_one_writes(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    world = World(chance, chance.choice((0, 10_000, 150_000, 300_000)), monkeypatch)
    world.nodes = [Node(world, name) for name in ("a", "b", "c")[: chance.choice((2, 2, 3))]]
    for _ in play(world, 120 * SECOND_US):
        assert len(world.writing()) <= 1
    assert len(world.writing()) == 1


@pytest.mark.parametrize("seed", range(SEEDS))
def test_two_write_for_no_longer_than_a_few_heartbeats(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Machines stand still for minutes and go on, die and come back, and what they write is seen
    seconds later."""
    chance = random.Random(seed)
    world = World(chance, chance.choice((0, 100_000, SECOND_US, 4 * SECOND_US)), monkeypatch)
    world.nodes = [Node(world, name) for name in ("a", "b", "c")[: chance.choice((2, 2, 3))]]
    both_us = 0
    for _ in range(12):
        for passed in play(world, world.now_us + chance.randrange(90 * SECOND_US)):
            awake = [
                node for node in world.writing() if node.frozen_until_us <= world.now_us - passed
            ]
            both_us = both_us + passed if len(awake) > 1 else 0
            assert both_us <= (len(world.nodes) + 1) * (BEAT_US + world.lag_us), [
                node.name for node in awake
            ]
        node = chance.choice(world.nodes)
        what = chance.choice(("freeze", "die", "end", "begin"))
        if what == "freeze":
            node.freeze(chance.randrange(120 * SECOND_US))
        elif what == "begin" or node.due_us is None:
            node.die()
            node.begin()
        elif what == "die":
            node.die()
        else:
            node.end()
    for node in world.nodes:
        if node.due_us is None:
            node.begin()
    for _ in play(world, world.now_us + 600 * SECOND_US):
        pass
    assert len(world.writing()) == 1, "in the end one writes"


# --- single decisions


def sign(tracker: str, *, has_ended: bool = False, instead_of: tuple[str, ...] = ()) -> Sign:
    return Sign(tracker, Process("boot", "pid:[1]", 1, 0), 1, 1, 1, BEAT_US, has_ended, instead_of)


FREE, TORN = Slot(b""), Slot(b"torn")
OWN, SMALLER, LARGER = sign("b"), sign("a"), sign("c")


def seen(*slots: Slot, since_us: int = 0) -> tuple[Seen, ...]:
    return tuple(Seen(one, since_us) for one in slots)


@pytest.mark.parametrize(
    ("slots", "claimed_us", "at_us", "step"),
    [
        ((FREE, FREE), None, 0, "claim"),
        ((FREE, found(SMALLER)), None, 0, "wait"),
        ((FREE, found(LARGER)), None, 2 * BEAT_US - 1, "wait"),
        ((FREE, found(LARGER)), None, 2 * BEAT_US, "claim"),
        ((FREE, found(sign("c", has_ended=True))), None, 0, "claim"),
        ((FREE, found(LARGER)._replace(is_gone=True)), None, 0, "claim"),
        ((TORN, FREE), None, 0, "wait"),
        ((TORN, FREE), None, 2 * signs_of_life.UNKNOWN_HEARTBEAT_US, "claim"),
        ((found(OWN), FREE), 0, signs_of_life.SETTLE_US - 1, "settle"),
        ((found(OWN), FREE), 0, signs_of_life.SETTLE_US, "begin"),
        ((found(OWN), found(SMALLER)), 0, signs_of_life.SETTLE_US, "give way"),
        ((found(OWN), found(LARGER)), 0, signs_of_life.SETTLE_US, "claim"),
        ((found(LARGER), FREE), 0, signs_of_life.SETTLE_US, "claim"),
        ((found(OWN), TORN), 0, signs_of_life.SETTLE_US, "claim"),
    ],
)
def test_what_a_start_does(
    slots: tuple[Slot, ...], claimed_us: int | None, at_us: int, step: str
) -> None:
    assert signs_of_life.next_step(OWN, claimed_us, seen(*slots), at_us) == step


def test_a_sign_that_moves_is_never_over_however_slowly_it_is_looked_at() -> None:
    known = signs_of_life.look((), [found(LARGER)], 0)
    known = signs_of_life.look(known, [found(LARGER._replace(mono_us=2))], 100 * BEAT_US)
    assert not known[0].is_over(100 * BEAT_US)
    known = signs_of_life.look(known, [found(LARGER._replace(mono_us=2))], 102 * BEAT_US)
    assert known[0].is_over(102 * BEAT_US)


def test_one_that_was_replaced_gives_way_though_its_id_is_smaller() -> None:
    assert signs_of_life.gives_way(SMALLER, sign("b", instead_of=("a",)))
    assert not signs_of_life.gives_way(sign("b", instead_of=("a",)), SMALLER)
    assert signs_of_life.must_stop(
        SMALLER, seen(found(SMALLER), found(sign("b", instead_of=("a",)))), 0
    )
    assert not signs_of_life.must_stop(SMALLER, seen(found(SMALLER), found(OWN)), 0)


def test_a_new_sign_takes_the_slot_that_no_one_needs() -> None:
    for own in ("0", "1"):
        assert signs_of_life.slot_for(own, seen(found(OWN), FREE), 0) == 1
        assert signs_of_life.slot_for(own, seen(FREE, found(OWN)), 0) == 0
        assert signs_of_life.slot_for(own, seen(found(sign(own)), FREE), 0) == 0
        still = (Seen(found(OWN), 0), Seen(found(LARGER), 2 * BEAT_US))
        assert signs_of_life.slot_for(own, still, 2 * BEAT_US) == 0
    assert {signs_of_life.slot_for(own, seen(FREE, FREE), 0) for own in ("0", "1")} == {0, 1}


@pytest.mark.parametrize(
    ("boot", "last_seen_us", "expected"),
    [
        ("another", 15, 10),  # what that machine counted is not ours
        ("boot", 5, 10),  # nothing was counted since we began
        ("boot", 15, 20),  # the tracker that we waited for ran on this machine, and has counted it
        ("boot", 25, 10),  # a restored snapshot: its clock is ahead of ours
    ],
)
def test_no_time_is_counted_twice_by_one_that_waited(
    boot: str, last_seen_us: int, expected: int
) -> None:
    first, now = Reading(10, 10, 10, "boot", None), Reading(20, 20, 20, "boot", None)
    last = begin(
        "id", 1, Reading(0, last_seen_us, 0, boot, None), 2, age_us=0, running_us=0, not_before=0
    )
    assert signs_of_life.counted_from(last, first, now).mono_us == expected
    assert signs_of_life.counted_from(None, first, now) == first
