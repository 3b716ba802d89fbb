"""Whoever reads slowly: the ledger's log grows no further than it must, and who lets it grow is
told."""

import fcntl
import json
import os
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, wait_until

from codespace_tracker.ledger.store import Ledger

F_SETPIPE_SZ = 1031
LARGE = 16 << 20


def fill(tracker: RealTracker, size: int) -> None:
    """Write so much into the ledger's log, as busy triggers would."""
    ledger = Ledger.open_to_change(str(tracker.directory / "ledger.db"))
    try:
        for number in range(size >> 20):
            with ledger.transaction():
                ledger.note(number, "filler", None, {"text": "x" * (1 << 20)})
    finally:
        ledger.close()


def log_size(tracker: RealTracker) -> int:
    return (tracker.directory / "ledger.db-wal").stat().st_size


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_that_is_read_slowly_lets_the_log_begin_anew(
    quick: RealTracker, tmp_path: Path, form: str
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    logs = [
        {"start_time": f"2025-01-{1 + n // 24:02}T{n % 24:02}:00", "duration_minutes": 9}
        for n in range(300)
    ]
    (theirs / "session_logs.json").write_text(json.dumps(logs))
    quick.verb("import", str(theirs))
    command = quick.command("export", "--format", form)
    with subprocess.Popen(command, env=quick.environment(), stdout=subprocess.PIPE) as export:
        assert export.stdout is not None
        fcntl.fcntl(export.stdout, F_SETPIPE_SZ, 4096)
        assert export.stdout.read(100)
        for _ in range(3):
            fill(quick, 4 << 20)
        assert log_size(quick) < 8 << 20
        lines = export.stdout.read().splitlines()
    assert len(lines) in (301, 302)
    assert export.returncode == 0


def test_who_lets_the_log_grow_is_named_until_the_end(quick: RealTracker) -> None:
    reader = sqlite3.connect(
        f"file:{quick.directory}/ledger.db?mode=ro", uri=True, isolation_level=None
    )
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM session").fetchone()
    fill(quick, LARGE + (1 << 20))

    def told() -> str:
        return " ".join(json.loads((quick.directory / "status.json").read_text())["problems"])

    quick.verb("notice", "look")  # draws the files
    wait_until(lambda: "goes on reading an old state of the ledger" in told(), "it is told")
    # a test before this one may have left one that inherited it
    assert re.search(rf"Open in process ([0-9]+, )*{os.getpid()}[.,]", told())
    assert "ledger.db-wal" in quick.verb("doctor", code=1).stdout
    reader.close()
    fill(quick, 1 << 20)
    wait_until(lambda: log_size(quick) < LARGE, "the log begins anew")
    quick.verb("notice", "look again")
    wait_until(lambda: "old state" not in told(), "it is well again")


def test_an_export_without_room_for_a_temporary_file_says_so(quick: RealTracker) -> None:
    command = quick.command("export")
    limited = ["bash", "-c", 'ulimit -f 0; exec "$@"', "bash", *command]
    done = subprocess.run(
        limited,
        env=quick.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 1
    assert "no temporary file could be written" in done.stderr
