"""What a child process must do to be a process of its own: signals and descriptors as in a fresh
one."""

from __future__ import annotations

import os
import signal

from codespace_tracker.core.suppress import suppress
from codespace_tracker.machine.rooted import unroot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

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
            with suppress(OSError):  # the folder itself
                os.close(int(name))
    unroot()
