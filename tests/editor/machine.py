"""A machine of its own for editors and a tracker: processes and terminals of others are not seen in
it, as in a codespace. What connects to it over TCP, such as a browser, is outside."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.integration.real_tracker import RealTracker, wait_until

_FIRST = """
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts /dev/pts
mount --bind /dev/pts/ptmx /dev/ptmx
echo ready
exec sleep infinity
"""


class Machine:
    """Namespaces, which end with all that runs in them."""

    def __init__(self) -> None:
        self._first = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _FIRST],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._first.stdout is not None
        assert self._first.stdout.readline() == "ready\n"
        [child] = (
            Path(f"/proc/{self._first.pid}/task/{self._first.pid}/children").read_text().split()
        )
        self.first = int(child)
        self._space = os.readlink(f"/proc/{self.first}/ns/pid")

    def words(self, *command: str) -> list[str]:
        """How a command is run in it."""
        return ["nsenter", f"--target={self.first}", "--mount", "--pid", *command]

    def processes(self) -> Iterator[tuple[int, list[str]]]:
        """What runs in it: the number there, and the words of the command line."""
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                if os.readlink(entry / "ns/pid") != self._space:
                    continue
                line = (entry / "cmdline").read_bytes().rstrip(b"\0").decode()
                status = (entry / "status").read_text()
            except OSError:
                continue  # it has ended
            [numbers] = [one for one in status.splitlines() if one.startswith("NSpid:")]
            yield int(numbers.split()[-1]), line.split("\0")

    def end(self) -> None:
        """End all that runs in it."""
        self._first.kill()
        self._first.wait()

        def is_empty() -> bool:
            return not [*self.processes()]

        wait_until(is_empty, "all in it has ended")


class TrackerThere(RealTracker):
    """A tracker whose processes are in a machine."""

    def __init__(self, directory: Path, machine: Machine) -> None:
        super().__init__(directory)
        self._machine = machine

    def command(self, *words: str) -> list[str]:
        return self._machine.words(*super().command(*words))

    def ask(self, words: Sequence[str]) -> str:
        """What a verb prints there."""
        return " ".join(self.verb(*words, code=None).stdout.split())
