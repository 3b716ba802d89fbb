"""What the tests of the upgrade share: the wheels of both versions, built once."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.upgrade import release
from tests.upgrade.machine import Codespace
from tests.upgrade.release import Installation


class Wheels(NamedTuple):
    """Release 0.1.0 and this checkout."""

    old: Path
    new: Path


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    folder = tmp_path_factory.mktemp("wheels")
    try:
        old = release.source(folder / "source")
    except release.NoRelease as error:
        pytest.fail(str(error), pytrace=False)
    return Wheels(release.wheel(old, folder / "old"), release.wheel(release.ROOT, folder / "new"))


@pytest.fixture(scope="module")
def place(
    wheels: Wheels, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Codespace]]:
    """Makes codespaces in which 0.1.0 is installed; they end with the tests."""
    made: list[Codespace] = []

    def make() -> Codespace:
        folder = tmp_path_factory.mktemp("codespace")
        program = Installation(folder / "program")
        program.install(wheels.old)
        made.append(Codespace(folder / "life", program))
        return made[-1]

    yield make
    for one in made:
        one.kill()


def surface(program: Installation) -> str:
    """What an installed version takes, as JSON."""
    command = [str(program.python), "-I", str(Path(__file__).parent / "surface.py")]
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, check=True
    )
    return done.stdout
