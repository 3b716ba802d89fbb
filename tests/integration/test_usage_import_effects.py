"""That `usage import` says what a report did to the figures known before, and what it left
alone."""

from pathlib import Path

import pytest
from tests.integration.past_sessions import Ran, counted
from tests.integration.real_tracker import RealTracker
from tests.integration.usage_reports import HEAD, REPORTS, line, said, take

EARLY, LATE = "2026-11-20T12:00Z", "2026-11-28T12:00Z"


@pytest.fixture
def late(tracker: RealTracker) -> RealTracker:
    """A tracker that was installed on the 29th, of mira."""
    counted(tracker, "UTC", Ran("2026-11-29T06:00Z", 3), user="mira")
    return tracker


def test_a_day_that_a_later_report_lowers_is_said(late: RealTracker) -> None:
    take(late, line("03", 2, 6) + line("05", 2, 1), EARLY)
    told = take(late, line("03", 2, 4.25) + line("05", 2, 1), LATE)
    assert "1 day corrected: 2026-11-03 12 -> 8.5 core-hours." in told


def test_a_day_that_a_later_report_leaves_out_is_said(late: RealTracker) -> None:
    take(late, line("02", 2, 1) + line("03", 2, 6) + line("05", 2, 1), EARLY)
    told = take(late, line("02", 2, 1) + line("05", 2, 1.5), LATE)
    assert "2 days corrected: 2026-11-03 12 -> 0, 2026-11-05 2 -> 3 core-hours." in told


def test_many_corrected_days_are_said_in_short(late: RealTracker) -> None:
    take(late, "".join(line(f"{day:02}", 2, 2) for day in range(2, 9)), EARLY)
    told = take(late, "".join(line(f"{day:02}", 2, 1) for day in range(2, 9)), LATE)
    assert "7 days corrected, 2026-11-02 to 2026-11-08: in all 28 -> 14 core-hours." in told


def test_a_day_told_with_my_name_corrects_the_one_told_without(late: RealTracker) -> None:
    take(late, line("03", 2, 6) + line("03", 0, 0.5), EARLY)
    told = take(
        late,
        line("03", 2, 4, of="Mira") + line("03", 0, 0.25, of="Mira") + line("04", 2, 1, of="jonas"),
        LATE,
    )
    assert "1 day corrected: 2026-11-03 12 -> 8 core-hours." in told
    assert "1 day corrected: 2026-11-03 0.50 -> 0.25 GB-months of storage." in told


def test_new_days_are_not_called_corrected(late: RealTracker) -> None:
    take(late, line("03", 2, 6), EARLY)
    assert "corrected" not in take(late, line("03", 2, 6) + line("05", 2, 1), LATE)


def test_days_below_the_months_sum_say_that_they_do_not_count(late: RealTracker) -> None:
    take(late, REPORTS / "api_year.json", EARLY)
    told = take(late, line("03", 2, 1) + line("05", 2, 1), LATE)
    why = "The sum of Nov 2026 (100 core-hours) counts instead of its days (4): it is more."
    undo = (
        "To count the days: codespace-tracker usage forget 2026-11, then add all reports by day "
        "again."
    )
    assert f"{why} {undo}" in told
    late.verb("usage", "forget", "2026-11")
    assert "counts instead" not in take(late, line("03", 2, 1) + line("05", 2, 1), LATE)
    assert "GitHub's 4 core-hours" in said(late, "quota")


def test_a_months_sum_below_its_days_says_that_it_does_not_count(late: RealTracker) -> None:
    take(late, line("03", 2, 30) + line("05", 2, 25), EARLY)
    told = take(late, REPORTS / "api_year.json", LATE)
    assert (
        "The days of Nov 2026 (110 core-hours) count instead of its sum (100): they are more."
        in told
    )
    assert (
        "To count the sum: codespace-tracker usage forget 2026-11, then add this report again."
        in told
    )


def test_days_that_take_the_place_of_the_months_sum_say_so(late: RealTracker) -> None:
    take(late, REPORTS / "api_year.json", "2026-11-05T12:00Z")
    told = take(late, REPORTS / "api_days.json", LATE)
    taken = "The days take the place of the sum of Nov 2026 (100 core-hours)"
    assert f"{taken}: they are of all the time that it was of." in told


def test_a_months_sum_that_takes_the_place_of_its_days_says_so(late: RealTracker) -> None:
    take(late, line("03", 2, 6) + line("05", 2, 1), EARLY)
    told = take(late, REPORTS / "api_year.json", LATE)
    assert (
        "The sum of Nov 2026 (100 core-hours) counts instead of its days (14): it is more." in told
    )
    assert "To count" not in told


def test_days_that_come_to_more_than_the_months_sum_say_so(late: RealTracker) -> None:
    take(late, REPORTS / "api_year.json", EARLY)
    told = take(late, "".join(line(f"{day:02}", 2, 10) for day in range(2, 9)), LATE)
    assert (
        "The days of Nov 2026 (140 core-hours) count instead of its sum (100): they are more."
        in told
    )


def test_another_persons_use_is_in_no_correction(late: RealTracker) -> None:
    take(late, line("03", 2, 6) + line("03", 2, 1, of="jonas"), EARLY)
    told = take(late, line("03", 2, 4) + line("03", 2, 3, of="jonas"), LATE)
    assert "1 day corrected: 2026-11-03 12 -> 8 core-hours." in told


