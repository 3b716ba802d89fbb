"""Containers of other kinds: nothing can be written but /workspaces, users of all kinds, a
prebuild."""

import json
import stat

import pytest
from tests.acceptance.lives import Workspaces, assert_agree, assert_counted
from tests.acceptance.podman import CODESPACE, USER, boot_us

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

STARTED = "The tracker was started.\n"
USER_NUMBER = 1000
UNLISTED = 4711


def test_it_needs_no_place_to_write_but_its_directory(workspaces: Workspaces) -> None:
    workspaces.configure(
        {
            "label": "Go",
            "script_command": "echo gone >>/workspaces/went",
            "conditions": {"event": "session_start"},
        }
    )
    container = workspaces.container(CODESPACE, "--read-only", "--read-only-tmpfs=false")
    began = container.start()
    for place in ("/tmp", "/run", "/root", "/var/tmp"):
        container.call("touch", f"{place}/file", code=1)
    assert container.verb("ensure") == STARTED
    assert_agree(workspaces)
    workspaces.await_file("went", "gone\n")
    assert container.verb("stop").startswith("The tracker was stopped and the session is paused.\n")
    assert container.verb("start").startswith(STARTED)
    [session] = workspaces.sessions()
    assert_counted(session, began, boot_us())


@pytest.mark.parametrize(("user", "number"), [(USER, USER_NUMBER), (str(UNLISTED), UNLISTED)])
def test_it_is_its_users_alone_whoever_that_is(
    workspaces: Workspaces, user: str, number: int
) -> None:
    workspaces.configure(
        {
            "label": "Who",
            "script_command": "id -u >>/workspaces/who",
            "conditions": {"event": "session_start"},
        },
        owner=number,
    )
    container = workspaces.container()
    began = container.start()
    assert container.verb("ensure", user=user) == STARTED
    assert_agree(workspaces)
    workspaces.await_file("who", f"{number}\n")
    for path in [workspaces.directory, *workspaces.directory.rglob("*")]:
        found = path.lstat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode) & 0o077) == (number, 0), path
    assert_counted(workspaces.sessions()[0], began, boot_us())
    place = "/workspaces/.codespace-tracker"
    assert f"{place}: belongs to user {number}" in container.verb(
        "status", "--dir", place, user="65534", code=1
    )


def test_root_of_the_container_works_in_no_directory_of_its_user(workspaces: Workspaces) -> None:
    workspaces.configure(owner=USER_NUMBER)
    container = workspaces.container()
    container.start()
    container.verb("ensure", user=USER)
    for verb in ("status", "stop", "start", "triggers", "doctor"):
        assert f"belongs to user {USER_NUMBER}" in container.verb(verb, code=1)
    assert "running" in container.verb("status", user=USER)
    assert "needs attention" not in container.verb("status", user=USER).lower()
    for path in [workspaces.directory, *workspaces.directory.rglob("*")]:
        assert path.lstat().st_uid == USER_NUMBER, path


def test_a_prebuild_makes_no_identity_and_the_codespace_made_of_it_begins_its_own(
    workspaces: Workspaces,
) -> None:
    prebuild = workspaces.container({**CODESPACE, "CLOUDENV_ENVIRONMENT_ID": "null"})
    prebuild.start()
    prebuild.verb("init")
    before = workspaces.names()
    for verb in ("ensure", "start", "chalu", "ghadi"):
        assert prebuild.verb(verb) == "This is a codespace prebuild: nothing is started here.\n"
    assert workspaces.names() == before
    assert "ledger.db" not in before
    assert prebuild.count("ghadi.sh") == 0
    prebuild.stop()
    image = prebuild.commit()
    codespace = workspaces.container(image=image)
    began = codespace.start()
    codespace.call("test", "-e", "/root/.config/codespace-tracker/directory")
    assert codespace.verb("ensure") == STARTED
    assert_agree(workspaces)
    [session] = workspaces.sessions()
    assert_counted(session, began, boot_us(), heartbeat_us=10_000_000)
    assert json.loads(codespace.verb("status", "--json"))["environment"]["name"] == "funny-name"
