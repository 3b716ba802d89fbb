"""How much running time falls between two instants."""

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.session import ClosedSpan
from codespace_tracker.core.usage import (
    Usage,
    core_us_between,
    running_between,
    shared_out,
)

MIDNIGHT = 20_000 * DAY_US


def span(start: int, running: int, n: int = 1) -> ClosedSpan:
    return ClosedSpan(n, start, 0, 2, running)


def today(*spans: ClosedSpan) -> int:
    return running_between(spans, MIDNIGHT, MIDNIGHT + DAY_US)


def test_no_spans_are_no_time() -> None:
    assert today() == 0


def test_a_span_within_counts_whole() -> None:
    assert today(span(MIDNIGHT + HOUR_US, 2 * HOUR_US)) == 2 * HOUR_US


def test_a_span_over_midnight_is_shared_between_its_days() -> None:
    late = span(MIDNIGHT - 10 * MINUTE_US, HOUR_US)
    assert today(late) == 50 * MINUTE_US
    assert running_between([late], MIDNIGHT - DAY_US, MIDNIGHT) == 10 * MINUTE_US


def test_a_span_over_all_of_it_counts_as_long_as_it_is() -> None:
    assert today(span(MIDNIGHT - DAY_US, 4 * DAY_US)) == DAY_US


def test_spans_that_only_touch_count_nothing() -> None:
    assert today(span(MIDNIGHT - HOUR_US, HOUR_US), span(MIDNIGHT + DAY_US, HOUR_US)) == 0


def test_spans_far_before_and_after_take_nothing_away() -> None:
    far = [span(MIDNIGHT - 9 * DAY_US, HOUR_US), span(MIDNIGHT + 9 * DAY_US, HOUR_US)]
    assert today(*far, span(MIDNIGHT, HOUR_US)) == HOUR_US


def test_spans_over_the_same_hour_both_count() -> None:
    """The wall clock was set back between them: it was an hour each time."""
    assert today(span(MIDNIGHT, HOUR_US), span(MIDNIGHT, HOUR_US, n=2)) == 2 * HOUR_US


def test_an_empty_span_and_an_empty_stretch_hold_nothing() -> None:
    assert today(span(MIDNIGHT + HOUR_US, 0)) == 0
    assert running_between([span(MIDNIGHT, DAY_US)], MIDNIGHT + HOUR_US, MIDNIGHT + HOUR_US) == 0


def test_days_in_a_row_add_up_to_the_span() -> None:
    long = span(MIDNIGHT + 7 * HOUR_US, 3 * DAY_US + 1)
    days = [
        running_between([long], MIDNIGHT + n * DAY_US, MIDNIGHT + (n + 1) * DAY_US)
        for n in range(-1, 5)
    ]
    assert sum(days) == long.running_us


def test_core_time_is_running_time_by_the_cores_of_each_span() -> None:
    spans = [span(MIDNIGHT, HOUR_US), ClosedSpan(2, MIDNIGHT + HOUR_US, HOUR_US, 8, HOUR_US)]
    assert core_us_between(spans, MIDNIGHT, MIDNIGHT + DAY_US) == (2 + 8) * HOUR_US
    assert core_us_between(spans, MIDNIGHT + HOUR_US, MIDNIGHT + HOUR_US + 1) == 8


def test_a_span_ends_after_its_running_time() -> None:
    assert span(MIDNIGHT, HOUR_US).ended_at == MIDNIGHT + HOUR_US


def test_stretches_are_shared_out_to_the_microsecond() -> None:
    bounds = [10, 20, 30, 40]
    assert shared_out([(0, 5, 2), (40, 9, 2), (15, 0, 2)], bounds) == [Usage(0, 0)] * 3
    assert shared_out([(5, 30, 2)], bounds) == [Usage(10, 20), Usage(10, 20), Usage(5, 10)]
    assert shared_out([(19, 2, 4), (29, 12, 1)], bounds) == [
        Usage(1, 4),
        Usage(2, 5),
        Usage(10, 10),
    ]
    assert shared_out([(10, 10, 1), (20, 1, 1)], bounds) == [
        Usage(10, 10),
        Usage(1, 1),
        Usage(0, 0),
    ]
    assert shared_out([(5, 20, 2)], [10, 20, 20, 30]) == [
        Usage(10, 20),
        Usage(0, 0),
        Usage(5, 10),
    ], "a day left out"
    assert shared_out([], [10]) == []
