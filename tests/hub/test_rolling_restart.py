"""Several processes at one address, restarted one after the other while trackers tell: each sync
works, and nothing is lost."""

from __future__ import annotations

import collections
import threading
import time
import urllib.error
from pathlib import Path
from typing import Any

import pytest
from tests.hub.serving import Served
from tests.hub.simulated import Team
from tests.hub.stores import Played

from codespace_tracker.sync.hub_client import HubClient

PROCESSES, TRACKERS, ROUNDS = 3, 20, 2


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> collections.Counter[str]:
    """How each request of the trackers ended: by its status, or by what broke its connection."""
    found: collections.Counter[str] = collections.Counter()
    once = HubClient._once

    def noted(self: HubClient, request: Any) -> Any:
        try:
            done = once(self, request)
        except Exception as error:
            cause = error.__cause__.__cause__ if error.__cause__ else None
            cause = cause or error.__cause__ or error
            if isinstance(cause, urllib.error.HTTPError):
                found[str(cause.code)] += 1
            else:
                reason = getattr(cause, "reason", cause)
                found[type(reason).__name__] += 1
            raise
        found["200"] += 1
        return done

    monkeypatch.setattr(HubClient, "_once", noted)
    return found


def test_while_processes_are_restarted_one_by_one_each_sync_works(
    database: str, tmp_path: Path, answers: collections.Counter[str]
) -> None:
    played = Played(database)
    played.now = time.time_ns() // 1000
    played.begin()
    first = Served(database, 0, "--rate", "0")
    first.start()
    all_ = [first, *(Served(database, first.port, "--rate", "0") for _ in range(PROCESSES - 1))]
    for one in all_[1:]:
        one.start()
    team = Team(tmp_path, played, TRACKERS, f"http://127.0.0.1:{first.port}")
    codes: list[int] = []

    def restart() -> None:
        for _ in range(ROUNDS):
            for one in all_:
                codes.append(one.end())
                one.start()

    restarting = threading.Thread(target=restart)
    restarting.start()
    while restarting.is_alive():
        team.live_and_sync(1)
    restarting.join()
    print(dict(answers), dict(team.synced))
    assert codes == [0] * PROCESSES * ROUNDS
    assert team.synced[False] == 0
    assert team.check_acknowledged(played) > 0
    team.end_and_sync()
    assert team.check_exact(played) >= TRACKERS
    for one in all_:
        assert one.end() == 0
    played.close()
