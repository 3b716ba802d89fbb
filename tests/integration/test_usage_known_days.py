"""That `quota`, `usage` and their verbs say which days are known, from whom, and whose the rest
is."""

import re
from pathlib import Path

import pytest
from tests.integration.past_sessions import Ran, counted
from tests.integration.real_tracker import RealTracker
from tests.integration.usage_reports import HEAD, REPORTS, line, said, table, take

EARLY, LATE = "2026-11-20T12:00Z", "2026-11-28T12:00Z"
NOVEMBER = ("--month", "2026-11")


@pytest.fixture
def late(tracker: RealTracker) -> RealTracker:
    """A tracker that was installed on the 29th, of mira."""
    counted(tracker, "UTC", Ran("2026-11-29T06:00Z", 3), user="mira")
    return tracker


@pytest.fixture
def berlin(tracker: RealTracker) -> RealTracker:
    """Sessions of mira on the 5th, the 26th and the 29th, in Berlin."""
    ran = (Ran("2026-11-05T09:00Z", 2.5), Ran("2026-11-26T09:00Z", 2), Ran("2026-11-29T06:00Z", 3))
    counted(tracker, "Europe/Berlin", *ran, user="mira")
    return tracker


# --- the paces


def test_a_pace_by_a_months_sum_says_what_it_is_made_of(berlin: RealTracker) -> None:
    take(berlin, line("02", 2, 8) + line("05", 2, 1), "2026-11-06T00:00Z")
    take(berlin, REPORTS / "api_year.json", "2026-11-27T00:00Z")
    parts = (
        "Of GitHub's sum (100), 18 are known by day from other reports (2 and 5 Nov), 7 were"
        " counted here and the other 75 are taken as used evenly up to its report."
    )
    assert f"The last 7 days are an estimate. {parts}" in said(berlin, "quota")


def test_a_pace_of_days_after_a_months_sum_is_no_estimate(berlin: RealTracker) -> None:
    take(berlin, REPORTS / "api_year.json", "2026-11-20T00:00Z")
    assert "estimate" not in said(berlin, "quota")


def test_days_that_nothing_is_known_of_are_named_beside_the_paces(late: RealTracker) -> None:
    take(late, line("02", 2, 10) + line("05", 4, 5))
    assert "At least: nothing is known of 6 to 28 Nov, and no use is counted there." in said(
        late, "quota"
    )
    take(late, "".join(line(f"{day:02}", 2, 1) for day in (2, 28)))
    assert "nothing is known of" not in said(late, "quota")


# --- what is known, and of which days


def test_what_is_known_is_said_without_and_with_figures(berlin: RealTracker) -> None:
    assert "Covers since 5 Nov: what you used before in this month is not in it" in said(
        berlin, "quota"
    )
    take(berlin, line("01", 2, 1) + line("19", 2, 1), EARLY)
    assert "as of Fri 20 Nov 2026 13:00 (1 to 19 Nov)" in said(berlin, "quota")
    assert "Covers 1 to 19 Nov from GitHub, since 5 Nov counted here (days of UTC)" in said(
        berlin, "quota"
    )


def test_a_sum_that_does_not_count_takes_no_known_days_away(berlin: RealTracker) -> None:
    take(berlin, line("01", 2, 60) + line("19", 2, 1), EARLY)
    take(berlin, REPORTS / "api_year.json", LATE)
    told = said(berlin, "quota")
    assert "Covers 1 to 19 Nov from GitHub, since 5 Nov counted here" in told
    more = "its core-hours do not count; Storage is from it"
    assert (
        f"GitHub's sum of the month (100) is not more than these come to (132), so {more}" in told
    )
    take(berlin, line("03", 0, 8) + line("19", 2, 60), LATE)
    assert re.search(
        r"is not more than these come to \([\d.]+\), so it does not count", said(berlin, "quota")
    )


def test_a_sum_that_counts_says_up_to_when_it_is_known(late: RealTracker) -> None:
    take(late, REPORTS / "api_year.json", EARLY)
    known = (
        "Covers GitHub's sum up to Fri 20 Nov 2026 12:00, since 29 Nov counted here; nothing of 21 "
        "to 28 Nov"
    )
    assert known in said(late, "quota")


