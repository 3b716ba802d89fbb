"""The line for dotfiles in docs/fleet.md, as it is on the page: it joins, changes nothing the next
time, and holds nothing up if the server is away."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.codespaces import Codespace, bare_repository, branches
from tests.integration.git_server import PASSWORD, GitServer, git_server
from tests.integration.real_tracker import PROGRAM, RealTracker

from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.machine import clock
from codespace_tracker.sync import state
from codespace_tracker.sync.credentials import VARIABLE

PAGE = Path(__file__).parents[2] / "docs/fleet.md"
URL = "https://github.com/YOU/codespace-hours"


def recipe() -> str:
    [section] = re.findall(r"by your dotfiles\n(.*?)\n#", PAGE.read_text(), re.DOTALL)
    lines = [line[4:] for line in section.splitlines() if line.startswith("    ")]
    assert URL in lines[0]
    return "\n".join(lines)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[GitServer]:
    path = bare_repository(tmp_path, "hours.git")
    subprocess.run(["git", "--git-dir", path, "config", "http.receivepack", "true"], check=True)
    with git_server(tmp_path) as server:
        yield server


def install(tracker: RealTracker, url: str) -> str:
    """What the user's install.sh says with the line in it, followed by something else."""
    bin_ = tracker.home / "bin"
    bin_.mkdir(exist_ok=True)
    program = bin_ / "codespace-tracker"
    words = " ".join(map(shlex.quote, PROGRAM))
    program.write_text(
        f'#!/bin/sh\nexec {words} "$@" --dir {shlex.quote(str(tracker.directory))}\n'
    )
    program.chmod(0o755)
    environ = tracker.environment(**{VARIABLE: PASSWORD})
    environ["PATH"] = f"{bin_}:{environ['PATH']}"
    script = f"set -e\n{recipe().replace(URL, url)}\necho the rest\n"
    done = subprocess.run(
        ["sh", "-c", script],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("the rest\n")
    return done.stdout + done.stderr


def test_it_joins_and_the_next_time_changes_nothing(
    tracker: RealTracker, served: GitServer, tmp_path: Path
) -> None:
    tracker.be_in_codespace()
    tracker.verb("start")
    url = f"{served.url}/hours.git"
    now = clock.read().wall_us
    other = Codespace(tmp_path, "other", now)
    other.environ |= {VARIABLE: PASSWORD, "HOME": str(tmp_path)}
    other.ran(now - 3 * HOUR_US)
    other.join(url)
    assert other.sync().problem == ""
    assert "It can be read and written." in install(tracker, url)
    known = state.load(str(tracker.directory))
    assert known is not None
    assert known.accepted == (other.stream_id,)
    config = (tracker.directory / "trigger_config.json").read_bytes()
    there = branches(str(served.folder / "hours.git"))
    assert len(there) == 2
    install(tracker, url)
    assert (tracker.directory / "trigger_config.json").read_bytes() == config
    assert branches(str(served.folder / "hours.git")) == there
    again = state.load(str(tracker.directory))
    assert again is not None
    assert again._replace(at=0, worked_at=0) == known._replace(at=0, worked_at=0)


def test_a_server_that_is_away_is_said_and_the_rest_goes_on(tracker: RealTracker) -> None:
    tracker.be_in_codespace()
    tracker.verb("start")
    said = install(tracker, "http://127.0.0.1:9/hours.git")
    assert "your other codespaces were not joined" in said
    assert "cannot be reached. Fix: check the network, check the address, and try again." in said
    assert not (tracker.directory / "sync.json").exists()
