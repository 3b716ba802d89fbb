"""Every way to install that the README names, line by line as it stands there, on a bare Debian
12."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.acceptance.bare_machines import REPOSITORY, run_in

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

WAYS = ("pipx", "uv", "pip")

_ONE = """
echo "== {way}"
export HOME=/root/{way}
mkdir -p $HOME/.local/bin
[ {way} = uv ] || ln -s /bin/true $HOME/.local/bin/cst
(
cd "/src/code space"
set -eu
{lines}
) </dev/null 2>&1
echo "exit $?"
readlink $HOME/.local/bin/cst
"""

_UV_REFUSES = """
echo "== uv beside another cst"
export HOME=/root/other
mkdir -p $HOME/.local/bin
ln -s /bin/true $HOME/.local/bin/cst
cd "/src/code space"
uv tool install --quiet . 2>&1
readlink $HOME/.local/bin/cst
"""


def lines_for(way: str) -> str:
    """The lines that the README gives for a tool."""
    found = re.search(
        rf"^With {way}\b[^\n]*:\n\n((?:    [^\n]+\n)+)",
        (REPOSITORY / "README.md").read_text(),
        re.M,
    )
    assert found is not None, way
    return re.sub(r"^    ", "", found[1], flags=re.M)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each way said, beside another program's `cst`."""
    root = tmp_path_factory.mktemp("ways") / "root"
    needed = "--include=ca-certificates,python3-venv,pipx"
    subprocess.run(
        ["mmdebstrap", "--variant=minbase", needed, "bookworm", str(root)],
        check=True,
        capture_output=True,
        timeout=600,
    )
    return all_ways(root)


def all_ways(root: Path) -> dict[str, str]:
    """Install in each way on the machine at `root`, which has pipx."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--target",
        str(root / "opt/uv"),
        "uv",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    script = "export PATH=/opt/uv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1\n"
    script += "".join(_ONE.format(way=way, lines=lines_for(way)) for way in WAYS) + _UV_REFUSES
    parts = run_in(root, script).split("== ")[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}


@pytest.mark.parametrize("way", WAYS)
def test_the_lines_of_the_readme_lead_to_a_tracker_that_runs(
    said: dict[str, str], way: str
) -> None:
    assert "The tracker was started." in said[way]
    assert "● running" in said[way]
    assert "exit 0\n" in said[way]


@pytest.mark.parametrize("way", ["pipx", "pip", "uv beside another cst"])
def test_another_programs_cst_stays(said: dict[str, str], way: str) -> None:
    assert said[way].endswith("\n/bin/true\n")


def test_uv_refuses_beside_another_programs_cst(said: dict[str, str]) -> None:
    assert "Executable already exists: cst" in said["uv beside another cst"]
