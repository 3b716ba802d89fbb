"""That the screen of a month says which of its figures count, and what the marks in its columns
mean."""

import pytest
from tests.integration.past_sessions import Ran, counted
from tests.integration.real_tracker import RealTracker
from tests.integration.usage_reports import REPORTS, line, said, table, take

EARLY, LATE = "2026-11-20T12:00Z", "2026-11-28T12:00Z"
NOVEMBER = ("--month", "2026-11")
BY = ("person", "repository", "machine", "organization", "day")
SUM_OF_JANUARY = (
    '{"usageItems": [{"date": "2026-01-01", "product": "codespaces", "sku": "Codespaces compute'
    ' 4-core", "unitType": "Hours", "quantity": 5, "netAmount": 0}]}'
)


@pytest.fixture
def late(tracker: RealTracker) -> RealTracker:
    """A tracker that was installed on the 29th, of mira."""
    counted(tracker, "UTC", Ran("2026-11-29T06:00Z", 3), user="mira")
    return tracker


def legacy(tracker: RealTracker, *lines: str) -> str:
    """Import a report without charges, of these lines."""
    path = tracker.directory.parent / "legacy.csv"
    path.write_text("\n".join(("Date,Product,SKU,Quantity,Unit Type,Username", *lines)))
    return take(tracker, path)


def test_a_charge_of_which_a_part_is_not_told_is_marked(late: RealTracker) -> None:
    none, some = (
        "Charged -: that report has no charges.",
        "Charged +: at least; some of it has no charge",
    )
    take(late, line("03", 2, 1))
    assert "Charged" not in said(late, "usage", *NOVEMBER).partition("All")[2]
    legacy(late, "2026-11-04,Codespaces - Linux,Compute - 4 core,1.5,hour,mira")
    by_machine = table(late, "usage", "--by", "machine", *NOVEMBER)
    assert (by_machine["4"][-1], by_machine["2"][-1], by_machine["All"][-1]) == (
        "-",
        "$0.00",
        "$0.00+",
    )
    assert all(note in said(late, "usage", "--by", "machine", *NOVEMBER) for note in (none, some))
    assert table(late, "usage", "--by", "person", *NOVEMBER)["mira"][-1] == "$0.00+"
    by_person = said(late, "usage", "--by", "person", *NOVEMBER)
    assert some in by_person
    assert none not in by_person


def test_days_of_others_beside_my_sum_are_called_theirs(late: RealTracker) -> None:
    take(late, line("04", 4, 2, of="mira", paid="acme") + line("08", 4, 1, of="jonas", paid="acme"))
    take(late, line("02", 2, 8), LATE)
    take(late, REPORTS / "api_year.json", LATE)
    told = said(late, "usage", *NOVEMBER)
    assert "(days of acme: 4 to 8 Nov, and one sum for the month)" in told
    assert (
        "Your days that are known (2 Nov: 16) do not count: GitHub's sum of the month is more."
        in told
    )
    assert "16 are known by day from other reports (2 Nov)" in said(late, "quota")


def test_what_an_organization_pays_of_mine_is_told_of_storage_too(late: RealTracker) -> None:
    acme = line("04", 2, 2, of="mira", paid="acme")
    take(late, line("03", 2, 5) + line("03", 0, 1.5) + acme)
    assert "Of mira's 14 core-hours, acme pays 4." in said(
        late, "usage", "--by", "person", *NOVEMBER
    )
    take(late, acme + line("04", 0, 0.2, of="mira", paid="acme"))
    by_person = said(late, "usage", "--by", "person", *NOVEMBER)
    assert "Of mira's 14 core-hours and 1.70 GB-months, acme pays 4 and 0.20." in by_person


def test_on_every_view_a_sum_that_does_not_count_says_why(tracker: RealTracker) -> None:
    counted(tracker, "UTC", Ran("2026-11-25T06:00Z", 3), Ran("2026-11-29T06:00Z", 3), user="mira")
    take(tracker, line("03", 2, 48) + line("03", 0, 0.5), EARLY)
    take(tracker, REPORTS / "api_year.json", LATE)
    why = (
        "GitHub's sum of the month, 100 core-hours, does not count: the days and what was counted "
        "here are more (108)"
    )
    stored = "Your storage is from GitHub's sum of the month (7.23; the days have 0.50)."
    for by in ([], *(["--by", one] for one in BY)):
        told = said(tracker, "usage", *by, *NOVEMBER)
        assert why in told, by
        assert stored in told, by


def test_a_sum_that_equals_the_days_is_said_to_be_the_same(late: RealTracker) -> None:
    days = "".join(
        f"2026-01-{day},codespaces,codespaces_compute_d4,2.5,hours,0,,,a/b\n"
        for day in ("05", "06")
    )
    take(late, days)
    path = late.directory.parent / "january.json"
    path.write_text(SUM_OF_JANUARY)
    assert "GitHub's sum of Jan 2026 is the same as its days: 20 core-hours." in take(late, path)
    told = said(late, "usage", "--month", "2026-01")
    assert "GitHub's sum of the month is the same: 20." in told


def test_a_past_month_says_how_much_of_the_quota_it_was(late: RealTracker) -> None:
    path = late.directory.parent / "january.json"
    path.write_text(SUM_OF_JANUARY)
    take(late, path)
    assert "By the plan you have now: 20 of 120 core-hours (17 %)." in said(
        late, "usage", "--month", "2026-01"
    )


def test_the_time_left_is_that_of_the_figure_beside_it(tracker: RealTracker) -> None:
    # 47.58 used: 72.42 are left, which is shown as 72.4
    counted(tracker, "UTC", Ran("2026-11-10T00:00Z", 23.79), user="mira")
    told = said(tracker, "quota")
    assert "72.4 core-hours: 36h 12m on this machine's 2 cores" in told
