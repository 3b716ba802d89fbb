"""What a ledger of 0.1.0 holds of GitHub's figures and of billing months that began on another
day."""

import sqlite3
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from codespace_tracker.core.calendar import UTC, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.gauge import Figures
from codespace_tracker.ledger import migrate
from codespace_tracker.ledger.billing import Billing
from codespace_tracker.ledger.store import Ledger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger as 0.1.0 left it."""
    made = tmp_path / "ledger.db"
    connection = sqlite3.connect(made)
    for number, file in migrate.migrations():
        if number <= 4:
            connection.executescript(f"{Path(file).read_text()}; PRAGMA user_version = {number};")
    connection.close()
    return made


def put(path: Path, sql: str, *rows: tuple[Any, ...]) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.executemany(sql, rows)
    connection.close()


def billed(path: Path, *rows: tuple[str, int, str, int, str]) -> None:
    """Days with cores, repository, core-hours, and the moment of the report."""
    values = [
        (parse_iso(day), cores, name, hours * HOUR_US, 0, parse_iso(at))
        for day, cores, name, hours, at in rows
    ]
    put(path, "INSERT INTO billed VALUES (?,?,?,?,?,?)", *values)


def test_days_stay_days_with_all_of_their_lines(path: Path) -> None:
    billed(
        path,
        ("2026-10-01", 2, "octo/one", 5, "2026-10-20"),
        ("2026-10-01", 4, "octo/one", 3, "2026-10-20"),
        ("2026-10-07", 2, "octo/two", 8, "2026-10-21"),
        ("2026-10-07", 0, "octo/two", 0, "2026-10-21"),
    )
    billing = Billing(Ledger.open_writer(str(path)))
    october = parse_iso("2026-10-01")
    found = billing.figures(october, october, "octocat")
    assert [(UTC.date(day.start), day.core_us // HOUR_US) for day in found.days] == [
        ("2026-10-01", 8),
        ("2026-10-07", 8),
    ]
    assert [UTC.date(day.as_of) for day in found.days] == ["2026-10-20", "2026-10-21"]
    assert found.bucket is None
    assert len(billing.lines(october, october + 31 * DAY_US)) == 4


def test_a_month_that_was_taken_for_its_first_day_becomes_the_sum_that_it_is(path: Path) -> None:
    billed(
        path,
        ("2026-10-01", 2, "octo/one", 60, "2026-11-20"),
        ("2026-11-01", 2, "octo/one", 100, "2026-11-20"),
        ("2026-11-01", 0, "octo/one", 0, "2026-11-20"),
    )
    billing = Billing(Ledger.open_writer(str(path)))
    november = parse_iso("2026-11-01")
    found = billing.figures(parse_iso("2026-10-01"), november, "")
    assert found.days == ()
    assert found.bucket is not None
    assert (found.bucket.core_us, found.bucket.as_of) == (100 * HOUR_US, parse_iso("2026-11-20"))
    assert all(line.is_month for line in billing.lines(parse_iso("2026-10-01"), november + 1))


@pytest.mark.parametrize(
    "rows",
    [
        [("2026-11-01", 2, "octo/one", 6, "2026-11-01T20:00Z")],
        [
            ("2026-11-01", 2, "octo/one", 6, "2026-11-20"),
            ("2026-11-01", 2, "octo/two", 6, "2026-11-20"),
        ],
        [("2026-11-03", 2, "octo/one", 6, "2026-11-20")],
    ],
)
def test_what_can_only_be_a_day_stays_one(
    path: Path, rows: list[tuple[str, int, str, int, str]]
) -> None:
    billed(path, *rows)
    november = parse_iso("2026-11-01")
    found = Billing(Ledger.open_writer(str(path))).figures(november, november, "")
    assert found.bucket is None
    assert len(found.days) == 1


def periods() -> dict[str, str]:
    """Scopes of months that began on another day: one that is not over, and one that is; and the
    calendar month's."""
    today = datetime.now(timezone.utc).date()
    begun = today - timedelta(days=9)
    begun = begun.replace(
        day=min(max(begun.day, 2), 28)
    )  # as `reset_day` could be, but for the 1st
    over = (begun.replace(day=1) - timedelta(days=40)).replace(day=begun.day)
    return {
        "open": f"month:{begun.isoformat()}",
        "over": f"month:{over.isoformat()}",
        "now": f"month:{today.replace(day=1).isoformat()}",
    }


def seen_now(path: Path) -> None:
    """A session whose last heartbeat was just now."""
    now = time.time_ns() // 1000
    put(
        path,
        "INSERT INTO session (number, session_id, tracker_id, boot_id, started_at, last_seen_at, "
        "last_mono_us, last_boot_us, running_us) VALUES (1, 's', 't', 'b', ?, ?, 0, 0, 0)",
        (now - HOUR_US, now),
    )


def test_what_fired_in_a_period_of_reset_day_has_fired_in_the_calendar_month(path: Path) -> None:
    scopes = periods()
    fired = (
        "INSERT INTO occurrence (flag, label, generation, scope, point, session, due_at, "
        "claimed_at, state, tracker_id)"
    )
    rows = [
        ("low", scopes["open"]),
        ("low", scopes["over"]),
        ("old", scopes["over"]),
        ("day", "day:2026-11-15"),
    ]
    both = [("both", scopes["open"]), ("both", scopes["now"])]
    put(
        path,
        f"{fired} VALUES (?, ?, 0, ?, 0, 1, 0, 0, 'succeeded', 't')",
        *((f, f, scope) for f, scope in rows + both),
    )
    put(
        path,
        "INSERT INTO flag_placed VALUES (?, 'placed', ?, 5)",
        ("low", scopes["open"]),
        ("old", scopes["over"]),
    )
    seen_now(path)
    ledger = Ledger.open_writer(str(path))
    in_month = {
        row[0] for row in ledger.rows("SELECT flag FROM occurrence WHERE scope = ?", scopes["now"])
    }
    assert in_month == {"low", "both"}
    assert ledger.value("SELECT count(*) FROM occurrence") == 6, "nothing is lost"
    assert dict(ledger.rows("SELECT flag, scope FROM flag_placed")) == {
        "low": scopes["now"],
        "old": scopes["over"],
    }
    assert ledger.value("SELECT scope FROM occurrence WHERE flag = 'day'") == "day:2026-11-15"


def test_a_ledger_that_is_not_up_to_date_yet_is_read_as_one_without_figures(path: Path) -> None:
    billed(path, ("2026-11-03", 2, "octo/one", 6, "2026-11-20"))
    reader = Billing(Ledger.open_reader(str(path)))
    november = parse_iso("2026-11-01")
    assert reader.figures(november, november, "octocat") == Figures()
    assert reader.lines(november, november + 30 * DAY_US) == []
