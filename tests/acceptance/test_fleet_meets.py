"""Twenty trackers meet in one repository, half of them over HTTP and half over ssh, through
everything that goes wrong. At the end all know the same fleet, which is what an oracle knows that
saw each machine run; and so does one that joins then.

`CODESPACE_TRACKER_TEST_FLEET` is the number of rounds, in each of which time passes, two things
happen to machines or files, and three trackers sync at once (`proof/run fleet`: 1,000)."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.codespaces import bare_repository
from tests.integration.fleet_world import Place, World, serve_writers
from tests.integration.git_server import PASSWORD, git_server
from tests.integration.ssh_server import SshServer, ssh_server
from tests.integration.ways import Loss, ways
from tests.simulation.world import folder_in_memory

from codespace_tracker.sync.credentials import VARIABLE

pytestmark = pytest.mark.fresh

ROUNDS = int(os.environ.get("CODESPACE_TRACKER_TEST_FLEET", "15"))
EACH = 10


@contextmanager
def ssh_with_key(folder: Path) -> Iterator[tuple[SshServer, Path]]:
    """A server, and a folder for PATH whose `ssh` has the key and knows the server, whichever way
    leads there."""
    keys, programs = folder / "keys", folder / "programs"
    keys.mkdir()
    programs.mkdir()
    with ssh_server(keys) as ssh:
        knows = f"{ssh.options} -oHostKeyAlias=[127.0.0.1]:{ssh.port}"
        (programs / "ssh").write_text(f'#!/bin/sh\nexec {shutil.which("ssh")}{knows} "$@"\n')
        (programs / "ssh").chmod(0o755)
        yield ssh, programs


def test_twenty_trackers_know_the_same_fleet_at_the_end() -> None:
    with folder_in_memory() as folder:
        served = folder / "served"
        served.mkdir()
        repository = bare_repository(served)
        serve_writers(repository)
        environ = {**os.environ, "HOME": str(folder)}
        with (
            git_server(served) as http,
            ssh_with_key(folder) as (ssh, programs),
            ways(http.server.server_address[1], EACH) as by_http,
            ways(ssh.port, EACH) as by_ssh,
        ):
            with_token = {**environ, VARIABLE: PASSWORD}
            with_key = {**environ, "PATH": f"{programs}:{os.environ['PATH']}"}
            places = [
                *(
                    Place(f"http://127.0.0.1:{way.port}/meeting.git", with_token, way)
                    for way in by_http
                ),
                *(
                    Place(f"ssh://{ssh.user}@127.0.0.1:{way.port}{repository}", with_key, way)
                    for way in by_ssh
                ),
            ]
            world = World(folder, repository, places, seed=1)
            world.run(ROUNDS)
            world.check()
            told = ", ".join(f"{count} {what}" for what, count in sorted(world.done.items()))
            print(f"\n{ROUNDS} rounds of {len(world.spaces)} trackers: {told}")


def test_ssh_that_fails_is_one_clear_line(tmp_path: Path) -> None:
    repository = bare_repository(tmp_path)
    environ = {**os.environ, "HOME": str(tmp_path)}
    with ssh_with_key(tmp_path) as (ssh, programs), ways(ssh.port, 1) as [way]:
        environ["PATH"] = f"{programs}:{os.environ['PATH']}"
        place = Place(f"ssh://{ssh.user}@127.0.0.1:{way.port}{repository}", environ, way)
        world = World(tmp_path, repository, [place], seed=1)
        [space] = world.spaces
        assert world.one_syncs(space).told
        key, gone = tmp_path / "keys" / "user", tmp_path / "gone"
        key.rename(gone)
        is_one_clear_line(world.tries(space), "ssh does not let you in")
        gone.rename(key)
        assert world.tries(space) == ""
        way.loss = Loss(0, down=0)
        is_one_clear_line(world.tries(space), "cannot be reached")
        way.loss = Loss(0, down=1500)
        is_one_clear_line(world.tries(space))


def is_one_clear_line(problem: str, *said: str) -> None:
    assert all(part in problem for part in said), problem
    assert problem.isprintable()
    assert "Fix: " in problem
