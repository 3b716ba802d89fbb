"""What a child process must do to be a process of its own: signals and descriptors as in a fresh
one."""

import contextlib
import os
import signal
from collections.abc import Iterable

from codespace_tracker.machine import clock
from codespace_tracker.machine.rooted import unroot

PAUSE = signal.SIGUSR2
"""What tells the keeper and the daemon that a person ends the tracker, and the machine goes on."""

RESETTABLE = frozenset(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}
"""The signals that a process may handle or ignore."""


def reset_signals() -> None:
    """Give a child the signals of a fresh process: a blocked mask is inherited, and bash would
    never see TERM."""
    for number in RESETTABLE:
        if (
            signal.getsignal(number) is not signal.SIG_DFL
        ):  # so is what was ignored when this program began
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def hear(numbers: Iterable[int]) -> None:
    """Let signals reach this process that the one that started it may have ignored, which is
    inherited.

    Not for INT and HUP in the foreground: a shell has what it runs in the background ignore Ctrl-C,
    and nohup the end of the terminal.
    """
    for number in numbers:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def ignore_broken_pipes() -> None:
    """Make writing to a closed pipe an error, as in any Python program, and not the end of this
    process."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)


def close_descriptors(keep: int) -> None:
    """Close what a child inherited beyond its standard streams, the lock above all: closed, it is
    not unlocked."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != keep:
            with contextlib.suppress(OSError):  # the folder itself
                os.close(int(name))
    unroot()


def sees_its_own() -> bool:
    """Whether the numbers in /proc are those that this process knows: a container may have been
    given another's."""
    try:
        return os.readlink("/proc/self") == str(os.getpid())
    except OSError:
        return False


def openers(path: str) -> list[int]:
    """The processes that have a file open, as far as this one may look: those of the same user, all
    for root."""
    found = []
    try:
        wanted, names = os.stat(path), os.listdir("/proc") if sees_its_own() else []
    except OSError:
        return []
    for name in filter(str.isdecimal, names):
        with contextlib.suppress(OSError):
            folder = f"/proc/{name}/fd"
            if any(_is_open(f"{folder}/{fd}", wanted) for fd in os.listdir(folder)):
                found.append(int(name))
    return found


def _is_open(path: str, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), wanted)
    except OSError:  # closed meanwhile
        return False


def start_time(pid: int) -> int | None:
    """When a process started, in clock ticks after boot, which with its number tells it from all
    others.

    Every process sees the same value, even in another time namespace.

    None if it has ended, or cannot be seen.
    """
    if not sees_its_own():
        return None
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else clock.unmoved(int(fields[19]))
