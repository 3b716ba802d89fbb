"""That each figure of `quota`, `usage`, `status`, `report` and `sessions` is explained beside it:
what it counts, of which time, and what there was no room for."""

import re
from pathlib import Path

import pytest
from tests.integration.past_sessions import Ran, counted, plan_is_made
from tests.integration.real_tracker import RealTracker, wait_until
from tests.integration.usage_reports import LONG, REPORTS, line, said, table, take


@pytest.fixture
def november(tracker: RealTracker) -> RealTracker:
    """Sessions of mira on the 5th, the 19th (over midnight) and the 28th."""
    ran = (Ran("2026-11-05T09:00Z", 2.5), Ran("2026-11-19T22:30Z", 3), Ran("2026-11-28T06:00Z", 3))
    counted(tracker, "UTC", *ran, user="mira")
    return tracker


def test_each_day_says_what_was_counted_here_and_what_counts(november: RealTracker) -> None:
    # as of the 20th: the 5th is settled, the 19th not, and after it nothing is known of GitHub's
    take(
        november,
        line("05", 2, 2) + line("19", 2, 1) + line("19", 4, 2, of="jonas"),
        "2026-11-20T00:00Z",
    )
    rows = table(november, "usage", "--by", "day", "--month", "2026-11")
    assert rows["Day"] == ["Core-hours", "GB-months", "Charged", "Here", "Counts"]
    assert rows["2026-11-05"] == ["4", "-", "$0.00", "5", "4"]
    assert rows["2026-11-19"] == ["10", "-", "$0.00", "3", "3"], (
        "the larger of 2 and 3; 8 are of jonas"
    )
    assert rows["2026-11-20"] == ["-", "-", "-", "3", "3"]
    assert rows["2026-11-28"] == ["-", "-", "-", "6", "6"]
    assert rows["All"] == ["14", "-", "$0.00", "17", "16"]
    assert "At least 16 of 120 core-hours" in said(november, "quota")
    assert "Here: core-hours counted here. Counts: those in your quota." in said(
        november, "usage", "--by", "day"
    )
    assert "day by day: codespace-tracker usage --by day" in said(november, "quota")


def test_of_a_months_sum_the_days_after_it_add_to_it(november: RealTracker) -> None:
    take(november, REPORTS / "api_year.json", "2026-11-20T00:00Z")
    rows = table(november, "usage", "--by", "day", "--month", "2026-11")
    assert rows["(whole"] == ["month)", "100", "7.23", "$0.51", "8", "100"]
    assert rows["2026-11-20"][-2:] == ["3", "3"]
    assert rows["All"][-2:] == ["17", "109"]
    assert "At least 109 of 120 core-hours" in said(november, "quota")


def test_the_row_of_a_months_sum_is_explained(november: RealTracker) -> None:
    take(november, REPORTS / "api_year.json", "2026-11-20T00:00Z")
    by_day = " ".join(said(november, "usage", "--by", "day", "--month", "2026-11").split())
    assert "Here, in it: what was counted before that report, and so is in the sum." in by_day
    by_repository = " ".join(said(november, "usage", "--month", "2026-11").split())
    why = (
        "GitHub puts one repository's name on all of such a sum, so names are not relied on there."
    )
    assert f"The row (whole month) is GitHub's sum of the month. {why}" in by_repository


def test_days_counted_here_are_in_no_quota_in_a_local_container(tracker: RealTracker) -> None:
    counted(
        tracker,
        "UTC",
        Ran("2026-11-05T09:00Z", 2.5),
        Ran("2026-11-08T09:00Z", 1),
        kind="container",
        user="",
    )
    take(tracker, line("05", 2, 2) + line("06", 2, 1))
    rows = table(tracker, "usage", "--by", "day", "--month", "2026-11")
    assert (rows["2026-11-05"][-2:], rows["All"][-2:]) == (["5", "4"], ["7", "6"])


def test_a_report_that_does_not_count_does_not_date_the_figure(november: RealTracker) -> None:
    take(november, line("05", 2, 60) + line("19", 2, 1), "2026-11-20T00:00Z")
    take(november, REPORTS / "api_year.json", "2026-11-22T12:00Z")
    assert "GitHub's 122 core-hours as of Fri 20 Nov 2026 00:00" in said(november, "quota")
    assert "Yours: 122 core-hours of these, as of Fri 20 Nov 2026 00:00." in said(november, "usage")


def test_a_pace_says_since_when_it_counts(november: RealTracker) -> None:
    told = said(november, "quota")
    assert "last 7 days 0.9" in told
    assert "since 5 Nov 0.7" in told
    assert not re.search(r"this month \d", told)
    take(november, line("01", 2, 1) + line("05", 2, 1))
    assert re.search(r"this month \d", said(november, "quota"))


def test_paces_of_the_same_time_are_one(tracker: RealTracker) -> None:
    counted(tracker, "UTC", Ran("2026-11-26T06:00Z", 3), Ran("2026-11-28T06:00Z", 3), user="mira")
    assert said(tracker, "quota").count("since 26 Nov") == 2, (
        "one in the table, one that says what is known"
    )


