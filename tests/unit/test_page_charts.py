"""The charts of the page, as numbers."""

import re
from pathlib import Path

import pytest
from tests.situations import SITUATIONS, situation

from codespace_tracker.cli.commands.page import charts
from codespace_tracker.cli.commands.page.content import content
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.ledger.presence_sums import Split
from codespace_tracker.views.burn_down import Point
from codespace_tracker.views.page import Page, page_in
from codespace_tracker.views.report import ReportRow
from codespace_tracker.views.scene import scene
from codespace_tracker.views.strips import Slot, Strip

MONTH = (0, 30 * DAY_US)
FULL = 15 * MINUTE_US


def strip(slots: dict[int, Slot]) -> charts.Fills:
    return charts.strip(Strip(0, ReportRow("", 0, 0, 0), slots))


def test_a_quarter_hour_is_filled_from_below_by_what_was_known() -> None:
    fills = strip({32: Slot(12 * MINUTE_US, Split(5 * MINUTE_US, 4 * MINUTE_US))})
    assert fills == charts.Fills("M32 10h1v5h-1z", "M32 6h1v4h-1z", "M32 3h1v3h-1z")


def test_quarter_hours_that_are_alike_are_one_box() -> None:
    full = Slot(FULL, Split(FULL))
    slots = dict.fromkeys(range(20, 40), full)
    assert strip({**slots, 41: full}).present == "M20 0h20v15h-20zM41 0h1v15h-1z"


def test_an_hour_that_came_twice_is_as_high_as_the_day() -> None:
    assert strip({8: Slot(2 * FULL, Split(2 * FULL))}).present == "M8 0h1v15h-1z"


def test_what_is_known_never_adds_to_the_running_time() -> None:
    fills = strip({0: Slot(6 * MINUTE_US, Split(4 * MINUTE_US, 9 * MINUTE_US))})
    assert fills == charts.Fills("M0 11h1v4h-1z", "M0 9h1v2h-1z", "")


def test_the_busiest_hour_of_the_week_fills_its_row() -> None:
    hours = [ReportRow("", 0, (n == 30 and HOUR_US) or 0, 0) for n in range(168)]
    hours[33] = ReportRow("", 0, HOUR_US // 2, 0, Split(HOUR_US // 4, HOUR_US // 4))
    assert charts.week(hours) == charts.Fills("M9 107h1v13h-1z", "M9 93h1v14h-1z", "M6 66h1v54h-1z")


def burn_down(
    quota: int | None, *forecasts: int, used: tuple[int, ...] = (0, 10, 30)
) -> charts.Lines:
    points = [Point(n * 5 * DAY_US, core * HOUR_US) for n, core in enumerate(used)]
    whole = None if quota is None else quota * HOUR_US
    return charts.burn_down(points, MONTH, whole, (one * HOUR_US for one in forecasts), HOUR_US)


def test_what_is_left_falls_from_the_quota_and_a_forecast_ends_where_nothing_is_left() -> None:
    lines = burn_down(120, 90, 210)
    assert lines.left == "M0 0L166 83L333 250"
    assert lines.even == "M0 0L1000 1000"
    assert lines.forecasts == ("M333 250L1000 750", "M333 250L666 1000")
    assert [tick.text for tick in lines.ticks] == ["0", "30", "60", "90", "120"]
    assert (lines.zero, lines.now) == (100, (33.3, 25))


def test_use_beyond_the_quota_goes_below_zero() -> None:
    lines = burn_down(20)
    assert [tick.text for tick in lines.ticks] == ["-10", "0", "10", "20"]
    assert round(lines.zero) == 67
    assert lines.now[1] == 100


def test_without_a_quota_the_line_rises() -> None:
    lines = burn_down(None, 60)
    assert lines.left == "M0 1000L166 833L333 500"
    assert lines.even == ""
    assert lines.forecasts == ("M333 500L1000 0",)


@pytest.mark.parametrize("quota", [1, 7, 120, 180, 999, 12_345, 1_000_000])
def test_an_axis_has_some_lines_and_not_many(quota: int) -> None:
    ticks = burn_down(quota, used=(0,)).ticks
    assert 2 <= len(ticks) <= 7
    assert all(0 <= tick.at <= 100 for tick in ticks)


def test_a_calendar_has_a_square_for_each_day_that_grows_with_its_level() -> None:
    paths = charts.calendar([0, 1, 0, 0, 0, 0, 2, 4])
    assert paths == {1: "M3.5 13.5h3v3h-3z", 2: "M2.5 62.5h5v5h-5z", 3: "", 4: "M10.5 0.5h9v9h-9z"}
    assert charts.days_of(9) == "M0 0h10v70h-10zM10 0h10v20h-10z"


@pytest.fixture(params=sorted({*SITUATIONS} - {"empty"}))
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Page:
    with situation(str(request.param), tmp_path) as directory, scene(directory) as here:
        return page_in(here, 28)


def test_the_burn_down_ends_at_the_gauge(page: Page) -> None:
    last, gauge = page.points[-1], page.fuel.gauge
    assert (last.at, last.used) == (gauge.at, gauge.used)
    assert page.points[0] == (gauge.month_start, 0)
    assert [*page.points] == sorted(page.points)


def test_sums_over_the_days_are_those_of_the_report(page: Page) -> None:
    ran = [sum(row.running_us for row in rows) for rows in (page.hours, page.repositories)]
    assert ran == [sum(row.running_us for row in page.machines)] * 2
    of_year = dict(zip(page.year_days.bounds, page.year, strict=False))
    for strip in page.strips:
        assert of_year[strip.start] == strip.row
        assert sum(slot.running_us for slot in strip.slots.values()) == strip.row.running_us
        assert sum(slot.split.absent for slot in strip.slots.values()) == strip.row.split.absent


def test_every_number_of_a_path_is_within_its_chart(page: Page) -> None:
    shown = content(page)
    assert all(0 <= tick.at <= 100 for tick in (*shown.lines.ticks, *shown.weeks))
    for path in (shown.lines.left, shown.lines.area, shown.lines.even, *shown.lines.forecasts):
        numbers = [int(number) for number in re.findall(r"-?\d+", path)]
        assert all(0 <= number <= 1000 for number in numbers), path
    for part in shown.week:
        assert all(
            0 <= int(x) < 24 and 0 <= int(y) <= 420 for x, y in re.findall(r"M(\d+) (\d+)", part)
        )


def test_each_forecast_that_is_drawn_is_named(page: Page) -> None:
    shown = content(page)
    assert len(shown.lines.forecasts) == len(shown.paces) == len({one.name for one in shown.paces})
