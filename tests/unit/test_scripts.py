"""The shell scripts that are installed start no Python without -I, so no folder says what it
runs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    {*ROOT.glob("*.sh"), *ROOT.glob("src/**/*.sh"), *ROOT.glob("feature/src/**/*.sh")}
    - {ROOT / "test.sh"}
)
STARTED = re.compile(r"""(?:"\$(?:python|name|venv/bin/python)"|'%s'|exec %s) (-\w+)""")


def options(script: Path) -> list[str]:
    """The first option of each Python that a script starts."""
    return STARTED.findall(script.read_text())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_python_that_a_script_starts_is_isolated(script: Path) -> None:
    assert set(options(script)) <= {"-I"}


def test_the_scripts_start_python_in_the_ways_that_are_looked_for() -> None:
    assert {script.name for script in SCRIPTS if options(script)} == {
        "setup.sh",
        "install.sh",
        "ghadi.sh",
    }
