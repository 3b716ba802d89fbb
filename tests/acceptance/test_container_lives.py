"""Lives of real containers: started, stopped, killed, started again, rebuilt. The truth is the
kernel's."""

import pytest
from tests.acceptance.lives import Workspaces, assert_agree, assert_counted
from tests.acceptance.podman import LOCAL, REPOSITORY, Container, boot_us

from codespace_tracker.core.clock import SECOND_US

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

STARTED = "The tracker was started.\n"

# What the Feature's entrypoint is, within the shell of PID 1.
INIT = ("--volume", f"{REPOSITORY}/feature/src/codespace-tracker/init.sh:/init.sh:ro")
FORWARD = ". /init.sh"


def live(workspaces: Workspaces, container: Container, boot: str = "") -> int:
    """Begin a life with the tracker in it, past a heartbeat; PID 1's start."""
    began = container.start(boot)
    assert container.verb("ensure") == STARTED
    assert_agree(workspaces)
    workspaces.await_heartbeats()
    return began


def test_a_first_start_counts_from_the_start_of_pid_1_and_outlives_the_hook(
    workspaces: Workspaces,
) -> None:
    container = workspaces.container()
    began = container.start()
    assert container.verb("ensure") == STARTED
    assert container.verb("ensure") == "The tracker is already running.\n"
    assert_agree(workspaces)
    status = workspaces.file("status.json")
    assert status["environment"] == {
        "kind": "codespaces",
        "name": "funny-name",
        "user": "octocat",
        "repository": "octocat/hello",
    }
    [session] = workspaces.sessions()
    assert_counted(session, began, boot_us(), heartbeat_us=10 * SECOND_US)
    [detail] = workspaces.details("session_started")
    assert detail["row"] == "first"
    assert container.verb("status").startswith(
        "● running · codespaces · funny-name · octocat/hello\n"
    )


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_life_that_was_cut_off_is_recovered_at_its_last_heartbeat_by_the_next_boot(
    workspaces: Workspaces, how: str
) -> None:
    workspaces.configure()
    container = workspaces.container()
    began = live(workspaces, container)
    over = container.stop() if how == "stop" else container.kill()
    assert container.exit_code() == (0 if how == "stop" else 137), (
        "at a stop TERM reaches PID 1 alone"
    )
    [lost] = workspaces.sessions()
    assert lost.ending is None
    again = live(workspaces, container, boot="another-boot")
    first, second = workspaces.sessions()
    assert first == lost._replace(ending="recovered"), "nothing was added to it by the recovery"
    assert_counted(first, began, over)
    assert_counted(second, again, boot_us())
    assert second.started_at >= first.last_seen_at
    assert workspaces.details("session_recovered") == [
        {"ended_at": lost.last_seen_at, "running_us": lost.running_us}
    ]
    assert [detail["row"] for detail in workspaces.details("session_started")] == [
        "first",
        "new_boot",
    ]


@pytest.mark.parametrize("boot", ["", "another-boot"])
def test_a_stop_whose_term_is_passed_on_ends_the_session_clean_and_within_the_grace(
    workspaces: Workspaces, boot: str
) -> None:
    workspaces.configure(
        {
            "label": "Last words",
            "script_command": "echo begun >>/workspaces/words; sleep 2;"
            " echo ended >>/workspaces/words",
            "conditions": {"event": "session_end"},
        }
    )
    container = workspaces.container(LOCAL, *INIT, entrypoint=FORWARD)
    began = live(workspaces, container)
    over = container.stop()
    assert container.exit_code() == 0, "it had not to be killed"
    [first] = workspaces.sessions()
    assert first.ending == "clean"
    assert container.asked_us <= first.last_boot_us <= over, "to the moment at which it was told"
    assert_counted(first, began, over, heartbeat_us=over - container.asked_us)
    assert (workspaces.folder / "words").read_text() == "begun\nended\n"
    assert workspaces.read("SELECT result FROM run") == [("succeeded",)]
    assert workspaces.file("session_logs.json")[-1]["end_time"] is not None
    again = live(workspaces, container, boot)
    kept, second = workspaces.sessions()
    assert kept == first
    assert_counted(second, again, boot_us())
    assert workspaces.details("session_recovered") == []


@pytest.mark.parametrize("flags", ["set -e", "set -u", "set -eu"])
def test_a_container_without_a_tracker_starts_and_stops_as_ever(
    workspaces: Workspaces, flags: str
) -> None:
    container = workspaces.container(LOCAL, *INIT, entrypoint=f"{flags}\n{FORWARD}")
    container.start()
    container.call("true")
    over = container.stop()
    assert container.exit_code() == 0
    assert over - container.asked_us < 5 * SECOND_US


