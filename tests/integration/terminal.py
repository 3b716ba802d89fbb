"""A real terminal (a pseudo-terminal) with a program in it, and somebody who types and reads."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from types import TracebackType

PATIENCE_SECONDS = 180.0
_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>])")


class PseudoTerminal:
    """A program on a terminal of its own, which it controls; `said` is all that it printed so
    far."""

    def __init__(
        self, command: list[str], environment: dict[str, str], columns: int = 80, rows: int = 24
    ) -> None:
        self._ours, self._theirs = pty.openpty()
        self.said = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(
            "replace"
        )  # a character may come in two reads
        self.resize(columns, rows, tell=False)
        self.modes = termios.tcgetattr(self._theirs)
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command],
            env={"TERM": "xterm-256color", **environment},
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
        )

    def __enter__(self) -> "PseudoTerminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._ours, text.encode())

    def resize(self, columns: int, rows: int, *, tell: bool = True) -> None:
        """Give the terminal another size; the program is told, as by a terminal."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def read(self, seconds: float) -> str:
        """What is printed within so many seconds."""
        said, until = b"", time.monotonic() + seconds
        while select.select([self._ours], [], [], max(0.0, until - time.monotonic()))[0]:
            said += os.read(self._ours, 1 << 16)
        text = self._decoder.decode(said)
        self.said += text
        return text

    def until(self, text: str) -> str:
        """Read until a text was printed; what was printed up to then."""
        found, until = "", time.monotonic() + PATIENCE_SECONDS
        while text not in found:
            assert time.monotonic() < until, f"waited in vain for {text!r} in {found!r}"
            found += self.read(0.1)
        return found

    def ended(self) -> int:
        """Wait until the program has ended; its exit code."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < until, f"it does not end: {self.said[-500:]!r}"
            self.read(0.05)
        self.read(0.05)
        return self.process.returncode

    @property
    def is_as_before(self) -> bool:
        """Whether the terminal's modes are those that it began with, its own screen is shown, and
        so is the cursor."""
        screens = re.findall(r"\x1b\[\?1049([hl])", self.said)
        cursors = re.findall(r"\x1b\[\?25([hl])", self.said)
        return (
            termios.tcgetattr(self._theirs) == self.modes
            and screens[-1:] == ["l"]
            and cursors[-1:] == ["h"]
        )

    def lines(self, painted: str) -> list[str]:
        """The lines of the last picture in what was printed, without colours."""
        return [_ESCAPES.sub("", line) for line in painted.rpartition("\x1b[H")[2].split("\r\n")]
