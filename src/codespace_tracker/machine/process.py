"""What a child process must do to be a process of its own: signals and descriptors as in a fresh one."""

import os
import signal

_CHANGED = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGCHLD,
    signal.SIGUSR2,
    signal.SIGQUIT,
    signal.SIGIO,
    signal.SIGPIPE,  # this one and the next are ignored by Python
    signal.SIGXFSZ,
)


def reset_signals() -> None:
    """Give a child the signals of a fresh process: a blocked mask is inherited, and bash would never see TERM."""
    for number in _CHANGED:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def close_descriptors(keep: int) -> None:
    """Close what a child inherited beyond its standard streams, the lock above all: closed, it is not unlocked."""
    os.closerange(3, keep)
    os.closerange(keep + 1, 256)
