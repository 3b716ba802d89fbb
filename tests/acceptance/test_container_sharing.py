"""One state directory and two containers: at once, one after the other, and as a copy."""

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from tests.acceptance.lives import Workspaces, assert_agree, assert_counted
from tests.acceptance.podman import CODESPACE, LOCAL, Container, Engine, boot_us
from tests.integration.real_tracker import wait_until

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

STARTED = "The tracker was started."
RUNNING = "The tracker is already running."
MENDED = "The daemon's keeper had died; a new one is running."
ELSEWHERE = "The tracker of this state directory is already running, in another container."


@pytest.mark.parametrize("variables", [CODESPACE, LOCAL], ids=["codespace", "local"])
def test_of_two_containers_at_once_one_has_the_tracker_and_the_other_says_so(
    workspaces: Workspaces, variables: dict[str, str]
) -> None:
    workspaces.configure()
    first, second = workspaces.container(variables), workspaces.container(variables)
    began = first.start()
    second.start()
    first.verb("ensure")
    assert second.verb("ensure") == f"{ELSEWHERE}\n"
    assert_agree(workspaces)
    assert second.verb("status").startswith("● running in another container · ")
    shown = json.loads(second.verb("status", "--json"))
    assert (shown["running"], shown["elsewhere"]) == (True, True)
    assert shown["session"]["life"]["pid1_start_us"] == began
    here = json.loads(first.verb("status", "--json"))
    assert (here["running"], here["elsewhere"]) == (True, False)
    assert here["tracker"]["pid"] == shown["tracker"]["pid"]
    assert_counted(workspaces.sessions()[0], began, boot_us())


def test_a_number_of_another_container_is_not_signalled(workspaces: Workspaces) -> None:
    workspaces.configure()
    bystanders = (
        "for n in $(seq 100); do sleep 300 & done"  # they have the first hundred numbers there
    )
    first, second = workspaces.container(), workspaces.container(entrypoint=bystanders)
    second.start()
    first.start()
    first.verb("ensure")
    locks = [workspaces.directory / name for name in ("keeper.lock", "daemon.lock")]
    keeper, daemon = (int(lock.read_text().split()[0]) for lock in locks)
    names = ["cat", f"/proc/{keeper}/comm", f"/proc/{daemon}/comm"]
    assert second.call(*names).stdout == "sleep\nsleep\n"
    for verb in ("stop", "restart", "uninstall", "ghadi"):
        assert "another container" in second.verb(verb, code=1)
    assert second.call(*names).stdout == "sleep\nsleep\n"
    assert json.loads(first.verb("status", "--json"))["running"] is True


def test_however_the_two_start_it_at_once_exactly_one_tracker_runs(workspaces: Workspaces) -> None:
    workspaces.configure()
    containers = [workspaces.container(LOCAL), workspaces.container(LOCAL)]
    for container in containers:
        container.start()
    race = "for n in 1 2 3 4 5; do cst ensure & done; wait"
    asked = [container.begin("sh", "-c", race) for container in containers]
    said = [line for process in asked for line in process.communicate(timeout=60)[0].splitlines()]
    assert len(said) == 10
    assert all(
        line.startswith(
            ("The tracker was started.", "The tracker is already running", "The tracker of")
        )
        for line in said
    )
    assert len(workspaces.sessions()) == 1
    for name in ("ghadi.sh", "daemon/__main__.py"):
        wait_until(partial(one_has, containers, name), "those that came too late are gone")
    assert_agree(workspaces)


def one_has(containers: list[Container], name: str) -> bool:
    """Whether one container has one process of that name, and the others none."""
    return sorted(container.count(name) for container in containers) == [0, 1]


def test_when_one_container_ends_the_other_takes_over_and_no_time_is_counted_twice(
    workspaces: Workspaces,
) -> None:
    workspaces.configure()
    first, second = workspaces.container(LOCAL), workspaces.container(LOCAL)
    began = first.start()
    second.start()
    first.verb("ensure")
    workspaces.await_heartbeats()
    over = first.kill()
    assert second.verb("status", code=1).startswith("○ NOT RUNNING")
    assert second.verb("ensure") == f"{STARTED}\n"
    assert_agree(workspaces)
    workspaces.await_heartbeats()
    lost, session = workspaces.sessions()
    assert_counted(lost, began, over)
    assert lost.ending == "recovered"
    assert session.started_at >= lost.last_seen_at
    assert abs(session.running_us - (session.last_boot_us - lost.last_boot_us)) < 10_000, (
        "from where the other ended"
    )


def test_a_copy_in_another_codespace_is_a_new_tracker_and_keeps_old_sessions(
    workspaces: Workspaces, engine: Engine, tmp_path: Path
) -> None:
    workspaces.configure()
    original = workspaces.container()
    original.start()
    original.verb("ensure")
    workspaces.await_heartbeats()
    shutil.copytree(
        workspaces.folder, tmp_path / "copied"
    )  # as somebody does who does not stop the tracker first
    copy = Workspaces(engine, tmp_path / "copied")
    old = copy.sessions()
    try:
        container = copy.container({**CODESPACE, "CODESPACE_NAME": "another-name"})
        began = container.start()
        assert container.verb("ensure") == f"{STARTED}\n"
        assert_agree(copy)
        copy.await_heartbeats()
        *kept, new = copy.sessions()
        assert kept == old
        assert new.tracker_id not in {session.tracker_id for session in kept}
        assert_counted(new, began, boot_us())
        assert copy.details("session_started")[-1]["row"] == "copied"
        shown = json.loads(container.verb("status", "--json"))
        assert shown["environment"]["name"] == "another-name"
        assert shown["total"]["session_count"] == len(old) + 1
        listed = json.loads(container.verb("sessions", "--json"))
        assert [entry["state"] for entry in listed] == ["open", "recovered"]
    finally:
        copy.close()
    workspaces.await_heartbeats()
    [session] = workspaces.sessions()
    assert (session.tracker_id, session.session_id) == (old[0].tracker_id, old[0].session_id)
    assert session.running_us > old[0].running_us, "the original goes on as itself"
