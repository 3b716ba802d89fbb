"""Watching one script from its start to its end: its output, its limit, and all that it brought forth."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from typing import NamedTuple

from codespace_tracker.core.trigger import Result
from codespace_tracker.machine.files import FILE_MODE
from codespace_tracker.machine.process import reset_signals
from codespace_tracker.runs import family, order, places
from codespace_tracker.runs.order import Order
from codespace_tracker.runs.output import Output
from codespace_tracker.runs.places import Outcome

GRACE_SECONDS = 5.0
"""How long a script has between TERM and KILL."""

_DRAIN_SECONDS = 1.0
_LOOK_SECONDS = 0.1  # where the kernel has no pidfd

_NOT_RUN = 126  # what shells use for "cannot be run"


class CutOff(BaseException):
    """The run itself was told to end."""


class _Failed(Exception):
    """The script could not be started; the text says why."""


class _Watch(NamedTuple):
    pid: int
    pidfd: int
    output: Output


def supervise(wanted: Order, also: Callable[[bytes], object] | None = None) -> tuple[Outcome, int]:
    """Run the script to its end; the outcome, and the pipe that what it left behind may still write to.

    `also` gets the output as it comes. Raises CutOff or KeyboardInterrupt when it came; everything is ended then.
    """
    began = time.monotonic_ns()

    def outcome(result: Result, status: int | None, detail: str = "") -> Outcome:
        code = signalled = None
        if status is not None:
            code = os.waitstatus_to_exitcode(status)
            code, signalled = (None, -code) if code < 0 else (code, None)
        duration_us = (time.monotonic_ns() - began) // 1000
        return Outcome(result, time.time_ns() // 1000, duration_us, code, signalled, detail)

    log = os.open(
        places.log_path(wanted.directory, wanted.name),
        os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW,
        FILE_MODE,
    )
    try:
        folder = _folder(wanted)
        note = _download(wanted, folder)
        watch = _start(wanted, folder, log, also)
    except _Failed as error:
        with contextlib.suppress(OSError):
            os.write(log, f"[codespace-tracker: {error}]\n".encode(errors="replace"))
        if also is not None:
            also(f"codespace-tracker: {error}\n".encode(errors="replace"))
        return outcome("failed", None, str(error)), -1
    limit = wanted.script.timeout_us / 1e6
    deadline = time.monotonic() + limit if limit else None
    try:
        status = _wait(watch, deadline)
        if status is None:
            _end_all(watch)
            return outcome(
                "timed_out", None, f"it was ended at its limit of {limit / 60:g} minutes"
            ), watch.output.source
    except (CutOff, KeyboardInterrupt):
        _end_all(watch)
        raise
    _drain(watch.output, 0)
    return outcome("succeeded" if status == 0 else "failed", status, note), watch.output.source


def _folder(wanted: Order) -> str:
    folder = order.working_folder(wanted, os.environ)
    if not os.path.isdir(folder):
        raise _Failed(f"cwd: there is no folder {folder}. Mend: make it, or correct `cwd`")
    return folder


def _download(wanted: Order, folder: str) -> str:
    """Fetch the script, if it has an address; a note for people, if there is something to say."""
    if not wanted.script.url:
        return ""
    from codespace_tracker.runs.download import DownloadFailed, fetch

    try:
        return fetch(wanted.script.url, wanted.script.sha256, folder)
    except DownloadFailed as error:
        raise _Failed(str(error)) from error


def _start(wanted: Order, folder: str, log: int, also: Callable[[bytes], object] | None) -> _Watch:
    family.become_reaper()
    source, sink = os.pipe2(os.O_CLOEXEC)
    variables = order.environment(wanted, os.environ)
    child = os.fork()
    if child == 0:
        _become_script(wanted, folder, sink, variables)
    os.close(sink)
    with contextlib.suppress(OSError):
        os.setpgid(child, child)  # the child does so too: whoever comes first
    try:
        pidfd = os.pidfd_open(child)
    except OSError:
        pidfd = -1
    return _Watch(child, pidfd, Output(source, log, wanted.output_limit, also))


def _become_script(wanted: Order, folder: str, sink: int, variables: dict[str, str]) -> None:
    """In the child: never returns."""
    try:
        os.setpgid(0, 0)
        reset_signals()
        null = os.open(os.devnull, os.O_RDONLY)
        for target, standard in ((null, 0), (sink, 1), (sink, 2)):
            os.dup2(target, standard)
        os.umask(0o022)  # the tracker's own keeps its files to itself
        os.chdir(folder)
        os.execvpe(wanted.script.shell[0], [*wanted.script.shell, wanted.script.command], variables)
    except OSError as error:
        os.write(2, f"[codespace-tracker: cannot run {wanted.script.shell[0]}: {error.strerror}]\n".encode())
    finally:
        os._exit(_NOT_RUN)


def _wait(watch: _Watch, deadline: float | None) -> int | None:
    """Pass on output until the script has ended: its status, None if the deadline came first."""
    poll = select.poll()
    poll.register(watch.output.source, select.POLLIN)
    if watch.pidfd >= 0:
        poll.register(watch.pidfd, select.POLLIN)
    while True:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            return None
        if watch.pidfd < 0:
            left = _LOOK_SECONDS if left is None else min(left, _LOOK_SECONDS)
        ready = poll.poll(None if left is None else left * 1000 + 1)
        if any(fd == watch.output.source for fd, _ in ready):
            watch.output.pump()
            if not watch.output.is_open:
                poll.unregister(watch.output.source)
        if watch.pidfd < 0 or any(fd == watch.pidfd for fd, _ in ready):
            ended, status = os.waitpid(watch.pid, os.WNOHANG)
            if ended:
                return status


def _end_all(watch: _Watch) -> None:
    """TERM, then KILL, to all that the run brought forth."""
    me = os.getpid()
    for one in (signal.SIGTERM, signal.SIGCONT):
        with contextlib.suppress(OSError):
            os.killpg(watch.pid, one)
        family.signal_all(me, one)
    until = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < until and family.descendants(me):
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        _drain(watch.output, 0.02)
        time.sleep(0.02)
    with contextlib.suppress(OSError):
        os.killpg(watch.pid, signal.SIGKILL)
    family.signal_all(me, signal.SIGKILL)
    _drain(watch.output, 0)


def _drain(output: Output, seconds: float) -> None:
    """Pass on what is left in the pipe, however much comes after it."""
    until = time.monotonic() + (seconds or _DRAIN_SECONDS)
    while output.is_open and output.pump() and time.monotonic() < until:
        pass
