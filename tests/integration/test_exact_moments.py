"""A moment of `at` is shown as the moment that it is, wherever it is shown."""

import json

from tests.integration.real_tracker import RealTracker, wait_until

NOON = [{"label": "Noon", "script_command": "true", "conditions": {"at": "0 12 * * *"}}]


def test_a_moment_of_at_is_shown_exactly(tracker: RealTracker) -> None:
    tracker.verb("init", "--timezone", "Australia/Lord_Howe")
    (tracker.directory / "trigger_config.json").write_text(json.dumps(NOON))
    tracker.verb("start")
    drawn = tracker.directory / "status.json"
    wait_until(
        lambda: drawn.exists() and json.loads(drawn.read_text())["triggers"]["next"] != [],
        "the plan is made",
    )
    [shown] = json.loads(drawn.read_text())["triggers"]["next"]
    [told] = tracker.status()["triggers"]["next"]
    explained = json.loads(tracker.verb("triggers", "explain", "Noon", "--json").stdout)
    moments = {shown["due_at"], told["due_at"], explained["fires_at"]}
    assert len(moments) == 1
    assert moments.pop()[10:23] == "T12:00:00.000"
