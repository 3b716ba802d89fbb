"""The Feature where users are not as it was installed for: another number, another first process,
other Features."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.devcontainers import NAME, WITH_PYTHON, ZSH_USER, DevContainer, DevContainers
from tests.acceptance.lives import Workspaces
from tests.acceptance.podman import USER
from tests.integration.real_tracker import wait_until

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

STATE = "/var/lib/codespace-tracker"
UID = 4242

Make = Callable[..., DevContainer]


@pytest.fixture
def make(cli: DevContainers, workspaces: Workspaces, tmp_path: Path) -> Iterator[Make]:
    """Makes dev containers with a volume for the state directory; all of that is removed in the
    end."""
    made: list[DevContainer] = []
    volume = tmp_path.name

    def one(state: str = STATE, **more: Any) -> DevContainer:
        options = {"stateDirectory": state}
        mounts = {"mounts": [f"source={volume},target={STATE},type=volume"]}
        folder = tmp_path / f"project-{len(made)}"
        made.append(
            DevContainer(
                cli, folder, workspaces.folder, WITH_PYTHON, USER, options, None, {**mounts, **more}
            )
        )
        return made[-1]

    yield one
    for container in made:
        container.remove()
    cli.engine.call("volume", "rm", "--force", volume, code=None)


@pytest.fixture
def as_user(tmp_path: Path) -> dict[str, str]:
    """Variables by which the dev container CLI takes itself for a user of this machine with the
    number UID: for root, whom podman needs here, it changes no user's number. What it builds and
    starts then is real."""
    told = tmp_path / "as_user.js"
    told.write_text(
        f"process.getuid = process.geteuid = () => {UID}; process.getgid = process.getegid = () "
        f"=> {UID};\n"
    )
    return {"NODE_OPTIONS": f"--require {told}"}


def owners(container: DevContainer) -> set[str]:
    """Who owns the state directory and what is in it."""
    return set(
        container.call(
            "find", STATE, "-not", "-name", ".made-by-feature", "-printf", "%U\n"
        ).stdout.split()
    )


def clean_ends(container: DevContainer) -> list[str]:
    """How the sessions before the present one ended."""
    said = container.verb("sessions", "--json", user=USER)
    return ["recovered" if one["recovered"] else "clean" for one in json.loads(said)[:-1]]


def test_a_user_whose_number_is_changed_after_the_install_gets_the_state_directory(
    make: Make, as_user: dict[str, str]
) -> None:
    container = make()
    container.up(more=as_user)
    assert container.call("id", "-u", USER).stdout.strip() == str(UID)
    container.await_tracker()
    assert owners(container) == {str(UID)}
    assert container.call("stat", "-c", "%a", STATE).stdout == "700\n"
    container.stop()
    container.up(more=as_user)
    container.await_tracker()
    assert clean_ends(container) == ["clean"]


def test_a_history_that_the_user_had_before_the_change_goes_on(
    make: Make, as_user: dict[str, str]
) -> None:
    before = make()
    before.up()
    before.await_tracker()
    assert owners(before) == {"1000"}
    before.stop()
    before.remove()
    container = make()
    container.up(more=as_user)
    container.await_tracker()
    assert owners(container) == {str(UID)}
    assert clean_ends(container) == ["clean"]


def test_a_folder_of_the_machine_in_its_place_keeps_its_owner_and_status_says_so(
    make: Make, as_user: dict[str, str], workspaces: Workspaces
) -> None:
    folder = workspaces.folder / "state"
    folder.mkdir(mode=0o700)
    os.chown(folder, 1000, 1000)
    (folder / "theirs").touch()
    os.chown(folder / "theirs", 1000, 1000)
    container = make(mounts=[f"source={folder},target={STATE},type=bind"])
    container.up(more=as_user)
    assert "belongs to user 1000" in container.verb("ensure", user=USER, code=1)
    assert {place.stat().st_uid for place in (folder, folder / "theirs")} == {1000}


def test_where_pid_1_may_not_change_the_owner_it_says_how_to(
    make: Make, as_user: dict[str, str]
) -> None:
    container = make(containerUser=USER)
    container.up(more=as_user)
    mend = f"sudo chown -R -h --from=1000 {UID}"
    assert mend in container.engine.call("logs", container.name).stderr
    said = container.verb("ensure", user=USER, code=1)
    assert f"{STATE}: belongs to user 1000" in said
    assert mend in said
    container.call("sh", "-c", f"chown -R -h --from=1000 {UID} {STATE}", user="root")
    container.verb("ensure", user=USER)
    container.await_tracker()


def test_a_first_process_of_another_user_ends_the_session_clean(make: Make) -> None:
    container = make(containerUser=ZSH_USER)
    container.up()
    container.await_tracker()
    processes = container.engine.call("top", container.name, "user", "args").stdout.splitlines()
    assert {line.split()[0] for line in processes if "codespace_tracker/daemon" in line} == {USER}
    assert (
        container.engine.call("top", container.name, "pid", "user")
        .stdout.splitlines()[1]
        .split()[1]
        == ZSH_USER
    )
    wait_until(lambda: container.count("codespace-tracker/end.sh") == 1, "the waiter")
    container.call("/usr/local/share/codespace-tracker/post-start.sh", user=USER)
    container.stop()
    assert container.exit_code() == 0, "it had not to be killed"
    container.up()
    container.await_tracker()
    assert clean_ends(container) == ["clean"]
    assert container.count("codespace-tracker/end.sh") == 1, "one is enough"


def test_features_before_and_after_with_traps_of_their_own_all_have_their_end(
    make: Make, workspaces: Workspaces
) -> None:
    workspaces.folder.chmod(0o777)
    order = ["./aaa", f"./{NAME}", "./zzz"]
    features = {name: {"stateDirectory": STATE} if NAME in name else {} for name in order}
    container = make(features=features, overrideFeatureInstallOrder=order)
    container.add_feature("aaa", "trap 'echo aaa >>/workspaces/ended; exit 3' TERM")
    container.add_feature("zzz", "trap 'echo zzz >>/workspaces/ended; exit 4' TERM")
    container.up()
    container.await_tracker()
    container.stop()
    assert (workspaces.folder / "ended").read_text() == "zzz\n", (
        "the last one has the place of the first, as without us"
    )
    assert container.exit_code() == 4
    container.up()
    container.await_tracker()
    assert clean_ends(container) == ["clean"]
