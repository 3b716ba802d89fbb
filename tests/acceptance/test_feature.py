"""The dev container Feature of this checkout, as the command line of dev containers installs,
starts and stops it."""

import json
import statistics
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.acceptance.devcontainers import (
    BARE,
    NAME,
    WITH_PYTHON,
    ZSH_USER,
    DevContainer,
    DevContainers,
)
from tests.acceptance.lives import Workspaces, assert_counted
from tests.acceptance.podman import CODESPACE, USER, Engine, boot_us
from tests.integration.real_tracker import wait_until

from codespace_tracker.core.clock import SECOND_US

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

OPTIONS = {
    "timeZone": "Asia/Kolkata",
    "plan": "pro",
    "stateDirectory": "/workspaces/.codespace-tracker",
}
SHARE = "/usr/local/share/codespace-tracker"
TERMINALS, ROUNDS = 20, 5
FEW_MS = 60.0
"""Far more than the hook may cost; a machine that does much else may take twice as long as without
it."""

Make = Callable[..., DevContainer]


@pytest.fixture
def make(cli: DevContainers, workspaces: Workspaces, tmp_path: Path) -> Iterator[Make]:
    """Makes dev containers on the folder of `workspaces`; they are removed in the end."""
    made: list[DevContainer] = []

    def one(
        image: str = BARE, user: str = USER, variables: dict[str, str] | None = None
    ) -> DevContainer:
        folder = tmp_path / f"project-{len(made)}"
        made.append(DevContainer(cli, folder, workspaces.folder, image, user, OPTIONS, variables))
        return made[-1]

    yield one
    for container in made:
        container.remove()


def begin(workspaces: Workspaces, container: DevContainer, *options: str) -> int:
    """A start, past a heartbeat; PID 1's start."""
    began = container.up(*options)
    container.await_tracker()
    workspaces.await_heartbeats()
    return began


def test_a_bare_base_gets_a_tracker_of_the_remote_user_with_the_options(
    workspaces: Workspaces, make: Make
) -> None:
    workspaces.folder.chmod(0o777)
    container = make()
    began = container.up()
    container.await_tracker()
    processes = container.engine.call("top", container.name, "user", "args").stdout.splitlines()
    ours = [line.split()[0] for line in processes if "codespace_tracker/daemon" in line]
    assert set(ours) == {USER}
    assert container.count("ghadi.sh") == 1
    wait_until(lambda: "Asia/Kolkata" in container.verb("status", user=USER), "the first plan", 60)
    assert json.loads(container.verb("quota", "--json", user=USER))["plan"]["core_hours"] == 180
    assert "(system-wide)" in container.verb("doctor", user=USER)
    assert_counted(workspaces.sessions()[0], began, boot_us(), heartbeat_us=10 * SECOND_US)

    container.call("sh", "-c", f"sed -i s/Kolkata/Tokyo/ /etc/{NAME}/config.toml")
    wait_until(
        lambda: "Asia/Tokyo" in container.verb("status", user=USER), "the change is noticed", 60
    )

    for name in ("pip", "pip3", "python"):
        container.call("sh", "-c", f"! command -v {name}", user=USER)
    newer = (
        "find",
        f"/home/{USER}",
        "-newer",
        f"{SHARE}/post-start.sh",
        "-type",
        "f",
        "-not",
        "-path",
        "*/.devcontainer/*",
    )
    assert set(container.call(*newer).stdout.split()) == {
        f"/home/{USER}/.bashrc",
        f"/home/{USER}/.config/codespace-tracker/command",
    }, "nothing else of the user's is touched"
    again = container.call(f"{SHARE}/post-start.sh", user=USER)
    assert (again.stdout, again.stderr) == ("", "")
    assert len(workspaces.sessions()) == 1

    said = container.verb("uninstall", "--delete-data", "--yes", user=USER)
    assert "remove the Feature from" in said
    assert not workspaces.directory.exists()
    container.call("grep", "-q", NAME, f"/home/{USER}/.bashrc", code=1)


