"""The fuel gauge, by cases that were worked out by hand: core-hours, days, paces, GitHub's
figures."""

from collections.abc import Iterable

import pytest
from tests.builders import counted

from codespace_tracker.config.zone import zone_from_name
from codespace_tracker.core.calendar import Zone, month_bounds, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.gauge import (
    Figures,
    Gauge,
    Terms,
    dollars,
    gauge,
    hours_left,
    pace_of_month,
    pace_of_week,
)
from codespace_tracker.core.month import Bucket, Day, used_between
from codespace_tracker.core.session import ClosedSpan
from codespace_tracker.core.usage import Usage, core_us_between, shared_out


def at(text: str) -> int:
    return parse_iso(text)


def span(start: str, hours: float, cores: int = 2) -> ClosedSpan:
    return ClosedSpan(1, at(start), 0, cores, round(hours * HOUR_US))


def shared(spans: list[ClosedSpan], bounds: list[int]) -> list[Usage]:
    return shared_out([(one.started_at, one.running_us, one.cores) for one in spans], bounds)


def zone(name: str) -> Zone:
    return zone_from_name(name, at("2025-01-01"), at("2028-01-01"))


def days(name: str, first: str, count: int) -> list[int]:
    """The bounds of so many days of a time zone, from the one of a moment on."""
    where = zone(name)
    bounds = [where.day_start(at(first))]
    for _ in range(count):
        bounds.append(where.next_day_start(bounds[-1]))
    return bounds


def test_a_session_over_midnight_in_kolkata_is_shared_between_its_two_days() -> None:
    # 23:00 to 01:30 in Kolkata, UTC+5:30
    one = span("2026-11-23T17:30:00Z", 2.5)
    assert shared([one], days("Asia/Kolkata", "2026-11-23T12:00Z", 2)) == [
        Usage(HOUR_US, 2 * HOUR_US),
        Usage(90 * MINUTE_US, 180 * MINUTE_US),
    ]


def test_a_day_of_st_johns_has_23_hours_in_march_and_25_in_november() -> None:
    # from 02:00 to 03:00 on 8 March, and back on 1 November; UTC-3:30 and UTC-2:30
    whole = span("2026-03-01T00:00Z", 24 * 300)
    spring = shared([whole], days("America/St_Johns", "2026-03-08T12:00Z", 1))
    autumn = shared([whole], days("America/St_Johns", "2026-11-01T12:00Z", 1))
    assert [spring[0].running_us, autumn[0].running_us] == [23 * HOUR_US, 25 * HOUR_US]


def test_a_session_over_the_skipped_hour_counts_the_time_that_ran() -> None:
    # in St John's from 01:00 to 04:00 on 8 March on the wall: two hours ran
    one = span("2026-03-08T04:30Z", 2)
    assert shared([one], days("America/St_Johns", "2026-03-08T12:00Z", 1)) == [
        Usage(2 * HOUR_US, 4 * HOUR_US)
    ]


def test_two_cores_and_then_eight_are_counted_by_their_spans() -> None:
    small, large = span("2026-11-30T20:00Z", 2), span("2026-11-30T22:00Z", 4, cores=8)
    november, december = month_bounds(at("2026-11-30")), month_bounds(at("2026-12-01"))
    assert core_us_between([small, large], *november) == (2 * 2 + 2 * 8) * HOUR_US
    assert core_us_between([small, large], *december) == 2 * 8 * HOUR_US


def test_a_microsecond_before_the_months_end_is_the_old_months() -> None:
    one = ClosedSpan(1, at("2026-12-01") - 1, 0, 4, 2)
    assert core_us_between([one], *month_bounds(at("2026-11-15"))) == 4
    assert core_us_between([one], *month_bounds(at("2026-12-15"))) == 4


def test_what_lies_outside_of_the_bounds_is_in_no_part() -> None:
    bounds = [at("2026-11-02"), at("2026-11-03"), at("2026-11-04")]
    assert shared([span("2026-11-01", 24 * 5)], bounds) == [Usage(DAY_US, 2 * DAY_US)] * 2
    assert shared([span("2026-11-10", 1), span("2026-10-10", 1)], bounds) == [Usage(0, 0)] * 2