def test_days_and_time_counted_here_that_exceed_the_sum_are_shown(tracker: RealTracker) -> None:
    # by day 60, counted here 50 on other days: more than the sum of 100, which is more than 60
    counted(tracker, "UTC", Ran("2026-11-10T00:00Z", 25), Ran("2026-11-28T06:00Z", 1), user="mira")
    take(tracker, line("02", 2, 29) + line("05", 2, 1), "2026-11-09T00:00Z")
    told = take(tracker, REPORTS / "api_year.json", EARLY)
    why = (
        "with what was counted here they are more (60 + 52 counted here = 112; the sum + 2 "
        "counted since it = 102)."
    )
    assert f"The days of Nov 2026 (60 core-hours) count instead of its sum (100): {why}" in told
    assert "At least 112 of 120" in said(tracker, "quota")
    assert (
        "GitHub's 60 core-hours as of Mon 9 Nov 2026 00:00 (2 to 5 Nov) + 52 counted here"
        in said(tracker, "quota")
    )
    rows = table(tracker, "usage", "--by", "day", *NOVEMBER)
    assert (rows["2026-11-02"][0], rows["2026-11-02"][-1]) == ("58", "58")
    assert (rows["All"][0], rows["All"][-1]) == ("60", "112")


def test_the_title_says_which_days_the_figures_are_of(late: RealTracker) -> None:
    take(late, line("02", 2, 1) + line("19", 2, 60), EARLY)
    assert "GitHub's figures for Nov 2026 (2 to 19 Nov), as of" in said(late, "usage")
    take(late, REPORTS / "api_year.json", LATE)
    assert "GitHub's figures for Nov 2026 (2 to 19 Nov, and one sum for the month), as of" in said(
        late, "usage"
    )


def test_storage_may_be_more_as_core_hours_may(late: RealTracker) -> None:
    take(late, line("03", 0, 3.36))
    assert "Storage at least 3.36 of 15 GB-months (22 %)" in said(late, "quota")
    assert "Your storage: at least 3.36 of 15 GB-months (22 %)." in said(late, "usage")


def test_a_sum_below_what_was_counted_here_is_said_to_be_less(tracker: RealTracker) -> None:
    counted(tracker, "UTC", Ran("2026-11-05T00:00Z", 15, 8), user="mira")
    take(tracker, REPORTS / "api_year.json", EARLY)
    told = said(tracker, "quota")
    assert "At least 120 of 120" in told
    assert "GitHub's 100 core-hours as of Fri 20 Nov 2026 12:00 (one sum) + 20 counted here" in told
    by_day = said(tracker, "usage", "--by", "day", *NOVEMBER)
    assert (
        "is GitHub's sum: with what was counted here the days come to more, so they count."
        in by_day
    )


def test_in_a_local_container_days_are_known_from_github_alone(tracker: RealTracker) -> None:
    counted(
        tracker,
        "UTC",
        Ran("2026-11-05T09:00Z", 2),
        Ran("2026-11-29T09:00Z", 1),
        kind="container",
        user="",
    )
    assert "nothing is known" not in said(tracker, "quota")
    take(tracker, line("02", 2, 1) + line("19", 2, 1), EARLY)
    told = said(tracker, "quota")
    assert "Covers 2 to 19 Nov from GitHub; nothing of 1 and 20 to 29 Nov (days of UTC)" in told
    assert "At least: nothing is known of 20 to 29 Nov" in told
    take(tracker, REPORTS / "api_year.json", LATE)
    by_day = said(tracker, "usage", "--by", "day", *NOVEMBER)
    assert "GitHub's figures alone: what runs here is not in your quota." in by_day
    assert "in the sum." not in by_day


def test_what_is_not_on_the_bill_is_not_told_of_a_months_sum(berlin: RealTracker) -> None:
    take(berlin, line("01", 2, 1) + line("19", 2, 1), EARLY)
    assert "Not billed 5 core-hours counted here, not in GitHub's final figures: they do" in said(
        berlin, "quota"
    )
    take(berlin, REPORTS / "api_year.json", LATE)
    assert "Not billed" not in said(berlin, "quota")


# --- what an import and a forget say


