"""`uninstall --delete-data` deletes what the tracker makes, and no file of the user's that is only
named like it."""

import os
import re

import pytest
from tests.integration.real_tracker import RealTracker, wait_until

from codespace_tracker.install.our_files import is_ours

OF_THE_USER = [
    *(
        "package.json",
        "mine.json",
        "notes.tmp",
        ".cache.spare",
        "ledger.csv",
        "ledger.db.bak",
        "ledger.xlsx",
        "yarn.lock",
    ),
    *(
        "trigger_config.json.bak",
        "trigger_config.old.json",
        "config.toml.orig",
        "status.json~",
        "debug.log.2",
    ),
    *("ledger.damaged-by-me.db", ".tmp", "session_logs.json.2026"),
]
LEFT_BY_A_CRASH = [
    *(
        "status.json.tmp",
        "config.toml.new",
        "config.toml.new.tmp",
        "config.toml.0123456789abcdef",
        ".gitignore.0123456789abcdef",
        "trigger_config.json.0123456789abcdef.tmp",
        "ledger.db.tmp",
        "ledger.db.tmp-journal",
        "debug.log.1",
    ),
    *(
        "ledger.damaged-20261129T120000Z.db",
        "ledger.damaged-20261129T120000Z-2.db-wal",
        "ledger.db-journal",
    ),
    *(
        "ledger.db-shm.aside-20261129T120000Z",
        ".session_logs.json.leaving",
        "alive",
        "metrics.places",
    ),
]


def test_files_of_the_user_stay_whatever_they_are_called(tracker: RealTracker) -> None:
    tracker.verb("start")
    for name in OF_THE_USER:
        (tracker.directory / name).write_text("mine")
    tracker.verb("uninstall", "--delete-data", "--yes")
    assert sorted(os.listdir(tracker.directory)) == sorted(OF_THE_USER)


def test_all_that_a_tracker_makes_is_deleted(tracker: RealTracker) -> None:
    tracker.verb("init")
    with (tracker.directory / "config.toml").open("a") as file:
        file.write("\nmetrics = true\nheartbeat_seconds = 1\n")
    tracker.verb("start")
    tracker.verb("notice", "hello")
    tracker.verb("activity")
    wait_until(lambda: (tracker.directory / "metrics.prom").exists(), "the metrics are there")
    tracker.verb("stop")
    (tracker.directory / "ledger.db").write_bytes(b"damaged")
    tracker.verb("start")
    for name in LEFT_BY_A_CRASH:
        (tracker.directory / name).touch()
    assert [name for name in os.listdir(tracker.directory) if re.match(r"ledger\.damaged-", name)]
    tracker.verb("uninstall", "--delete-data", "--yes")
    assert not tracker.directory.exists()


@pytest.mark.parametrize("name", LEFT_BY_A_CRASH)
def test_what_a_crash_leaves_is_known_as_ours(name: str) -> None:
    assert is_ours(name)
