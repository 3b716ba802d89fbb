"""Real processes in this machine's one life: killed, stopped, started at once."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.integration.checks import assert_no_second_lost, count
from tests.integration.real_tracker import RealTracker, wait_until

ROUNDS = int(os.environ.get("CODESPACE_TRACKER_TEST_ROUNDS", "4"))
ASKED = 20
"""How many ask at once that it runs."""


def test_a_start_counts_from_the_start_of_pid_1(tracker: RealTracker) -> None:
    tracker.verb("start")
    assert_no_second_lost(tracker)
    assert tracker.journal()[:2] == ["tracker_minted", "session_started"]


def test_a_killed_daemon_is_back_in_the_same_session_with_no_second_lost(
    tracker: RealTracker,
) -> None:
    tracker.verb("start")
    tracker.kill(daemon=True)
    killed = time.monotonic()
    wait_until(lambda: "continued" in tracker.journal(), "the keeper brings the daemon back")
    away_us = (time.monotonic() - killed) * 1_000_000
    assert_no_second_lost(tracker)
    assert tracker.status()["total"]["session_count"] == 1
    [(detail,)] = tracker.read("SELECT detail FROM journal WHERE kind='continued'")
    assert 0 < json.loads(detail)["away_us"] < 10_000_000 + away_us, "since the last heartbeat"


def test_ensure_gives_a_daemon_a_keeper_again_and_leaves_the_daemon_alone(
    tracker: RealTracker,
) -> None:
    tracker.verb("start")
    daemon = tracker.running().daemon
    tracker.kill(keeper=True)
    assert tracker.running().daemon == daemon
    tracker.verb("ensure")
    assert tracker.running().keeper is not None
    assert tracker.running().daemon == daemon
    tracker.kill(daemon=True)
    wait_until(lambda: tracker.running().daemon not in (None, daemon), "the new keeper keeps")


def test_when_both_are_killed_ensure_goes_on_with_no_second_lost(tracker: RealTracker) -> None:
    tracker.verb("start")
    tracker.kill(daemon=True, keeper=True)
    assert tracker.verb("status", code=1).stdout.find("NOT RUNNING") >= 0
    time.sleep(1.5)
    tracker.verb("ensure")
    assert_no_second_lost(tracker)
    assert tracker.status()["total"]["session_count"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_keeper_passes_the_end_on_and_ends_with_the_daemon(
    tracker: RealTracker, number: signal.Signals
) -> None:
    tracker.verb("start")
    keeper = tracker.running().keeper
    assert keeper is not None
    os.kill(keeper.pid, number)
    wait_until(lambda: tracker.running() == (None, None), "both have ended")
    [(ending,)] = tracker.read("SELECT ending FROM session")
    assert ending == ("clean" if number == signal.SIGTERM else "paused")


def test_a_stop_holds_against_hooks_until_a_start(tracker: RealTracker) -> None:
    tracker.verb("start")
    tracker.verb("stop")
    tracker.verb("ensure", "--quiet")
    assert tracker.running() == (None, None)
    tracker.verb("start")
    assert "resumed" in tracker.journal()
    assert_no_second_lost(tracker)


def test_however_many_start_it_at_once_one_keeper_and_one_daemon_run(tracker: RealTracker) -> None:
    for n in range(ROUNDS):
        if n % 2:
            tracker.kill(daemon=True, keeper=True)
        else:
            tracker.end()
        with ThreadPoolExecutor(ASKED) as askers:
            list(askers.map(lambda _: tracker.verb("ensure"), range(ASKED)))
        wait_until(
            lambda: count(tracker, "ghadi.sh") == 1 and count(tracker, "daemon/__main__.py") == 1,
            "one of each",
        )
    assert tracker.status()["total"]["session_count"] == 1
    assert_no_second_lost(tracker)
