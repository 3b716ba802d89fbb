"""GitHub's usage report, in all the ways in which it comes."""

import io
import json

import pytest

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.github import usage_report
from codespace_tracker.github.usage_report import NoReport, Report
from codespace_tracker.ledger.billing import Line

CSV = """\
date,product,sku,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,net_amount,repository
2026-11-03,codespaces,Codespaces compute 8-core,4.03,Hours,0.72,2.90,2.90,0,octo/one
2026-11-03,codespaces,codespaces_compute_d2,90,minutes,0.003,0.27,0.27,0,octo/one
2026-11-04,Codespaces,codespaces_compute_d4,3,core-hours,0.09,0.27,0.07,0.20,octo/two
2026-11-04,codespaces,Codespaces storage,1.5,GigabyteMonths,0.07,0.11,0.11,0.05,octo/two
2026-11-04,actions,Actions Linux,1000,minutes,0.008,8,8,0,octo/one
2026-11-04,git_lfs,Git LFS storage,1,GigabyteHours,0,0,0,0,octo/one
"""


NOW = parse_iso("2026-11-05T23:59:59Z")


def read(text: str) -> Report:
    return usage_report.read(io.StringIO(text, newline=""), NOW)


def day(text: str) -> int:
    return parse_iso(text)


def core_hours(report: Report) -> dict[tuple[str, int], float]:
    return {(line.repository, line.cores): line.core_us / HOUR_US for line in report.lines}


def test_machine_hours_are_multiplied_by_the_cores_and_other_products_are_left_out() -> None:
    found = read(CSV)
    assert found.broken == []
    assert found.others == 2
    assert core_hours(found) == {
        ("octo/one", 8): pytest.approx(4.03 * 8),
        ("octo/one", 2): 3.0,
        ("octo/two", 4): 3.0,
        ("octo/two", 0): 0.0,
    }
    assert found.lines[0] == Line(day("2026-11-03"), 8, "octo/one", round(4.03 * 8 * HOUR_US), 0)
    assert [line.storage for line in found.lines] == [0, 0, 0, 1_500_000_000]
    assert [line.net_micros for line in found.lines] == [0, 0, 200_000, 50_000]


def test_columns_may_come_in_any_order_and_under_the_apis_names() -> None:
    turned = (
        "Quantity,unitType,SKU,repositoryName,Product,Date\n"
        "2,Hours,codespaces_compute_d16,o/r,Codespaces,2026-11-05\n"
    )
    assert core_hours(read(turned)) == {("o/r", 16): 32.0}


def test_the_apis_json_means_the_same() -> None:
    items = [
        {
            "date": "2026-11-03T00:00:00Z",
            "product": "Codespaces",
            "sku": "Codespaces compute 8-core",
            "quantity": 4.03,
            "unitType": "Hours",
            "netAmount": 0.5,
            "repositoryName": "octo/one",
        }
    ]
    for text in (
        json.dumps({"usageItems": items}),
        json.dumps(items),
        "\ufeff" + json.dumps(items),
    ):
        assert read(text).lines == [
            Line(day("2026-11-03"), 8, "octo/one", round(4.03 * 8 * HOUR_US), 500_000)
        ]


