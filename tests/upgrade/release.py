"""Release 0.1.0 and this checkout as wheels, installed beside each other or over each other."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSION = "0.1.0"
COMMIT = "3f590b3e90a975fa54f47ec0f1a943c59444cbf9"
"""The last commit of release 0.1.0."""


class NoRelease(Exception):
    """The commit of the release is not in this clone. The text is one line and says how to fix
    it."""


def source(folder: Path) -> Path:
    """The source of release 0.1.0, unpacked into a new folder. Raises NoRelease."""
    command = ["git", "-C", str(ROOT), "archive", COMMIT]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        why = (done.stderr.decode().splitlines() or ["git says nothing"])[0]
        raise NoRelease(
            f"{ROOT}: commit {COMMIT[:7]} ({VERSION}) is not in this clone: {why}."
            " Fix: `git fetch --unshallow`, or check out with `fetch-depth: 0`."
        )
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=done.stdout, check=True)
    return folder


def wheel(of: Path, folder: Path) -> Path:
    """Build the wheel of a source tree into a new folder."""
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(folder),
    ]
    subprocess.run(command, cwd=of, check=True, capture_output=True, timeout=120)
    [built] = folder.glob("*.whl")
    return built


class Installation:
    """An environment of its own; what the tracker depends on comes from the environment of the
    tests."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, symlinks=True)
        self.python = folder / "bin/python"
        self.command = folder / "bin/codespace-tracker"
        [packages] = folder.glob("lib/python*/site-packages")
        # The .pth files of a folder that a .pth file names are not followed: they lead to the
        # checkout.
        places = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
        (packages / "tests.pth").write_text(
            "".join(f"{place}\n" for place in dict.fromkeys(places))
        )

    def install(self, built: Path) -> None:
        """Install a wheel with pip, over whatever version is there, as set-up does."""
        options = [
            "--quiet",
            "--no-deps",
            "--no-index",
            "--no-compile",
            "--disable-pip-version-check",
        ]
        command = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(self.python),
            "install",
            "--upgrade",
            *options,
        ]
        variables = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
        subprocess.run(
            [*command, str(built)], check=True, capture_output=True, env=variables, timeout=120
        )
