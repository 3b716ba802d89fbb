"""One seed decides everything that happens; whatever that is, the promises hold."""

import json
from pathlib import Path

import pytest
from tests.simulation.events import events_of, shrunk
from tests.simulation.player import Player, fails

SEEDS, EVENTS = 200, 8
"""What the everyday run plays; `python -m tests.simulation.long` plays as many as one likes, and
longer ones."""

_BATCH = 10
_KEPT = Path(__file__).parent / "seeds"


@pytest.mark.parametrize("first", range(1, SEEDS + 1, _BATCH))
def test_whatever_happens_the_promises_hold(first: int) -> None:
    for seed in range(first, first + _BATCH):
        events = events_of(seed, EVENTS)
        try:
            Player(0).play(events)
        except Exception as error:
            least = shrunk(events, lambda tried: fails(tried) is not None)
            raise AssertionError(
                f"seed {seed} fails; the least that does:\n{json.dumps(least)}"
            ) from error


@pytest.mark.parametrize("path", sorted(_KEPT.glob("*.json")), ids=lambda path: path.stem)
def test_what_once_failed_holds(path: Path) -> None:
    Player(0).play(json.loads(path.read_text()))
