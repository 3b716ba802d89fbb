"""What release 0.1.0 left and printed, as `record.py` recorded it."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text())


def unpack(folder: Path) -> Path:
    """The directory that 0.1.0 left, as it was when its machine still ran."""
    directory = folder / "state"
    shutil.copytree(RECORDED / "state", directory, ignore=shutil.ignore_patterns("ledger.sql"))
    connection = sqlite3.connect(directory / "ledger.db")
    connection.executescript((RECORDED / "state/ledger.sql").read_text())
    connection.close()
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return directory
