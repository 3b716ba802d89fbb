"""Triggers in real containers: they fire, are cut off with everything else, and are tried again by
the rules."""

from typing import Any

import pytest
from tests.acceptance.lives import Workspaces, assert_agree
from tests.acceptance.podman import LOCAL, Container

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

# The first attempt hangs, the others end: each leaves its number outside of the ledger.
ATTEMPTS = """
echo "$CODESPACE_TRACKER_ATTEMPT" >>/workspaces/attempts
[ "$CODESPACE_TRACKER_ATTEMPT" != 1 ] || sleep 300
"""


def attempts(level: str) -> dict[str, Any]:
    """A trigger that is due at once and hangs at first."""
    return {
        "label": "Back up",
        "script_command": ATTEMPTS,
        "conditions": {level: 0.02},
        "retry_delay_seconds": 1,
    }


def cut_off(workspaces: Workspaces, container: Container) -> None:
    """A life in which the first attempt begins and is cut off."""
    container.start()
    container.verb("ensure")
    workspaces.await_file("attempts", "1\n")
    workspaces.await_rows("SELECT name FROM run", 1)
    container.kill()
    assert workspaces.read("SELECT state, attempts FROM occurrence") == [("running", 1)]
    assert workspaces.read("SELECT result FROM run") == [(None,)]


def test_a_level_fires_once_and_its_flag_is_placed(workspaces: Workspaces) -> None:
    workspaces.configure(
        {
            "label": "Once a session",
            "script_command": "echo $CODESPACE_TRACKER_FLAG >>/workspaces/fired",
            "conditions": {"minute_runtime_minutes": 0.03},
        }
    )
    container = workspaces.container()
    container.start()
    container.verb("ensure")
    workspaces.await_file("fired", "once_a_session\n")
    workspaces.await_rows("SELECT 1 FROM flag_placed WHERE state='placed'", 1)
    [(due, session)] = workspaces.read("SELECT due_at, session FROM occurrence")
    [row] = workspaces.sessions()
    assert session == row.number
    # a container on a busy machine may have run for longer before its tracker is up
    assert due > row.started_at + 1_700_000, (
        "not before the session had run for so long, by the wall clock"
    )
    assert (workspaces.directory / "flags/once_a_session").exists()
    container.kill()
    container.start()
    container.verb("ensure")
    workspaces.await_heartbeats(2)
    assert (workspaces.folder / "fired").read_text() == "once_a_session\n", (
        "the session goes on: it has fired in it"
    )


def test_a_run_that_was_cut_off_is_tried_again_in_the_session_that_goes_on(
    workspaces: Workspaces,
) -> None:
    workspaces.configure(attempts("minute_runtime_minutes"))
    container = workspaces.container()
    cut_off(workspaces, container)
    container.start()
    container.verb("ensure")
    assert_agree(workspaces)
    workspaces.await_file("attempts", "1\n2\n")
    workspaces.await_rows("SELECT 1 FROM occurrence WHERE state='succeeded'", 1)
    assert workspaces.read("SELECT attempt, result FROM run ORDER BY id") == [
        (1, "interrupted"),
        (2, "succeeded"),
    ]
    assert workspaces.read("SELECT state, attempts FROM occurrence") == [("succeeded", 2)]


def test_a_retry_of_a_session_that_is_over_gives_way_to_the_next_sessions_run(
    workspaces: Workspaces,
) -> None:
    workspaces.configure(attempts("minute_runtime_minutes"))
    container = workspaces.container(LOCAL)
    cut_off(workspaces, container)
    container.start()
    container.verb("ensure")
    workspaces.await_file("attempts", "1\n1\n")
    [first, second] = workspaces.read("SELECT state, reason, scope FROM occurrence ORDER BY id")
    assert first == ("interrupted", "superseded", "session:1")
    assert second == ("running", "", "session:2")


def test_what_fires_once_for_ever_is_tried_again_in_the_next_session(
    workspaces: Workspaces,
) -> None:
    workspaces.configure(attempts("total_runtime_minutes"))
    container = workspaces.container(LOCAL)
    cut_off(workspaces, container)
    container.start()
    container.verb("ensure")
    workspaces.await_file("attempts", "1\n2\n")
    workspaces.await_rows("SELECT 1 FROM occurrence WHERE state='succeeded'", 1)
    assert workspaces.read("SELECT attempt, result FROM run ORDER BY id") == [
        (1, "interrupted"),
        (2, "succeeded"),
    ]
    assert len(workspaces.sessions()) == 2
