"""GitHub's usage reports in each form that they come in: tests/unit/reports, with the sums worked
out by hand there."""

import io
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from codespace_tracker.cli.commands.usage import import_
from codespace_tracker.core.calendar import UTC, parse_iso
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.github import usage_report
from codespace_tracker.github.usage_report import NoReport, Report
from codespace_tracker.ledger.billing import Stretch

FOLDER = Path(__file__).parent / "reports"
NOW = parse_iso("2026-11-20T12:00Z")


class Sum(NamedTuple):
    """What the lines of one whose and one day or month come to: core-hours and GB-months."""

    core_hours: float
    gb_months: float


def read(name: str, now: int = NOW) -> Report:
    with (FOLDER / name).open(encoding="utf-8-sig", newline="") as file:
        return usage_report.read(file, now)


def sums(report: Report) -> dict[str, Sum]:
    """By `person/organization date`, the date of a month without its day."""
    found: dict[str, Sum] = defaultdict(lambda: Sum(0, 0))
    for line in report.lines:
        date = UTC.date(line.day)
        name = f"{line.person}/{line.organization} {date[:7] if line.is_month else date}"
        before = found[name]
        hours, storage = line.core_us / HOUR_US, line.storage / 1e9
        found[name] = Sum(round(before.core_hours + hours, 6), round(before.gb_months + storage, 9))
    return dict(found)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "summarized.csv",
            {
                "/ 2026-11-02": Sum(5, 0.00726),
                "/ 2026-11-03": Sum(5, 0),
                "/ 2026-11-04": Sum(0, 0.5),
            },
        ),
        ("detailed.csv", {"mira/ 2026-11-02": Sum(4.8, 0), "mira/ 2026-11-03": Sum(0, 0.00001)}),
        (
            "enterprise.csv",
            {
                "mira/pottery 2026-11-02": Sum(40, 0),
                "jonas/pottery 2026-11-02": Sum(80, 0),
                "Mira/glaze 2026-11-03": Sum(6, 0),
                "jonas/pottery 2026-11-03": Sum(0, 2),
            },
        ),
        ("api_days.json", {"/ 2026-11-02": Sum(1.57214, 0), "/ 2026-11-04": Sum(0, 0.25)}),
        ("api_hours.json", {"/ 2026-11-02": Sum(3.5, 0)}),
        (
            "api_year.json",
            {
                "/ 2026-01": Sum(25, 1.5),
                "/ 2026-10": Sum(80, 0),
                "/ 2026-11": Sum(100, 7.234838112),
            },
        ),
        ("api_one_month.json", {"/ 2026-11": Sum(100, 0)}),
        (
            "api_organization.json",
            {"/pottery 2026-11-02": Sum(32, 0), "/pottery 2026-11-03": Sum(8, 0)},
        ),
        ("api_summary.json", {"mira/ 2026-11": Sum(60, 4.5)}),
        ("before_2025.csv", {"mira/ 2023-11-06": Sum(6, 0), "mira/pottery 2023-11-06": Sum(4, 0)}),
        ("semicolons.csv", {"/ 2026-11-02": Sum(5, 0), "/ 2026-11-03": Sum(0, 0.00726)}),
        ("tabs.csv", {"/ 2026-11-02": Sum(16, 0)}),
    ],
)
def test_each_form_of_a_report_comes_to_its_sums(name: str, expected: dict[str, Sum]) -> None:
    found = read(name)
    assert found.broken == []
    assert sums(found) == expected


def test_every_form_in_the_folder_is_read() -> None:
    described = (FOLDER / "README.md").read_text()
    names = [path.name for path in FOLDER.iterdir() if path.suffix != ".md"]
    assert all(f"| {name} |" in described for name in names)
    assert all(read(name).lines for name in names)


def day(text: str) -> int:
    return parse_iso(text)


@pytest.mark.parametrize(
    ("name", "stretches"),
    [
        ("summarized.csv", [("2026-11-02", "2026-11-06", False)]),
        ("tabs.csv", [("2026-11-02", "2026-11-03", False)]),
        ("api_days.json", [("2026-11-01", "2026-12-01", False)]),
        ("api_hours.json", [("2026-11-02", "2026-11-03", False)]),
        ("api_summary.json", [("2026-11-01", "2026-12-01", True)]),
        (
            "api_year.json",
            [
                ("2026-01-01", "2026-02-01", True),
                ("2026-10-01", "2026-11-01", True),
                ("2026-11-01", "2026-12-01", True),
            ],
        ),
    ],
)
def test_a_report_says_which_days_it_tells_of(
    name: str, stretches: list[tuple[str, str, bool]]
) -> None:
    """From the first to the last date of all products in a file; by the API all of a month."""
    wanted = [Stretch(day(since), day(until), is_month) for since, until, is_month in stretches]
    assert list(read(name).stretches) == wanted


def test_what_could_be_the_1st_alone_is_taken_for_the_month_and_said_to_be_doubtful() -> None:
    assert list(read("api_one_month.json").doubtful) == [day("2026-11-01")]
    assert list(read("api_year.json").doubtful) == []
    on_the_first = read("api_one_month.json", day("2026-11-01T23:00Z"))
    assert [line.is_month for line in on_the_first.lines] == [False], "the 1st is all that there is"