def test_the_start_hook_says_nothing_and_exits_with_0_whatever_is_wrong(
    workspaces: Workspaces, make: Make
) -> None:
    workspaces.folder.chmod(0o555)
    container = make()
    container.up()
    done = container.call(f"{SHARE}/post-start.sh", user=USER)
    assert (done.stdout, done.stderr) == ("", "")
    assert "is not writable" in container.verb("ensure", user=USER, code=1)
    container.call("rm", "-r", f"{SHARE}/venv")
    done = container.call(f"{SHARE}/post-start.sh", user=USER)
    assert (done.stdout, done.stderr) == ("", "")
    container.stop()
    container.up()


def test_its_lives_are_told_apart_and_counted_once(workspaces: Workspaces, make: Make) -> None:
    workspaces.configure(owner=1000)
    container = make()
    began = begin(workspaces, container)
    over = container.stop()
    assert container.exit_code() == 0, "it had not to be killed"
    [first] = workspaces.sessions()
    assert first.ending == "clean"
    assert_counted(first, began, over, heartbeat_us=over - container.asked_us)

    began = begin(workspaces, container)
    assert len(workspaces.sessions()) == 2
    over = container.kill()
    _, lost = workspaces.sessions()
    assert lost.ending is None
    assert_counted(lost, began, over)

    again = begin(workspaces, container)
    *before, third = workspaces.sessions()
    assert before == [first, lost._replace(ending="recovered")], (
        "nothing was added to what was over"
    )
    assert_counted(third, again, boot_us())
    assert third.started_at >= lost.last_seen_at >= lost.started_at >= first.last_seen_at

    rebuilt = begin(workspaces, container, "--remove-existing-container")
    *before, fourth = workspaces.sessions()
    assert [session.session_id for session in before] == [
        one.session_id for one in (first, lost, third)
    ]
    assert_counted(fourth, rebuilt, boot_us())
    assert {session.tracker_id for session in workspaces.sessions()} == {first.tracker_id}
    total = workspaces.file("status.json")["total"]
    assert total["session_count"] == 4


def test_a_rebuild_of_a_codespace_goes_on_with_the_session(
    workspaces: Workspaces, make: Make
) -> None:
    workspaces.configure(owner=1000)
    container = make(variables=CODESPACE)
    began = begin(workspaces, container)
    [first] = workspaces.sessions()
    again = begin(workspaces, container, "--remove-existing-container")
    [session] = workspaces.sessions()
    assert (session.session_id, session.pid1_start_us) == (first.session_id, again)
    assert_counted(session._replace(pid1_start_us=began), began, boot_us())
    assert len(workspaces.details("rebuilt")) == 1
    assert (
        container.call("grep", "-c", ">>> codespace-tracker", f"/home/{USER}/.bashrc").stdout
        == "1\n"
    )


def test_a_base_with_python_keeps_it_as_it_is_and_a_zsh_user_gets_the_hook(
    workspaces: Workspaces, make: Make
) -> None:
    workspaces.folder.chmod(0o777)
    packages = (
        "find /usr/lib/python3* /usr/local/lib/python3* -name '*-info' | sort; command -v python3"
    )
    before = workspaces.engine.call("run", "--rm", WITH_PYTHON, "sh", "-c", packages).stdout
    container = make(WITH_PYTHON, ZSH_USER)
    container.up()
    container.await_tracker()
    assert container.call("sh", "-c", packages).stdout == before
    assert container.count("ghadi.sh") == 1
    container.call(
        "pkill" if container.call("sh", "-c", "command -v pkill", code=None).stdout else "true",
        "x",
        code=None,
    )
    assert "codespace-tracker ensure" in container.call("cat", f"/home/{ZSH_USER}/.zshrc").stdout
    said = container.call("zsh", "-ic", "cst status", user=ZSH_USER).stdout
    assert said.startswith("● running")


