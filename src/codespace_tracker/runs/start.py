"""The start of a run: a fork of the daemon, without exec, that becomes a process of its own and watches the script."""

import os
import shutil
import signal

from codespace_tracker.machine.process import close_descriptors, reset_signals
from codespace_tracker.runs import places, runner
from codespace_tracker.runs.order import Order


def start(wanted: Order, lock: int) -> int:
    """Start a run whose lock is held in `lock`, which is closed here: the run's process has it. Its process number.

    Raises OSError when there can be no more processes.
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
        signal.signal(signal.SIGTERM, _cut_off)
        os.setsid()
        close_descriptors(keep=lock)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        outcome, pipe = runner.supervise(wanted)
        places.leave_outcome(wanted.directory, wanted.name, outcome)
        code = 0
        os.close(lock)
        _let_go(pipe)
    except runner.CutOff:
        pass  # no outcome: the run was interrupted
    finally:
        os._exit(code)


def _cut_off(*_: object) -> None:
    raise runner.CutOff


def _let_go(pipe: int) -> None:
    """Swallow what the script's background processes still print, so that it does not end them."""
    if pipe < 0:
        return
    os.set_blocking(pipe, True)
    cat = shutil.which("cat")
    if cat is None:
        while os.read(pipe, 1 << 16):
            pass
        return
    os.dup2(pipe, 0)
    os.closerange(3, 256)
    os.execv(cat, ["cat"])
