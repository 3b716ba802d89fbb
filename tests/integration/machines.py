"""Machines that share a folder: each is a mount and PID namespace with a boot id of its own, on one
kernel.

The folder is reached through a FUSE mount (bindfs) for each machine. That is what a network file
system without locks is like: each mount gives the same lock once more.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.integration.real_tracker import PROGRAM, StateDirectory, run, wait_until

from codespace_tracker.machine import liveness

ALL_WAITS_SECONDS = 30
"""How long a verb takes that waits in vain, twice, for the tracker to end; one that does not takes
part of a second."""

_LIFE = """
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount --bind {boot} /proc/sys/kernel/random/boot_id
echo up
exec sleep 600
"""


class Machine(StateDirectory):
    """One machine, and the state directory as it is seen there."""

    def __init__(self, directory: Path, home: Path, name: str) -> None:
        super().__init__(directory)
        self.home = home
        self.name = name
        home.mkdir()
        boot = home / "boot_id"
        boot.write_text(f"{name}\n")
        self._life = subprocess.Popen(
            [
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "sh",
                "-c",
                _LIFE.format(boot=boot),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._life.stdout is not None
        assert self._life.stdout.readline() == "up\n", (
            "these tests make namespaces: run them as root"
        )
        children = Path(f"/proc/{self._life.pid}/task/{self._life.pid}/children").read_text()
        self.first = int(children)
        """Its PID 1, as numbered here."""

    def within(self, *command: str) -> list[str]:
        """The command as it is to be run from here."""
        return ["nsenter", f"--target={self.first}", "--mount", "--pid", *command]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command there, to its end."""
        return run(list(command), self._env(), self.first)

    def begin_verb(self, *words: str) -> subprocess.Popen[str]:
        """Begin to run a verb there."""
        command = self.within(*PROGRAM, *words, "--dir", str(self.directory))
        return subprocess.Popen(
            command, env=self._env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def _env(self) -> dict[str, str]:
        more = {"LANG": "C.UTF-8", "REMOTE_CONTAINERS": "true"}
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], **more}

    def verb(self, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a verb there; fails if it does not exit with `code` (None: any)."""
        done = self.run(*PROGRAM, *words, "--dir", str(self.directory))
        assert code is None or done.returncode == code, (
            self.name,
            words,
            done.returncode,
            done.stdout,
            done.stderr,
        )
        assert "Traceback" not in done.stderr + done.stdout
        return done

    def status(self) -> dict[str, Any]:
        """What `status --json` says there now."""
        found: dict[str, Any] = json.loads(self.verb("status", "--json", code=None).stdout)
        return found

    def counts(self) -> bool:
        """Whether the tracker of this machine is the one that counts and writes."""
        done = self.verb("status", "--json", code=None)
        found = json.loads(done.stdout) if done.stdout else {}
        return bool(found) and found["running"] and not found["elsewhere"]

    def freeze(self) -> None:
        """All its processes stand still, as those of a virtual machine that is paused."""
        self.run("sh", "-c", "kill -STOP -1")

    def thaw(self) -> None:
        """They go on."""
        self.run("sh", "-c", "kill -CONT -1")

    def power_off(self) -> None:
        """Everything on it dies at once."""
        self._life.kill()
        self._life.wait()
        assert self._life.stdout is not None
        self._life.stdout.close()
        wait_until(lambda: not Path(f"/proc/{self.first}").exists(), f"machine {self.name} is gone")


@contextmanager
def fuse_mount(source: Path, point: Path) -> Iterator[Path]:
    """A FUSE mount of a folder, gone at the end."""
    point.mkdir()
    done = subprocess.run(
        ["bindfs", str(source), str(point)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"these tests need bindfs and /dev/fuse: {done.stderr}")
    try:
        yield point
    finally:
        subprocess.run(["umount", "--lazy", str(point)], check=True)


@contextmanager
def machines(
    folder: Path, *names: str, local: tuple[str, ...] = ()
) -> Iterator[tuple[Machine, ...]]:
    """Machines that share one folder, in which the state directory is to lie. Those in `local` have
    it on a local file system, as the server of a network file system has."""
    source = folder / "source"
    source.mkdir()
    with ExitStack() as stack:
        made = []
        for name in names:
            place = (
                source
                if name in local
                else stack.enter_context(fuse_mount(source, folder / f"mount-{name}"))
            )
            made.append(Machine(place / "state", folder / f"home-{name}", name))
            stack.callback(made[-1].power_off)
        yield tuple(made)


@contextmanager
def held_out_of_sight(directory: Path, keeper: str, daemon: str) -> Iterator[None]:
    """The locks of a state directory, held by a process of another PID namespace, with these words
    in them."""
    files = [directory / "keeper.lock", directory / "daemon.lock"]
    for file, words in zip(files, (keeper, daemon), strict=True):
        file.write_text(f"{words}\n")
    hold = [word for file in files for word in ("flock", str(file))]
    holding = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--kill-child", *hold, "sh", "-c", "echo; sleep 300"],
        stdout=subprocess.PIPE,
    )
    assert holding.stdout is not None
    try:
        assert holding.stdout.readline() == b"\n", "these tests make namespaces: run them as root"
        yield
    finally:
        holding.kill()
        holding.wait()
        holding.stdout.close()
        wait_until(lambda: liveness.running(str(directory)) == (None, None), "the locks are free")