def standing(
    *spans: ClosedSpan,
    now: str,
    billed: Iterable[Day] = (),
    quota: int | None = 120,
    bucket: Bucket | None = None,
    counts: bool = True,
    first: str | None = None,
) -> Gauge:
    moment = at(now)
    core_us = None if quota is None else quota * HOUR_US
    first_at = None if first is None else at(first)
    terms = Terms(core_us, 15_000_000_000, counts)
    return gauge(
        counted(spans),
        Figures(tuple(billed), bucket),
        moment,
        month_bounds(moment),
        terms,
        first_at,
    )


def used(billed: Iterable[Day], since: str, until: str, now: str | None = None) -> int:
    """GitHub's figures alone, from one moment to another."""
    return used_between(counted(()), billed, at(since), at(until), at(now or until)).total


def told(as_of: str, *days: tuple[str, float]) -> tuple[Day, ...]:
    """GitHub's figures: core-hours by day, all of one moment."""
    return tuple(Day(at(day), round(hours * HOUR_US), at(as_of)) for day, hours in days)


def test_the_gauge_counts_this_months_core_hours_against_the_quota() -> None:
    found = standing(
        span("2026-10-31T22:00Z", 6, cores=4), span("2026-11-10", 10), now="2026-11-20"
    )
    assert found.used == (4 * 4 + 20) * HOUR_US
    assert found.left == 84 * HOUR_US
    assert found.percent == 30


def test_githubs_figures_of_the_months_own_days_count_in_it_from_the_first_on() -> None:
    billed = (
        *told("2026-10-31T23:00Z", ("2026-10-31", 5)),
        *told("2026-11-01T20:00Z", ("2026-11-01", 3)),
        *told("2026-12-01T02:00Z", ("2026-12-01", 7)),  # from before the clock was set back
    )
    found = standing(now="2026-11-20", billed=billed)
    assert (found.billed, found.own, found.as_of) == (3 * HOUR_US, 0, at("2026-11-01T20:00Z"))


def test_no_plan_has_no_quota_and_nothing_left_of_it() -> None:
    found = standing(span("2026-11-10", 10), now="2026-11-20", quota=None)
    assert (found.left, found.percent, found.used) == (None, None, 20 * HOUR_US)


def test_githubs_figure_of_a_day_holds_up_to_its_moment_and_our_own_count_from_there() -> None:
    billed = told("2026-11-20T14:00Z", ("2026-11-03", 50), ("2026-11-20", 1))
    found = standing(
        span("2026-11-03", 5), span("2026-11-20T13:30Z", 1), now="2026-11-20T14:30Z", billed=billed
    )
    assert (found.billed, found.own) == (51 * HOUR_US, HOUR_US)
    assert found.as_of == at("2026-11-20T14:00Z")


def test_what_was_counted_here_on_days_that_github_tells_nothing_of_counts() -> None:
    """A report of today alone, or of last month, must not make the rest of this month vanish."""
    spans = (span("2026-11-03", 5), span("2026-11-20T10:00Z", 1))
    today = standing(
        *spans, now="2026-11-20T14:30Z", billed=told("2026-11-20T14:00Z", ("2026-11-20", 7))
    )
    assert (today.billed, today.own) == (7 * HOUR_US, 10 * HOUR_US)
    october = standing(
        *spans, now="2026-11-20T14:30Z", billed=told("2026-11-20T14:00Z", ("2026-10-03", 50))
    )
    assert (october.billed, october.own, october.as_of) == (0, 12 * HOUR_US, None)


def test_a_day_that_is_not_settled_is_never_less_than_what_was_counted_here() -> None:
    """GitHub's figures come hours late."""
    billed = told("2026-11-20T14:00Z", ("2026-11-19", 3), ("2026-11-20", 1))
    found = standing(
        span("2026-11-19T20:00Z", 3),
        span("2026-11-20T08:00Z", 5),
        now="2026-11-20T15:00Z",
        billed=billed,
    )
    assert (found.billed, found.own) == (4 * HOUR_US, (6 - 3 + 10 - 1) * HOUR_US)