def test_lines_of_one_day_size_and_repository_are_added_up() -> None:
    """The detailed report has one for each user."""
    twice = CSV + "2026-11-03,codespaces,Codespaces compute 8-core,1,Hours,,,,0,octo/one\n"
    assert core_hours(read(twice))["octo/one", 8] == pytest.approx(5.03 * 8)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            "2026-11-03,codespaces,codespaces_compute_d2,lots,Hours,,,,0,o/r",
            "'lots' is not a number",
        ),
        ("2026-11-03,codespaces,codespaces_compute_d2,nan,Hours,,,,0,o/r", "beyond all measure"),
        ("2026-11-03,codespaces,codespaces_compute_d2,1e300,Hours,,,,0,o/r", "beyond all measure"),
        (
            "2026-11-03,codespaces,codespaces_compute_d999,999999999,Hours,,,,0,o/r",
            "beyond all measure",
        ),
        ("2026-11-03,codespaces,codespaces_compute_d2,1,Hours,,,,-inf,o/r", "beyond all measure"),
        (
            "3 November,codespaces,codespaces_compute_d2,1,Hours,,,,0,o/r",
            "'3 November' is not a date",
        ),
        (
            "2026-11-03,codespaces,codespaces_compute_d2,1,fortnights,,,,0,o/r",
            "'fortnights' is not hours",
        ),
        ("2026-11-03,codespaces,codespaces_quantum,1,Hours,,,,0,o/r", "names no machine size"),
        ("2026-11-03,codespaces", "it has no SKU"),
        (
            "2026-11-03,codespaces,codespaces_compute_d2,-1,Hours,,,,0,o/r",
            "the quantity '-1' is negative",
        ),
        (
            "2026-11-03,codespaces,Codespaces storage,-0.5,GigabyteMonths,,,,0,o/r",
            "the quantity '-0.5' is negative",
        ),
        (
            "0001-01-01,codespaces,codespaces_compute_d2,1,Hours,,,,0,o/r",
            "'0001-01-01' is before the year 2000",
        ),
        ("2026-11-03,codespaces,codespaces_compute_d2,1_0,Hours,,,,0,o/r", "'1_0' is not a number"),
        (
            "2026-11-03,codespaces,codespaces_compute_d\u0662,1,Hours,,,,0,o/r",
            "names no machine size",
        ),
        (
            "2026-11-03,codespaces,codespaces_compute_d2,1,Hours,,,,0,o/\x1b[1mr",
            "no repository has such a name",
        ),
        (
            "2026-11-03,codespaces,codespaces_compute_d2,1,Hours,,,,0,o/\ud800",
            "no repository has such a name",
        ),
        (
            "2099-01-01,codespaces,codespaces_compute_d2,1,Hours,,,,0,o/r",
            "'2099-01-01' is in the future",
        ),
        (
            "2026-11-07,codespaces,codespaces_compute_d2,1,Hours,,,,0,o/r",
            "'2026-11-07' is in the future",
        ),
    ],
)
def test_a_broken_line_is_named_and_the_others_count(row: str, reason: str) -> None:
    lines = CSV.splitlines()
    found = read("\n".join([*lines[:2], row, *lines[2:]]))
    [(number, said)] = found.broken
    assert number == 3
    assert reason in said
    assert len(found.lines) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("date,product\n", "names no column sku, quantity, unit"),
        ("just a text", "names no column"),
        ('{"usageItems": 3}', "no list `usageItems`"),
        ('{"usageItems": [', "begins like JSON"),
        ("[" * 100_000, "begins like JSON"),
    ],
)
def test_what_is_no_report_is_told(text: str, said: str) -> None:
    with pytest.raises(NoReport, match=said):
        read(text)


@pytest.mark.parametrize(
    "sku",
    [
        "Codespaces compute 4-core",
        "codespaces compute 4 core",
        "CODESPACES_COMPUTE_D4",
        "codespaces_compute_linux_4",
        "Codespaces Compute d4",
    ],
)
def test_both_styles_of_skus_name_the_machines_size(sku: str) -> None:
    text = f"date,sku,quantity,unit_type\n2026-11-03,{sku},1,hours\n"
    assert core_hours(read(text)) == {("", 4): 4.0}


def test_a_day_that_has_begun_somewhere_on_earth_is_not_in_the_future() -> None:
    found = read("date,sku,quantity,unit_type\n2026-11-06,codespaces_compute_d2,0,hours\n")
    assert (len(found.lines), found.broken) == (1, [])


def test_json_rows_that_are_no_objects_are_broken_lines() -> None:
    assert [line for line, _ in read('[1, "x", null]').broken] == [1, 2, 3]
