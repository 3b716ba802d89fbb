"""No verb waits without end for a lock, and another user cannot take one that a verb waits for."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, wait_until

from codespace_tracker.failure import Failure
from codespace_tracker.install import setup_lock
from codespace_tracker.machine import lock_wait

ROOT = Path(__file__).parents[2]
OTHER = 45002


@pytest.fixture
def lock(tracker: RealTracker) -> Path:
    """The lock that setup.sh and uninstall take, as setup.sh of 0.1.0 made it: everybody can open
    it."""
    path = tracker.home / ".local/share/codespace-tracker/setup.lock"
    path.parent.mkdir(parents=True)
    path.touch(mode=0o644)
    return path


@pytest.fixture
def reachable(tmp_path: Path) -> Iterator[RealTracker]:
    """A tracker in a home that another user can look into, as homes usually are."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    made = RealTracker(folder / "state")
    made.home.chmod(0o755)
    yield made
    made.end()
    shutil.rmtree(folder)


@pytest.mark.machine
def test_uninstall_does_not_wait_for_another_user(reachable: RealTracker) -> None:
    reachable.verb("init")
    command = ["flock", "--no-fork", str(reachable.home), "sh", "-c", "echo locked; exec sleep 600"]
    other = subprocess.Popen(
        command, user=OTHER, group=OTHER, extra_groups=[], stdout=subprocess.PIPE
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        assert "Removed the record of the state directory." in reachable.verb("uninstall").stdout
    finally:
        other.kill()
        other.communicate()
    assert list(reachable.home.iterdir()) == [reachable.home / ".config"], "no trace of a lock"


@pytest.mark.machine
def test_another_user_cannot_open_the_lock_of_set_up(reachable: RealTracker) -> None:
    folder = reachable.home / ".local/share/codespace-tracker"
    folder.mkdir(parents=True)
    lock = folder / "setup.lock"
    lock.touch(mode=0o644)
    (folder / "other").touch()  # so that the folder stays
    reachable.verb("uninstall")
    assert lock.stat().st_mode & 0o777 == 0o600
    done = subprocess.run(
        ["cat", str(lock)], user=OTHER, group=OTHER, extra_groups=[], capture_output=True
    )
    assert b"Permission denied" in done.stderr


def test_uninstall_gives_up_on_a_lock_and_names_who_holds_it(
    tracker: RealTracker, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup_lock, "SECONDS", 1.0)
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(Failure) as refused, setup_lock.alone(str(tracker.home), {}):
            pytest.fail("two are at work at once")
    assert str(refused.value) == (
        f"{lock}: another program (process {os.getpid()}) has held its lock for 1 seconds. Nothing"
        " was changed. Fix: wait until that program has ended, and try again."
    )


def test_uninstall_waits_for_the_lock_and_goes_on_when_it_is_free(
    tracker: RealTracker, lock: Path
) -> None:
    tracker.verb("init")
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        uninstall = subprocess.Popen(tracker.command("uninstall"), env=tracker.environment())
        wait_until(lambda: _has_open(uninstall.pid, lock), "it waits")
        assert (tracker.directory / "program").exists()
    assert uninstall.wait(PATIENCE_SECONDS) == 0
    assert not (tracker.directory / "program").exists()


def _has_open(pid: int, path: Path) -> bool:
    with contextlib.suppress(OSError):
        return any(entry.samefile(path) for entry in Path(f"/proc/{pid}/fd").iterdir())
    return False


def test_a_change_of_triggers_gives_up_on_a_lock(tracker: RealTracker) -> None:
    tracker.verb("init")
    before = (tracker.directory / "trigger_config.json").read_bytes()
    fd = os.open(tracker.directory, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    said = tracker.verb("triggers", "enable", "Example", code=1).stderr
    os.close(fd)
    assert f"{tracker.directory}: another program (process {os.getpid()}) has held its lock" in said
    assert (tracker.directory / "trigger_config.json").read_bytes() == before


def test_a_lock_whose_holder_is_not_certain_is_told_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    assert "another program has held its lock" in lock_wait.refusal(str(path))


@pytest.mark.parametrize("deleted", [False, True])
def test_setup_says_that_it_waits_and_goes_on_when_the_lock_is_free(
    tracker: RealTracker, lock: Path, deleted: bool
) -> None:
    programs = tracker.home / "programs"  # without Python, so that it ends soon after
    programs.mkdir()
    needed = "sh env id dirname mkdir rm cat find cksum sort flock chmod sed readlink"
    for name in needed.split():
        (programs / name).symlink_to(shutil.which(name) or "")
    said = tracker.home / "said"
    with lock.open() as file, said.open("w") as output:
        fcntl.flock(file, fcntl.LOCK_EX)
        setup = subprocess.Popen(
            ["/bin/sh", str(ROOT / "setup.sh")],
            env={"HOME": str(tracker.home), "PATH": str(programs)},
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
        wait_until(
            lambda: "Waiting for another setup.sh or uninstall" in said.read_text(), "it says so"
        )
        if deleted:  # as an uninstall does
            lock.unlink()
    assert setup.wait(PATIENCE_SECONDS) == 1
    assert "no Python 3.10 or newer" in said.read_text()
    assert lock.stat().st_mode & 0o777 == 0o600
