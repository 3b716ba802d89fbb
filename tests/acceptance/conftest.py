"""What the lives of containers share: one podman and its images a test run."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.devcontainers import DevContainers
from tests.acceptance.lives import Workspaces
from tests.acceptance.podman import Engine, NoContainers


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Podman with the image of this checkout's tracker. Where it cannot work the tests fail; none
    is skipped."""
    made = Engine(tmp_path_factory.mktemp("podman"))
    try:
        made.build()
        yield made
    except NoContainers as error:
        pytest.fail(str(error))
    finally:
        made.close()


@pytest.fixture(scope="session")
def cli(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> DevContainers:
    """The command line of dev containers, and images for it."""
    made = DevContainers(engine, tmp_path_factory.mktemp("devcontainers"))
    try:
        made.build()
    except NoContainers as error:
        pytest.fail(str(error))
    return made


@pytest.fixture
def workspaces(engine: Engine, tmp_path: Path) -> Iterator[Workspaces]:
    """A folder for /workspaces, without a state directory yet."""
    made = Workspaces(engine, tmp_path / "workspaces")
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(tmp_path, ignore_errors=True)
