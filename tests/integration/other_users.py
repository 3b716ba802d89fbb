"""Two users of one machine: the owner of a tracker, and another one who tries to have it run
something of theirs."""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.children import forked
from tests.integration.real_tracker import PROGRAM, RealTracker, wait_until

OWNER = (
    61_000 + os.getpid() % 1000 * 2
)  # numbers of this process's own: tests run beside each other
OTHER = OWNER + 1

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD, RENAME_EXCHANGE


def as_user(number: int) -> list[str]:
    """What goes before a command that a user is to run."""
    return ["setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups"]


def as_owner() -> list[str]:
    """The same for the owner, who may read all, and so finds Python and the program also below
    /root."""
    return [
        *as_user(OWNER),
        "--inh-caps",
        "-all,+dac_read_search",
        "--ambient-caps",
        "-all,+dac_read_search",
    ]


class UsersTracker(RealTracker):
    """The tracker of the owner, with a home of theirs."""

    def __init__(self, directory: Path, home: Path) -> None:
        super().__init__(directory)
        self.home = home

    def command(self, *words: str) -> list[str]:
        return [*as_owner(), *PROGRAM, *words, "--dir", str(self.directory)]

    def end(self) -> None:
        """End all that the owner runs: by its number, which no path leads to any more."""
        wait_until(lambda: not self._kill_all(), "all processes of the user are gone")

    def _kill_all(self) -> int:
        count, home = 0, f"HOME={self.home}".encode()
        for name in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                if name.isdecimal() and home in Path(f"/proc/{name}/environ").read_bytes().split(
                    b"\0"
                ):
                    os.kill(int(name), signal.SIGKILL)
                    count += 1
        return count


class Ground:
    """A folder that both users may enter, with a home for each; `shared` is the one above the state
    directory."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.chmod(0o755)
        self.shared = place / "shared"
        self.shared.mkdir()
        self.open_to_all(self.shared)
        self.homes = {user: self._home(user) for user in (OWNER, OTHER)}
        self.tracker = UsersTracker(self.shared / ".codespace-tracker", self.homes[OWNER])

    def _home(self, user: int) -> Path:
        home = self.place / f"home-{user}"
        home.mkdir(mode=0o755)
        os.chown(home, user, user)
        return home

    def open_to_all(self, folder: Path, mode: int = 0o777) -> None:
        """Let everybody make and rename what lies in a folder."""
        folder.chmod(mode)

    def do(self, user: int, script: str) -> str:
        """Run shell commands as a user; what they print."""
        done = subprocess.run(
            [*as_user(user), "sh", "-euc", script],
            cwd=self.place,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def exchange(self, user: int, one: Path, other: Path) -> None:
        """As a user, let two directories change places, in one step: the tracker would write a
        missing one again."""

        def change_places() -> object:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            return (
                ctypes.CDLL(None).renameat2(_HERE, bytes(one), _HERE, bytes(other), _EXCHANGE) != 0
            )

        assert os.waitpid(forked(change_places), 0)[1] == 0

    @property
    def proof(self) -> Path:
        """What the other user's script makes, if anybody runs it; it says who did."""
        return self.place / "proof/ran"

    def bait(self, folder: Path, user: int = OTHER) -> None:
        """Make a folder look like a state directory, with a trigger that fires at once."""
        (self.place / "proof").mkdir(exist_ok=True)
        self.open_to_all(self.place / "proof")
        content = json.dumps(self.trigger(f"id -u >>{self.proof}"))
        self.do(
            user,
            f"mkdir -p {folder}/flags {folder}/runs {folder}/backups; chmod 777 {folder} "
            f"{folder}/*",
        )
        self.do(
            user,
            f"printf '%s' '{content}' >{folder}/trigger_config.json; chmod 666 {folder}/*.json",
        )

    @staticmethod
    def trigger(command: str) -> dict[str, Any]:
        """A trigger that fires at once."""
        return {
            "label": "Bait",
            "script_command": command,
            "conditions": {"total_runtime_minutes": 0},
            "repeat": "session",
        }

    def write(self, name: str, content: object) -> None:
        """Put a file of the owner's into the state directory, which is made if it is not there."""
        directory = self.tracker.directory
        if not directory.exists():
            directory.mkdir(mode=0o700)
            os.chown(directory, OWNER, OWNER)
        path = directory / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        os.chown(path, OWNER, OWNER)

    def start(self) -> UsersTracker:
        """Start the owner's tracker, with a heartbeat of a second."""
        self.write("config.toml", "heartbeat_seconds = 1\n")
        self.tracker.verb("start")
        return self.tracker

    def running_us(self, directory: Path) -> int:
        """How long the newest session of the ledger in a directory has run, by its last
        heartbeat."""
        beside = RealTracker.__new__(RealTracker)
        beside.directory = directory
        return int(beside.read("SELECT running_us FROM session ORDER BY number DESC LIMIT 1")[0][0])

    def await_heartbeats(self, directory: Path, count: int = 3) -> None:
        """Wait until the clock has gone on by so many seconds, in the ledger that is in a
        directory."""
        since = self.running_us(directory)
        wait_until(
            lambda: self.running_us(directory) >= since + count * 1_000_000,
            "heartbeats are written",
        )

    def said(self, directory: Path) -> str:
        """What debug.log of a directory says."""
        try:
            return (directory / "debug.log").read_text()
        except FileNotFoundError:
            return ""

    def await_said(self, directory: Path, text: str) -> None:
        """Wait until the tracker has said something in the debug.log of a directory."""
        wait_until(lambda: text in self.said(directory), f"debug.log says {text!r}")

    def clear(self) -> None:
        """End what runs, and take everything away."""
        self.tracker.end()
        shutil.rmtree(self.place)


def made_ground() -> Iterator[Ground]:
    """A ground of a test's own: `ground = pytest.fixture(made_ground)`."""
    if os.getuid() != 0:
        pytest.fail("these tests need two more users: run them as root")
    made = Ground(Path(tempfile.mkdtemp(prefix="users-")))  # pytest's folders are closed to others
    yield made
    made.clear()
