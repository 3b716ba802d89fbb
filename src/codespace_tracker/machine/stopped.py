"""A person's wish that the tracker stay stopped, kept in a file: hooks leave it alone in this life
of the machine."""

from __future__ import annotations

import os

from codespace_tracker.core.clock import Reading
from codespace_tracker.core.suppress import suppress
from codespace_tracker.machine.files import beside, read_own, replace
from codespace_tracker.machine.rooted import rooted

NAME = "stopped"


def remember(directory: str, reading: Reading) -> None:
    """Record that a person stopped the tracker in this life. A full disk does not prevent stopping
    it."""
    with suppress(OSError):
        path = os.path.join(directory, NAME)
        replace(path, _life(reading), by=beside(path))


def holds(directory: str, reading: Reading) -> bool:
    """Whether a person stopped the tracker in this life of the machine; a new life starts it by
    itself."""
    return read_own(os.path.join(directory, NAME), 1000) == _life(reading)


def forget(directory: str) -> None:
    """The person wants it running again. Raises OSError."""
    with suppress(FileNotFoundError):
        os.unlink(rooted(os.path.join(directory, NAME)))


def _life(reading: Reading) -> bytes:
    return f"{reading.boot_id} {reading.pid1_start_us}\n".encode()