def test_storage_from_the_sum_beside_core_hours_from_the_days_is_said(late: RealTracker) -> None:
    take(late, line("03", 2, 60) + line("03", 0, 0.5), EARLY)
    told = take(late, REPORTS / "api_year.json", LATE)
    assert (
        "The days of Nov 2026 (120 core-hours) count instead of its sum (100): they are more."
        in told
    )
    assert (
        "The storage of Nov 2026 is that of the sum (7.23 GB-months), not of the days (0.50)."
        in told
    )
    of = "that of GitHub's sum of the month, in place of what the days have, yours only."
    only = f"The row (whole month) is storage only: {of}"
    for by in (["--by", "day"], ["--by", "repository"], []):
        assert only in said(late, "usage", *by, *NOVEMBER)


def test_no_day_that_does_not_count_is_called_corrected(late: RealTracker) -> None:
    take(late, line("03", 2, 6), EARLY)
    take(late, REPORTS / "api_year.json", LATE)
    told = take(late, line("03", 2, 4), "2026-11-28T13:00Z")
    assert "corrected" not in told
    assert (
        "The sum of Nov 2026 (100 core-hours) counts instead of its days (8): it is more." in told
    )


def test_moments_are_those_of_the_time_zone(berlin: RealTracker) -> None:
    take(berlin, line("03", 2, 6) + line("05", 2, 1), "2026-11-28T23:30Z")
    told = take(berlin, line("03", 2, 4) + line("05", 2, 1), EARLY)
    assert "left as known: by a newer report, of Sun 29 Nov 2026 00:30." in told


def test_a_file_without_names_says_whose_it_is_taken_for(late: RealTracker) -> None:
    assert "It has no names: taken as yours (mira)." in take(
        late, line("03", 2, 1) + line("05", 2, 1)
    )
    assert "no names" not in take(late, line("03", 2, 1, of="mira"))


def test_forget_counts_days_as_import_does(late: RealTracker) -> None:
    assert "New or changed: 2 days." in take(late, line("03", 2, 1) + line("09", 2, 1))
    gone = "figures of 2 days, and that there was no use on 5 days. What was counted here stays."
    assert gone in said(late, "usage", "forget", "2026-11")


# --- whose it is, and what the columns are


def test_what_is_not_in_my_quota_is_said_with_names(late: RealTracker) -> None:
    others = line("04", 8, 3, of="mira", paid="unilab") + line(
        "04", 0, 4.2, of="jonas", paid="unilab"
    )
    take(
        late,
        line("03", 2, 1) + others + line("05", 2, 1, of="Jonas") + line("05", 4, 1, of="li-wei"),
    )
    told = said(late, "usage", *NOVEMBER)
    whose = "24 and 4.20 GB-months that unilab pays for, 6 of 2 other persons (jonas, li-wei)."
    assert f"Yours: 2 core-hours of these. Not in your quota: {whose}" in told


def test_the_legend_names_only_what_is_on_the_screen(late: RealTracker) -> None:
    unit, all_, paid = (
        "GB-months are what",
        "of all persons in the reports",
        "Charged: to the one who pays",
    )
    take(late, line("03", 2, 1))
    by_day = said(late, "usage", "--by", "day", *NOVEMBER)
    assert not any(note in by_day for note in (unit, all_, paid))
    path = late.directory.parent / "org.csv"
    path.write_text(
        HEAD + line("03", 2, 1, of="jonas").replace(",0,jonas", ",0.36,jonas") + line("03", 0, 0.5)
    )
    take(late, path)
    by_day = said(late, "usage", "--by", "day", *NOVEMBER)
    assert all(note in by_day for note in (unit, all_, paid))


def test_use_after_a_report_is_explained_where_it_counts(berlin: RealTracker) -> None:
    more = "What was counted here after the report comes on top."
    take(berlin, line("26", 2, 3), "2026-11-26T10:00Z")
    by_day = said(berlin, "usage", "--by", "day", *NOVEMBER)
    assert more in by_day
    assert re.search(r"2026-11-26 6 - \$0.00 4 8 ", by_day), (
        "6 by GitHub, and 2 of the 4 counted here since"
    )
    take(berlin, line("26", 2, 3), "2026-11-29T12:00Z")
    assert more in said(berlin, "usage", "--by", "day", *NOVEMBER), "the figure was told before"
    take(berlin, line("26", 2, 4), "2026-11-29T13:00Z")
    assert more not in said(berlin, "usage", "--by", "day", *NOVEMBER)


