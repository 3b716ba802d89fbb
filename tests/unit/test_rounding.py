"""That figures are rounded as people round: exactly, and half up."""

import pytest

from codespace_tracker.cli import usage_legend as legend
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.gauge import GB_MONTH
from codespace_tracker.views import wording
from codespace_tracker.views.quota_terms import estimated, gb_months
from codespace_tracker.views.usage_days import Share

MICROS = 1_000_000


@pytest.mark.parametrize(
    ("amount", "unit", "places", "shown"),
    [
        (175_000, MICROS, 2, "0.18"),  # Python: f"{0.175:.2f}" is 0.17
        (165_000, MICROS, 2, "0.17"),
        (-175_000, MICROS, 2, "-0.18"),
        (-1, MICROS, 2, "0.00"),
        (25, 100, 1, "0.3"),
        (225, 1000, 2, "0.23"),
        (1_005, 1000, 2, "1.01"),  # Python: f"{1.005:.2f}" is 1.00
        (505, 10, 0, "51"),
        (999_999, MICROS, 2, "1.00"),
        (0, MICROS, 2, "0.00"),
    ],
)
def test_half_is_rounded_up_and_exactly(amount: int, unit: int, places: int, shown: str) -> None:
    assert wording.decimal(amount, unit, places) == shown


def test_every_kind_of_figure_is_rounded_so() -> None:
    assert wording.core_hours(HOUR_US // 4) == "0.3"
    assert wording.core_hours(2 * HOUR_US) == "2"
    assert gb_months(GB_MONTH * 33 // 8) == "4.13"
    assert wording.dollars(175_000) == "$0.18"
    assert estimated(HOUR_US // 2) == "$0.05"
    assert wording.percent(101, 200) == "51 %"
    assert wording.percent(1, None) == "0 %"


def test_what_is_little_is_not_called_nothing() -> None:
    assert (gb_months(1), gb_months(0)) == ("<0.01", "0.00")
    assert (wording.dollars(508), wording.dollars(0)) == ("<$0.01", "$0.00")


def test_the_rest_of_a_sum_adds_up_as_it_is_shown() -> None:
    tenth = HOUR_US // 10
    total, part = 10 * tenth + tenth * 6 // 10, 4 * tenth + tenth * 6 // 10
    assert (wording.core_hours(total), wording.core_hours(part)) == ("1.1", "0.5")
    assert wording.rest(total, part) == "0.6"


def test_rows_that_do_not_add_up_as_shown_are_said_to_be_rounded() -> None:
    fine = [(HOUR_US, GB_MONTH, MICROS), (HOUR_US, 0, 0)]
    assert legend.rounding(fine) == []
    assert legend.rounding(fine, [Share(HOUR_US, 0), Share(0, HOUR_US)]) == []
    assert "rounded" in " ".join(legend.rounding(fine, [Share(HOUR_US // 25, 0)] * 2))
    for apart in ((HOUR_US // 25, 0, 0), (0, GB_MONTH // 250, 0), (0, 0, MICROS // 250)):
        assert "rounded" in " ".join(legend.rounding([apart, apart]))
