"""The terminal while `watch` uses it: the alternate screen and single keys, restored at the end."""

import contextlib
import os
import select
import shutil
import signal
import sys
import termios
import tty
from types import FrameType, TracebackType

from codespace_tracker.cli.commands.watch.follow import Event

_ENTER = "\x1b[?1049h\x1b[?25l"  # the alternate screen, no cursor
_LEAVE = "\x1b[?25h\x1b[?1049l"
_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
_QUIT = frozenset(b"qQ\x03\x04")
_ESCAPE = b"\x1b"
_ESCAPE_SECONDS = 0.05  # input this soon after an Escape belongs to it: an arrow or function key
_READ = 1024


class Terminal:
    """The terminal of this process, for use in `with`. Also restored on SIGTERM and SIGHUP."""

    def __init__(self) -> None:
        self._keys = sys.stdin.fileno()
        self._painted: list[str] = []
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> "Terminal":
        with contextlib.ExitStack() as stack:
            self._waking, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
            stack.callback(os.close, self._waking)
            stack.callback(os.close, writing)
            stack.callback(
                signal.set_wakeup_fd, signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
            )
            for number, handler in (
                (signal.SIGTERM, _end),
                (signal.SIGHUP, _end),
                (signal.SIGTSTP, _ignore),
                (signal.SIGWINCH, _ignore),
            ):
                stack.callback(signal.signal, number, signal.signal(number, handler))
            self._before = termios.tcgetattr(self._keys)
            stack.callback(self._leave)
            self._enter()
            self._undo = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._undo.close()

    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        found = shutil.get_terminal_size()
        with contextlib.suppress(OSError):
            found = os.get_terminal_size(sys.stdout.fileno())
        return max(20, found.columns), max(5, found.lines)

    def paint(self, lines: list[str]) -> None:
        """Show these lines from the top; prints nothing if they are already shown."""
        if lines == self._painted:
            return
        self._painted = lines
        text = f"{_REST_OF_LINE}\n".join(lines)
        sys.stdout.write(f"{_HOME}{text}{_REST_OF_LINE}{_REST_OF_SCREEN}")
        sys.stdout.flush()

    def wait(self, seconds: float | None) -> Event | None:
        """Wait for a key or a resize, at most this long (None: forever). Ctrl-Z is obeyed here."""
        ready, _, _ = select.select([self._keys, self._waking], [], [], seconds)
        if self._waking in ready and signal.SIGTSTP in self._heard():
            self._suspend()
        if self._keys not in ready:
            return "resized" if ready else None
        typed = os.read(self._keys, _READ)
        if typed == _ESCAPE and select.select([self._keys], [], [], _ESCAPE_SECONDS)[0]:
            typed += os.read(self._keys, _READ)
        return _event(typed)

    def _enter(self) -> None:
        tty.setcbreak(self._keys, termios.TCSADRAIN)
        self._painted = []
        sys.stdout.write(_ENTER)
        sys.stdout.flush()

    def _leave(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the terminal may be gone
            sys.stdout.write(_LEAVE)
            sys.stdout.flush()
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(self._keys, termios.TCSADRAIN, self._before)

    def _heard(self) -> bytes:
        """The numbers of the signals that came."""
        heard = b""
        with contextlib.suppress(BlockingIOError):
            while more := os.read(self._waking, _READ):
                heard += more
        return heard

    def _suspend(self) -> None:
        """Ctrl-Z: restore the terminal, stop, and take it over again when continued.

        Not within the signal's handler: that may come in the middle of writing to the terminal.
        """
        self._leave()
        before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, before)
        self._enter()


def _event(typed: bytes) -> Event:
    """What the keys mean; empty input means the terminal is gone."""
    if (
        not typed
        or typed == _ESCAPE
        or (not typed.startswith(_ESCAPE) and _QUIT.intersection(typed))
    ):
        return "quit"
    return "key"


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _ignore(_: int, __: FrameType | None) -> None:
    """Does nothing: its arrival wakes `wait`."""
