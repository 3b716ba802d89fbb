"""What `ensure` finds where it has nothing to do. Hooks call it with every shell, so it imports
nothing that only a start needs."""

from __future__ import annotations

import os
import sys

from codespace_tracker import __version__
from codespace_tracker.machine import clock, environment, liveness, stopped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from codespace_tracker.machine.liveness import Running
    from codespace_tracker.machine.lock import Holder

    Outcome = Literal[
        "running",
        "elsewhere",
        "started",
        "restarted",
        "mended",
        "waiting",
        "stopped",
        "prebuild",
        "failed",
    ]
    """What `ensure` found or did: `stopped` says that a person's `stop` still holds, `mended` that
    the keeper was gone, `elsewhere` that the tracker runs in another container or on another
    machine, which has the same state directory; `waiting` that ours is there, and waits because
    that other one may still write."""


def settled(directory: str, holders: Running) -> Outcome | None:
    """Why nothing is to be done for exactly one keeper and one daemon of this version to run, by
    who holds the locks; None where something is."""
    if is_prebuild():
        return "prebuild"
    if stopped.holds(directory, clock.read()):
        return "stopped"
    if holders.is_elsewhere:
        return "elsewhere"
    if is_older(holders.keeper) or is_older(holders.daemon):
        return None
    if holders.keeper is None or holders.daemon is None:
        return None
    return "waiting" if liveness.running(directory).is_waiting else "running"


def is_prebuild() -> bool:
    """Whether this is a codespace that is only being prepared: nothing may start."""
    return environment.detect(os.environ).prebuild


def is_older(holder: Holder | None) -> bool:
    """Whether a keeper or a daemon is of an older version than this program."""
    return holder is not None and _numbers(holder.version) < _numbers(__version__)


def _numbers(version: str) -> tuple[int, ...]:
    """A version as numbers to compare. One that is not said (the holder is just writing it) is none
    to replace."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal()) or (sys.maxsize,)
