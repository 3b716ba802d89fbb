"""The files of runs, in `runs/`: NAME.log (output), NAME.json (outcome), NAME.lock (held while it
is going)."""

import contextlib
import fcntl
import json
import os
from signal import SIGKILL
from typing import NamedTuple

from codespace_tracker.core.trigger import Result
from codespace_tracker.machine.file_names import RUNS
from codespace_tracker.machine.files import (
    FILE_MODE,
    SAFELY,
    check_folder,
    make_directory,
    read_own,
    replace,
)
from codespace_tracker.machine.processes import start_time
from codespace_tracker.machine.trusted_directory import check_directory

FOLDER = RUNS
_LOG, _OUTCOME, _LOCK = ".log", ".json", ".lock"
_SUFFIXES = (
    _LOG,
    _OUTCOME,
    _LOCK,
    f"{_OUTCOME}.tmp",
)  # the last is what is left of an outcome that was not written
_OUTCOME_LIMIT = 1 << 16
_LOCK_LIMIT = 100


class Outcome(NamedTuple):
    """How a run ended: when (UTC µs), after how long (µs), with which exit code or signal; `detail`
    is for people."""

    result: Result
    ended_at: int
    duration_us: int
    exit_code: int | None
    signal: int | None
    detail: str


def log_path(directory: str, name: str) -> str:
    """Where a run's output is."""
    return os.path.join(directory, FOLDER, name + _LOG)


def outcome_path(directory: str, name: str) -> str:
    """Where a run leaves its outcome."""
    return os.path.join(directory, FOLDER, name + _OUTCOME)


def take_lock(directory: str, name: str) -> int:
    """Make and hold the lock that says that a run is going; it is free when every process that got
    it has ended.

    Raises OSError.
    """
    folder = os.path.join(directory, FOLDER)
    check_folder(folder)
    how = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        fd = os.open(os.path.join(folder, name + _LOCK), how, FILE_MODE)
    except FileNotFoundError:
        make_directory(folder)  # it was deleted
        fd = os.open(os.path.join(folder, name + _LOCK), how, FILE_MODE)
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return fd


def drop_lock(directory: str, name: str, fd: int | None) -> None:
    """A run is over or never began: its lock is no longer needed."""
    if fd is not None:
        os.close(fd)
    with contextlib.suppress(OSError):
        os.unlink(os.path.join(directory, FOLDER, name + _LOCK))


def is_going(directory: str, name: str) -> bool:
    """Whether a process of the run still lives."""
    try:
        fd = os.open(os.path.join(directory, FOLDER, name + _LOCK), os.O_RDONLY | SAFELY)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def tell_script(lock: int, pid: int) -> None:
    """Write into the lock which process the script is: its number, which is its group's too, and
    its start."""
    with contextlib.suppress(OSError):
        os.pwrite(lock, f"{pid} {start_time(pid)}\n".encode(), 0)


def end_script(directory: str, name: str) -> None:
    """End the script of a run that is gone, if it is still there: it is not watched any longer, and
    may be started again."""
    told = read_own(os.path.join(directory, FOLDER, name + _LOCK), _LOCK_LIMIT) or b""
    pid, _, start = told.decode("ascii", "replace").strip().partition(" ")
    if pid.isdecimal() and start.isdecimal() and start_time(int(pid)) == int(start):
        with contextlib.suppress(OSError):
            os.killpg(int(pid), SIGKILL)


def leave_outcome(directory: str, name: str, outcome: Outcome) -> None:
    """Write the outcome, whole and on the disk. Raises OSError."""
    folder = os.path.join(directory, FOLDER)
    check_directory(directory)
    check_folder(folder)
    make_directory(folder)  # it may have been deleted
    replace(
        outcome_path(directory, name), (json.dumps(outcome._asdict()) + "\n").encode(), durable=True
    )


def read_outcome(directory: str, name: str) -> Outcome | None:
    """The outcome that a run left; None if there is none, or none that can be read."""
    content = read_own(outcome_path(directory, name), _OUTCOME_LIMIT)
    try:
        fields = json.loads(content or b"")
        if fields["result"] not in ("succeeded", "failed", "timed_out"):
            return None
        code, signal = fields["exit_code"], fields["signal"]
        return Outcome(
            fields["result"],
            int(fields["ended_at"]),
            int(fields["duration_us"]),
            None if code is None else int(code),
            None if signal is None else int(signal),
            str(fields["detail"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def prune(directory: str, keep: int, going: frozenset[str]) -> None:
    """Delete the files of all but the newest `keep` runs, and none of those that are going. Never
    raises."""
    folder = os.path.join(directory, FOLDER)
    try:
        check_folder(folder)
        names = os.listdir(folder)
    except OSError:
        return
    names_of_runs = {
        name.removesuffix(suffix) for suffix in _SUFFIXES for name in names if name.endswith(suffix)
    }
    runs = sorted(names_of_runs, key=_began)
    for run in set(runs[:-keep]) - going:
        for suffix in _SUFFIXES:
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, run + suffix))


def _began(name: str) -> str:
    """The time in a run's name, which orders runs."""
    return name.partition(".")[0]
