"""What a hub acknowledged is there exactly once for every tracker that syncs again, whatever was
killed or lost meanwhile; and without that where nothing but a crash happened.

The everyday run has few trackers; `proof/run hub` has CODESPACE_TRACKER_TEST_TRACKERS of them.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hub.postgres import Postgres, folder_of_server
from tests.hub.serving import Served
from tests.hub.simulated import Team
from tests.hub.stores import Played

TRACKERS = int(os.environ.get("CODESPACE_TRACKER_TEST_TRACKERS", "8"))
ROUNDS = int(os.environ.get("CODESPACE_TRACKER_TEST_ROUNDS", "3"))
HUB = "hub"


class Ground:
    """A hub on a primary with a replica, and the trackers of a team."""

    def __init__(self, folder: Path, above: Path, **settings: str) -> None:
        self._folder = folder
        self._above = above
        self.settings = settings
        self.primary = self._server("primary")
        self.primary.create()
        self.primary.start()
        self.primary.ask(f"CREATE DATABASE {HUB}")
        self.replica = self._server("replica")
        both = f"127.0.0.1:{self.primary.port},127.0.0.1:{self.replica.port}"
        self.url = f"postgresql://postgres@{both}/{HUB}?target_session_attrs=read-write"
        self.played = Played(self.url)
        self.played.now = time.time_ns() // 1000
        self.played.begin()
        self.web = Served(self.url, 0, "--rate", "0")
        self.web.start()
        self.team = Team(folder, self.played, TRACKERS, f"http://127.0.0.1:{self.web.port}")

    def _server(self, name: str) -> Postgres:
        place = self._above / name
        place.mkdir(mode=0o700)
        return Postgres(place)

    def follow(self) -> None:
        """Start the replica, and let it catch up."""
        self.replica.copy_of(self.primary)
        self.replica.start()
        for name, value in self.settings.items():
            self.primary.ask(f"ALTER SYSTEM SET {name} = '{value}'")
        self.primary.ask("SELECT pg_reload_conf()")
        self.wait_for("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'")

    def wait_for(self, sql: str) -> None:
        """Wait until a statement has rows on the primary."""
        until = time.monotonic() + 60
        while not self.primary.ask(sql):
            assert time.monotonic() < until, sql
            time.sleep(0.05)

    def fail_over(self) -> None:
        """The primary is gone for good, and the replica takes its place."""
        self.primary.kill()
        self.replica.promote()
        self.played.run(self.played.store.close())
        self.played = Played(self.url)

    def end(self) -> None:
        """End all that runs."""
        if self.web.process is not None and self.web.process.poll() is None:
            self.web.end(signal.SIGKILL)
        self.played.close()
        for server in (self.primary, self.replica):
            server.stop()


@pytest.fixture
def above() -> Iterator[Path]:
    with folder_of_server() as found:
        yield found


@pytest.fixture
def ground(tmp_path: Path, above: Path) -> Iterator[Ground]:
    found = Ground(tmp_path, above)
    yield found
    found.end()


@pytest.fixture
def copied(tmp_path: Path, above: Path) -> Iterator[Ground]:
    """A primary that waits for its replica at each commit."""
    found = Ground(tmp_path, above, synchronous_standby_names="*")
    found.follow()
    yield found
    found.end()


@pytest.mark.hub
def test_after_kills_of_the_hub_and_of_its_database_all_that_was_acknowledged_is_there(
    ground: Ground,
) -> None:
    chance, stop, kills = random.Random(7), threading.Event(), [0, 0]

    def kill() -> None:
        then = 0
        while not stop.wait(0.01):
            if ground.team.pushes < then + chance.randint(2, TRACKERS):
                continue
            then = ground.team.pushes
            if sum(kills) % 3:
                ground.web.end(signal.SIGKILL)
                ground.web.start()
                kills[0] += 1
            else:
                ground.primary.kill()
                ground.primary.start()
                kills[1] += 1

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        ground.team.live_and_sync(2 * ROUNDS)
        while min(kills) == 0 and killer.is_alive():  # where a start takes as long as all of that
            ground.team.live_and_sync(1)
    finally:
        stop.set()
        killer.join()
    assert min(kills) > 0
    assert ground.team.check_acknowledged(ground.played) > 0
    ground.team.end_and_sync()
    assert ground.team.check_exact(ground.played) >= TRACKERS


@pytest.mark.hub
def test_after_a_failover_to_a_replica_that_lagged_one_sync_brings_all_back(
    ground: Ground,
) -> None:
    ground.follow()
    ground.team.live_and_sync(ROUNDS)
    ground.wait_for("SELECT 1 FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()")
    ground.replica.ask("ALTER SYSTEM SET primary_conninfo = ''")
    ground.replica.ask("SELECT pg_reload_conf()")
    ground.wait_for("SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_replication)")
    ground.team.live_and_sync(ROUNDS)
    ground.fail_over()
    with pytest.raises(AssertionError):
        ground.team.check_acknowledged(ground.played)  # or the replica did not lag
    ground.team.end_and_sync()
    assert ground.team.check_exact(ground.played) >= TRACKERS
    cut_back = ground.played.rows("SELECT count(*) FROM stream WHERE cut_back_at > 0")
    assert cut_back == [(TRACKERS,)]


@pytest.mark.hub
def test_with_a_synchronous_replica_a_failover_loses_nothing_for_those_that_never_sync_again(
    copied: Ground,
) -> None:

    def fail_over() -> None:
        while copied.team.pushes < TRACKERS:
            time.sleep(0.01)
        copied.fail_over()

    ending = threading.Thread(target=fail_over)
    ending.start()
    copied.team.live_and_sync(2 * ROUNDS)
    ending.join()
    assert copied.team.check_acknowledged(copied.played) > 0
    copied.team.end_and_sync()
    assert copied.team.check_exact(copied.played) >= TRACKERS
    assert copied.played.rows("SELECT count(*) FROM stream WHERE cut_back_at > 0") == [(0,)]


@pytest.mark.hub
def test_a_commit_whose_copy_was_given_up_is_not_acknowledged(copied: Ground) -> None:
    copied.replica.stop()
    one = copied.team.trackers[0]
    one.live()
    answers: list[bool] = []
    asking = threading.Thread(target=lambda: answers.append(one.sync()))
    asking.start()
    until = time.monotonic() + 60
    while asking.is_alive() and time.monotonic() < until:
        copied.primary.ask(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        )
        time.sleep(0.1)
    asking.join(60)
    assert answers == [False]
    assert one.acknowledged == {}


@pytest.mark.hub
def test_after_a_restore_of_an_older_backup_one_sync_brings_all_back(ground: Ground) -> None:
    ground.team.live_and_sync(ROUNDS)
    ground.replica.copy_of(ground.primary)
    (ground.replica.data / "standby.signal").unlink()
    ground.team.live_and_sync(ROUNDS)
    ground.primary.kill()
    ground.replica.start()
    ground.played.run(ground.played.store.close())
    ground.team.end_and_sync()
    assert ground.team.check_exact(ground.played) >= TRACKERS
    [(cut_back,)] = ground.played.rows("SELECT count(*) FROM stream WHERE cut_back_at > 0")
    assert cut_back == TRACKERS


def test_on_sqlite_after_kills_and_a_restore_one_sync_brings_all_back(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    played = Played(f"sqlite:///{path}")
    played.now = time.time_ns() // 1000
    played.begin()
    web = Served(played.url, 0, "--rate", "0")
    web.start()
    team = Team(tmp_path, played, TRACKERS, f"http://127.0.0.1:{web.port}")
    team.live_and_sync(1)
    with sqlite3.connect(path) as source, sqlite3.connect(tmp_path / "backup") as copy:
        source.backup(copy)

    def kill() -> None:
        web.end(signal.SIGKILL)
        web.start()

    ending = threading.Timer(0.2, kill)
    ending.start()
    team.live_and_sync(ROUNDS)
    ending.join()
    assert team.check_acknowledged(played) > 0
    web.end(signal.SIGKILL)
    played.run(played.store.close())
    for end in ("", "-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup", path)
    web.start()
    team.end_and_sync()
    assert team.check_exact(played) >= TRACKERS
    assert web.end() == 0
    played.close()
