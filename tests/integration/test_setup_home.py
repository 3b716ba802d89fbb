"""Root's set-up in the home of another user: what lies there is that user's to choose, and root
runs none of it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.machine

CHECKOUT = Path(__file__).parent.parent.parent
SETUP = CHECKOUT / "src/codespace_tracker/install/setup.sh"
OTHER = 45002


@pytest.fixture
def home() -> Iterator[Path]:
    """A home with programs in the places where set-up looks for its own."""
    if os.getuid() != 0:
        pytest.fail("this is about root: run it as root")
    made = Path(tempfile.mkdtemp())
    for name in ("python", "codespace-tracker", "cst"):
        for folder in (made / ".local/share/codespace-tracker/venv/bin", made / ".local/bin"):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"#!/bin/sh\necho {name} >>'{made}/ran'\n")
            (folder / name).chmod(0o755)
    for path in (made, *made.rglob("*")):
        os.chown(path, OTHER, OTHER)
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("variable", ["HOME", "XDG_DATA_HOME"])
def test_root_sets_up_nothing_in_the_home_of_another_user(
    home: Path, tmp_path: Path, variable: str
) -> None:
    place = (
        {"HOME": str(home)}
        if variable == "HOME"
        else {"HOME": str(tmp_path), variable: f"{home}/.local/share"}
    )
    done = subprocess.run(
        ["/bin/sh", str(SETUP), "--no-shell-hook"],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **place},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not (home / "ran").exists(), (home / "ran").read_text()
    assert done.returncode == 1
    assert "belongs to another user" in done.stderr


def test_root_heals_by_nothing_in_the_home_of_another_user(home: Path, tmp_path: Path) -> None:
    program = tmp_path / "state/program"
    program.mkdir(parents=True, mode=0o700)
    program.parent.chmod(0o700)
    (program / "setup.sh").write_bytes(SETUP.read_bytes())
    (program / "codespace_tracker-0.0.0-py3-none-any.whl").write_bytes(b"")
    for path in program.iterdir():
        path.chmod(0o600)
    done = subprocess.run(
        ["/bin/sh", str(program / "setup.sh"), f"--healing={program}"],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(home)}, check=False,
    )  # fmt: skip
    assert not (home / "ran").exists(), (home / "ran").read_text()
    assert done.returncode == 1
