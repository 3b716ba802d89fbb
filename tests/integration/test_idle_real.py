"""Triggers of idleness by the real tracker: real terminals, and a server with real connections."""

import json
import os
import pty
import time
from pathlib import Path

from tests.integration.editors import server
from tests.integration.real_tracker import RealTracker, wait_until

IDLE_SECONDS = 6


def lines(path: Path) -> list[float]:
    """When the trigger fired, in seconds of the wall clock."""
    return [float(line) for line in path.read_text().split()] if path.exists() else []


def write(tracker: RealTracker, path: Path) -> None:
    trigger = {
        "label": "Idle",
        "script_command": f"date +%s.%N >> '{path}'",
        "conditions": {"idle_minutes": IDLE_SECONDS / 60},
    }
    tracker.verb("init")
    (tracker.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
    (tracker.directory / "trigger_config.json").write_text(json.dumps([trigger]))


def test_typing_into_a_terminal_that_closes_at_once_holds_it_back_and_then_it_fires_again(
    tracker: RealTracker, tmp_path: Path
) -> None:
    """What was not seen before: a visit between two moments at which something was due."""
    fired = tmp_path / "fired"
    write(tracker, fired)
    ours, theirs = pty.openpty()
    # whoever runs this test may be connected to an editor
    tracker.verb("activity", "--reporting")
    tracker.verb("start")
    wait_until(lambda: len(lines(fired)) == 1, "it fires when nobody was there")
    typed_at = 0.0

    def types() -> bool:
        """Somebody types until a look has seen it: the access time moves each 8 seconds."""
        nonlocal typed_at
        os.write(ours, b"x\n")
        os.read(theirs, 10)
        typed_at = time.time()
        return bool(tracker.read("SELECT stretch_at FROM session")[0][0] > fired_at * 1e6)

    fired_at = lines(fired)[0]
    wait_until(types, "a look has seen it")
    os.close(ours)
    os.close(theirs)
    wait_until(lambda: len(lines(fired)) == 2, "it fires for that departure too")
    assert lines(fired)[1] - typed_at >= IDLE_SECONDS


def test_while_somebody_is_connected_to_an_editor_it_does_not_fire_and_says_why(
    tracker: RealTracker, tmp_path: Path
) -> None:
    fired = tmp_path / "fired"
    with server(tmp_path / ".windsurf-server", "127.0.0.1") as editor, editor.client():
        write(tracker, fired)
        tracker.verb("start")
        wait_until(
            lambda: tracker.read("SELECT stretch_at FROM session") != [(0,)], "it has looked"
        )
        before = tracker.read("SELECT last_seen_at FROM session")[0][0]
        wait_until(
            lambda: (
                tracker.read("SELECT last_seen_at FROM session")[0][0]
                > before + 2 * IDLE_SECONDS * 1_000_000
            ),
            "twice as much time has passed",
        )
        assert lines(fired) == []
        said = tracker.verb("triggers", "explain", "Idle").stdout
        assert f"process {editor.pid}" in " ".join(said.split())
        assert "1 client, and nothing reports for it" in " ".join(said.split())
        tracker.verb("activity", "--reporting")
        said = " ".join(tracker.verb("triggers", "explain", "Idle").stdout.split())
        assert "`activity --reporting` was run 0s ago" in said or "was run 1s ago" in said
        assert "terminal" in said
        (tracker.directory / "reporters" / "all").unlink()
        assert "it is unknown whether you are there" in " ".join(
            tracker.verb("doctor", code=None).stdout.split()
        )
