"""`python -m tests.upgrade.record` makes recorded/ anew from release 0.1.0: what it printed, drew,
took and left.

It is run once a release, as root, in a folder whose name says nothing of the machine. The ledger is
kept as SQL.
"""

import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

from tests.upgrade import outputs, release
from tests.upgrade.history import await_long_wait, make
from tests.upgrade.machine import Codespace
from tests.upgrade.recording import RECORDED
from tests.upgrade.release import Installation

FOLDER = Path("/tmp/octocat")
"""Where the recording is made: what triggers are known by has the paths in their scripts in it."""

_KEPT = ("config.toml", "trigger_config.json", "flags", "session_logs.json", "first_start.json")


def main() -> None:
    """Record everything. Raises NoRelease."""
    FOLDER.mkdir(0o700)
    try:
        _record(FOLDER)
    finally:
        shutil.rmtree(FOLDER)


def _record(folder: Path) -> None:
    program = Installation(folder / "venv")
    program.install(release.wheel(release.source(folder / "source"), folder / "wheel"))
    codespace = Codespace(folder / "codespace", program)
    try:
        make(codespace)
        shapes = outputs.printed(lambda *words: codespace.verb(*words, code=None))
        shapes |= outputs.drawn(codespace.directory)
        await_long_wait(codespace)
    finally:
        codespace.kill()
    _write("outputs.json", shapes)
    surface = str(Path(__file__).parent / "surface.py")
    printed = subprocess.run(
        [program.python, "-I", surface], capture_output=True, text=True, check=True
    ).stdout
    _write("commands.json", json.loads(printed))
    _keep(codespace)


def _write(name: str, content: object) -> None:
    (RECORDED / name).write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def _keep(codespace: Codespace) -> None:
    state = RECORDED / "state"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    connection = sqlite3.connect(codespace.directory / "ledger.db")
    [(number,)] = connection.execute("PRAGMA user_version")
    dump = "\n".join([*connection.iterdump(), f"PRAGMA user_version = {number};"])
    connection.close()
    (state / "ledger.sql").write_text(dump + "\n")
    for name in _KEPT:
        source = codespace.directory / name
        if source.is_dir():
            shutil.copytree(source, state / name)
        else:
            shutil.copy(source, state / name)


if __name__ == "__main__":
    main()
