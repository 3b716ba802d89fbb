"""Codespaces that meet, and everything that goes wrong between them; and an oracle that knows how
long each machine was truly on.

Each tracker is the real daemon loop on a simulated machine; its syncs are processes, git and the
servers are real.
"""

import contextlib
import random
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.codespaces import ME, branches, push_to
from tests.integration.sync_process import Death, SyncProcess, sync
from tests.integration.ways import Loss, Way
from tests.simulation import savings
from tests.simulation.machine import START_US, SimulatedMachine
from tests.simulation.world import begun, live

from codespace_tracker.cli import import_source, sync_exchange
from codespace_tracker.cli.import_quietly import Quietly
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Reading
from codespace_tracker.daemon.loop import Daemon
from codespace_tracker.ledger import imported
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.fleet import Fleet
from codespace_tracker.ledger.imported import ForeignSession
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.environment import Environment
from codespace_tracker.machine.lock import Holder
from codespace_tracker.sync import state
from codespace_tracker.sync.address import address
from codespace_tracker.sync.exchange import Outcome
from codespace_tracker.views.scene import configuration_in_force

BEAT_US = 60 * SECOND_US
"""From one heartbeat of a tracker to the next."""
_BOOT_US = SECOND_US
_HOSTILE = "11111111-1111-4111-8111-111111111111"


def serve_writers(repository: str) -> None:
    """Let a repository be written over HTTP; its gc is over when a push is."""
    for words in (("http.receivepack", "true"), ("gc.autoDetach", "false")):
        subprocess.run(["git", "--git-dir", repository, "config", *words], check=True)


class Place(NamedTuple):
    """How a tracker reaches the repository: its address, variables for it, and the way there, where
    it can be lost."""

    url: str
    environ: Mapping[str, str]
    way: Way | None = None


@dataclass
class Life:
    """A machine was on: from when, until when (UTC µs; None: it still is), and how much of it a
    tracker may miss (µs)."""

    since: int
    until: int | None = None
    unseen_us: int = 0


@dataclass
class Space:
    """A tracker on a machine of its own."""

    name: str
    directory: Path
    place: Place
    machine: SimulatedMachine
    wall_error: int = 0
    daemon: Daemon | None = None
    lives: list[Life] = field(default_factory=list)
    earlier_us: int = 0
    """What it ran before it had a tracker, as the original tool recorded it."""
    stream_id: str = ""
    root: str = ""
    """What its figures are known by. A copy without a name of its own has those of the original: it
    has the same identity until one of the two parts."""
    shares_identity: bool = False
    is_restored: bool = False
    is_retired: bool = False
    backup: Path | None = None

    @property
    def is_on(self) -> bool:
        """Whether its machine is on."""
        return bool(self.lives) and self.lives[-1].until is None

    def most_us(self) -> int:
        """How long it truly ran, in core-µs."""
        ran = sum(life.until - life.since for life in self.lives if life.until is not None)
        return (ran + self.earlier_us) * self.machine.cpus

    def unseen_us(self) -> int:
        """How much of that no one may have seen, in core-µs."""
        return sum(life.unseen_us for life in self.lives) * self.machine.cpus


