"""Starting and stopping the tracker from outside, for commands. Keeper and daemon do the rest
themselves."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from codespace_tracker import __version__
from codespace_tracker.daemon.settled import is_older, is_prebuild, settled
from codespace_tracker.daemon.trackers import KEEPER
from codespace_tracker.machine import clock, debug_log, liveness, lock, stopped
from codespace_tracker.machine.lock import Holder
from codespace_tracker.machine.process import PAUSE, close_descriptors, hear, reset_signals
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.machine.state_directory import prepare

if TYPE_CHECKING:
    from codespace_tracker.daemon.settled import Outcome

_START_SECONDS = 10.0
_SLOW_START_SECONDS = 60.0
"""How long to wait for a start, and how long if the daemon is still coming up then, on a busy
machine."""
_STOP_SECONDS = 15.0
_LOOK_SECONDS = 0.02

_WAITING_SECONDS = 3.0


def ensure(directory: str, *, resume: bool) -> Outcome:
    """See to it that exactly one keeper and one daemon of this version run.

    `resume` also lifts a person's `stop`. Raises OSError where the directory cannot be made or
    written.
    """
    if resume and not is_prebuild() and stopped.holds(directory, clock.read()):
        stopped.forget(directory)
    holders = liveness.holders(directory)
    if (found := settled(directory, holders)) is not None:
        return found
    outcome: Outcome = "mended" if holders.daemon else "started"
    if is_older(holders.keeper) or is_older(holders.daemon):
        pause(directory)
        outcome = "restarted"
    prepare(directory)
    if liveness.holders(directory).keeper is None:
        _detach(directory)
    if _wait(lambda: _is_up(directory), _WAITING_SECONDS):
        return outcome
    if liveness.running(directory).is_waiting:
        return "waiting"
    if not _wait(lambda: _is_up(directory), _START_SECONDS - _WAITING_SECONDS):
        _wait(
            lambda: _is_up(directory) or not _is_starting(directory),
            _SLOW_START_SECONDS - _START_SECONDS,
        )
    return outcome if _is_up(directory) else "failed"


def stop(directory: str) -> bool:
    """Pause the session, end keeper and daemon, and record that a person asked for it; False if
    they did not end.

    A tracker of another container or machine is left alone at once, and nothing is remembered.
    """
    if liveness.running(directory).is_elsewhere:
        return False
    stopped.remember(directory, clock.read())
    return pause(directory)


def pause(directory: str) -> bool:
    """Pause the session, and end keeper and daemon; False if they have not ended in time, or are
    not ours to end."""
    found = liveness.running(directory)
    if found.is_elsewhere:
        return False
    if found.keeper is not None:
        _signal(directory, lock.KEEPER_LOCK, found.keeper)
        _wait(lambda: liveness.holders(directory) == liveness.Running(None, None), _STOP_SECONDS)
    left = liveness.holders(directory)
    if left.daemon is not None and left.keeper is None:
        _signal(directory, lock.DAEMON_LOCK, left.daemon)
    return _wait(lambda: liveness.holders(directory) == liveness.Running(None, None), _STOP_SECONDS)


def reload(directory: str) -> None:
    """Tell the daemon, if there is one, that the configuration changed."""
    holder = liveness.running(directory).daemon
    if holder is not None:
        _signal(directory, lock.DAEMON_LOCK, holder, signal.SIGHUP)


def run_in_foreground(directory: str) -> None:
    """Become the keeper. Does not return; raises OSError where the directory cannot be made."""
    stopped.forget(directory)
    prepare(directory)
    os.chdir(rooted(directory))  # as in `_detach`
    hear(
        (signal.SIGTERM, signal.SIGCHLD, PAUSE)
    )  # a shell cannot hear what was ignored when it began
    os.execv("/bin/sh", _keeper_command(directory))


def _is_up(directory: str) -> bool:
    found = liveness.holders(directory)
    return found.keeper is not None and found.daemon is not None and found.daemon.is_up


def _is_starting(directory: str) -> bool:
    """Whether the keeper waits for its daemon, and does not pause because that cannot start."""
    keeper = liveness.holders(directory).keeper
    if keeper is None:
        return False
    try:
        with open(f"/proc/{keeper.pid}/task/{keeper.pid}/children", encoding="ascii") as file:
            children = file.read().split()
        return any(not _is_pause(child) for child in children)
    except OSError:
        return False


def _is_pause(pid: str) -> bool:
    with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
        return file.read() == "sleep\n"


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _signal(directory: str, name: str, holder: Holder, number: int = PAUSE) -> None:
    """Signal who holds a lock, if it is a process of this container, and not a number that an
    earlier holder left."""
    if (
        holder.pid
        and not holder.is_elsewhere
        and lock.held_by(os.path.join(directory, name), holder.pid) is not False
    ):
        with contextlib.suppress(OSError):
            os.kill(holder.pid, number)


def _keeper_command(directory: str) -> list[str]:
    return ["/bin/sh", KEEPER, sys.executable, directory, __version__]


def _detach(directory: str) -> None:
    """Start the keeper as a detached process: it outlives the shell, the hook and the terminal that
    asked for it."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.chdir(rooted(directory))  # it stays there: its path may lead elsewhere a moment later
        null = os.open(os.devnull, os.O_RDWR)
        for standard, to in ((0, null), (1, null), (2, debug_log.opened(directory) or null)):
            os.dup2(to, standard)
        close_descriptors(keep=2)
        reset_signals()
        os.execv("/bin/sh", _keeper_command(directory))
    finally:
        os._exit(1)
