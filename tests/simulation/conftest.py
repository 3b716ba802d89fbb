"""What the simulations share: a world with a machine, a tracker and a person's files, kept in
memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.simulation import savings
from tests.simulation.world import World, folder_in_memory, world_at


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
    with folder_in_memory() as folder:
        yield folder


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with world_at(tmp_path / "state") as made:
        yield made
