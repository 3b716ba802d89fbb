"""That the figures of `quota`, `usage` and `status` can be understood from the screen alone."""

import time

import pytest
from tests.integration.past_sessions import Ran, counted
from tests.integration.real_tracker import RealTracker
from tests.integration.usage_reports import HEAD, LONG, REPORTS, line, said, take


@pytest.fixture
def late(tracker: RealTracker) -> RealTracker:
    """A tracker that was installed on the 29th, of mira."""
    counted(tracker, "UTC", Ran("2026-11-29T06:00Z", 3), user="mira")
    return tracker


def test_days_that_github_told_of_are_not_called_unknown(late: RealTracker) -> None:
    take(late, line("02", 2, 10) + line("05", 4, 5))
    assert "At least 46 of 120 core-hours" in said(late, "quota")
    assert "what you used before in this month is not in it" not in said(late, "quota")
    assert (
        "Covers 2 to 5 Nov from GitHub, since 29 Nov counted here; nothing of 1 and 6 to 28 Nov"
        in said(late, "quota")
    )
    assert "at least 46 of 120 core-hours this month, with GitHub's figures" in said(late, "status")


def test_the_month_stands_in_its_column_where_its_words_do_not_fit(late: RealTracker) -> None:
    late.variables = {"COLUMNS": "76"}
    rows = late.verb("status", code=None).stdout.splitlines()
    month = next(n for n, row in enumerate(rows) if row.startswith("  Month"))
    total = next(row for row in rows if row.startswith("  All sessions"))
    assert rows[month].index("at least") == total.index("1 session")
    assert rows[month + 1].startswith(" " * total.index("1 session"))
    assert max(map(len, rows[month : month + 2])) <= 76


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_rows_of_one_repository_differ_by_their_machine(late: RealTracker, columns: str) -> None:
    take(late, line("03", 4, 5, at=LONG) + line("03", 8, 2, at=LONG) + line("03", 0, 0.75, at=LONG))
    late.variables = {"COLUMNS": columns}
    rows = late.verb("usage").stdout.splitlines()
    assert max(map(len, rows)) <= int(columns)
    for machine, amount in (("4 cores", "20"), ("8 cores", "16"), ("storage", "0.75")):
        row = next(row for row in rows if machine in row)
        assert machine == "storage" or amount in row.split()
        assert row.startswith("pottery/") or columns == "60"
    assert (LONG in "\n".join(rows)) is (columns == "120")


def test_usage_says_what_is_mine_and_why_the_rest_is_not(late: RealTracker) -> None:
    take(
        late,
        line("03", 4, 5, of="mira", paid="pottery")
        + line("03", 8, 2, of="jonas")
        + line("04", 2, 3),
    )
    told = said(late, "usage")
    assert "Yours: 6 core-hours of these." in told
    assert "Not in your quota: 20 that pottery pays for, 16 of another person (jonas)." in told


def test_a_months_sum_says_what_it_cannot_tell(late: RealTracker) -> None:
    take(late, REPORTS / "api_year.json")
    assert "+ 0 counted here since then" in said(late, "quota")
    assert "The last 7 days are an estimate" in said(late, "quota")
    usage = said(late, "usage")
    assert "With 0 counted here since then: at least 100 of 120" in usage
    assert (
        "Charged for storage, in a month's sum, is the price before GitHub takes off what your plan"
        in usage
    )


def test_figures_by_day_make_no_such_reservations(late: RealTracker) -> None:
    take(late, line("03", 2, 1) + line("05", 2, 1))
    assert "+ 6 counted here that is not in them yet" in said(late, "quota")
    assert "an estimate" not in said(late, "quota")
    assert "is the price before" not in said(late, "usage")
    assert "Not in your quota" not in said(late, "usage")


def test_a_report_says_whether_it_told_of_days_or_of_months(late: RealTracker) -> None:
    told = take(late, REPORTS / "api_year.json")
    assert "205 core-hours, Jan 2026 to Nov 2026. New or changed: 3 months." in told
    assert "GitHub's figures were added: 3 months new or changed" in said(late, "log")
    told = take(late, line("03", 2, 1) + line("05", 2, 1))
    assert "4 core-hours, 3 Nov 2026 to 5 Nov 2026. New or changed: " in told
    assert " days." in told
    assert "4 core-hours, 3 Nov 2026. " in take(late, line("03", 2, 2))


