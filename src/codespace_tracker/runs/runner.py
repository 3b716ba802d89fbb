"""Watching one script from its start to its end: its output, its limit, and all that it started."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from typing import NamedTuple

from codespace_tracker.core.text import showable
from codespace_tracker.core.trigger import Result
from codespace_tracker.machine.files import FILE_MODE, check_folder, write_all
from codespace_tracker.machine.process import RESETTABLE
from codespace_tracker.runs import family, order, run_files
from codespace_tracker.runs.order import Order
from codespace_tracker.runs.output import Output
from codespace_tracker.runs.run_files import Outcome

GRACE_SECONDS = 5.0
"""How long a script has between TERM and KILL."""

BURY_SECONDS = 10.0
"""How often a run looks for orphans of the script that have ended: they are the run's to bury."""

_DETAIL = 1000  # characters of what is told of a run

_DRAIN_SECONDS = 1.0
_LOOK_SECONDS = 0.1  # where the kernel has no pidfd, and for what is to end


class CutOff(BaseException):
    """The run itself was told to end."""


class _Failed(Exception):
    """The script could not be started; the text says why."""


class _Watch(NamedTuple):
    pid: int
    pidfd: int
    output: Output


def supervise(
    wanted: Order,
    also: Callable[[bytes], object] | None = None,
    started: Callable[[int], object] | None = None,
) -> tuple[Outcome, int | None]:
    """Run the script to its end; the outcome, and the pipe if something that it left behind may
    still write to it.

    `started` gets the script's process number, `also` the output as it comes. Moves this process to
    the script's folder. Raises CutOff or KeyboardInterrupt when it came, and what `also` raises;
    everything is ended then.
    """
    began = time.monotonic_ns()
    log, note = _open_log(wanted)
    watch = None
    try:
        folder = _enter(wanted)
        note = _download(wanted, folder) or note
        watch = _start(wanted, log, also)
        if started is not None:
            started(watch.pid)
        limit = wanted.script.timeout_us / 1e6
        status = _wait(watch, time.monotonic() + limit if limit else None)
        if status is None:
            _end_all(watch)
    except _Failed as error:
        reason = showable(str(error), _DETAIL)
        with contextlib.suppress(OSError):
            write_all(log, f"[codespace-tracker: {reason}]\n".encode())
        if also is not None:
            also(f"codespace-tracker: {reason}\n".encode())
        return _outcome("failed", began, None, reason), None
    except BaseException:  # of any kind: the script would not be watched any longer
        _end_all(watch)
        raise
    _drain(watch.output, _DRAIN_SECONDS)
    left = watch.output.source if watch.output.is_open else None
    if status is None:
        return _outcome(
            "timed_out", began, None, f"it was ended at its limit of {limit / 60:g} minutes"
        ), left
    return _outcome("succeeded" if status == 0 else "failed", began, status, note), left


def _outcome(result: Result, began: int, status: int | None, detail: str) -> Outcome:
    """What has just ended, and began at a time of the monotonic clock (ns); `status` is the
    kernel's."""
    code = None if status is None else os.waitstatus_to_exitcode(status)
    signalled = -code if code is not None and code < 0 else None
    duration_us = (time.monotonic_ns() - began) // 1000
    return Outcome(
        result, time.time_ns() // 1000, duration_us, None if signalled else code, signalled, detail
    )


def _open_log(wanted: Order) -> tuple[int, str]:
    """Where the output goes, and a note for people if it cannot be kept: that costs the output, not
    the run."""
    path = run_files.log_path(wanted.directory, wanted.name)
    new = (
        os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
    )  # no run has the name of another
    try:
        check_folder(os.path.dirname(path))
        return os.open(path, new, FILE_MODE), ""
    except OSError as error:
        return os.open(
            os.devnull, os.O_WRONLY | os.O_CLOEXEC
        ), f"its output could not be kept ({error.strerror})"