def test_an_owner_and_a_slug_are_one_repository_with_its_full_name(late: RealTracker) -> None:
    take(late, line("03", 2, 1, at="asha/shop"))
    legacy = late.directory.parent / "legacy.csv"
    legacy.write_text(
        "Date,Product,SKU,Quantity,Unit Type,Price Per Unit ($),Multiplier,Owner,Repository "
        "Slug,Username\n"
        "2026-11-04,Codespaces - Linux,Compute - 4 core,1.5,hour,0.36,1.0,mira,asha/shop,mira\n"
        "2026-11-05,Codespaces - Linux,Compute - 2 core,3,hour,0.18,1.0,asha,shop,mira\n"
    )
    take(late, legacy)
    rows = table(late, "usage", "--by", "repository", *NOVEMBER)
    assert rows["asha/shop"][0] == "14"
    assert "shop" not in rows


def test_a_bare_name_is_the_repository_of_its_only_owner(late: RealTracker) -> None:
    lines = line("03", 2, 1, at="asha/shop") + line("04", 2, 2, at="shop")
    take(
        late,
        lines
        + line("05", 2, 4, at="kiln")
        + line("05", 2, 8, at="a/kiln")
        + line("05", 2, 16, at="b/kiln"),
    )
    rows = table(late, "usage", "--by", "repository", *NOVEMBER)
    found = {name: row[0] for name, row in rows.items()}
    assert [found.get(name) for name in ("asha/shop", "shop", "kiln", "a/kiln", "b/kiln")] == [
        "6",
        None,
        "8",
        "16",
        "32",
    ]


def test_the_title_gives_the_moments_of_the_reports_it_shows(late: RealTracker) -> None:
    take(late, line("02", 2, 29) + line("05", 2, 41) + line("05", 0, 9), EARLY)
    take(late, REPORTS / "api_year.json", LATE)
    assert "(2 to 5 Nov), as of Fri 20 Nov 2026 12:00 Repository" in said(late, "usage", *NOVEMBER)
    take(late, line("19", 2, 2) + line("27", 2, 1), LATE)
    oldest = "oldest report: Fri 20 Nov 2026 12:00"
    assert f"(2 to 5 and 19 to 27 Nov), as of Sat 28 Nov 2026 12:00; {oldest}" in said(
        late, "usage", *NOVEMBER
    )
    assert f"as of Sat 28 Nov 2026 12:00 (2 to 5 and 19 to 27 Nov; {oldest})" in said(late, "quota")


def test_a_report_without_charges_is_explained(late: RealTracker) -> None:
    none = "Charged -: that report has no charges."
    take(late, line("03", 2, 1))
    assert none not in said(late, "usage", *NOVEMBER)
    path = late.directory.parent / "legacy.csv"
    path.write_text(
        "Date,Product,SKU,Quantity,Unit Type\n"
        "2026-11-04,Codespaces - Linux,Compute - 4 core,1.5,hour\n"
    )
    take(late, path)
    assert none in said(late, "usage", *NOVEMBER)


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_all_that_is_said_keeps_to_the_terminal(berlin: RealTracker, columns: str) -> None:
    take(
        berlin,
        line("02", 2, 8) + line("05", 2, 1) + line("07", 2, 9, of="jonas"),
        "2026-11-08T00:00Z",
    )
    berlin.variables = {"COLUMNS": columns}
    path = Path(REPORTS / "api_year.json")
    screens = [
        ["usage", "import", str(path), "--as-of", "2026-11-27T00:00Z"],
        ["quota"],
        ["status"],
    ]
    screens += [
        ["usage", *NOVEMBER],
        ["usage", *NOVEMBER, "--by", "day"],
        ["usage", "forget", "2026-11"],
    ]
    for words in screens:
        rows = berlin.verb(*words, code=None).stdout.splitlines()
        assert all(len(row) <= int(columns) or " " not in row.strip() for row in rows), (
            words,
            rows,
        )
