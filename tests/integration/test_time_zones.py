"""Local times as verbs show them: by which time zone database, and of sessions long ago."""

import json
import sqlite3
from contextlib import closing

from tests.integration.past_sessions import Ran, counted, report, some
from tests.integration.real_tracker import RealTracker

from codespace_tracker.config.zone_database import databases


def test_doctor_says_which_time_zone_database_is_in_force(tracker: RealTracker) -> None:
    newest, *others = databases()
    tracker.verb("init", "--timezone", "America/Vancouver")
    tracker.verb("start")
    found = tracker.verb("doctor", code=None).stdout
    assert f"✓ time zone: America/Vancouver, from the IANA database {newest}" in found
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
    told = f"America/Vancouver still uses 2025b (/old), but {databases()[0]} is installed"
    assert f"! time zone: {told}\n    → codespace-tracker restart" in found


def test_a_session_of_2023_has_the_offset_and_the_long_day_of_then(tracker: RealTracker) -> None:
    counted(tracker, "Europe/Berlin", Ran("2023-07-10T08:00Z", 1), Ran("2023-10-28T21:00Z", 27))
    since = ("--since", "2023-07-01", "--until", "2023-11-30")
    by_day = {day: hours for day, (_, hours, _) in some(report(tracker, "day", *since)).items()}
    assert by_day == {"2023-07-10": 1, "2023-10-28": 1, "2023-10-29": 25, "2023-10-30": 1}
    assert "Mon 10 Jul 2023 10:00" in tracker.verb("sessions", *since).stdout
    assert '"2023-07-10T10:00:00.000+02:00"' in tracker.verb("export").stdout