def test_of_a_settled_day_githubs_figure_alone_counts_and_the_rest_is_not_on_the_bill() -> None:
    # the 16th ended 72 h before the report, the 17th did not
    billed = told("2026-11-20", ("2026-11-16", 3), ("2026-11-17", 3))
    spans = (span("2026-11-16T08:00Z", 5), span("2026-11-17T08:00Z", 5))
    found = standing(*spans, now="2026-11-20T15:00Z", billed=billed)
    assert (found.billed, found.own, found.off_bill) == (6 * HOUR_US, 7 * HOUR_US, 7 * HOUR_US)
    later = standing(
        *spans,
        now="2026-11-21T00:00Z",
        billed=[day._replace(seen_at=at("2026-11-21")) for day in billed],
    )
    assert (later.used, later.off_bill) == (6 * HOUR_US, 14 * HOUR_US), (
        "the same figure, seen in a later report"
    )


def test_a_settled_day_without_a_line_was_not_used() -> None:
    found = standing(
        span("2026-11-05", 5), now="2026-11-20", billed=told("2026-11-20", ("2026-11-05", 0))
    )
    assert (found.used, found.off_bill) == (0, 10 * HOUR_US)


def test_a_report_of_a_clock_that_was_ahead_settles_nothing_before_its_time() -> None:
    billed = told("2027-11-20", ("2026-11-20", 0), ("2026-11-10", 3))
    found = standing(span("2026-11-20T08:00Z", 5), now="2026-11-20T15:00Z", billed=billed)
    assert (found.billed, found.own) == (3 * HOUR_US, 10 * HOUR_US)


def test_a_months_sum_is_no_day_and_counts_nothing_twice() -> None:
    spans = (span("2026-11-03", 20), span("2026-11-16", 30))
    same = Bucket(at("2026-11-01"), 100 * HOUR_US, at("2026-11-20"))
    found = standing(*spans, now="2026-11-20T10:00Z", bucket=same)
    assert (found.used, found.as_of) == (100 * HOUR_US, at("2026-11-20"))
    more = standing(*spans, span("2026-11-20T08:00Z", 1), now="2026-11-20T10:00Z", bucket=same)
    assert (more.billed, more.own) == (100 * HOUR_US, 2 * HOUR_US), (
        "what ran here since is not in it"
    )
    less = standing(*spans, now="2026-11-20T10:00Z", bucket=same._replace(core_us=70 * HOUR_US))
    assert (less.billed, less.own) == (70 * HOUR_US, 30 * HOUR_US), "the sum of the days is larger"


def test_a_months_sum_beside_its_days_is_the_larger_of_both() -> None:
    days = told("2026-11-20", ("2026-11-03", 40), ("2026-11-04", 30))
    for sum_, used in ((90, 90), (60, 70)):
        bucket = Bucket(at("2026-11-01"), sum_ * HOUR_US, at("2026-11-19"))
        assert standing(now="2026-11-20T10:00Z", billed=days, bucket=bucket).used == used * HOUR_US


def test_what_does_not_count_against_a_quota_has_none() -> None:
    found = standing(span("2026-11-05", 5), now="2026-11-20", counts=False)
    assert (found.quota, found.percent, found.used, found.grows) == (None, None, 10 * HOUR_US, True)
    billed = told("2026-11-20", ("2026-11-03", 40))
    beside = standing(span("2026-11-05", 5), now="2026-11-20", counts=False, billed=billed)
    assert (beside.quota, beside.used, beside.grows) == (120 * HOUR_US, 40 * HOUR_US, False), (
        "GitHub's figures alone"
    )


def test_a_month_is_settled_once_all_of_its_days_are() -> None:
    month = month_bounds(at("2026-11-15"))
    days = tuple(Day(month[0] + n * DAY_US, HOUR_US, at("2026-12-04")) for n in range(30))

    def settled(now: str, figures: tuple[Day, ...]) -> bool:
        return gauge(counted(()), Figures(figures), at(now), month, Terms(None)).is_settled

    assert settled("2026-12-04", days)
    assert not settled("2026-12-03T23:00Z", days)
    assert not settled("2026-12-04", days[1:])
    assert not standing(now="2026-11-20", billed=days).is_settled, "today never is"