def test_the_month_begins_on_githubs_day_also_west_of_greenwich(tracker: RealTracker) -> None:
    counted(
        tracker,
        "America/New_York",
        Ran("2026-11-20T16:00Z", 3),
        Ran("2026-11-22T06:00Z", 3),
        user="mira",
    )
    take(tracker, line("17", 2, 1) + line("18", 2, 1) + line("19", 2, 1) + line("20", 2, 1))
    assert "since 17 Nov" in said(tracker, "quota")


def test_without_a_plan_the_cost_is_that_of_all_core_hours(november: RealTracker) -> None:
    november.verb("quota", "--plan", "none")
    plan_is_made(november, "UTC")
    told = said(november, "quota")
    assert "Plan none, so no core-hours or storage are included" in told
    assert "so far at GitHub's $0.09 a core-hour, if you let GitHub charge you" in told
    assert "beyond" not in told
    assert "core-hours or more since" in said(november, "status")


def test_what_is_due_by_running_time_says_that_it_assumes_it(tracker: RealTracker) -> None:
    tracker.verb("init")
    tracker.verb("start")
    tracker.verb(
        "triggers", "add", "--label", "New year", "--command", "true", "--at", "0 12 1 1 *"
    )
    wait_until(lambda: "Next New year in" in said(tracker, "status"), "it is due next")
    assert "if it keeps running" not in said(tracker, "status")
    tracker.verb("triggers", "add", "--label", "Rest", "--command", "true", "--every", "10h")
    wait_until(lambda: "Next Rest in" in said(tracker, "status"), "it is due before")
    assert "days, if it keeps running" in said(tracker, "status")


def test_the_list_of_triggers_says_that_it_assumes_running_time(tracker: RealTracker) -> None:
    tracker.verb("init")
    tracker.verb("start")
    assumed = "Times assume that the machine keeps running."
    tracker.verb(
        "triggers", "add", "--label", "New year", "--command", "true", "--at", "0 12 1 1 *"
    )
    assert assumed not in said(tracker, "triggers")
    tracker.verb("triggers", "add", "--label", "Rest", "--command", "true", "--every", "10h")
    assert assumed in said(tracker, "triggers")


def test_columns_without_room_are_named(november: RealTracker) -> None:
    take(november, line("05", 2, 2, at=LONG) + line("05", 0, 0.5, at=LONG))
    november.variables = {"COLUMNS": "40"}
    assert "No room for: GB-months, Charged." in said(november, "usage", "--month", "2026-11")
    assert "No room for: GB-months, Charged." in said(
        november, "usage", "--month", "2026-11", "--by", "day"
    )
    assert "No room for: Sessions." in said(november, "report")
    assert "No room for: Ended, How it ended." in said(november, "sessions")
    assert "32 cores" in said(november, "quota")
    november.variables = {"COLUMNS": "80"}
    for words in (["usage"], ["report"], ["sessions"], ["quota"]):
        assert "No room" not in said(november, *words)


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_the_screens_keep_to_the_terminal(november: RealTracker, columns: str) -> None:
    take(
        november,
        line("05", 2, 2) + line("19", 2, 1, at=LONG) + line("19", 4, 2, of="jonas", paid="pottery"),
    )
    november.variables = {"COLUMNS": columns}
    by = ("person", "repository", "machine", "organization", "day")
    for words in (
        ["quota"],
        ["usage"],
        *(["usage", "--by", one] for one in by),
        ["report"],
        ["sessions"],
    ):
        rows = november.verb(*words).stdout.splitlines()
        assert max(map(len, rows)) <= int(columns), (words, rows)
        assert not any(row.endswith("…") for row in rows), (words, rows)


def test_a_day_with_time_of_an_earlier_session_says_where_sessions_count(
    november: RealTracker,
) -> None:
    assert "Sessions are counted by when they began." in said(
        november, "report", "--since", "2026-11-19"
    )
    assert "Sessions:" not in said(november, "report", "--since", "2026-11-21")


def test_a_list_of_some_sessions_says_how_many_there_are(november: RealTracker) -> None:
    assert "2 of 3 sessions; --limit 0 shows all." in said(november, "sessions", "--limit", "2")
    assert "1 of 2 sessions" in said(november, "sessions", "--limit", "1", "--since", "2026-11-19")
    for words in (["--limit", "3"], ["--limit", "0"], ["--limit", "2", "--since", "2026-11-19"]):
        assert " of " not in said(november, "sessions", *words)


def test_an_ignored_reset_day_is_said_by_doctor(tracker: RealTracker) -> None:
    tracker.directory.mkdir()
    (tracker.directory / "config.toml").write_text("reset_day = 15\n")
    counted(tracker, "UTC", Ran("2026-11-20T10:00Z", 5))
    hint = "config.toml: `reset_day` has no effect: GitHub bills by calendar month, in UTC"
    assert f"{hint} → remove the line `reset_day`" in said(tracker, "doctor")
    (tracker.directory / "config.toml").write_text("")
    again = RealTracker(Path(tracker.directory.parent / "again"))
    counted(again, "UTC", Ran("2026-11-20T10:00Z", 5))
    assert "has no effect" not in said(again, "doctor")