def test_figures_of_another_month_are_found_from_the_screen(late: RealTracker) -> None:
    old = line("04", 4, 1.5, of="mira", paid="pottery").replace("2026-11", "2024-11")
    assert "By person: codespace-tracker usage --by person --month 2024-11" in take(late, old)
    assert "There are some of Nov 2024: codespace-tracker usage --month 2024-11" in said(
        late, "usage"
    )
    this = time.strftime("%Y-%m", time.gmtime())
    recent = line("01", 4, 0.1, of="mira", paid="pottery").replace("2026-11", this)
    assert take(late, recent, f"{this}-01T23:00Z").endswith(
        "By person: codespace-tracker usage --by person"
    )


def test_what_was_forgotten_and_imported_keeps_to_the_terminal(late: RealTracker) -> None:
    late.variables = {"COLUMNS": "60"}
    path = late.directory.parent / "usage-report-of-the-month.csv"
    path.write_text(HEAD + line("03", 2, 1) + line("05", 2, 1))
    for words in (("import", str(path)), ("forget", "--all")):
        rows = late.verb("usage", *words).stdout.splitlines()
        assert all(len(row) <= 60 or " " not in row for row in rows), rows


def test_storage_below_a_gb_month_is_not_rounded_to_a_tenth(late: RealTracker) -> None:
    take(
        late,
        line("03", 0, 0.25)
        + line("03", 0, 0.00001, at="mira/kiln")
        + line("04", 0, 0.5, at="mira/wheel"),
    )
    rows = {
        row.split()[0]: row.split()[2]
        for row in late.verb("usage", "--by", "repository").stdout.splitlines()[2:6]
    }
    assert rows == {"mira/lamp": "0.25", "mira/kiln": "<0.01", "mira/wheel": "0.50", "All": "0.75"}


def test_the_report_says_that_it_is_of_what_was_counted_here(late: RealTracker) -> None:
    take(late, line("02", 2, 10))
    assert "By month, 29 Nov 2026 to 29 Nov 2026 (UTC), counted here" in said(
        late, "report", "--by", "month"
    )


def test_the_warnings_name_the_plan_and_how_they_are_switched_off(tracker: RealTracker) -> None:
    tracker.be_in_codespace()
    tracker.verb("start")
    told = said(tracker, "quota", "--warn")
    assert (
        "of the month's quota. Plan: Free (assumed): 120 core-hours, 15 GB-months of storage. "
        "They count" in told
    )
    assert told.endswith("trigger_config.json. Off: codespace-tracker quota --no-warn")


def test_figures_that_are_all_of_others_are_not_passed_over(late: RealTracker) -> None:
    told = "None of GitHub's figures for this month is in your quota: codespace-tracker usage"
    assert told not in said(late, "quota")
    take(
        late,
        line("03", 4, 5, of="mira", paid="pottery") + line("05", 8, 2, of="jonas", paid="pottery"),
    )
    assert told in said(late, "quota")
    assert "Basis this codespace only" in said(late, "quota")
    take(late, line("03", 4, 5))
    assert told not in said(late, "quota")


def test_a_forgotten_day_without_use_is_called_so(late: RealTracker) -> None:
    take(late, line("03", 2, 1) + line("05", 2, 1))
    assert "figures of 1 day (no use was in them)." in said(late, "usage", "forget", "2026-11-04")
    assert "figures of 1 day. What was counted here stays." in said(
        late, "usage", "forget", "2026-11-05"
    )


def test_use_told_with_and_without_my_name_is_one_use(late: RealTracker) -> None:
    take(late, line("03", 2, 10) + line("03", 0, 0.5) + line("05", 2, 1), "2026-11-28T12:00Z")
    take(
        late,
        line("03", 2, 10, of="Mira") + line("03", 0, 0.5, of="Mira") + line("03", 4, 1, of="jonas"),
    )
    for by in ("person", "day", "machine"):
        shown = late.verb("usage", "--by", by).stdout
        total = next(row for row in shown.splitlines() if row.startswith("All"))
        assert total.split()[1:3] == ["26", "0.50"], shown
        assert (
            "Yours: 22 core-hours of these. Not in your quota: 4 of another person (jonas)."
            in " ".join(shown.split())
        )


def test_a_months_sum_and_days_with_my_name_are_one_use(late: RealTracker) -> None:
    take(late, REPORTS / "api_year.json", "2026-11-28T12:00Z")
    take(late, line("03", 2, 10, of="mira") + line("05", 2, 1, of="mira"))
    shown = said(late, "usage", "--by", "person")
    assert "mira 100 7.23" in shown
    assert "(one sum for the month), as of Sat 28 Nov 2026 12:00 Person" in shown, (
        "the days are of the 29th"
    )
    assert "Yours: 100 core-hours of these." in shown
    assert "GitHub's 100 core-hours" in said(late, "quota")