def doubled(name: str) -> str:
    """An answer of the API with each of its rows twice."""
    text = (FOLDER / name).read_text()
    return text.replace("]}", "", 1).rstrip() + "," + text.split("[", 1)[1]


def test_an_answer_with_another_date_than_the_1st_is_told_by_day() -> None:
    later = doubled("api_one_month.json").replace(
        '"2026-11-01T00:00:00Z"', '"2026-11-09T00:00:00Z"', 1
    )
    found = usage_report.read(io.StringIO(later, newline=""), NOW)
    assert not any(line.is_month for line in found.lines)


@pytest.mark.parametrize("name", ["api_one_month.json", "api_year.json"])
def test_a_sum_with_a_sku_twice_is_one_sum_and_doubtful(name: str) -> None:
    once = read(name)
    found = usage_report.read(io.StringIO(doubled(name), newline=""), NOW)
    assert all(line.is_month for line in found.lines)
    assert [line.core_us for line in found.lines] == [2 * line.core_us for line in once.lines]
    assert list(found.doubtful) == [stretch.since for stretch in once.stretches]


def test_a_file_with_a_sku_twice_on_the_first_of_months_is_by_day() -> None:
    rows = [
        f"2026-{month}-01,codespaces,codespaces_compute_d2,10,hours\n"
        for month in ("10", "11", "11")
    ]
    text = "date,product,sku,quantity,unit_type\n" + "".join(rows)
    found = usage_report.read(io.StringIO(text, newline=""), NOW)
    assert [line.is_month for line in found.lines] == [False, False]


def test_a_file_whose_rows_all_bear_the_first_of_two_months_holds_their_sums() -> None:
    head = "date,product,sku,quantity,unit_type\n"
    rows = [
        f"2026-{month}-01,codespaces,codespaces_compute_d2,10,hours\n" for month in ("10", "11")
    ]
    both = usage_report.read(io.StringIO(head + "".join(rows), newline=""), NOW)
    assert [line.is_month for line in both.lines] == [True, True]
    one = usage_report.read(io.StringIO(head + rows[1], newline=""), NOW)
    assert [line.is_month for line in one.lines] == [False], "GitHub's files are by day"


def test_the_api_asked_for_a_month_tells_of_days_also_where_only_the_first_was_used() -> None:
    item = {
        "date": "2026-11-01T00:00:00Z",
        "product": "codespaces",
        "sku": "Codespaces compute 2-core",
    }
    items = [{**item, "quantity": 1, "unitType": "Hours"}]
    found = usage_report.from_items(items, NOW, (day("2026-11-01"), day("2026-12-01")), "")
    assert [line.is_month for line in found.lines] == [False]
    assert list(found.stretches) == [Stretch(day("2026-11-01"), day("2026-12-01"))]


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ('{"year": 2026}', "the summary of a whole year"),
        ('{"year": 2026, "month": "x"}', "no year and month"),
    ],
)
def test_a_summary_that_tells_of_no_month_is_refused_with_what_to_ask_for(
    period: str, said: str
) -> None:
    text = f'{{"timePeriod": {period}, "usageItems": []}}'
    with pytest.raises(NoReport, match=said):
        usage_report.read(io.StringIO(text, newline=""), NOW)


def test_a_summary_of_a_day_is_that_days() -> None:
    text = (FOLDER / "api_summary.json").read_text().replace('"month": 11', '"month": 11, "day": 5')
    found = usage_report.read(io.StringIO(text, newline=""), NOW)
    assert {(UTC.date(line.day), line.is_month) for line in found.lines} == {("2026-11-05", False)}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-11-03,codespaces,codespaces_storage,1,parsecs,", "'parsecs' is none of storage"),
        (
            "2026-11-03,codespaces,codespaces_compute_d2,1,hours,mi\x1bra",
            "no person has such a name",
        ),
        ("2026-11-03,codespaces,codespaces_compute_d2,1;5,hours,", "'1;5' is not a number"),
    ],
)
def test_a_broken_line_of_the_newer_columns_is_named(row: str, reason: str) -> None:
    text = f"date,product,sku,quantity,unit_type,username\n{row}\n"
    [(_, said)] = usage_report.read(io.StringIO(text, newline=""), NOW).broken
    assert reason in said


def test_utf_16_as_a_spreadsheet_saves_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "usage.txt"
    path.write_bytes((FOLDER / "tabs.csv").read_text().encode("utf-16"))
    with import_._opened(str(path)) as opened:
        assert sums(usage_report.read(opened, NOW)) == {"/ 2026-11-02": Sum(16, 0)}
    (tmp_path / "odd").write_bytes(b"\xff\xfe\x00")
    done = CliRunner().invoke(
        import_.command, [str(tmp_path / "odd"), "--dir", str(tmp_path / "state")]
    )
    assert "nor in UTF-16" in str(done.exception)
