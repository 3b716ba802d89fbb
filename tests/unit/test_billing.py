"""GitHub's figures in the ledger: each day as the latest report has it, and nothing twice."""

from pathlib import Path

import pytest

from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.month import Day
from codespace_tracker.ledger.billing import Billing, Line
from codespace_tracker.ledger.store import Ledger

FIRST = 20_000 * DAY_US
NOON = FIRST + DAY_US + 12 * HOUR_US
ONE = Line(FIRST, 2, "octo/one", 10 * HOUR_US, 0)
TWO = Line(FIRST + DAY_US, 4, "octo/two", 8 * HOUR_US, 500_000)


@pytest.fixture
def billing(tmp_path: Path) -> Billing:
    return Billing(Ledger.open_writer(str(tmp_path / "ledger.db")))


def days(billing: Billing, since: int, user: str = "") -> tuple[Day, ...]:
    """The days that count for a user, without when they were last seen."""
    return tuple(day._replace(seen_at=0) for day in billing.figures(since, since, user).days)


def test_a_report_is_kept_by_days_and_read_again_it_tells_nothing_new(billing: Billing) -> None:
    assert billing.put([ONE, TWO], NOON) == 2
    assert billing.put([TWO, ONE], NOON + 1) == 0
    assert days(billing, FIRST) == (
        Day(FIRST, 10 * HOUR_US, NOON),
        Day(FIRST + DAY_US, 8 * HOUR_US, NOON),
    )


def test_a_repository_under_another_name_counts_once(billing: Billing) -> None:
    """The file says `one` where the API says `octo/one`."""
    billing.put([ONE], NOON)
    billing.put([ONE._replace(repository="one")], NOON + HOUR_US)
    assert days(billing, FIRST) == (Day(FIRST, 10 * HOUR_US, NOON),)
    assert [line.repository for line in billing.lines(FIRST, NOON)] == ["one"]


def test_a_day_whose_sum_is_known_stays_of_the_moment_at_which_it_was_told(
    billing: Billing,
) -> None:
    billing.put([TWO], NOON)
    billing.put([TWO._replace(net_micros=1)], NOON + HOUR_US)
    assert days(billing, FIRST) == (Day(FIRST + DAY_US, 8 * HOUR_US, NOON),)
    billing.put([TWO._replace(core_us=9 * HOUR_US)], NOON + 2 * HOUR_US)
    assert days(billing, FIRST) == (Day(FIRST + DAY_US, 9 * HOUR_US, NOON + 2 * HOUR_US),)


def test_an_older_report_undoes_nothing_and_other_days_stay(billing: Billing) -> None:
    billing.put([ONE, TWO], NOON)
    assert billing.put([ONE._replace(core_us=1)], NOON - 1) == 0
    assert billing.put([TWO._replace(core_us=9 * HOUR_US)], NOON + 1) == 1
    assert [day.core_us for day in days(billing, FIRST)] == [10 * HOUR_US, 9 * HOUR_US]


def test_a_report_with_a_broken_line_takes_nothing_away_from_a_day_that_is_known(
    billing: Billing,
) -> None:
    small, large = TWO._replace(repository="octo/three"), TWO._replace(core_us=9 * HOUR_US)
    billing.put([ONE, TWO, small], NOON)
    assert billing.without_losses([ONE, large]) == ([ONE], {TWO.day}), "a line is missing"
    assert billing.without_losses([ONE._replace(core_us=1), large, small]) == (
        [large, small],
        {ONE.day},
    )
    new = ONE._replace(day=ONE.day - DAY_US)
    assert billing.without_losses([new]) == ([new], set()), "nothing is known of that day"


def test_days_are_those_from_the_one_of_an_instant_on(billing: Billing) -> None:
    billing.put([ONE, TWO], NOON)
    assert [day.start for day in days(billing, FIRST + DAY_US - 1)] == [FIRST, FIRST + DAY_US]
    assert [day.start for day in days(billing, FIRST + DAY_US)] == [FIRST + DAY_US]