def _enter(wanted: Order) -> str:
    """Move this process to where the script is to run; the folder."""
    folder = order.working_folder(wanted, os.environ)
    shown = order.shown_folder(wanted)
    if not os.path.isdir(folder):
        raise _Failed(f"cwd: there is no folder {shown}. Fix: make it, or correct `cwd`")
    try:
        os.chdir(folder)
    except OSError as error:
        raise _Failed(
            f"cwd: {shown} cannot be entered ({error.strerror}). Fix: correct its permissions"
        ) from error
    return folder


def _download(wanted: Order, folder: str) -> str:
    """Fetch the script, if it has an address; a note for people, if there is something to say."""
    if not wanted.script.url:
        return ""
    from codespace_tracker.runs.download import fetch
    from codespace_tracker.runs.transfer import DownloadFailed

    try:
        return fetch(wanted.script.url, wanted.script.sha256, folder, order.shown_folder(wanted))
    except DownloadFailed as error:
        raise _Failed(str(error)) from error


def _start(wanted: Order, log: int, also: Callable[[bytes], object] | None) -> _Watch:
    """Start the script in this process's folder, as the leader of a process group."""
    family.become_reaper()
    shell, *options = wanted.script.shell
    variables = order.environment(wanted, os.environ)
    before = os.umask(0o022)  # the tracker's own keeps its files to itself
    try:
        source, sink = os.pipe2(os.O_CLOEXEC)
        pid = os.posix_spawn(
            order.program(shell, variables),
            [shell, *options, wanted.script.command],
            variables,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, sink, 1),
                (os.POSIX_SPAWN_DUP2, sink, 2),
            ],
            setpgroup=0,
            setsigmask=(),
            setsigdef=RESETTABLE,
        )
        os.close(sink)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise _Failed(f"{shell} could not be started ({reason})") from error
    finally:
        os.umask(before)
    try:
        pidfd = os.pidfd_open(pid)
    except OSError:
        pidfd = -1
    return _Watch(pid, pidfd, Output(source, log, wanted.output_limit, also))


def _wait(watch: _Watch, deadline: float | None) -> int | None:
    """Pass on output until the script has ended: its status, None if the deadline came first."""
    poll = select.poll()
    poll.register(watch.output.source, select.POLLIN)
    if watch.pidfd >= 0:
        poll.register(watch.pidfd, select.POLLIN)
    pause = BURY_SECONDS if watch.pidfd >= 0 else _LOOK_SECONDS
    look = time.monotonic() + pause
    while deadline is None or time.monotonic() < deadline:
        until = look if deadline is None else min(look, deadline)
        ready = poll.poll(max(0.0, until - time.monotonic()) * 1000 + 1)
        if any(fd == watch.output.source for fd, _ in ready):
            watch.output.pump()
            if not watch.output.is_open:
                poll.unregister(watch.output.source)
        if time.monotonic() >= look or any(fd == watch.pidfd for fd, _ in ready):
            look = time.monotonic() + pause
            status = family.reap(watch.pid)
            if status is not None:
                return status
    return None


def _end_all(watch: _Watch | None) -> None:
    """TERM, then KILL, to all that the run started, even if that is only what is being started
    now."""
    until = time.monotonic() + GRACE_SECONDS
    with contextlib.suppress(
        CutOff, KeyboardInterrupt, OSError
    ):  # asked again; or the output has nowhere to go
        for one in (signal.SIGTERM, signal.SIGCONT):
            _signal(watch, one)
        while time.monotonic() < until and not family.is_alone():
            if watch is not None:
                _drain(watch.output, _LOOK_SECONDS / 2)
            time.sleep(_LOOK_SECONDS / 2)
    _signal(watch, signal.SIGKILL)


def _signal(watch: _Watch | None, number: int) -> None:
    family.signal_all(number, None if watch is None else watch.pid)


def _drain(output: Output, seconds: float) -> None:
    """Pass on what is left in the pipe, for at most `seconds`."""
    until = time.monotonic() + seconds
    while output.is_open and output.pump() and time.monotonic() < until:
        pass
