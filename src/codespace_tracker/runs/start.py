"""The start of a run: a fork of the daemon, without exec, that becomes a process of its own and
watches the script."""

import os
import signal
import time

from codespace_tracker.machine import server_variables
from codespace_tracker.machine.process import close_descriptors, ignore_broken_pipes, reset_signals
from codespace_tracker.runs import order, run_files, runner
from codespace_tracker.runs.order import Order
from codespace_tracker.runs.run_files import Outcome

_PAUSE_SECONDS = 0.5
_PATIENCE_SECONDS = 3600
"""How long a run tries to leave its outcome on a disk that does not take it."""


def start(wanted: Order, lock: int) -> int:
    """Start a run whose lock is held in `lock`, which is closed here: the run's process has it. Its
    process number.

    Raises OSError when no further process can be started.
    """
    child = os.fork()
    if child == 0:
        _run(wanted, lock)
    os.close(lock)
    return child


def _run(wanted: Order, lock: int) -> None:
    """In the child: never returns, and never touches SQLite."""
    code = 1
    try:
        reset_signals()
        ignore_broken_pipes()
        signal.signal(signal.SIGTERM, _cut_off)
        os.setsid()
        close_descriptors(keep=lock)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        renew_variables(wanted.directory)
        outcome, pipe = runner.supervise(
            wanted, started=lambda pid: run_files.tell_script(lock, pid)
        )
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what has ended can no longer be cut off
        _leave(wanted, outcome)
        code = 0
        os.close(lock)
        if pipe is not None:
            swallow(pipe)
    except runner.CutOff:
        pass  # no outcome: the run was interrupted
    finally:
        os._exit(code)


def renew_variables(directory: str) -> None:
    """Give this process, which has the tracker's variables, those that a run begins with."""
    found = server_variables.renewed(directory, os.environ)
    if found != dict(os.environ):
        os.environ.clear()
        os.environ.update(found)


def _cut_off(*_: object) -> None:
    signal.signal(
        signal.SIGTERM, signal.SIG_IGN
    )  # another one must not disturb the end of the script
    raise runner.CutOff


def _leave(wanted: Order, outcome: Outcome) -> None:
    """Leave the outcome; on a full disk, as soon as there is room.

    Raises OSError when that takes too long, or when the state directory is gone: then no daemon
    will look for it.
    """
    place = wanted.directory, wanted.name
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            run_files.leave_outcome(*place, outcome)
            break
        except OSError:
            if time.monotonic() > until or not os.path.isdir(wanted.directory):
                raise
            time.sleep(_PAUSE_SECONDS)


def swallow(pipe: int) -> None:
    """Discard what the script's remaining processes print: a detached process reads it, this one
    may end.

    Its children become the system's with the end of this process.
    """
    if os.fork():
        return
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.set_blocking(pipe, True)
        null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        for descriptor, standard in ((pipe, 0), (null, 1), (null, 2)):
            os.dup2(descriptor, standard)
        os.chdir(
            "/"
        )  # a PATH may have entries that begin at the current folder, which is the script's
        os.execve(order.program("cat", os.environ), ["cat"], {})  # smaller than this process
    except OSError:
        while os.read(pipe, 1 << 16):
            pass
    finally:
        os._exit(0)