def test_a_tracker_that_came_late_says_since_when_the_month_is_known() -> None:
    first = "2026-11-20T10:00Z"
    assert standing(now="2026-11-21", first=first).known_since == at(first)
    assert standing(now="2026-11-21", first="2026-10-01").known_since == at("2026-11-01")
    days = told("2026-11-21", *((f"2026-11-{n:02}", 0) for n in range(1, 21)))
    assert standing(now="2026-11-21", first=first, billed=days).known_since == at("2026-11-01")
    assert standing(now="2026-11-21", first=first, billed=days[5:]).known_since == at("2026-11-06")
    assert standing(now="2026-11-21", first=first, billed=days[:9]).known_since == at(first)
    bucket = Bucket(at("2026-11-01"), 0, at("2026-11-21"))
    assert standing(now="2026-11-21", first=first, bucket=bucket).known_since == at("2026-11-01")


def test_storage_is_the_larger_of_its_days_and_of_the_months_sum() -> None:
    days = [
        day._replace(storage=4_000_000_000)
        for day in told("2026-11-20", ("2026-11-03", 1), ("2026-11-04", 1))
    ]
    found = standing(now="2026-11-20T10:00Z", billed=days)
    assert found.storage == 8_000_000_000
    assert found.storage_percent == pytest.approx(800 / 15)
    bucket = Bucket(at("2026-11-01"), 0, at("2026-11-20"), 9_000_000_000)
    assert standing(now="2026-11-20T10:00Z", billed=days, bucket=bucket).storage == 9_000_000_000
    assert standing(now="2026-11-20").storage is None