class World:
    """Trackers that meet in one repository. `now` is what a clock that is right says (UTC µs)."""

    def __init__(
        self, folder: Path, repository: str, places: Sequence[Place], seed: int, at_once: int = 3
    ) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.repository = repository
        self.places = places
        self.now = START_US
        self.spaces: list[Space] = []
        self.at_once = at_once
        self.done: dict[str, int] = {}
        self.boots = 0
        self.copies = 0
        self.roots: dict[str, str] = {}
        """Whose each stream is that ever was."""
        push_to(repository, _HOSTILE, {"header.json": b"{", "2026-09.jsonl": b"\x93" * 5000})
        for n in range(len(places)):
            self._new(n)

    # --- machines

    def _new(self, n: int, *, copy_of: Space | None = None) -> Space:
        is_container = n % 7 == 6 if copy_of is None else not copy_of.machine.seen.name
        name = f"space-{len(self.spaces)}"
        machine = SimulatedMachine()
        kind = "container" if is_container else "codespaces"
        repository = "" if is_container else f"{ME}/{name}"
        machine.seen = Environment(kind, "" if is_container else name, ME, repository, False)
        machine.cpus = self.chance.choice((2, 4, 8))
        wall_error = self.chance.randint(-2, 2) * MINUTE_US
        space = Space(name, self.folder / name, self.places[n], machine, wall_error, root=name)
        self.spaces.append(space)
        if copy_of is not None:
            self.copies += 1
            shutil.copytree(copy_of.directory, space.directory)
            if is_container:
                space.root, machine.cpus = copy_of.root, copy_of.machine.cpus
                space.shares_identity = copy_of.shares_identity = True
            self._boot(space)
            space.lives[0].unseen_us = _BOOT_US  # the original was seen after that began
            self.one_syncs(space)
            return space
        space.directory.mkdir(mode=0o700)
        (space.directory / "config.toml").write_text("heartbeat_seconds = 60\n")
        self._boot(space)
        fresh = sync_exchange.fresh(str(space.directory), address(space.place.url).url)
        state.keep(str(space.directory), fresh)
        space.stream_id = fresh.stream_id
        self.roots[space.stream_id] = space.root
        return space

    def _boot(self, space: Space) -> None:
        self.boots += 1
        space.machine.boot_anew(f"boot-{self.boots}", 0)
        since = self.now + space.wall_error
        space.machine.now = Reading(since + _BOOT_US, _BOOT_US, _BOOT_US, f"boot-{self.boots}", 0)
        space.lives.append(Life(self.now))
        self._begin(space)

    def _begin(self, space: Space) -> None:
        space.daemon = begun(space.directory, space.machine)

    def _catch_up(self, space: Space) -> None:
        """Let its machine go on to now."""
        behind = self.now + space.wall_error - space.machine.now.wall_us
        if not space.is_on or behind <= 0:
            return
        if space.daemon is None:
            space.machine.run(behind)
        else:
            live(space.daemon, space.machine, behind)

    def _dies(self, space: Space) -> None:
        if space.daemon is not None:
            space.daemon.ledger.connection.close()
            space.daemon = None
        space.machine.cut_off_scripts()

    def _ends(self, space: Space) -> None:
        assert space.daemon is not None
        space.daemon.step(signal.SIGTERM)
        self._dies(space)

    def _rests(self, space: Space) -> None:
        """It is off, and its sessions have an end. One that was cut off is started again for that:
        before, up to half an hour of it is told to no one."""
        if not space.is_on:
            self._boot(space)
        self._ends(space)
        self._off(space, 0)

    def _off(self, space: Space, unseen_us: int) -> None:
        space.lives[-1].until = space.machine.now.wall_us - space.wall_error
        space.lives[-1].unseen_us += unseen_us

    # --- what happens: to a machine and its tracker

    def switched_on_or_off(self, space: Space) -> None:
        """A session begins, or ends cleanly."""
        if not space.is_on:
            self._boot(space)
        else:
            self._ends(space)
            self._off(space, 0)

    def loses_power(self, space: Space) -> None:
        """No one writes an end; the next start recovers the session."""
        if space.is_on:
            self._dies(space)
            self._off(space, BEAT_US + SECOND_US)

    def tracker_dies(self, space: Space) -> None:
        """Only the tracker, which comes back into the same session."""
        if space.is_on:
            self._dies(space)
            space.machine.run(self.chance.randint(1, 300) * SECOND_US)
            self._begin(space)

    def reopens(self, space: Space) -> None:
        """A session that ended cleanly goes on."""
        if space.is_on:
            self._ends(space)
            space.machine.run(self.chance.randint(1, 300) * SECOND_US)
            self._begin(space)

    def is_rebuilt(self, space: Space) -> None:
        """Its container is another one, within minutes."""
        if space.is_on and space.machine.seen.name:
            self._dies(space)
            space.machine.run(self.chance.randint(5, 400) * SECOND_US)
            space.machine.now = space.machine.now._replace(pid1_start_us=space.machine.now.boot_us)
            self._begin(space)

    # --- to what is kept

    def is_copied(self, space: Space) -> None:
        """Its directory is copied while a session is open, to another machine."""
        if self.copies < 4 and space.is_on and self.spaces.index(space) < len(self.places):
            self._new(self.spaces.index(space), copy_of=space)
            self._count("copies")

    def is_backed_up(self, space: Space) -> None:
        """Its ledger is copied, to be put back some time."""
        space.backup = self.folder / f"{space.name}.backup"
        space.backup.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(space.directory / NAME)) as ledger:
            ledger.execute(f"VACUUM INTO '{space.backup}'")

    def is_restored(self, space: Space) -> None:
        """Its ledger is put back, once all that it counted was told: of a session that has no end,
        up to half an hour is not."""
        if space.backup is None:
            return
        self._rests(space)
        if self.one_syncs(space).problem:
            return
        for end in ("-wal", "-shm"):
            Path(f"{space.directory / NAME}{end}").unlink(missing_ok=True)
        shutil.copy(space.backup, space.directory / NAME)
        space.is_restored, space.backup = True, None
        self._count("ledgers restored")

    def imports(self, space: Space) -> None:
        """It imports what another tracker counted, or what the original tool did."""
        other = self.chance.choice(self.spaces)
        wall_us = space.machine.now.wall_us
        if other is space or self.chance.random() < 0.3:
            if space.shares_identity or space.earlier_us:
                return
            ran_us = self.chance.randint(1, 200) * MINUTE_US
            day = START_US - (len(self.spaces) * 20 + self.spaces.index(space)) * DAY_US
            space.earlier_us = ran_us
            sessions = [ForeignSession(f"original {space.name}", day, ran_us, recovered=False)]
            ids = frozenset[str]()
        else:
            found = import_source.read(str(other.directory), wall_us)
            sessions, ids = found.sessions, found.ids
        with Ledger.open_to_change(str(space.directory / NAME)) as ledger:
            holder = None if space.daemon is None else Holder(1, "", is_up=True)
            configuration = configuration_in_force(ledger)[0]
            into = Quietly(ledger, configuration, holder, space.machine.cpus, ids)
            into.put(list(reversed(sessions)), space.machine.reading)
            with ledger.transaction():
                imported.put_in_order(ledger)
        if space.daemon is not None:
            space.daemon.step(signal.SIGHUP)
        self._count("imports")

    def loses_files(self, space: Space) -> None:
        """What can be made again is lost."""
        names = [("meeting.git",), ("fleet.db", "fleet.db-wal", "fleet.db-shm")]
        for name in (name for lost in self.chance.sample(names, 1) for name in lost):
            path = space.directory / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def is_set_up_anew(self, space: Space) -> None:
        """What it remembers of the place is lost, and `sync setup` is run again."""
        if not space.shares_identity and not space.is_restored:
            fresh = sync_exchange.fresh(str(space.directory), address(space.place.url).url)
            state.keep(str(space.directory), fresh)

    def loses_its_branch(self, space: Space) -> None:
        """Someone deletes it, unless it alone has what the ledger has lost."""
        if not space.is_restored and not space.shares_identity:
            name = f"refs/heads/codespace-tracker/{space.stream_id}"
            words = ("git", "--git-dir", self.repository, "update-ref", "-d", name)
            subprocess.run(words, check=True)
            self._count("branches deleted")

    def accepts(self, space: Space) -> None:
        """Some others count here from now on."""
        known = state.load(str(space.directory))
        assert known is not None
        others = self.chance.sample(self.spaces, min(5, len(self.spaces)))
        some = {one.stream_id for one in others if one is not space}
        state.keep(str(space.directory), known._replace(accepted=(*known.accepted, *some)))

    # --- syncs

    def one_syncs(self, space: Space) -> Outcome:
        """A sync to which nothing happens."""
        self._catch_up(space)
        done = sync(str(space.directory), space.place.environ, self._wall(space))
        self._is_right(space, done)
        self._know_id(space)
        return done

    def tries(self, space: Space) -> str:
        """What a sync says that may fail."""
        self._catch_up(space)
        return sync(str(space.directory), space.place.environ, self._wall(space)).problem

    def some_sync(self) -> None:
        """A few at once, to each of which something may happen."""
        these = self.chance.sample(self._present(), self.at_once)
        started, lost = [], list[Way]()
        for space in these:
            self._catch_up(space)
            fate = self.chance.choices(("", "lost", "killed", "dies"), (68, 12, 10, 10))[0]
            death = None
            if fate == "dies":
                death = Death(self.chance.randint(0, 12), self.chance.random() < 0.5)
            if fate == "lost" and space.place.way is not None:
                space.place.way.loss = self._loss()
                lost.append(space.place.way)
            where = (str(space.directory), space.place.environ, self._wall(space))
            started.append((space, fate, SyncProcess(*where, death)))
        for space, fate, process in started:
            if fate == "killed":
                process.kill(self.chance.random() * 0.4)
            done = process.outcome()
            if space.place.way is not None:
                space.place.way.loss = None
            if done is None:
                self._count("syncs killed")
            elif space.place.way in lost and done.problem:  # a copy goes the way of its original
                self._count("networks lost")
            else:
                self._is_right(space, done)
            self._know_id(space)
            self._count("syncs")

    def _loss(self) -> Loss:
        most = int(10 ** (self.chance.random() * 4))
        if self.chance.random() < 0.5:
            return Loss(self.chance.randint(0, 2), up=most)
        return Loss(self.chance.randint(0, 2), down=most)

    def _wall(self, space: Space) -> int:
        return max(self.now + space.wall_error, space.machine.now.wall_us)

    def _is_right(self, space: Space, done: Outcome) -> None:
        may_part = space.shares_identity
        assert done.problem == "" or (may_part and "another tracker" in done.problem), done
        assert not done.second_writer or may_part, space
        assert set(done.aside) <= {_HOSTILE}, done.aside

    def _know_id(self, space: Space) -> None:
        known = state.load(str(space.directory))
        assert known is not None
        if space.stream_id and not space.shares_identity:
            assert known.stream_id == space.stream_id, "an identity of its own for ever"
        space.stream_id = known.stream_id
        self.roots.setdefault(space.stream_id, space.root)

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1

    def _present(self) -> list[Space]:
        return [one for one in self.spaces if not one.is_retired]

    # --- rounds

    def run(self, rounds: int) -> None:
        """Let that many rounds pass: time, something that happens, and a few syncs."""
        acts: list[tuple[int, Callable[[Space], None]]] = [
            (8, self.switched_on_or_off),
            (3, self.loses_power),
            (3, self.tracker_dies),
            (3, self.reopens),
            (2, self.is_rebuilt),
            (2, self.is_copied),
            (2, self.is_backed_up),
            (2, self.is_restored),
            (2, self.imports),
            (2, self.loses_files),
            (1, self.is_set_up_anew),
            (2, self.loses_its_branch),
            (2, self.accepts),
        ]
        weights, calls = zip(*acts, strict=True)
        with savings.shared(), savings.seldom_drawn():
            for n in range(rounds):
                self.now += self.chance.randint(5, 40) * MINUTE_US
                for act in self.chance.choices(calls, weights, k=2):
                    space = self.chance.choice(self._present())
                    self._catch_up(space)
                    act(space)
                    self.now = max(
                        self.now, space.machine.now.wall_us - space.wall_error + SECOND_US
                    )
                self.some_sync()
                if n == rounds // 2:
                    self._retire()
            self._end()

    def _retire(self) -> None:
        """A codespace is deleted: it has told all, and never comes back."""
        space = self.chance.choice([one for one in self.spaces if not one.shares_identity])
        self._catch_up(space)
        self._rests(space)
        self.one_syncs(space)
        space.is_retired = True

    def _end(self) -> None:
        """Everything ends cleanly, and all sync until nothing is new."""
        for space in self._present():
            self._catch_up(space)
            self._rests(space)
        self.now += HOUR_US
        for space in self._present():
            known = state.load(str(space.directory))
            assert known is not None
            every = tuple(one for one in self.roots if one != known.stream_id)
            state.keep(str(space.directory), known._replace(accepted=every))
        for _ in range(3):
            for space in self._present():
                self.one_syncs(space)
        for space in self._present():
            assert self.one_syncs(space)[:2] == (False, ()), "nothing is new at the end"
        self._late_one_joins()

    def _late_one_joins(self) -> None:
        """A new codespace has all that it knows from the place."""
        late = self._new(0)
        known = state.load(str(late.directory))
        assert known is not None
        self._ends(late)
        self._off(late, 0)
        every = tuple(one for one in self.roots if one != known.stream_id)
        state.keep(str(late.directory), known._replace(accepted=every))
        for space in (late, *self._present()):
            self.one_syncs(space)

    # --- what all know

    def check(self) -> None:
        """All know the same fleet, and it is what the oracle knows. AssertionError if not."""
        there = {*branches(self.repository)} - {_HOSTILE}
        assert {one.stream_id for one in self.spaces} <= there <= self.roots.keys()
        first = self.known_by(self._present()[0])
        for space in self._present():
            known = self.known_by(space)
            roots = sorted({*known, *first})
            differs = {one: (known.get(one), first.get(one)) for one in roots}
            differs = {one: two for one, two in differs.items() if two[0] != two[1]}
            assert not differs, (space.name, self._present()[0].name, differs)
        for root in {one.root for one in self.spaces}:
            these = [one for one in self.spaces if one.root == root]
            most = sum(one.most_us() for one in these)
            least = most - sum(one.unseen_us() for one in these)
            assert least <= first.get(root, 0) <= most, (root, least, first.get(root), most)

    def known_by(self, space: Space) -> dict[str, int]:
        """The core-time (core-µs) of each codespace that a tracker knows, its own with it."""
        with Fleet.open(str(space.directory)) as fleet:
            roots = {one.n: self.roots[one.stream_id] for one in fleet.streams() if one.seen_at}
            rows = fleet.connection.execute("SELECT stream, sum(core_us) FROM day GROUP BY 1")
            found: dict[str, int] = {}
            for stream, core_us in rows.fetchall():
                found[roots[stream]] = found.get(roots[stream], 0) + core_us
        return {root: core_us for root, core_us in found.items() if core_us}
