"""A measure of levels is known in one place: what the core says of one agrees with itself."""

import re
from typing import get_args

import pytest

from codespace_tracker.core.calendar import UTC, Zone, parse_iso
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.trigger import (
    CORE_TIME,
    LASTING_KEY,
    PERIODS,
    RUNNING_IN,
    SCOPE_OF,
    SCOPES,
    Level,
    Measures,
    hold,
    holds_at,
    periods_end,
    scope_keys,
)
from codespace_tracker.views.json_types.words import Measure, Scope

AT = parse_iso("2026-11-30T23:30:00Z")
WEST = Zone("West", ((0, -5 * 3600),))
MEASURES = get_args(Measure)
NOW = Measures(2 * HOUR_US, 2 * HOUR_US, 2 * HOUR_US, 2 * HOUR_US, cores=2)


def test_every_measure_has_a_scope_and_every_scope_its_rank() -> None:
    assert tuple(SCOPE_OF) == MEASURES
    assert get_args(Scope) == SCOPES
    assert set(RUNNING_IN) <= set(MEASURES) - CORE_TIME
    assert all(SCOPE_OF[measure] == scope for measure, scope in RUNNING_IN.items())


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_grows_with_running_time_as_its_levels_expect(measure: Measure) -> None:
    grown = NOW.later(HOUR_US)
    assert grown.of(measure) - NOW.of(measure) == HOUR_US * (2 if measure in CORE_TIME else 1)
    level = Level(measure, grown.of(measure))
    assert holds_at(level, NOW) == grown.clock
    assert hold([level], grown)
    assert not hold([level], NOW)


def test_every_measure_is_above_0_here_so_that_a_restart_shows() -> None:
    assert [measure for measure in MEASURES if not NOW.of(measure)] == []


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("period", PERIODS)
def test_a_measure_restarts_with_its_own_period_alone(measure: Measure, period: Scope) -> None:
    expected = 0 if SCOPE_OF[measure] == period else NOW.of(measure)
    assert NOW.restarted({period}).of(measure) == expected


def test_a_quota_that_nothing_counts_against_measures_nothing() -> None:
    assert NOW._replace(has_quota=False).of("quota") == 0


def test_the_key_of_every_scope_but_an_edge_can_be_read_in_a_flag() -> None:
    keys = scope_keys(3, AT, WEST)
    assert (keys["edge"], keys["ever"], keys["session"]) == ("edge", "ever", "session:3")
    assert (keys["day"], keys["month"]) == ("day:2026-11-30", "month:2026-11-01")
    assert tuple(keys) == SCOPES
    lasting = {scope for scope, key in keys.items() if re.fullmatch(LASTING_KEY, key)}
    assert lasting == set(SCOPES) - {"edge"}


def test_a_month_begins_by_utc_and_a_day_by_the_time_zone() -> None:
    later = AT + HOUR_US
    assert scope_keys(3, later, WEST)["month"] == "month:2026-12-01"
    assert scope_keys(3, later, WEST)["day"] == "day:2026-11-30"
    assert periods_end(AT, WEST) == parse_iso("2026-12-01T00:00:00Z")
    assert periods_end(later, WEST) == parse_iso("2026-12-01T05:00:00Z")
    assert periods_end(AT, UTC) == parse_iso("2026-12-01T00:00:00Z")