def test_the_pace_counts_what_only_a_months_sum_tells_of_evenly_over_its_time() -> None:
    # 60 core-hours by the month's sum, of which 20 were counted here on the 19th: 40 more in 20
    # days, 2 a day
    spans = (span("2026-11-19", 10),)
    bucket = Bucket(at("2026-11-01"), 60 * HOUR_US, at("2026-11-21"))
    now = standing(*spans, now="2026-11-21", bucket=bucket)
    month = pace_of_month(counted(spans), (), now, at("2026-11-19"))
    week = pace_of_week(counted(spans), (), now, at("2026-11-19"))
    assert month is not None
    assert week is not None
    assert (month.core_us_a_day, week.core_us_a_day) == (3 * HOUR_US, (20 + 14) * HOUR_US // 7)


def test_the_pace_of_the_week_leads_to_githubs_own_projection() -> None:
    # 14 core-hours in the last seven days, 4 before: 18 + 2 a day for ten days
    spans = (span("2026-11-05", 2), span("2026-11-17", 7))
    found = pace_of_week(counted(spans), (), standing(*spans, now="2026-11-21"), at("2026-01-01"))
    assert found is not None
    assert (found.core_us_a_day, found.at_reset, found.lasts_until) == (
        2 * HOUR_US,
        38 * HOUR_US,
        None,
    )


def test_at_a_pace_above_the_quota_the_day_is_told_on_which_it_ends() -> None:
    # 70 core-hours in seven days, 10 a day; 30 are left of 100: three days
    spans = (span("2026-11-15", 35),)
    now = standing(*spans, now="2026-11-21", quota=100)
    found = pace_of_week(counted(spans), (), now, at("2026-01-01"))
    assert found is not None
    assert found.lasts_until == at("2026-11-24")
    assert found.at_reset == (70 + 100) * HOUR_US


def test_the_pace_of_the_month_is_that_of_all_its_days() -> None:
    spans = (span("2026-11-01", 10),)
    found = pace_of_month(counted(spans), (), standing(*spans, now="2026-11-11"), at("2026-01-01"))
    assert found is not None
    assert (found.core_us_a_day, found.at_reset) == (2 * HOUR_US, 60 * HOUR_US)


def test_a_shorter_history_is_a_pace_of_its_own_length_and_less_than_a_day_is_none() -> None:
    spans = (span("2026-11-18", 3),)
    now = standing(*spans, now="2026-11-21")
    found = pace_of_week(counted(spans), (), now, at("2026-11-18"))
    assert found is not None
    assert (found.history_us, found.core_us_a_day) == (3 * DAY_US, 2 * HOUR_US)
    assert pace_of_week(counted(spans), (), now, at("2026-11-20")) is not None
    assert pace_of_week(counted(spans), (), now, at("2026-11-20") + 1) is None


def test_a_quota_that_is_used_up_lasts_until_now() -> None:
    spans = (span("2026-11-15", 60),)
    now = standing(*spans, now="2026-11-21", quota=100)
    found = pace_of_week(counted(spans), (), now, at("2026-01-01"))
    assert found is not None
    assert (now.left, found.lasts_until) == (0, at("2026-11-21"))


def test_a_quota_that_was_used_up_before_lasts_until_now_though_nothing_was_used_since() -> None:
    spans = (span("2026-11-01", 60),)
    now = standing(*spans, now="2026-11-21", quota=100)
    found = pace_of_week(counted(spans), (), now, at("2026-01-01"))
    assert found is not None
    assert (found.core_us_a_day, found.lasts_until) == (0, at("2026-11-21"))


def test_a_quota_that_is_used_up_when_the_next_month_begins_lasts_until_then() -> None:
    # 18 core-hours, and 2 a day for ten days: 38
    spans = (span("2026-11-05", 2), span("2026-11-17", 7))
    until = []
    for quota in (38, 37):
        found = pace_of_week(
            counted(spans), (), standing(*spans, now="2026-11-21", quota=quota), at("2026-01-01")
        )
        until.append(None if found is None else found.lasts_until)
    assert until == [None, at("2026-11-30T12:00Z")]


def test_figures_are_whole_microseconds() -> None:
    # 7 core-µs in three days, ten days before the month ends
    now = Gauge(at("2026-11-21"), at("2026-11-01"), at("2026-12-01"), 8, 0, None, 7)
    found = pace_of_week(lambda _since, _until: 7, (), now, at("2026-11-18"))
    assert found == (2, 3 * DAY_US, 7 + 70 // 3, at("2026-11-21") + 3 * DAY_US // 7)
    third = (Day(at("2026-11-20"), 100, at("2026-11-21")),)
    assert used(third, "2026-11-20", "2026-11-20T08:00Z", now="2026-11-21") == 33


def test_githubs_days_count_in_the_pace() -> None:
    billed = told("2026-11-20", *((f"2026-11-{n}", 3) for n in range(10, 20)))
    now = standing(now="2026-11-20", billed=billed)
    found = pace_of_week(counted(()), billed, now, at("2026-11-20"))
    assert found is not None
    assert found.core_us_a_day == 3 * HOUR_US


def test_of_a_day_that_is_partly_within_githubs_figure_counts_by_that_part() -> None:
    billed = told("2026-11-20T12:00Z", ("2026-11-13", 24), ("2026-11-20", 6))
    assert used(billed, "2026-11-13T12:00Z", "2026-11-20T12:00Z") == 18 * HOUR_US
    assert used(billed, "2026-11-20T06:00Z", "2026-11-20T12:00Z") == 3 * HOUR_US
    much = told("2026-11-20T12:00Z", ("2026-11-20", 600))
    assert used(much, "2026-11-20T18:00Z", "2026-11-21") == 0, "it is of noon"
    settled = (much[0]._replace(seen_at=at("2026-11-24")),)
    assert used(settled, "2026-11-20T18:00Z", "2026-11-21", now="2026-11-24") == 150 * HOUR_US, (
        "of all of the day"
    )


@pytest.mark.parametrize(("cores", "hours"), [(2, 30.0), (4, 15.0), (32, 1.875)])
def test_what_is_left_runs_so_many_hours_by_the_machines_size(cores: int, hours: float) -> None:
    assert hours_left(60 * HOUR_US, cores) == hours


def test_two_cores_cost_eighteen_cents_an_hour_beyond_the_quota() -> None:
    assert dollars(2 * HOUR_US) == pytest.approx(0.18)
