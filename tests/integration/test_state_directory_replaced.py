"""Nobody who can rename the state directory gets the tracker to take up another one, whichever
moment they choose.

What is put there is a cloned repository: it belongs to the owner, and its content is somebody
else's.
"""

import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.other_users import OTHER, OWNER, Ground, as_owner, made_ground
from tests.integration.real_tracker import PATIENCE_SECONDS, PROGRAM, wait_until

from codespace_tracker import __version__
from codespace_tracker.daemon.trackers import KEEPER
from codespace_tracker.install import shell_hook

pytestmark = pytest.mark.machine

SWAPPED = "another directory is in the place of the tracker's"


ground = pytest.fixture(made_ground)


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
        assert f"Your tracker (process {keeper.pid}) keeps counting in {clone}" in said.stderr
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
    wait_until(
        lambda: "continued" in ground.tracker.journal(), "the tracker goes on with its own ledger"
    )
    assert not ground.proof.exists()


def test_a_directory_that_others_move_away_is_not_made_again(ground: Ground, clone: Path) -> None:
    aside = ground.shared / "aside"
    ground.do(OTHER, f"mv {ground.tracker.directory} {aside}")
    ground.await_said(aside, "was moved away")
    ground.await_heartbeats(aside)
    assert not ground.tracker.directory.exists(), (
        "what is made there could be swapped before it is looked at"
    )
    ground.do(OTHER, f"mv {aside} {ground.tracker.directory}")
    ground.await_said(ground.tracker.directory, "no longer a problem: foreign directory")


def test_doctor_changes_no_clone_in_the_place_of_the_trackers(ground: Ground, clone: Path) -> None:
    keeper = ground.tracker.running().keeper
    assert keeper is not None
    ground.exchange(OTHER, ground.tracker.directory, clone)
    said = " ".join(ground.tracker.verb("doctor", code=1).stdout.split())
    assert f"Your tracker (process {keeper.pid}) keeps counting in {clone}" in said
    assert "private" not in said
    assert stat.S_IMODE(ground.tracker.directory.stat().st_mode) == 0o755, "it is as it was cloned"
    ground.exchange(OTHER, ground.tracker.directory, clone)
    assert "permissions: private" in ground.tracker.verb("doctor", code=None).stdout


def test_a_daemon_alone_still_tells_which_directory_is_the_trackers(
    ground: Ground, clone: Path
) -> None:
    ground.tracker.kill(keeper=True)
    daemon = ground.tracker.running().daemon
    assert daemon is not None
    ground.exchange(OTHER, ground.tracker.directory, clone)
    for verb in (["ensure"], ["triggers", "run", "Bait"]):
        said = ground.tracker.verb(*verb, code=1)
        assert f"Your tracker (process {daemon.pid}) keeps counting in {clone}" in said.stderr
    ground.exchange(OTHER, ground.tracker.directory, clone)
    ground.tracker.verb("ensure")
    assert ground.tracker.running().keeper is not None
    assert not ground.proof.exists()


def keeping(ground: Ground, folder: Path, python: str) -> subprocess.CompletedProcess[bytes]:
    """Run a keeper of the owner's to its end, in a folder."""
    command = ["/bin/sh", KEEPER, python, str(ground.tracker.directory), __version__]
    return subprocess.run(
        [*as_owner(), *command],
        cwd=folder,
        env=ground.tracker.environment(),
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_a_tracker_started_in_a_clone_gives_way_to_the_older_one(
    ground: Ground, clone: Path
) -> None:
    ground.exchange(OTHER, ground.tracker.directory, clone)
    assert keeping(ground, ground.tracker.directory, sys.executable).returncode == 0
    assert "gives way: " in ground.said(ground.tracker.directory)
    assert f"counts on in {clone}" in ground.said(ground.tracker.directory)
    assert not (ground.tracker.directory / "ledger.db").exists()
    assert not ground.proof.exists()


def test_a_keeper_starts_its_daemon_again_where_it_is(ground: Ground, clone: Path) -> None:
    """Not at the path, which may lead to a clone at that moment."""
    ground.tracker.verb("stop")
    python = ground.place / "python"
    python.write_text(
        '#!/bin/sh\nstat -c %i . >>"$0.said"\n[ "$(wc -l <"$0.said")" -gt 1 ] || exit 75\n'
    )
    python.chmod(0o755)
    ground.open_to_all(ground.place)
    ours = ground.tracker.directory.stat().st_ino
    ground.exchange(OTHER, ground.tracker.directory, clone)
    assert keeping(ground, clone, str(python)).returncode == 0
    assert Path(f"{python}.said").read_text().split() == [str(ours)] * 2


@pytest.mark.parametrize("home", ["with a slash", "of another", "none"])
def test_a_command_with_another_home_takes_up_no_clone(
    ground: Ground, clone: Path, home: str
) -> None:
    """The tracker that it compares with is the user's, whatever HOME it was started with."""
    ground.exchange(OTHER, ground.tracker.directory, clone)
    environment = ground.tracker.environment()
    environment["HOME"] = {
        "with a slash": f"{ground.tracker.home}/",
        "of another": str(ground.place),
    }.get(home, "")
    done = subprocess.run(
        ground.tracker.command("triggers", "run", "Bait"),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not ground.proof.exists()
    assert done.returncode == 1
    assert "is not the directory that your tracker uses" in done.stderr
