"""Codespaces that meet through everything that goes wrong: at the end all know the same fleet,
which is what an oracle knows that saw each machine run. No crash gives a tracker a new identity."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.codespaces import Codespace, bare_repository, branches
from tests.examples import USUAL

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.core.session import Ending
from codespace_tracker.sync import git as git_program

NOW = parse_iso("2026-11-10T00:00:00Z")
CODESPACES = 4
ROUNDS = USUAL * 2


class Died(BaseException):
    """The process was ended."""


class World:
    """Codespaces, what truly ran, and what happens to them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.place = bare_repository(folder)
        self.now = NOW
        self.all = [Codespace(folder, f"space-{n}", NOW) for n in range(CODESPACES)]
        self.ran: dict[str, dict[str, int]] = {one.tracker.codespace_name: {} for one in self.all}
        self.open: dict[str, tuple[str, int]] = {}
        self.ids: dict[str, str] = {}
        self.crashes = 0
        self.restored: set[str] = set()
        for one in self.all:
            one.join(self.place)
            self.ids[one.tracker.codespace_name] = one.stream_id

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
        ]
        weights, calls = zip(*acts, strict=True)
        for _ in range(rounds):
            [act] = self.chance.choices(calls, weights)
            act(self.chance.choice(self.all))

    def works(self, one: Codespace, ending: Ending | None = None) -> None:
        """A session begins, or goes on and may end; a clean one may be reopened."""
        name = one.tracker.codespace_name
        self.now += 2 * HOUR_US
        ran_us = self.chance.randint(1, 90) * MINUTE_US
        session, start = self.open.pop(name, ("", self.now))
        before = self.ran[name].get(session, 0)
        if before + ran_us > self.now - start:
            ran_us = max(0, self.now - start - before)
        ends = ending or self.chance.choice([None, None, "clean", "recovered"])
        session = one.ran(start, before + ran_us, 2, ends, session=session)
        self.ran[name][session] = before + ran_us
        if ends is None or (ends == "clean" and self.chance.random() < 0.3):
            self.open[name] = (session, start)

    def syncs(self, one: Codespace) -> None:
        one.at = self.now + HOUR_US
        done = one.sync()
        assert done.problem == ""
        assert not done.second_writer
        assert done.aside == {}

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
        if one.stream_id in self.restored:
            return
        name = f"refs/heads/codespace-tracker/{one.stream_id}"
        subprocess.run(["git", "--git-dir", self.place, "update-ref", "-d", name], check=True)

    def is_restored(self, one: Codespace) -> None:
        """Its ledger is put back as it was before what it told since."""
        self.restored.add(one.stream_id)
        backup = self.folder / "backup.db"
        backup.unlink(missing_ok=True)
        with one.ledger() as ledger:
            ledger.connection.execute(f"VACUUM INTO '{backup}'")
        self.works(one, "clean")
        self.open.pop(one.tracker.codespace_name, None)
        self.syncs(one)
        for end in ("-wal", "-shm"):
            Path(f"{one.directory}/ledger.db{end}").unlink(missing_ok=True)
        shutil.copy(backup, f"{one.directory}/ledger.db")

    def loses_files(self, one: Codespace) -> None:
        """What can be made again is lost."""
        shutil.rmtree(os.path.join(one.directory, "meeting.git"), ignore_errors=True)
        for name in ("fleet.db", "fleet.db-wal", "fleet.db-shm"):
            Path(one.directory, name).unlink(missing_ok=True)

    def ends(self) -> None:
        """All sessions end, and all sync."""
        for one in self.all:
            self.works(one, "clean")
        for _ in range(2):
            for one in self.all:
                self.syncs(one)


@pytest.mark.parametrize("seed", range(2))
def test_all_know_the_same_fleet_at_the_end(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path, seed)
    world.run(ROUNDS)
    world.ends()
    assert world.crashes > 5
    assert set(branches(world.place)) == set(world.ids.values())
    truth = {name: 2 * sum(ran.values()) for name, ran in world.ran.items()}
    for one in world.all:
        assert one.stream_id == world.ids[one.tracker.codespace_name]
        assert {name: one.core_us(name) for name in truth} == truth
