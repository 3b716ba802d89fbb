from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[RealTracker]:
    """A tracker that is not running yet; whatever runs at the end of the test is ended."""
    made = RealTracker(tmp_path / "state")
    yield made
    made.end()