@pytest.mark.parametrize(
    ("shell", "startup", "user"),
    [("/bin/bash", ".bashrc", USER), ("/usr/bin/zsh", ".zshrc", ZSH_USER)],
)
def test_twenty_terminals_at_once_are_not_held_up_by_the_hook(
    workspaces: Workspaces,
    make: Make,
    capsys: pytest.CaptureFixture[str],
    shell: str,
    startup: str,
    user: str,
) -> None:
    workspaces.folder.chmod(0o777)
    container = make(BARE if user == USER else WITH_PYTHON, user)
    container.up()
    container.await_tracker()
    program = (Path(__file__).parent / "prompts.py").read_text()
    python = f"{SHARE}/venv/bin/python"
    words = (python, "-c", program, shell, startup, str(TERMINALS), str(ROUNDS))
    took = json.loads(container.call(*words, user=user).stdout)
    medians = {name: statistics.median(found) for name, found in took.items()}
    later = medians["with"] - medians["without"]
    with capsys.disabled():
        print(
            "\n"
            f"{shell}: {TERMINALS} terminals at once, median {later:+.1f} ms by the hook "
            f"({medians})"
        )
    assert later < max(FEW_MS, medians["without"])
    assert container.count("ghadi.sh") == 1


def test_features_test_passes(cli: DevContainers) -> None:
    for name in ("mcr.microsoft.com/devcontainers/base:debian-12", "docker.io/library/debian:12"):
        cli.engine.call("tag", WITH_PYTHON, name)
    done = cli.call(
        "features", "test", "--features", NAME, "--base-image", WITH_PYTHON, "--project-folder", "."
    )
    assert "✅ Passed:      'codespace-tracker'" in done.stdout, done.stdout[-3000:]
    assert "❌" not in done.stdout


def test_features_package_makes_a_feature_that_holds_all_it_needs(
    cli: DevContainers, tmp_path: Path
) -> None:
    cli.call(
        "features",
        "package",
        "src",
        "--output-folder",
        str(tmp_path),
        "--force-clean-output-folder",
    )
    [collection] = json.loads((tmp_path / "devcontainer-collection.json").read_text())["features"]
    assert collection["id"] == NAME
    with tarfile.open(tmp_path / f"devcontainer-feature-{NAME}.tgz") as archive:
        names = {Path(name).name for name in archive.getnames()}
    assert {
        "devcontainer-feature.json",
        "install.sh",
        "init.sh",
        "post-start.sh",
        "README.md",
    } <= names
    assert any(name.endswith(".whl") for name in names)


OLD_PYTHON = """
rm /usr/bin/python3* /usr/bin/apt-get
printf '#!/bin/sh\\n[ $1 != -V ] || echo Python 3.9.2\\n[ $1 != -I ]\\n' >/usr/bin/python3
printf '#!/bin/sh\\n' >/usr/bin/apt-get
chmod +x /usr/bin/python3 /usr/bin/apt-get
"""


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        (
            "VERSION=newest",
            ['the option version: "newest" is no version. Fix: "latest", a version'],
        ),
        ("VERSION=./none.whl", ["the option version: there is no file /feature/./none.whl. Fix: "]),
        ("STATEDIRECTORY=here", ['the option stateDirectory: "here" is no absolute path. Fix: ']),
        (
            "TIMEZONE=Kolkata PLAN='gold\" #'",
            [
                'time_zone: there is no time zone "Kolkata". Fix: did you mean "Asia/Kolkata"?',
                "plan: 'gold",
            ],
        ),
        (
            "rm /usr/bin/python3* /usr/bin/apt-get",
            ["no apt-get to install one. Fix: use a base of Debian or Ubuntu"],
        ),
        (
            OLD_PYTHON,
            [
                "the newest Python of this base is 3.9.2, and 3.10 is needed. Fix: use a base of "
                "Debian 12"
            ],
        ),
    ],
)
def test_where_it_cannot_be_installed_one_clear_line_says_so(
    engine: Engine, cli: DevContainers, before: str, lines: list[str]
) -> None:
    mount = f"{cli.feature / 'src' / NAME}:/feature:ro"
    script = f"set -a\n{before}\nexec sh /feature/install.sh"
    done = engine.call("run", "--rm", "--volume", mount, WITH_PYTHON, "sh", "-c", script, code=1)
    [said] = done.stderr.splitlines()
    assert said.startswith("codespace-tracker: ")
    for line in lines:
        assert line in said
