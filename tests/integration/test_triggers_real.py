"""Triggers in real processes: what scripts go through, and what is known of them, whatever dies
around them.

Scripts append to a file outside of the state directory, and what stands there must agree with the
ledger.
"""

import json
import os
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.integration.pid_namespaces import Lives
from tests.integration.real_tracker import RealTracker, is_alive, wait_for_text, wait_until
from tests.integration.trigger_ground import UNTIL_END, Ground, Trigger

from codespace_tracker.core.clock import MINUTE_US


@pytest.fixture
def ground(tracker: RealTracker, tmp_path: Path) -> Iterator[Ground]:
    made = Ground(tracker, tmp_path / "a place")
    yield made
    made.end_scripts()


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


# --- the original's files


@pytest.fixture
def address() -> Iterator[str]:
    """Where a server on this machine gives a script."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = b'echo "$1 $(pwd)" >>fetched\n'
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hello.sh"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_originals_example_runs_what_it_fetches_once_when_its_minutes_are_over(
    ground: Ground, address: str
) -> None:
    ground.start()
    due_us = ground.tracker.status()["session"]["running_us"] + 1_500_000
    example = {
        "label": "Hello after some minutes",
        "script_url": address,
        "script_command": "bash hello.sh 'it is time'",
        "cwd": str(ground.place),
        "flag_name": "hello_after_some_minutes",
        "conditions": {"minute_runtime_minutes": due_us / MINUTE_US},
    }
    (ground.tracker.directory / "trigger_config.json").write_text(json.dumps(example))
    ground.wait_for("succeeded")
    [(running_us,)] = ground.tracker.read("SELECT considered_us FROM session")
    assert running_us >= due_us
    ground.wait_for_heartbeats(2)
    ground.tracker.verb("restart")
    ground.wait_for_heartbeats(2)
    assert (ground.place / "fetched").read_text() == f"it is time {ground.place}\n"
    assert ground.runs() == ["Hello after some minutes 1 succeeded"]
    assert (ground.tracker.directory / "flags/hello_after_some_minutes").exists()


def test_of_two_original_triggers_with_one_flag_one_runs_with_shell_expansion(
    ground: Ground,
) -> None:
    def of_the_original(label: str, **conditions: float) -> Trigger:
        command = f'echo "{label} $(cat word) `pwd`" >>lines'
        given = {"flag_name": "long_runtime", "cwd": str(ground.place), "script_url": ""}
        return {"label": label, "script_command": command, "conditions": conditions, **given}

    (ground.place / "word").write_text("expanded")
    ground.start(
        of_the_original("a", total_runtime_hours=0, minute_runtime_minutes=100_000),
        of_the_original("b", total_runtime_hours=0),
    )
    ground.wait_for("succeeded")
    ground.wait_for_heartbeats(2)
    assert ground.lines() == [f"b expanded {ground.place}"]
    assert ground.states() == [("b", "succeeded", "")]


# --- what scripts do


def test_the_limit_ends_what_belongs_to_a_script_that_does_all_it_can_to_stay(
    ground: Ground,
) -> None:
    """It forks, ignores TERM, prints 1 GB, closes its streams, changes groups and sessions, and
    leaves a daemon."""
    stay = 'trap "" TERM HUP; echo $$ >>pids; until [ -e end ]; do sleep 0.05; done'
    (ground.place / "stay.sh").write_text(stay)
    beast = """
        trap '' TERM HUP
        echo $$ >>pids
        (yes | head -c 1000000000; echo $? >printed) &
        setsid sh stay.sh &
        bash -mc 'sh stay.sh & sleep 60' &
        ( ( setsid sh stay.sh >/dev/null 2>&1 </dev/null & ) & )
        exec 0<&- 1>&- 2>&-
        until [ -e end ]; do sleep 0.05; done
    """
    given = {"timeout_minutes": 0.05, "retries": 0}
    ground.start(
        ground.trigger("beast", beast, **given),
        ground.trigger(
            "other", "", conditions={"minute_runtime_minutes": 0, "total_runtime_minutes": 0}
        ),
        config="output_limit_mib = 1\n",
    )
    ground.wait_for("running")
    wait_until(lambda: len((ground.place / "pids").read_text().split()) == 4, "all of it has begun")
    pids = [int(pid) for pid in (ground.place / "pids").read_text().split()]
    ground.wait_for("succeeded")  # the other one, meanwhile
    ground.wait_for_heartbeats(3)
    ground.wait_for("timed_out")
    assert [pid for pid in pids if is_alive(pid)] == []
    assert (
        sum(path.stat().st_size for path in (ground.tracker.directory / "runs").iterdir())
        < (1 << 20) + 1000
    )
    assert sorted(ground.runs()) == ["beast 1 timed_out", "other 1 succeeded"]


def test_children_of_scripts_hear_term(ground: Ground) -> None:
    command = """
        for child in 'exec bash -c "sleep 60 & echo >ready; wait"' \\
                     'exec python3 -c "import time; open(\\"ready\\", \\"w\\"); time.sleep(60)"'; do
            sh -c "$child" & until [ -e ready ]; do sleep 0.02; done
            rm ready; kill -TERM $!; wait $!; echo $? >>codes
        done
    """
    ground.start(ground.trigger("children", command))
    ground.wait_for("succeeded")
    assert (ground.place / "codes").read_text().split() == ["143", "143"]


def test_what_a_script_leaves_behind_lives_on_and_the_next_one_need_not_wait_for_it(
    ground: Ground,
) -> None:
    command = "(while echo alive; do sleep 0.05; [ -e end ] && exit; done) & echo $! >pid"
    ground.start(
        ground.trigger("leaves", command), ground.trigger("next", ""), config="runs_at_once = 1\n"
    )
    ground.wait_for("succeeded", 2)
    pid = int((ground.place / "pid").read_text())
    assert is_alive(pid)
    ground.tracker.verb("stop")
    assert is_alive(pid)


def test_a_script_that_is_tried_by_hand_may_leave_something_behind_too(ground: Ground) -> None:
    command = (
        "(while echo alive; do echo x >>beats; sleep 0.05; [ -e end ] && exit; done) & echo $! >pid"
    )
    ground.start(ground.trigger("leaves", command, enabled=False))
    ground.tracker.verb("triggers", "run", "leaves")
    beats = ground.place / "beats"
    wait_until(beats.exists, "what it left behind has begun")
    before = beats.stat().st_size
    wait_until(lambda: beats.stat().st_size > before + 4, "it goes on printing")


@pytest.mark.parametrize("gone", ["runs/*.lock", "runs"])
def test_whoever_deletes_files_of_runs_has_nothing_run_twice(ground: Ground, gone: str) -> None:
    ground.start(
        ground.trigger("deletes", f'rm -rf "$CODESPACE_TRACKER_DIR"/{gone}; {UNTIL_END}', retries=1)
    )
    ground.wait_for_lines(1)
    wait_until(lambda: not list(ground.tracker.directory.glob("runs/*.lock")), "they are gone")
    ground.wait_for_heartbeats(3)
    assert [state for _, state, _ in ground.states()] == ["running"]
    ground.end_scripts()
    ground.wait_for("succeeded")
    assert len(ground.lines()) == 1


# --- what dies around them


def test_five_scripts_outlive_the_daemon_and_the_next_one_knows_how_they_ended(
    ground: Ground,
) -> None:
    labels = [f"t{n}" for n in range(5)]
    ground.start(
        *(ground.trigger(label, UNTIL_END) for label in labels), config="runs_at_once = 5\n"
    )
    ground.wait_for_lines(5)
    ground.tracker.kill(daemon=True, keeper=True)
    ground.end_scripts()
    outcomes = ground.tracker.directory / "runs"
    wait_until(lambda: len(list(outcomes.glob("*.json"))) == 5, "they end by themselves")
    assert {state for _, state, _ in ground.states()} == {"running"}
    ground.tracker.verb("start")
    ground.wait_for("succeeded", 5)
    ground.wait_for_heartbeats(2)
    assert sorted(ground.lines()) == [f"{label} 1" for label in labels]
    assert sorted(ground.runs()) == [f"{label} 1 succeeded" for label in labels]
    wait_until(
        lambda: len(os.listdir(ground.tracker.directory / "flags")) == 6,
        "their flags are there, and the mark",
    )
    assert not list(outcomes.glob("*.json"))
    assert not list(outcomes.glob("*.lock"))


@pytest.mark.machine
def test_scripts_that_die_with_the_machine_are_tried_again_within_their_scope(
    ground: Ground,
) -> None:
    sessions, ever = ["s1", "s2", "s3"], ["e1", "e2"]
    ground.write(
        *(ground.trigger(label, UNTIL_END) for label in sessions),
        *(ground.trigger(label, UNTIL_END, repeat="once") for label in ever),
        config="runs_at_once = 5\n",
    )
    all_begun = 'until [ "$(wc -l <"$PLACE/lines")" = 5 ]; do sleep 0.05; done 2>/dev/null'
    Lives(ground.tracker).live("boot-1", "start", last=f"PLACE='{ground.place}'; {all_begun}")
    first = [f"{label} 1" for label in [*sessions, *ever]]
    assert sorted(ground.lines()) == sorted(first)
    ground.end_scripts()
    ground.tracker.verb("start")  # another boot
    wait_until(lambda: ground.settled() and len(ground.states()) == 8, "all is done")
    assert sorted(ground.states()) == sorted(
        [
            *((label, "interrupted", "superseded") for label in sessions),
            *((label, "succeeded", "") for label in sessions),  # of the new session
            *((label, "succeeded", "") for label in ever),
        ]
    )
    second = [*(f"{label} 1" for label in sessions), *(f"{label} 2" for label in ever)]
    ended = [*(f"{line} interrupted" for line in first), *(f"{line} succeeded" for line in second)]
    assert sorted(ground.runs()) == sorted(ended)
    assert sorted(ground.lines()) == sorted([*first, *second])


def test_a_run_that_is_killed_is_interrupted_its_script_ended_and_only_then_tried_again(
    ground: Ground,
) -> None:
    command = """
        [ $CODESPACE_TRACKER_ATTEMPT = 1 ] || case $(cat /proc/$(cat pid)/stat) in
            '' | *') Z '*) exit 0 ;;
            *) exit 1 ;;
        esac
        sleep 60 & echo $$ >pid; wait
    """
    ground.start(ground.trigger("killed", command))
    ground.wait_for_lines(1)
    lock = ground.tracker.directory / "runs"
    wait_until(lambda: any(path.read_text() for path in lock.glob("*.lock")), "the run watches it")
    script = int(wait_for_text(ground.place / "pid"))
    os.kill(parent(script), signal.SIGKILL)
    wait_until(ground.settled, "it was tried again")
    assert not is_alive(script)
    assert ground.runs() == ["killed 1 interrupted", "killed 2 succeeded"]
    assert ground.lines() == ["killed 1", "killed 2"]


def test_a_retry_waits_out_the_death_of_the_daemon(ground: Ground) -> None:
    ground.start(
        ground.trigger("again", "[ $CODESPACE_TRACKER_ATTEMPT = 2 ]", retry_delay_seconds=3)
    )
    ground.wait_for("waiting")
    ground.tracker.kill(daemon=True)
    ground.wait_for("succeeded")
    assert ground.lines() == ["again 1", "again 2"]
    assert ground.runs() == ["again 1 failed", "again 2 succeeded"]


def test_scripts_of_the_sessions_end_run_after_it_and_slow_ones_outlive_the_tracker(
    ground: Ground,
) -> None:
    ground.start(
        ground.trigger("quick", "date +%s%N >ended", conditions={"event": "session_end"}),
        ground.trigger("slow", UNTIL_END, conditions={"event": "session_end"}),
        config="stop_grace_seconds = 3\n",
    )
    keeper = ground.tracker.running().keeper
    assert keeper is not None
    os.kill(keeper.pid, signal.SIGTERM)
    wait_until(lambda: ground.tracker.running() == (None, None), "it has ended")
    [(ending, ended_at)] = ground.tracker.read("SELECT ending, ended_at FROM session")
    assert ending == "clean"
    assert ended_at < int((ground.place / "ended").read_text()) // 1000
    assert sorted(ground.states()) == [("quick", "succeeded", ""), ("slow", "running", "")]
    ground.end_scripts()
    ground.tracker.verb("start")
    ground.wait_for("succeeded", 2)
    assert sorted(ground.lines()) == ["quick 1", "slow 1"]


# --- what the user does


def test_a_flag_is_placed_on_success_and_taken_away_lets_the_trigger_fire_again(
    ground: Ground,
) -> None:
    ground.start(ground.trigger("Back up", ""), ground.trigger("fails", "false", retries=0))
    flag = ground.tracker.directory / "flags/back_up"
    wait_until(flag.exists, "the flag is placed")
    flag.unlink()
    wait_until(flag.exists, "it is placed again")
    wait_until(ground.settled, "all is done")
    ground.wait_for_heartbeats(2)
    assert sorted(ground.lines()) == ["Back up 1", "Back up 1", "fails 1"]
    assert sorted(os.listdir(flag.parent)) == [".drawn", "back_up"]


@pytest.mark.parametrize("signalled", [True, False], ids=["hup", "heartbeat"])
def test_an_edited_file_is_in_force_at_once_by_hup_and_else_at_a_heartbeat(
    ground: Ground, signalled: bool
) -> None:
    ground.start(ground.trigger("first", ""))
    ground.wait_for("succeeded")
    ground.write(ground.trigger("second", ""))
    if signalled:
        daemon = ground.tracker.running().daemon
        assert daemon is not None
        os.kill(daemon.pid, signal.SIGHUP)
    ground.wait_for("succeeded", 2)
    assert ground.lines() == ["first 1", "second 1"]


def test_a_broken_edit_leaves_the_last_good_triggers_in_force_and_is_shown_everywhere(
    ground: Ground,
) -> None:
    ground.start(ground.trigger("goes on", "", conditions={"every_minutes": 0.02}))
    ground.wait_for("succeeded")
    file = ground.tracker.directory / "trigger_config.json"
    good = file.read_text()
    file.write_text(
        "[\n"
        '  {"label": "broken", "script_command": 5, "conditions": {"minute_runtime_minute": 1}}\n'
        "]"
    )

    def told() -> list[str]:
        found: list[str] = json.loads((ground.tracker.directory / "status.json").read_text())[
            "problems"
        ]
        return found

    wait_until(lambda: len(told()) == 2, "both problems are told")
    before = len(ground.lines())
    ground.wait_for_lines(before + 2)
    assert "minute_runtime_minutes" in "".join(told()), "did you mean"
    assert "script_command" in ground.tracker.verb("status", code=None).stdout
    assert "trigger_config.json" in ground.tracker.verb("doctor", code=1).stdout
    file.write_text(good)
    wait_until(lambda: told() == [], "no longer told")
    assert set(ground.lines()) == {"goes on 1"}
