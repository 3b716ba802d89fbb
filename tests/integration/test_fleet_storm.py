"""Codespaces that meet through everything that goes wrong: at the end all know the same fleet,
which is what an oracle knows that saw each machine run. No crash gives a tracker a new identity."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.codespaces import Codespace, bare_repository, branches
from tests.examples import USUAL
from tests.integration.git_server import PASSWORD, git_server

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.core.session import ClosedSpan, Ending, Session, Span
from codespace_tracker.core.stream import union
from codespace_tracker.sync import git as git_program
from codespace_tracker.sync import state
from codespace_tracker.sync.credentials import VARIABLE

NOW = parse_iso("2026-11-10T00:00:00Z")
CODESPACES = 4
ROUNDS = USUAL
STORMS = [("file", 0), ("http", 2), ("file", 1)]
MOST_COPIES = 3


class Died(BaseException):
    """The process was ended."""


class Ran(NamedTuple):
    """A session as its machine truly ran it: when it began, for how long, and whether it is
    open, or may be reopened."""

    start: int
    running_us: int
    is_open: bool


class Place(NamedTuple):
    """A meeting place: its folder, its address, and the variables that it takes."""

    path: str
    url: str
    variables: dict[str, str]


class World:
    """Codespaces, what truly ran, and what happens to them."""

    def __init__(self, folder: Path, place: Place, seed: int) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.place = place
        self.now = NOW
        self.all: list[Codespace] = []
        self.ran: dict[str, dict[str, Ran]] = {}
        """By a codespace's directory: its sessions, with the newest last."""
        self.ids: dict[str, str] = {}
        self.doubles: dict[str, str] = {}
        """Directories that were copied within one codespace: original and copy."""
        self.crashes = self.copies = self.imports = 0
        self.restored: set[str] = set()
        for n in range(CODESPACES):
            one = Codespace(folder, f"space-{n}", NOW)
            one.environ |= place.variables
            one.join(place.url)
            self._add(one)

    def _add(self, one: Codespace) -> None:
        self.all.append(one)
        self.ran[one.directory] = {}
        self.ids[one.directory] = one.stream_id

    def run(self, rounds: int) -> None:
        """Let that many things happen."""
        acts: list[tuple[int, Callable[[Codespace], None]]] = [
            (6, self.works),
            (6, self.syncs),
            (4, self.crashes_within_a_sync),
            (2, self.is_killed_within_a_sync),
            (1, self.loses_its_branch),
            (1, self.is_restored),
            (1, self.loses_files),
            (1, self.is_copied),
            (1, self.imports_from_another),
        ]
        weights, calls = zip(*acts, strict=True)
        for _ in range(rounds):
            [act] = self.chance.choices(calls, weights)
            act(self.chance.choice(self.all))

    def works(self, one: Codespace, ending: Ending | None = None) -> None:
        """A session begins, or goes on and may end; a clean one may be reopened."""
        self.now += 2 * HOUR_US
        ran_us = self.chance.randint(1, 90) * MINUTE_US
        sessions = self.ran[one.directory]
        session, known = next(reversed(sessions.items()), ("", Ran(0, 0, is_open=False)))
        if not known.is_open:
            session, known = "", Ran(self.now, 0, is_open=False)
        ran_us = min(known.running_us + ran_us, self.now + ran_us - known.start)
        ends = ending or self.chance.choice([None, None, "clean", "recovered"])
        session = one.ran(known.start, ran_us, 2, ends, session=session)
        goes_on = ends is None or (ends == "clean" and self.chance.random() < 0.3)
        sessions[session] = Ran(known.start, ran_us, goes_on)
        self.now = max(self.now, known.start + ran_us)

    def syncs(self, one: Codespace) -> None:
        one.at = self.now + HOUR_US
        done = one.sync()
        assert done.problem == ""
        assert not done.second_writer or one.directory in self._copied_within()
        assert done.aside == {}

    def _copied_within(self) -> set[str]:
        return {*self.doubles, *self.doubles.values()}

    def crashes_within_a_sync(self, one: Codespace) -> None:
        """It is ended before or after one of the calls of git."""
        run, left = git_program.Git.run, self.chance.randint(0, 9)
        after = self.chance.random() < 0.5

        def dies(self_: git_program.Git, *words: str, **more: object) -> bytes:
            nonlocal left
            left -= 1
            if left < 0 and not after:
                raise Died
            answer = run(self_, *words, **more)  # type: ignore[arg-type]
            if left < 0:
                raise Died
            return answer

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(git_program.Git, "run", dies)
            try:
                self.syncs(one)
            except Died:
                self.crashes += 1

    def is_killed_within_a_sync(self, one: Codespace) -> None:
        """kill -9 at any moment. What it started goes on."""
        one.at = self.now + HOUR_US
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                one.sync()
            os._exit(0)
        time.sleep(self.chance.random() * 0.2)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.crashes += 1

    def loses_its_branch(self, one: Codespace) -> None:
        """Someone deletes it, unless nothing else may have what a restored ledger has lost."""
        if one.directory in self.restored or one.directory in self._copied_within():
            return
        name = f"refs/heads/codespace-tracker/{one.stream_id}"
        subprocess.run(["git", "--git-dir", self.place.path, "update-ref", "-d", name], check=True)

    def is_restored(self, one: Codespace) -> None:
        """Its ledger is put back as it was before what it told since."""
        self.restored.add(one.directory)
        backup = self.folder / "backup.db"
        backup.unlink(missing_ok=True)
        with one.ledger() as ledger:
            ledger.connection.execute(f"VACUUM INTO '{backup}'")
        self.works(one, "clean")
        self._end(one)
        self.syncs(one)
        for end in ("-wal", "-shm"):
            Path(f"{one.directory}/ledger.db{end}").unlink(missing_ok=True)
        shutil.copy(backup, f"{one.directory}/ledger.db")

    def _end(self, one: Codespace) -> None:
        """Its newest session is not reopened."""
        session, known = next(reversed(self.ran[one.directory].items()))
        self.ran[one.directory][session] = known._replace(is_open=False)

    def loses_files(self, one: Codespace) -> None:
        """What can be made again is lost, unless nothing else has what a restored ledger lost."""
        shutil.rmtree(os.path.join(one.directory, "meeting.git"), ignore_errors=True)
        for name in ("fleet.db", "fleet.db-wal", "fleet.db-shm"):
            Path(one.directory, name).unlink(missing_ok=True)

    def is_copied(self, one: Codespace) -> None:
        """The directory is copied, within the codespace or into another one, where the tracker sees
        that it is a copy. A session may be open."""
        if self.copies == MOST_COPIES or one.directory in (self._copied_within() | self.restored):
            return
        self.copies += 1
        is_within = self.chance.random() < 0.5
        name = f"copy-{self.copies}"
        copy = one.copied(self.folder / name)
        self.all.append(copy)
        self.ids[copy.directory] = one.stream_id
        if is_within:
            self.ran[copy.directory] = dict(self.ran[one.directory])
            self.doubles[one.directory] = copy.directory
            return
        self.ran[copy.directory] = {}
        copy.tracker = copy.tracker._replace(
            tracker_id=str(uuid.UUID(int=self.chance.getrandbits(128), version=4)),
            codespace_name=name,
        )
        with copy.ledger() as ledger, ledger.transaction():
            ledger.put_tracker(copy.tracker)
        self.ids[copy.directory] = copy.tracker.tracker_id

    def imports_from_another(self, one: Codespace) -> None:
        """What another one has counted so far is imported, without what is open."""
        other = self.chance.choice(self.all)
        if other.tracker.codespace_name == one.tracker.codespace_name:
            return
        self.imports += 1
        with one.ledger() as ledger, ledger.transaction():
            number = min(ledger.first_number(), 1)
            for session, ran in self.ran[other.directory].items():
                if ran.is_open or ledger.value(
                    "SELECT 1 FROM session WHERE session_id = ?", session
                ):
                    continue
                number -= 1
                end = ran.start + ran.running_us
                us = ran.running_us
                span = Span(1, ran.start, 0, 2)
                row = Session(
                    *(session, number, "boot", None, ran.start, end, us, us, us), span, "clean", end
                )
                ledger.add_session(row, other.tracker.tracker_id, "")
                ledger.close_span(number, ClosedSpan(1, ran.start, 0, 2, us))

    def ends(self) -> None:
        """All sessions end, all are accepted everywhere, and all sync."""
        for one in self.all:
            self.works(one, "clean")
        for _ in range(3):
            for one in self.all:
                self.syncs(one)
                ids = tuple(sorted({each.stream_id for each in self.all} - {one.stream_id}))
                state.keep(one.directory, one.remembered._replace(accepted=ids))
        for one in self.all:
            self.syncs(one)

    def truth(self) -> dict[str, int]:
        """The core-time of each codespace, by what its machines ran: time in which two claim to be
        it counts once."""
        spans: dict[str, list[tuple[int, int, int]]] = {}
        for one in self.all:
            found = spans.setdefault(one.tracker.codespace_name, [])
            found += [(ran.start, ran.running_us, 2) for ran in self.ran[one.directory].values()]
        return {name: 2 * sum(b - a for a, b in union(of)) for name, of in spans.items()}


