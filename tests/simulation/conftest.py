"""What the simulations share: a world with a machine, a tracker and a person's files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.simulation.test_rules import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "state")
    yield made
    if made.daemon is not None:
        made.crash()
