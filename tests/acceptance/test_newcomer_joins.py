"""A newcomer lets two codespaces meet by docs/fleet.md alone: its commands, as they stand there,
are typed in two fresh containers. A server of git over HTTP, with a token, stands in for GitHub."""

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.lives import Workspaces
from tests.acceptance.podman import CODESPACE, REPOSITORY, USER, Container, Engine
from tests.codespaces import bare_repository
from tests.integration.fleet_world import serve_writers
from tests.integration.git_server import PASSWORD, GitServer, git_server
from tests.integration.terminal import PseudoTerminal

from codespace_tracker.sync.credentials import VARIABLE

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

URL = "https://github.com/YOU/codespace-hours"
MOST_SECONDS = 300
PATH = "/opt/tracker/bin:/usr/local/bin:/usr/bin:/bin"


def commands() -> list[str]:
    """What the page says to type, in order."""
    page = (REPOSITORY / "docs/fleet.md").read_text()
    [section] = re.findall(r"^## Set it up\n(.*?)^###", page, re.DOTALL | re.MULTILINE)
    return re.findall(r"^ {7}(codespace-tracker .*)$", section, re.MULTILINE)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[GitServer]:
    """The empty private repository of step 1."""
    folder = tmp_path / "served"
    folder.mkdir()
    serve_writers(bare_repository(folder, "codespace-hours.git"))
    with git_server(folder) as server:
        yield server


@pytest.fixture
def two(engine: Engine, tmp_path: Path) -> Iterator[list[Container]]:
    """Two codespaces in which a tracker counts; each has the secret of step 3."""
    places = [Workspaces(engine, tmp_path / name) for name in ("first", "second")]
    made = []
    try:
        for place in places:
            place.folder.chmod(0o777)
            variables = {**CODESPACE, "CODESPACE_NAME": place.folder.name, VARIABLE: PASSWORD}
            made.append(place.container(variables))
            made[-1].start()
            made[-1].verb("start", user=USER)
        yield made
    finally:
        for place in places:
            place.close()
        shutil.rmtree(tmp_path, ignore_errors=True)


def typed(container: Container, command: str, *answers: tuple[str, str]) -> str:
    """Type a command in a terminal of a codespace, and answer what is asked; what it says,
    in one line."""
    words = ["podman", "exec", "-it", "--user", USER, "--env", f"PATH={PATH}", container.name]
    with PseudoTerminal([*words, "bash", "--norc"], container.engine.environment) as terminal:
        terminal.type(f"{command}; echo exit=$?\n")
        for question, answer in answers:
            terminal.until(question)
            terminal.type(f"{answer}\n")
        terminal.until("exit=0\r\n")
        return " ".join(terminal.said.split())


def test_two_codespaces_meet_in_less_than_five_minutes(
    two: list[Container], served: GitServer
) -> None:
    setup, *then = commands()
    address = f"{served.url}/codespace-hours.git"
    began = time.monotonic()
    for container in two:
        said = typed(container, setup.replace(URL, address), ("Share this", "y"))
        assert "It can be read and written." in said
    for container, other in zip(two, ("second", "first"), strict=True):
        for command in then:
            typed(container, command.replace("NAME", other))
    took = time.monotonic() - began
    for container, name in zip(two, ("first", "second"), strict=True):
        found = json.loads(container.verb("fleet", "--json", user=USER))
        rows = {one["codespace"]: one for one in found["codespaces"]}
        assert set(rows) == {"first", "second"}
        assert all(one["accepted"] or one["this_one"] for one in rows.values())
        assert [one["codespace"] for one in rows.values() if one["this_one"]] == [name]
    assert setup.endswith(URL)
    assert [command.split()[1] for command in then] == ["sync", "fleet"]
    print(f"two codespaces met in {took:.0f} s")
    assert took < MOST_SECONDS
