"""A machine to run setup.sh on, whose Python and uv only write down how they are called."""

import shutil
import subprocess
from pathlib import Path
from shlex import quote

from tests.integration.real_tracker import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]


NEEDED = (
    "sh env id dirname readlink mkdir rm cat find cksum sort tail mktemp chmod mv sed wc flock ln"
)


_PYTHON = """#!/bin/sh
printf '%s|%s|%s\\n' "$(pwd)" "$*" "$(env | grep -cE '^(PYTHON|PIP_TARGET|PIP_CONFIG)')" >>{log}
case "$*" in
"-I -m venv --without-pip "*) mkdir -p "$5/bin" && cp "$0" "$5/bin/python" ;;
esac
"""


_UV = """#!/bin/sh
printf '%s|uv %s|%s\\n' "$(pwd)" "$*" "$(env | grep -cE '^PYTHON')" >>{log}
mkdir -p "$6/bin" && cp {python} "$6/bin/python"
"""


class Machine:
    """A user's home, programs of which Python and uv only write down how they are called, and a
    repository."""

    def __init__(self, folder: Path, *, python: bool) -> None:
        self.folder, self.log = folder, folder / "log"
        self.repository, self.home, programs = (
            folder / "repository",
            folder / "home",
            folder / "programs",
        )
        for made in (self.repository, self.home, programs):
            made.mkdir()
        for name in (*NEEDED.split(), "cp", "grep"):
            (programs / name).symlink_to(shutil.which(name) or "")
        stand_in = folder / "python"
        stand_in.write_text(_PYTHON.format(log=quote(str(self.log))))
        (programs / "uv").write_text(
            _UV.format(log=quote(str(self.log)), python=quote(str(stand_in)))
        )
        if python:
            shutil.copy(stand_in, programs / "python3")
        for path in (stand_in, *programs.iterdir()):
            if not path.is_symlink():
                path.chmod(0o755)
        self.environment = {
            "HOME": str(self.home),
            "PATH": str(programs),
            "PYTHONPATH": str(self.repository),
            "PYTHONHOME": "x",
            "PYTHONSTARTUP": "x.py",
            "PYTHONUSERBASE": "x",
            "PYTHONWARNINGS": "error::logging.X",
            "PIP_TARGET": "x",
            "PIP_CONFIG_FILE": "pip.conf",
        }

    def setup(self, *words: str, script: Path = ROOT / "setup.sh") -> list[list[str]]:
        """Call setup.sh in the repository: folder, words and number of variables of each call of
        Python and uv."""
        self._run(script, *words).check_returncode()
        return [line.split("|") for line in self.log.read_text().splitlines()]

    def refused(self) -> str:
        """What setup.sh says as it fails."""
        done = self._run(ROOT / "setup.sh")
        assert done.returncode == 1
        return done.stderr

    def _run(self, script: Path, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", str(script), *words],
            env=self.environment,
            cwd=self.repository,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
