"""A tracker that runs is imported by another one, and once more when it has gone on."""

import json
from pathlib import Path
from typing import Any

from tests.integration.real_tracker import RealTracker, run, wait_until

from codespace_tracker.core.clock import DAY_US, Reading
from codespace_tracker.core.session import begin, end
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger, Tracker
from codespace_tracker.machine import clock


def other_place(folder: Path) -> str:
    """The state directory of a tracker whose only session ended a day ago."""
    folder.mkdir(mode=0o700)
    ledger = Ledger.open_writer(str(folder / NAME))
    ledger.put_tracker(Tracker("other", "host", "", "", "", 0))
    then = Reading(clock.read().wall_us - 400 * DAY_US, 0, 0, "boot", 0)
    session = end(begin("other 1", 1, then, 2, age_us=0, running_us=0, not_before=0), "clean")
    ledger.add_session(session, "other")
    ledger.change("UPDATE span SET running_us = 0")
    ledger.close()
    return str(folder)


def test_a_session_that_goes_on_is_imported_and_later_brought_up_to_date(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    here = other_place(tmp_path / "here")

    def call(*words: str) -> str:
        command = [*tracker.command(*words)[:-2], "--dir", here]
        done = run(command, tracker.environment())
        assert done.returncode == 0, done.stderr
        return " ".join(done.stdout.split())

    def last_seen() -> int:
        [(at,)] = tracker.read("SELECT max(last_seen_at) FROM session")
        return int(at)

    assert "Added 1 session" in call("import", str(tracker.directory))
    seen = last_seen()
    wait_until(lambda: last_seen() > seen, "a heartbeat")
    told = call("import", str(tracker.directory))
    assert "Added no new session. 1 session was corrected from more precise data:" in told
    tracker.verb("stop")
    call("import", str(tracker.directory))
    theirs: dict[str, Any] = json.loads(tracker.verb("export").stdout)
    ours = json.loads(call("export").partition("} {")[2].join(("{", "")))
    for one in (theirs, ours):
        del one["number"], one["imported"], one["start_time"], one["end_time"], one["last_seen"]
    assert ours == theirs