@contextlib.contextmanager
def meeting_place(way: str, folder: Path) -> Iterator[Place]:
    """A repository, reached by a folder, or by http with a password."""
    path = bare_repository(folder, "hours.git")
    if way == "file":
        yield Place(path, path, {})
        return
    subprocess.run(["git", "--git-dir", path, "config", "http.receivepack", "true"], check=True)
    with git_server(folder) as server:
        yield Place(path, f"{server.url}/hours.git", {VARIABLE: PASSWORD, "HOME": str(folder)})


@pytest.mark.parametrize(("way", "seed"), STORMS if ROUNDS > 50 else STORMS[:2])
def test_all_know_the_same_fleet_at_the_end(tmp_path: Path, way: str, seed: int) -> None:
    with meeting_place(way, tmp_path) as place:
        world = World(tmp_path, place, seed)
        world.run(ROUNDS)
        world.ends()
        assert world.crashes > 5
        assert world.copies
        assert world.imports
        truth = world.truth()
        for one in world.all:
            assert {name: one.core_us(name) for name in truth} == truth
        changed = {one.directory for one in world.all if one.stream_id != world.ids[one.directory]}
        assert changed <= world._copied_within()
        for original, copy in world.doubles.items():
            assert len(changed & {original, copy}) == 1
        assert set(branches(place.path)) == {one.stream_id for one in world.all}
