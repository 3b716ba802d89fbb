"""`sessions --json` and `export` tell the same of a session."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from codespace_tracker.cli.commands import export, sessions
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import HOUR_US, MINUTE_US, Reading
from codespace_tracker.core.session import begin, end
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger, Tracker

NOON = parse_iso("2026-03-01T12:00:00Z")


def printed(verb: Any, *words: str) -> str:
    done = CliRunner().invoke(verb, words, standalone_mode=False)
    assert done.exception is None, done.exception
    return done.stdout


def test_a_session_of_the_list_begins_with_its_line_of_export(tmp_path: Path) -> None:
    with Ledger.open_writer(str(tmp_path / NAME)) as ledger:
        ledger.put_tracker(Tracker("tracker", "host", "", "", "", 0))
        for number in (1, 2, 3):
            now = Reading(NOON + number * HOUR_US, 0, 0, "boot", 0)
            session = begin(
                f"session {number}",
                number,
                now,
                4,
                age_us=MINUTE_US,
                running_us=MINUTE_US,
                not_before=0,
            )
            ledger.add_session(
                session if number == 3 else end(session, "recovered"), "tracker", "octocat/hello"
            )
    exported = [
        json.loads(line) for line in printed(export.command, "--dir", str(tmp_path)).splitlines()
    ]
    listed = json.loads(printed(sessions.command, "--json", "--dir", str(tmp_path)))
    assert [
        list(one.items())[: len(line)] for one, line in zip(listed, exported[::-1], strict=True)
    ] == [list(line.items()) for line in exported[::-1]]
    assert [(one["shown_as"], one["recovered"]) for one in listed] == [
        ("3", False),
        ("2", True),
        ("1", True),
    ]
