"""State directories in which given sessions were counted, and what `report` says of them."""

import json
import sqlite3
from typing import Any, NamedTuple

from tests.integration.real_tracker import RealTracker

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.state_directory import prepare

HOUR = 3600.0


class Ran(NamedTuple):
    """A session as it was: its start, hours, cores, repository."""

    start: str
    hours: float
    cores: int = 2
    repository: str = "octo/one"


def counted(
    tracker: RealTracker, zone: str, *sessions: Ran, kind: str = "codespaces", user: str = "octocat"
) -> None:
    """A directory in which these sessions were counted, in a time zone, and whose tracker does not
    run."""
    prepare(str(tracker.directory))
    Ledger.open_writer(str(tracker.directory / "ledger.db")).close()
    tracker.verb("init", "--timezone", zone)
    connection = sqlite3.connect(tracker.directory / "ledger.db")
    total = 0
    for number, one in enumerate(sessions, 1):
        start, us = parse_iso(one.start), round(one.hours * HOUR * 1e6)
        total += us
        connection.execute(
            "INSERT INTO session (number, session_id, tracker_id, boot_id, started_at,"
            " last_seen_at, last_mono_us, last_boot_us, running_us, ending, ended_at, repository)"
            " VALUES (?,?,'t','b',?,?,?,?,?,'clean',?,?)",
            (number, f"s{number}", start, start + us, us, us, us, start + us, one.repository),
        )
        connection.execute(
            "INSERT INTO span (session, n, started_at, offset_us, cores, running_us) VALUES "
            "(?,1,?,0,?,?)",
            (number, start, one.cores, us),
        )
    before = total - round(sessions[-1].hours * HOUR * 1e6)
    tracker_row = ("t", kind, "", user, "octo/one", before)
    connection.execute(
        "INSERT INTO tracker (id, tracker_id, environment, codespace_name, user_name, repository,"
        " before_us) VALUES (1, ?, ?, ?, ?, ?, ?)",
        tracker_row,
    )
    connection.commit()
    connection.close()
    plan_is_made(tracker, zone)


def plan_is_made(tracker: RealTracker, zone: str) -> None:
    """The plan as the daemon keeps it, without one that would count meanwhile."""
    from codespace_tracker.config.configuration import Loaded
    from codespace_tracker.config.load import load
    from codespace_tracker.ledger.store import StoredConfiguration

    plan = load(str(tracker.directory), parse_iso("2026-11-20")).configuration
    assert plan is not None
    assert plan.zone.name == zone
    ledger = Ledger.open_writer(str(tracker.directory / "ledger.db"))
    ledger.store_configuration(StoredConfiguration(plan.to_json(), Loaded(None, ()).to_json()))
    ledger.close()


def report(tracker: RealTracker, by: str, *words: str) -> dict[str, tuple[int, float, float]]:
    """By name: sessions, hours, core-hours."""
    found: dict[str, Any] = json.loads(
        tracker.verb("report", "--by", by, "--format", "json", *words).stdout
    )
    return {row[by]: (row["sessions"], row["hours"], row["core_hours"]) for row in found["rows"]}


def some(found: dict[str, tuple[int, float, float]]) -> dict[str, tuple[int, float, float]]:
    return {name: sums for name, sums in found.items() if any(sums)}
