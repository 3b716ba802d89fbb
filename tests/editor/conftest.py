"""Editors, the extension, and a tracker that all of it happens to."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.editor.chromium import Browser
from tests.editor.editors import (
    CACHE,
    EXTENSION,
    INSTALL,
    NEW,
    OLD,
    ROOT,
    Installed,
    Server,
    pack_probe,
)
from tests.editor.machine import Machine, TrackerThere
from tests.editor.watched import Watched

from codespace_tracker.install.vsix import packed


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test of this folder is one of an editor."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.editor)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what npm installs is."""
    return Path(os.environ.get(CACHE) or tmp_path_factory.mktemp("editors"))


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the extension's source with its compiler, built."""
    copy = tmp_path_factory.mktemp("extension") / "editor" / "vscode"
    shutil.copytree(
        EXTENSION, copy, ignore=shutil.ignore_patterns("node_modules", "out*", "*.vsix")
    )
    shutil.copy(ROOT / "LICENSE", copy.parents[1])
    shutil.copytree(ROOT / "docs/json", copy.parents[1] / "docs/json")
    subprocess.run(INSTALL, cwd=copy, check=True, timeout=300)
    subprocess.run(["npm", "run", "--silent", "build"], cwd=copy, check=True, timeout=300)
    return copy


@pytest.fixture(scope="session")
def content(build: Path) -> Path:
    """The files that the extension's package is made of."""
    folder = build / "content"
    subprocess.run(["node", "pack.mjs", str(folder)], cwd=build, check=True, timeout=60)
    return folder


@pytest.fixture(scope="session")
def vsix(build: Path, content: Path) -> Path:
    """The extension as it is installed."""
    path = build / "extension.vsix"
    path.write_bytes(packed(str(content)))
    return path


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path: an editor's sockets are in it."""
    with tempfile.TemporaryDirectory(prefix="ed-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A machine for the test alone."""
    made = Machine()
    yield made
    made.end()


@pytest.fixture
def watched(folder: Path, machine: Machine) -> Watched:
    """A tracker on that machine, which is not running yet."""
    return Watched(TrackerThere(folder / "state", machine))


@pytest.fixture
def browser(folder: Path) -> Iterator[Browser]:
    """A person's browser."""
    with Browser(folder / "browser") as made:
        yield made


@pytest.fixture(scope="session")
def old(cache: Path) -> Installed:
    """VS Code's server, as in a codespace."""
    return Installed(cache, OLD)


@pytest.fixture(scope="session")
def new(cache: Path) -> Installed:
    """The newest code-server."""
    return Installed(cache, NEW)


@pytest.fixture(params=["old", "new"])
def installed(request: pytest.FixtureRequest) -> Installed:
    """Each of them."""
    found: Installed = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def make_server(
    folder: Path, machine: Machine, watched: Watched, vsix: Path
) -> Callable[..., Server]:
    """Makes servers on the machine, with the probe and, unless asked otherwise, the extension."""

    def make(
        installed: Installed, *, with_extension: bool = True, asks_for_trust: bool = False
    ) -> Server:
        probes = folder / "probes"
        probes.mkdir(exist_ok=True)
        directory = str(watched.tracker.directory)
        environment = watched.tracker.environment(
            PROBE=str(probes), SHELL="/bin/bash", CODESPACE_TRACKER_DIR=directory
        )
        place = Path(tempfile.mkdtemp(prefix="server-", dir=folder))
        server = Server(installed, place, environment, machine, asks_for_trust=asks_for_trust)
        (server.work / "a.txt").write_text("".join(f"line {n}\n" for n in range(2000)))
        server.install(pack_probe(folder))
        if with_extension:
            server.install(vsix)
        return server

    return make
