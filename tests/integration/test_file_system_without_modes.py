"""A file system that lets everybody write, whatever chmod(2) is told: the clock runs, and triggers
wait for a word."""

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.other_users import OWNER, Ground
from tests.integration.real_tracker import wait_until

pytestmark = pytest.mark.machine

TOLD = "its file system gives every user the right to write here, so triggers wait."


@pytest.fixture(params=["--chmod-ignore", "--chmod-deny"])
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """The state directory on what reports mode 0777 for all that is there, as drvfs, 9p and cifs
    do."""
    if os.getuid() != 0:
        pytest.fail("these tests mount a file system: run them as root")
    made = Ground(Path(tempfile.mkdtemp(prefix="no-modes-")))
    behind, drive = made.place / "behind", made.shared / "drive"
    for folder in (behind, drive):
        folder.mkdir()
    os.chown(behind, OWNER, OWNER)
    subprocess.run(["bindfs", "--perms=0777", request.param, str(behind), str(drive)], check=True)
    made.tracker.directory = drive / "state"
    try:
        yield made
    finally:
        made.tracker.end()
        wait_until(
            lambda: subprocess.run(["umount", str(drive)], check=False).returncode == 0,
            "it is unmounted",
        )
        made.clear()


def test_the_clock_runs_and_triggers_wait_until_the_user_trusts_it(ground: Ground) -> None:
    tracker = ground.tracker
    mine = tracker.home / "mine"
    ground.write("trigger_config.json", ground.trigger(f"touch {mine}"))
    ground.start()
    assert stat.S_IMODE(tracker.directory.stat().st_mode) == 0o777, "the rig works"
    ground.await_heartbeats(tracker.directory)
    assert not mine.exists()
    assert [problem for problem in tracker.status()["problems"] if TOLD in problem]
    assert "start --trust-this-directory" in tracker.verb("triggers", "run", "Bait", code=1).stderr
    assert TOLD in " ".join(tracker.verb("doctor", code=1).stdout.split())
    assert not mine.exists()

    tracker.verb("start", "--trust-this-directory")
    wait_until(mine.exists, "the trigger fires")
    wait_until(lambda: tracker.status()["problems"] == [], "nothing is wrong any more")
    record = tracker.home / ".config/codespace-tracker/trusted"
    assert record.read_text() == f"{tracker.directory}\n"
    assert (record.stat().st_uid, stat.S_IMODE(record.stat().st_mode)) == (OWNER, 0o600)
    mine.unlink()
    tracker.verb("triggers", "run", "Bait")
    assert mine.exists()


def test_init_says_it_and_takes_the_word_for_this_directory_alone(ground: Ground) -> None:
    tracker = ground.tracker
    assert TOLD in tracker.verb("init").stderr
    assert TOLD not in tracker.verb("init", "--trust-this-directory").stderr
    tracker.directory = tracker.directory.with_name("another")
    assert TOLD in tracker.verb("init").stderr