def test_a_tracker_that_does_not_end_holds_the_container_up_within_the_grace(
    workspaces: Workspaces,
) -> None:
    hung = "/tmp/codespace_tracker/daemon"
    container = workspaces.container(LOCAL, *INIT, entrypoint=FORWARD)
    container.start()
    script = f"mkdir -p {hung}; echo 'trap : TERM; while :; do sleep 1; done' >{hung}/ghadi.sh"
    container.call(
        "sh", "-c", f"{script}; setsid -f /bin/sh {hung}/ghadi.sh </dev/null >/dev/null 2>&1"
    )
    assert container.count("ghadi.sh") == 1
    over = container.stop()
    assert container.exit_code() == 0, "PID 1 ended by itself, before the engine had to kill it"
    assert over - container.asked_us > 5 * SECOND_US, "it was waited for"


def test_the_same_container_started_again_is_a_new_session_outside_of_a_codespace(
    workspaces: Workspaces,
) -> None:
    workspaces.configure()
    container = workspaces.container(LOCAL)
    lives = []
    for _ in range(3):
        began = live(workspaces, container)
        lives.append((began, container.kill()))
    assert container.start() > lives[-1][1]
    container.verb("ensure")
    *sessions, _ = workspaces.sessions()
    assert [session.ending for session in sessions] == ["recovered"] * 3
    for session, (began, over) in zip(sessions, lives, strict=True):
        assert_counted(session, began, over)
    assert {detail["row"] for detail in workspaces.details("session_started")} == {
        "first",
        "new_pid1",
    }


def test_the_same_codespace_started_again_on_the_same_boot_goes_on_and_counts_the_gap(
    workspaces: Workspaces,
) -> None:
    workspaces.configure()
    container = workspaces.container()
    began = live(workspaces, container)
    over = container.stop()
    [before] = workspaces.sessions()
    again = live(workspaces, container)
    [session] = workspaces.sessions()
    assert session.session_id == before.session_id
    assert_counted(session._replace(pid1_start_us=began), began, boot_us())
    assert session.pid1_start_us == again
    [detail] = workspaces.details("rebuilt")
    assert again - over <= detail["away_us"] <= boot_us() - before.last_boot_us


def test_a_codespace_that_was_away_for_more_than_ten_minutes_begins_a_new_session(
    workspaces: Workspaces,
) -> None:
    workspaces.configure()
    container = workspaces.container()
    live(workspaces, container)
    container.stop()
    workspaces.age(minutes=11)
    [lost] = workspaces.sessions()
    again = live(workspaces, container)
    first, second = workspaces.sessions()
    assert first == lost._replace(ending="recovered")
    assert_counted(second, again, boot_us())
    assert workspaces.details("session_started")[-1]["row"] == "new_pid1"


def test_a_rebuild_goes_on_with_the_session_though_the_home_directory_is_gone(
    workspaces: Workspaces,
) -> None:
    before = workspaces.container()
    began = before.start()
    assert before.verb("init").startswith("State directory: /workspaces/.codespace-tracker\n")
    assert before.verb("ensure") == STARTED
    before.call("test", "-e", "/root/.config/codespace-tracker/directory")
    [first] = workspaces.sessions()
    before.remove()
    after = workspaces.container()
    again = after.start()
    after.call("test", "-e", "/root/.config", code=1)
    assert after.verb("ensure") == STARTED
    assert_agree(workspaces)
    [session] = workspaces.sessions()
    assert (session.session_id, session.tracker_id) == (first.session_id, first.tracker_id)
    assert session.pid1_start_us == again
    assert_counted(session._replace(pid1_start_us=began), began, boot_us())
    assert len(workspaces.details("rebuilt")) == 1


def test_a_rebuild_outside_of_a_codespace_begins_a_new_session_of_the_same_tracker(
    workspaces: Workspaces,
) -> None:
    workspaces.configure()
    before = workspaces.container(LOCAL)
    began = live(workspaces, before)
    over = before.kill()
    before.remove()
    after = workspaces.container(LOCAL)
    again = live(workspaces, after)
    first, second = workspaces.sessions()
    assert first.tracker_id == second.tracker_id
    assert_counted(first, began, over)
    assert_counted(second, again, boot_us())
