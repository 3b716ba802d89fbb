"""`doctor` says by which time zone database days and `at` go."""

import json
import sqlite3
from contextlib import closing

from tests.integration.real_tracker import RealTracker

from codespace_tracker.config.zone_database import databases


def test_doctor_says_which_time_zone_database_is_in_force(tracker: RealTracker) -> None:
    newest, *others = databases()
    tracker.verb("init", "--timezone", "America/Vancouver")
    tracker.verb("start")
    found = tracker.verb("doctor", code=None).stdout
    assert f"✓ time zone: America/Vancouver by IANA's database {newest}" in found
    assert all(f", not {one}" in found for one in others)


def test_doctor_warns_of_a_plan_by_another_time_zone_database(tracker: RealTracker) -> None:
    tracker.verb("init", "--timezone", "America/Vancouver")
    tracker.verb("start")
    tracker.verb("stop")
    with closing(sqlite3.connect(tracker.directory / "ledger.db")) as connection, connection:
        [(kept,)] = connection.execute("SELECT plan FROM plan").fetchall()
        old = json.dumps({**json.loads(kept), "zone_database": "2025b (/old)"})
        connection.execute("UPDATE plan SET plan = ?", (old,))
    found = tracker.verb("doctor", code=None).stdout
    told = f"America/Vancouver still goes by 2025b (/old), and {databases()[0]} is there"
    assert f"! time zone: {told}\n    → codespace-tracker restart" in found
