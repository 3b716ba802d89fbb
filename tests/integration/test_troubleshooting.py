"""docs/troubleshooting.md: each message that it has for a heading is brought about, and is what the
program says."""

import contextlib
import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.machines import fuse_mount, held_out_of_sight
from tests.integration.real_tracker import ORDINARY_USER, PATIENCE_SECONDS, RealTracker, wait_until

from codespace_tracker.core.signs_of_life import Process, Sign
from codespace_tracker.machine import alive, clock

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/troubleshooting.md").read_text()
HEADINGS = re.findall(r"^### `(.*)`$", PAGE, re.MULTILINE)
NEEDED = (
    "sh",
    "env",
    "id",
    "dirname",
    "readlink",
    "mkdir",
    "rm",
    "cat",
    "find",
    "cksum",
    "sort",
    "tail",
    "mktemp",
    "tar",
    "chmod",
    "mv",
    "sed",
    "wc",
)


def setup(
    tracker: RealTracker,
    path: Path,
    script: Path = ROOT / "setup.sh",
    more: dict[str, str] | None = None,
) -> str:
    """What setup.sh says where only the programs in a folder can be found."""
    done = subprocess.run(
        ["/bin/sh", str(script)],
        env={"HOME": str(tracker.home), "PATH": str(path), **(more or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 1, done
    return done.stdout + done.stderr


def programs(tracker: RealTracker, *names: str) -> Path:
    """A folder with links to some programs."""
    made = tracker.home / "programs"
    made.mkdir()
    for name in (*NEEDED, *names):
        found = shutil.which(name)
        assert found is not None, name
        (made / name).symlink_to(found)
    return made


def not_found(tracker: RealTracker) -> str:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tracker.home), "LC_ALL": "C"}
    done = subprocess.run(
        ["bash", "-c", "codespace-tracker"], env=environment, capture_output=True, text=True
    )
    return done.stderr


def not_running(tracker: RealTracker) -> str:
    tracker.verb("start")
    tracker.kill(keeper=True, daemon=True)
    return tracker.verb("status", code=1).stdout


def stopped(tracker: RealTracker) -> str:
    tracker.verb("start")
    tracker.verb("stop")
    return tracker.verb("status", code=1).stdout


def elsewhere(tracker: RealTracker) -> str:
    tracker.verb("start")
    tracker.kill(keeper=True, daemon=True)
    with held_out_of_sight(tracker.directory, "7 0.1.0 pid:[1]", "8 0.1.0 pid:[1] up"):
        return tracker.verb("status", code=None).stdout


def not_shared(tracker: RealTracker) -> str:
    source = tracker.home / "shared"
    source.mkdir()
    with fuse_mount(source, tracker.directory):
        tracker.verb("start")
        wait_until(
            lambda: (daemon := tracker.running().daemon) is not None and daemon.is_up, "it is up"
        )
        said = tracker.verb("status").stdout
        tracker.verb("stop")
    return said


def waits(tracker: RealTracker) -> str:
    source = tracker.home / "shared"
    source.mkdir()
    now = clock.read()
    sign = Sign(
        "ab", Process("another", "pid:[1]", 7, 0), now.wall_us, 1, 1, heartbeat_us=300_000_000
    )
    with fuse_mount(source, tracker.directory):
        tracker.verb("start")
        tracker.verb("stop")
        for slot in range(alive.SLOTS):
            alive.write(str(source), slot, sign)
        said = tracker.verb("start").stdout
        tracker.verb("stop")
    return said


def newer(tracker: RealTracker) -> str:
    tracker.verb("start")
    tracker.verb("stop")
    connection = sqlite3.connect(tracker.directory / "ledger.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    return tracker.verb("status", code=1).stderr


def does_not_come_up(tracker: RealTracker) -> str:
    newer(tracker)
    return tracker.verb("start", code=1).stderr


def few_files(tracker: RealTracker) -> str:
    command = ["bash", "-c", 'ulimit -n 12; exec "$@"', "bash", *tracker.command("start")]
    return subprocess.run(
        command, env=tracker.environment(), capture_output=True, text=True, check=False
    ).stderr


def no_lock(tracker: RealTracker) -> str:
    tracker.verb("init")
    (tracker.directory / "keeper.lock").mkdir()
    return tracker.verb("start", code=1).stderr


def crashing(tracker: RealTracker) -> str:
    tracker.verb("start")
    tracker.verb("stop")
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with (tracker.directory / "debug.log").open("a") as file:
        file.write(2 * f"{moment} [1] crashed:\nTraceback (most recent call last):\nMemoryError\n")
    return " ".join(tracker.verb("status", code=1).stdout.split())


def no_inodes(tracker: RealTracker) -> str:
    disk = tracker.home / "disk"
    disk.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m,nr_inodes=60", "tmpfs", str(disk)], check=True
    )
    try:
        tracker.directory = disk / "state"
        tracker.verb("start")
        for number in range(60):
            with contextlib.suppress(OSError):
                (disk / f"filler-{number}").touch()
        return " ".join(tracker.verb("status").stdout.split())
    finally:
        tracker.end()
        subprocess.run(["umount", "-l", str(disk)], check=True)


def no_python(tracker: RealTracker) -> str:
    return setup(tracker, programs(tracker, "flock"))


def no_network(tracker: RealTracker) -> str:
    path = programs(tracker, "flock")
    (path / "python3").symlink_to("/usr/bin/python3")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    return setup(tracker, path, more=nowhere)


def no_flock(tracker: RealTracker) -> str:
    return setup(tracker, programs(tracker))


def not_writable(tracker: RealTracker) -> str:
    place = Path(tempfile.mkdtemp())  # pytest's folders are closed to others
    place.chmod(0o555)
    program = "from codespace_tracker.cli import main; main()"
    command = [*ORDINARY_USER, sys.executable, "-c", program, "init", "--dir", str(place / "state")]
    environment = {"HOME": str(place), "PATH": os.environ["PATH"]}
    try:
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        ).stderr
    finally:
        place.rmdir()