def test_an_older_report_says_that_a_newer_one_stands(late: RealTracker) -> None:
    take(late, line("03", 2, 6) + line("05", 2, 1), LATE)
    told = take(late, line("03", 2, 4) + line("05", 2, 1), EARLY)
    assert "Nothing in it is new." in told
    assert "1 day left as known: by a newer report, of Sat 28 Nov 2026 12:00." in told
    undo = (
        "codespace-tracker usage forget 2026-11, then add this report again, and those of other "
        "days."
    )
    assert f"To count this one: {undo}" in told


def test_days_with_the_same_figures_as_before_are_not_new(late: RealTracker) -> None:
    take(late, line("02", 2, 1) + line("03", 2, 6) + line("04", 0, 0.5), EARLY)
    told = take(
        late,
        "".join(line(day, *of, of="mira") for day, of in (("02", (2, 1)), ("03", (2, 5)))),
        LATE,
    )
    assert "New or changed: 1 day." in told, "the 2nd is the same, but for the name"
    assert "1 day corrected: 2026-11-03 12 -> 10 core-hours." in told
    assert "Nothing in it is new." in take(late, line("02", 2, 1) + line("03", 2, 6), EARLY)
    told = take(
        late,
        line("02", 2, 1, of="mira", at="mira/kiln") + line("03", 2, 5, of="mira"),
        "2026-11-28T13:00Z",
    )
    assert "New or changed: 1 day." in told, "the 2nd is of another repository"


def test_an_answer_with_a_sku_twice_is_not_counted_on_top(late: RealTracker) -> None:
    take(late, line("03", 2, 25) + line("05", 2, 20, at="mira/kiln"), EARLY)
    item = (
        '{"date": "2026-11-01", "product": "codespaces", "sku": "Codespaces compute 2-core", '
        '"unitType": "Hours"'
    )
    items = (
        f'{item}, "quantity": 25, "repositoryName": "lamp"}}, {item}, "quantity": 20, '
        f'"repositoryName": "kiln"}}'
    )
    path = late.directory.parent / "answer.json"
    path.write_text(f'{{"usageItems": [{items}]}}')
    told = take(late, path)
    assert "Nov 2026 one sum for the month; yours: 90 core-hours" in told
    assert "All of it is dated the 1st" in told
    assert "GitHub's 90 core-hours" in said(late, "quota")
    assert "At least 96 of 120 core-hours" in said(late, "quota")


# --- what a forget did to what counts


def test_a_forgotten_day_below_the_sum_says_that_the_sum_counts(late: RealTracker) -> None:
    take(late, line("03", 2, 30) + line("05", 2, 25), EARLY)
    take(late, REPORTS / "api_year.json", LATE)
    assert "count now" not in said(late, "usage", "forget", "2026-11-04")
    told = said(late, "usage", "forget", "2026-11-05")
    assert (
        "The sum of Nov 2026 (100 core-hours) counts now instead of its days (60): it is more."
        in told
    )
    told = said(late, "usage", "forget", "2026-11-01")
    assert "figures of 1 monthly sum" in told
    assert "The days of Nov 2026 (60 core-hours) count now: its sum is forgotten." in told


def test_a_forgotten_day_with_time_counted_here_may_make_days_count(tracker: RealTracker) -> None:
    # by day, settled: 90 and 0 on a day with 30 counted here; the sum is 100
    counted(tracker, "UTC", Ran("2026-11-05T00:00Z", 15), Ran("2026-11-29T06:00Z", 1), user="mira")
    take(tracker, line("03", 2, 45) + line("05", 2, 0), EARLY)
    take(tracker, REPORTS / "api_year.json", EARLY)
    told = said(tracker, "usage", "forget", "2026-11-05")
    why = (
        "with what was counted here they are more (90 + 32 counted here = 122; the sum + 2 "
        "counted since it = 102)."
    )
    assert f"The days of Nov 2026 (90 core-hours) count now instead of its sum (100): {why}" in told


def test_a_day_in_a_month_told_as_one_sum_names_the_month(late: RealTracker) -> None:
    take(late, REPORTS / "api_year.json", LATE)
    told = said(late, "usage", "forget", "2026-10-05")
    there = "Only one sum is known for Oct 2026: codespace-tracker usage forget 2026-10"
    assert f"There were no figures of GitHub's for 2026-10-05. {there}" in told
    assert "Only one sum" not in said(late, "usage", "forget", "2026-09-05")


def test_a_report_that_is_known_says_that_nothing_is_new(late: RealTracker) -> None:
    take(late, line("03", 2, 6), LATE)
    told = take(late, line("03", 2, 6), LATE)
    assert "Nothing in it is new." in told
    assert "as known" not in told


@pytest.mark.parametrize("columns", ["40", "80"])
def test_what_a_report_changed_keeps_to_the_terminal(late: RealTracker, columns: str) -> None:
    take(late, line("03", 2, 6), EARLY)
    late.variables = {"COLUMNS": columns}
    path = Path(late.directory.parent / "report.csv")
    path.write_text(HEAD + line("03", 2, 4))
    rows = late.verb("usage", "import", str(path), "--as-of", LATE).stdout.splitlines()
    assert any("corrected" in row for row in rows)
    assert all(len(row) <= int(columns) or " " not in row.strip() for row in rows), rows
