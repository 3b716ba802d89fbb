"""Nobody who can rename the state directory gets the tracker to take up another one, whichever moment they choose.

What is put there is a cloned repository: it belongs to the owner, and its content is somebody else's.
"""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.other_users import OTHER, OWNER, Ground, as_owner
from tests.integration.real_tracker import PROGRAM, wait_until

from codespace_tracker.cli import shell_hook

pytestmark = pytest.mark.machine

SWAPPED = "another directory is in the place of the tracker's"


@pytest.fixture
def ground() -> Iterator[Ground]:
    if os.getuid() != 0:
        pytest.fail("these tests need two more users: run them as root")
    made = Ground(Path(tempfile.mkdtemp(prefix="users-")))  # pytest's folders are closed to others
    yield made
    made.clear()


@pytest.fixture
def clone(ground: Ground) -> Path:
    """A repository that the owner cloned beside the state directory, where the tracker runs."""
    made = ground.shared / "clone"
    ground.bait(made, user=OWNER)
    ground.do(OWNER, f"chmod 755 {made}")
    ground.start()
    return made


def test_a_verb_takes_up_no_clone_while_the_tracker_runs(ground: Ground, clone: Path) -> None:
    keeper = ground.tracker.running().keeper
    assert keeper is not None
    ground.exchange(OTHER, ground.tracker.directory, clone)
    for verb in (["ensure"], ["start"], ["status"], ["triggers", "run", "Bait"], ["init"]):
        said = ground.tracker.verb(*verb, code=1)
        assert f"Your tracker (process {keeper.pid}) counts on in {clone}" in said.stderr
    assert not ground.proof.exists()
    assert not (ground.tracker.directory / "ledger.db").exists(), "nothing is written there"
    ground.exchange(OTHER, ground.tracker.directory, clone)
    ground.tracker.verb("status")


def test_a_new_shell_takes_up_no_clone_while_the_tracker_runs(ground: Ground, clone: Path) -> None:
    command = ground.place / "codespace-tracker"
    command.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n')
    command.chmod(0o755)
    ground.exchange(OTHER, ground.tracker.directory, clone)
    hook = shell_hook.block(str(ground.tracker.directory), str(command))
    subprocess.run(
        [*as_owner(), "setsid", "bash", "--norc", "-i", "-c", f"{hook}\nsleep 3"],
        env={**os.environ, "HOME": str(ground.tracker.home)}, stdin=subprocess.DEVNULL, check=True,
        capture_output=True,
    )  # fmt: skip
    assert not (ground.tracker.directory / "ledger.db").exists(), "no tracker was started there"
    assert not ground.proof.exists()


def test_a_clone_put_there_as_the_daemon_dies_is_not_taken_up(ground: Ground, clone: Path) -> None:
    daemon = ground.tracker.running().daemon
    assert daemon is not None
    ground.exchange(OTHER, ground.tracker.directory, clone)
    os.kill(daemon.pid, 9)
    ground.await_said(clone, "cannot start: ")
    assert SWAPPED in ground.said(clone)
    assert not (ground.tracker.directory / "ledger.db").exists(), "nothing is written there"
    ground.exchange(OTHER, ground.tracker.directory, clone)
    wait_until(lambda: "continued" in ground.tracker.journal(), "the tracker goes on with its own ledger")
    assert not ground.proof.exists()


def test_a_directory_that_others_move_away_is_not_made_again(ground: Ground, clone: Path) -> None:
    aside = ground.shared / "aside"
    ground.do(OTHER, f"mv {ground.tracker.directory} {aside}")
    ground.await_said(aside, "was moved away")
    ground.await_heartbeats(aside)
    assert not ground.tracker.directory.exists(), "what is made there could be swapped before it is looked at"
    ground.do(OTHER, f"mv {aside} {ground.tracker.directory}")
    ground.await_said(ground.tracker.directory, "no longer a problem: foreign directory")
