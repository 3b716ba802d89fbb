"""One seed decides everything that happens; whatever that is, the promises hold."""

import json
import os
from pathlib import Path

import pytest
from tests.simulation.events import Event, events_of, shrunk
from tests.simulation.player import Player

SEEDS = int(os.environ.get("CODESPACE_TRACKER_TEST_SEEDS", "40"))
FIRST = int(os.environ.get("CODESPACE_TRACKER_TEST_FIRST_SEED", "1"))
_BATCH = 20
_KEPT = Path(__file__).parent / "seeds"


def fails(events: list[Event]) -> bool:
    try:
        Player(0).play(events)
    except Exception:  # noqa: BLE001 - whatever it was, it is what we look for
        return True
    return False


@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, _BATCH))
def test_whatever_happens_the_promises_hold(first: int) -> None:
    for seed in range(first, min(first + _BATCH, FIRST + SEEDS)):
        events = events_of(seed)
        try:
            Player(0).play(events)
        except Exception as error:
            least = shrunk(events, fails)
            raise AssertionError(f"seed {seed} fails; the least that does:\n{json.dumps(least)}") from error


@pytest.mark.parametrize("path", sorted(_KEPT.glob("*.json")), ids=lambda path: path.stem)
def test_what_once_failed_holds(path: Path) -> None:
    Player(0).play(json.loads(path.read_text()))
