"""What the simulations share: a world with a machine, a tracker and a person's files, kept in
memory.

A crash of the simulated machine is between two calls of ours, so a real disk would add nothing but
its waiting: on a slow one two thirds of the time.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.simulation import savings
from tests.simulation.test_rules import World

_MEMORY = "/dev/shm"
_ROOM = 1 << 28
"""Bytes that a simulation may need; a container often has 64 MiB there."""


@pytest.fixture(autouse=True)
def cheap_plans() -> Iterator[None]:
    """What is the same in each plan is made once for all simulations of a process."""
    with savings.shared():
        yield


@pytest.fixture
def seldom_drawn() -> Iterator[None]:
    """For long stretches in which a test looks at no runtime file."""
    with savings.seldom_drawn():
        yield


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory where there is room, else where temporary files are."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _has_room() else None) as folder:
        yield Path(folder)


def _has_room() -> bool:
    try:
        found = os.statvfs(_MEMORY)
    except OSError:
        return False
    return os.access(_MEMORY, os.W_OK) and found.f_bavail * found.f_frsize > _ROOM


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "state")
    yield made
    if made.daemon is not None:
        made.crash()
