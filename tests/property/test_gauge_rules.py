"""The fuel gauge for any spans, any figures of GitHub's, any moment of the month."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import counted

from codespace_tracker.core.calendar import month_bounds, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.gauge import Figures, Gauge, Terms, gauge, pace_of_month, pace_of_week
from codespace_tracker.core.month import Bucket, Counted, Day, month_used, used_between
from codespace_tracker.core.session import ClosedSpan
from codespace_tracker.core.usage import core_us_between, shared_out

START = parse_iso("2026-10-20")
NOW = parse_iso("2026-11-19T14:30")
MONTH = month_bounds(NOW)

CORES = st.sampled_from((1, 2, 4, 8, 16, 32))
ANY_SPANS = st.lists(
    st.builds(
        ClosedSpan,
        st.just(1),
        st.integers(START, NOW + 9 * DAY_US),
        st.just(0),
        CORES,
        st.integers(0, DAY_US),
    ),
    max_size=8,
)
SPANS = ANY_SPANS.map(lambda spans: [one for one in spans if one.ended_at <= NOW])
DAYS = st.dictionaries(
    st.integers(0, 30).map(lambda n: START // DAY_US * DAY_US + n * DAY_US),
    st.tuples(st.integers(0, 800 * HOUR_US), st.integers(START, NOW), st.integers(START, NOW)),
    max_size=10,
).map(lambda found: tuple(Day(start, *rest) for start, rest in sorted(found.items())))
BUCKET = st.none() | st.builds(
    Bucket, st.just(MONTH[0]), st.integers(0, 800 * HOUR_US), st.integers(START, NOW)
)


def standing(
    counted: Counted, days: tuple[Day, ...], bucket: Bucket | None = None, at: int = NOW
) -> Gauge:
    return gauge(counted, Figures(days, bucket), at, MONTH, Terms(120 * HOUR_US))


@given(
    ANY_SPANS, st.lists(st.integers(START, NOW + 10 * DAY_US), min_size=1, max_size=40, unique=True)
)
def test_shares_of_the_calendar_add_up_to_the_spans(
    spans: list[ClosedSpan], inner: list[int]
) -> None:
    bounds = [START - 1, *sorted(inner), NOW + 12 * DAY_US]
    shares = shared_out([(one.started_at, one.running_us, one.cores) for one in spans], bounds)
    assert sum(share.running_us for share in shares) == sum(one.running_us for one in spans)
    assert sum(share.core_us for share in shares) == sum(
        one.running_us * one.cores for one in spans
    )
    assert [share.core_us for share in shares] == [
        core_us_between(spans, *pair) for pair in pairwise(bounds)
    ]


@given(SPANS, DAYS, BUCKET)
def test_the_gauge_is_never_below_githubs_figures_nor_below_what_is_not_settled(
    spans: list[ClosedSpan], days: tuple[Day, ...], bucket: Bucket | None
) -> None:
    found, here = standing(counted(spans), days, bucket), counted(spans)
    settled = [day for day in days if MONTH[0] <= day.start and day.is_settled(NOW)]
    off = sum(here(day.start, day.start + DAY_US) for day in settled)
    told = sum(day.core_us for day in days if MONTH[0] <= day.start)
    assert found.own >= 0
    assert 0 <= found.off_bill <= off
    assert found.used >= here(MONTH[0], NOW) - off
    assert found.billed == max(told, bucket.core_us if bucket is not None else 0)
    assert found.left is not None
    assert 0 <= found.left <= 120 * HOUR_US


@given(SPANS)
def test_without_figures_of_githubs_the_gauge_is_what_was_counted_here(
    spans: list[ClosedSpan],
) -> None:
    assert standing(counted(spans), ()).used == core_us_between(spans, MONTH[0], NOW)


@given(SPANS, DAYS, BUCKET)
def test_a_months_sum_never_lowers_the_figure_and_adds_no_more_than_itself(
    spans: list[ClosedSpan], days: tuple[Day, ...], bucket: Bucket | None
) -> None:
    without = standing(counted(spans), days).used
    with_sum = standing(counted(spans), days, bucket).used
    assert without <= with_sum
    if bucket is not None and with_sum > without:
        assert with_sum <= bucket.core_us + core_us_between(spans, MONTH[0], NOW)


@given(SPANS, DAYS, BUCKET, CORES, st.integers(0, 5 * HOUR_US), st.integers(0, 3 * DAY_US))
def test_while_the_machine_runs_the_gauge_grows_by_its_cores(
    spans: list[ClosedSpan],
    days: tuple[Day, ...],
    bucket: Bucket | None,
    cores: int,
    ran: int,
    more: int,
) -> None:
    """The daemon asks the ledger once, and carries the figure on from there."""

    def running(until: int) -> int:
        current = ClosedSpan(9, NOW - ran, 0, cores, ran + until - NOW)
        return standing(counted([*spans, current]), days, bucket, until).used

    assert running(NOW + more) == running(NOW) + more * cores


@given(
    SPANS,
    DAYS,
    st.integers(START, NOW - DAY_US),
    st.integers(0, 9 * DAY_US),
    CORES,
    st.integers(0, 8 * HOUR_US),
)
def test_who_used_more_has_no_better_forecast(
    spans: list[ClosedSpan], days: tuple[Day, ...], first: int, ago: int, cores: int, ran: int
) -> None:
    more = [*spans, ClosedSpan(9, NOW - ago - ran, 0, cores, ran)]
    less_now, more_now = (standing(counted(some), days) for some in (spans, more))
    for pace in (pace_of_week, pace_of_month):
        before, after = (
            pace(counted(spans), days, less_now, first),
            pace(counted(more), days, more_now, first),
        )
        assert before is not None
        assert after is not None
        assert after.core_us_a_day >= before.core_us_a_day >= 0
        assert after.at_reset >= before.at_reset >= less_now.used
        if before.lasts_until is not None:
            assert after.lasts_until is not None
            assert NOW <= after.lasts_until <= before.lasts_until <= MONTH[1]


@given(SPANS, DAYS, st.integers(START, NOW))
def test_two_stretches_of_whole_days_add_up_to_both_together(
    spans: list[ClosedSpan], days: tuple[Day, ...], middle: int
) -> None:
    middle = middle // DAY_US * DAY_US
    first, last, here = START // DAY_US * DAY_US, NOW, counted(spans)
    before, after = (
        used_between(here, days, first, middle, NOW),
        used_between(here, days, middle, last, NOW),
    )
    assert tuple(map(sum, zip(before, after, strict=True))) == used_between(
        here, days, first, last, NOW
    )


@given(SPANS, DAYS)
def test_a_month_is_the_sum_of_its_days(spans: list[ClosedSpan], days: tuple[Day, ...]) -> None:
    found = month_used(counted(spans), days, None, MONTH, NOW).used
    first = range(MONTH[0], NOW, DAY_US)
    each = [used_between(counted(spans), days, day, min(day + DAY_US, NOW), NOW) for day in first]
    assert tuple(map(sum, zip(*each, strict=True))) == found
