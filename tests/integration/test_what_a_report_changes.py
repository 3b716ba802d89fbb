"""That `usage import` says what a report did to the figures known before, and what it left alone."""

from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker
from tests.integration.test_figures_explain_themselves import HEAD, REPORTS, line, said, take
from tests.integration.test_report_verb import Ran, counted

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
    told = take(late, line("03", 2, 4, of="Mira") + line("03", 0, 0.25, of="Mira") + line("04", 2, 1, of="jonas"), LATE)
    assert "1 day corrected: 2026-11-03 12 -> 8 core-hours." in told
    assert "1 day corrected: 2026-11-03 0.50 -> 0.25 GB-months of storage." in told


def test_new_days_are_not_called_corrected(late: RealTracker) -> None:
    take(late, line("03", 2, 6), EARLY)
    assert "corrected" not in take(late, line("03", 2, 6) + line("05", 2, 1), LATE)


def test_days_below_the_months_sum_say_that_they_do_not_count(late: RealTracker) -> None:
    take(late, REPORTS / "api_year.json", EARLY)
    told = take(late, line("03", 2, 1) + line("05", 2, 1), LATE)
    why = "The sum of Nov 2026 (100 core-hours) counts instead of its days (4): it is more."
    assert f"{why} To count the days: codespace-tracker usage forget 2026-11, then add this report again." in told
    late.verb("usage", "forget", "2026-11")
    assert "counts instead" not in take(late, line("03", 2, 1) + line("05", 2, 1), LATE)
    assert "GitHub's 4 core-hours" in said(late, "quota")


def test_a_months_sum_below_its_days_says_that_it_does_not_count(late: RealTracker) -> None:
    take(late, line("03", 2, 30) + line("05", 2, 25), EARLY)
    told = take(late, REPORTS / "api_year.json", LATE)
    assert "The days of Nov 2026 (110 core-hours) count instead of its sum (100): they are more." in told
    assert "To count the sum: codespace-tracker usage forget 2026-11, then add this report again." in told


def test_days_that_take_the_place_of_the_months_sum_say_so(late: RealTracker) -> None:
    take(late, REPORTS / "api_year.json", "2026-11-05T12:00Z")
    told = take(late, REPORTS / "api_days.json", LATE)
    taken = "The days take the place of the sum of Nov 2026 (100 core-hours)"
    assert f"{taken}: they are of all the time that it was of." in told


def test_a_months_sum_that_takes_the_place_of_its_days_says_so(late: RealTracker) -> None:
    take(late, line("03", 2, 6) + line("05", 2, 1), EARLY)
    told = take(late, REPORTS / "api_year.json", LATE)
    assert "The sum of Nov 2026 (100 core-hours) counts instead of its days (14): it is more." in told
    assert "To count" not in told


def test_days_that_come_to_more_than_the_months_sum_say_so(late: RealTracker) -> None:
    take(late, REPORTS / "api_year.json", EARLY)
    told = take(late, "".join(line(f"{day:02}", 2, 10) for day in range(2, 9)), LATE)
    assert "The days of Nov 2026 (140 core-hours) count instead of its sum (100): they are more." in told


def test_another_persons_use_is_in_no_correction(late: RealTracker) -> None:
    take(late, line("03", 2, 6) + line("03", 2, 1, of="jonas"), EARLY)
    told = take(late, line("03", 2, 4) + line("03", 2, 3, of="jonas"), LATE)
    assert "1 day corrected: 2026-11-03 12 -> 8 core-hours." in told


def test_an_older_report_says_that_a_newer_one_stands(late: RealTracker) -> None:
    take(late, line("03", 2, 6) + line("05", 2, 1), LATE)
    told = take(late, line("03", 2, 4) + line("05", 2, 1), EARLY)
    assert "Nothing in it is new." in told
    assert "1 day left as known: by a newer report, of Sat 28 Nov 2026 12:00." in told
    assert "To count this one: codespace-tracker usage forget 2026-11, then add this report again." in told


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