def somebody_elses(tracker: RealTracker) -> str:
    tracker.verb("init")
    os.chown(tracker.directory, 1234, 1234)
    return tracker.verb("start", code=1).stderr


def was_open(tracker: RealTracker) -> str:
    tracker.directory.mkdir(mode=0o700)
    tracker.directory.chmod(0o777)
    return tracker.verb("init").stderr


def no_modes(tracker: RealTracker) -> str:
    behind = tracker.home / "behind"
    for folder in (behind, tracker.directory):
        folder.mkdir()
    subprocess.run(
        ["bindfs", "--perms=0777", "--chmod-ignore", str(behind), str(tracker.directory)],
        check=True,
    )
    try:
        return tracker.verb("init").stderr
    finally:
        subprocess.run(["umount", str(tracker.directory)], check=True)


def swapped(tracker: RealTracker) -> str:
    tracker.verb("init")
    (tracker.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
    tracker.verb("start")
    os.chown(tracker.directory, 1234, 1234)
    log = tracker.directory / "debug.log"
    wait_until(lambda: "in the place of" in log.read_text(), "the tracker has noticed")
    os.chown(tracker.directory, 0, 0)
    return log.read_text()


def anothers_home(tracker: RealTracker) -> str:
    os.chown(tracker.home, 1234, 1234)
    return tracker.verb("init", code=1).stderr


def no_folder(tracker: RealTracker) -> str:
    return RealTracker.verb(_at(tracker, tracker.directory / "a/b"), "init", code=1).stderr


def _at(tracker: RealTracker, directory: Path) -> RealTracker:
    tracker.directory = directory
    return tracker


def alone(tracker: RealTracker) -> str:
    script = tracker.home / "setup.sh"
    shutil.copy(ROOT / "src/codespace_tracker/install/setup.sh", script)
    return setup(tracker, programs(tracker, "flock"), script=script)


def several(tracker: RealTracker) -> str:
    for name in ("one", "two"):
        folder = tracker.home / ".devcontainer" / name
        folder.mkdir(parents=True)
        (folder / "devcontainer.json").write_text("{}")
    return tracker.verb("devcontainer", str(tracker.home), code=1).stderr


def leads_out(tracker: RealTracker) -> str:
    project = tracker.home / "project"
    project.mkdir()
    (tracker.home / "theirs.json").write_text("{}")
    (project / ".devcontainer.json").symlink_to("../theirs.json")
    return tracker.verb("devcontainer", str(project), code=1).stderr


def broken(tracker: RealTracker) -> str:
    (tracker.home / ".devcontainer.json").write_text('{"image" "a"}')
    return tracker.verb("devcontainer", str(tracker.home), code=1).stderr


def installing(tracker: RealTracker) -> str:
    tracker.verb("init")
    with (tracker.directory / "program/heal.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return tracker.verb("uninstall", code=1).stderr


def our_mistake(tracker: RealTracker) -> str:
    program = (
        "import codespace_tracker.cli.commands.version as v\n"
        "def bug(*_, **__): raise RuntimeError('a bug')\n"
        "v.liveness.running = bug\n"
        "from codespace_tracker.cli import main; main()"
    )
    command = [sys.executable, "-c", program, "version", "--dir", str(tracker.directory)]
    environment = tracker.environment(TMPDIR=str(tracker.home))
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False
    ).stderr


SYMPTOMS: dict[str, Callable[[RealTracker], str]] = {
    "codespace-tracker: command not found": not_found,
    "NOT RUNNING for …": not_running,
    "It was stopped by you.": stopped,
    "running in another container": elsewhere,
    "file system …: locks are not shared here."
    " Use this directory from one machine only.": not_shared,
    "This one waits until that one is gone, and counts in memory meanwhile.": waits,
    "the tracker did not start. Its last message: …": does_not_come_up,
    "did not start. Cause: …": few_files,
    "is a folder, and the lock is a file. Fix: move it away.": no_lock,
    "the daemon crashed … times in the last ten minutes, and said last: …": crashing,
    "the disk has no inodes left, so no file can be made and triggers wait.": no_inodes,
    "no Python 3.10 or newer that can make virtual environments.": no_python,
    "pip could not install it (its last lines are above).": no_network,
    "the program flock is missing.": no_flock,
    "… is not writable. Fix: …": not_writable,
    "belongs to user …, whose scripts are not to run as you.": somebody_elses,
    "its file system gives every user the right to write here, so triggers wait.": no_modes,
    "was open to other users (mode …). It is private again (0700).": was_open,
    "another user's directory is in the place of the tracker's.": swapped,
    "you are root, and HOME is …, which belongs to user …": anothers_home,
    "there is no such folder. Fix: create it, or choose another place with --dir.": no_folder,
    "holds no program to install.": alone,
    "it has … dev containers: …": several,
    "a link leads out of the project …": leads_out,
    "line …, column …: this is not JSON: …": broken,
    "a reinstall is running in the background.": installing,
    "written by a newer version of codespace-tracker": newer,
    "this is a bug in codespace-tracker.": our_mistake,
}


def test_every_message_of_the_page_is_brought_about_here() -> None:
    assert sorted(HEADINGS) == sorted(SYMPTOMS)


@pytest.mark.machine
@pytest.mark.parametrize("heading", SYMPTOMS)
def test_the_program_says_what_the_page_has_for_a_heading(
    tracker: RealTracker, heading: str
) -> None:
    said = SYMPTOMS[heading](tracker)
    pattern = ".*".join(re.escape(part) for part in heading.split("…"))
    assert re.search(pattern, said), said
    assert "Traceback" not in said


def test_what_was_asked_for_while_it_is_not_json_is_left_as_it_is(tracker: RealTracker) -> None:
    """The page says so of both files."""
    tracker.verb("init")
    path = tracker.directory / "trigger_config.json"
    path.write_text('[{"label": "x" // note\n}]')
    said = (
        tracker.verb("triggers", "check", code=1).stderr
        + tracker.verb("triggers", "check", code=1).stdout
    )
    assert re.search(r"line 1, column \d+: this is not JSON: ", said)
    assert path.read_text() == '[{"label": "x" // note\n}]'
