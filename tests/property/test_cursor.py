"""The cursor that a hub owns: whatever a hub has lost or keeps in another month, a tracker that
compares sends all that is missing, once, and then nothing."""

import string

from hypothesis import given
from hypothesis import strategies as st
from tests.examples import examples

from codespace_tracker.core.calendar import UTC, month_of, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.cursor import (
    MonthSum,
    differing,
    mark,
    missing,
    missing_days,
    sums,
    sums_of_days,
)
from codespace_tracker.core.session import Ending
from codespace_tracker.core.shared_presence import Attended
from codespace_tracker.core.stream import Told, newest, revision

NOW = parse_iso("2026-11-15T12:00:00Z")


@st.composite
def tellings(draw: st.DrawFn) -> Told:
    start = NOW - draw(st.integers(0, 100)) * DAY_US
    ran = draw(st.integers(1, 20)) * HOUR_US
    is_open = draw(st.booleans())
    session = draw(st.text(string.ascii_lowercase, min_size=1, max_size=2))
    ending: Ending | None = None if is_open else "clean"
    return Told(session, revision(ran, is_open=is_open), ((start, ran, 2),), ending)


STREAM = st.lists(tellings(), max_size=12).map(newest)
Hub = dict[str, dict[str, int]]


def theirs(hub: Hub) -> dict[str, MonthSum]:
    """The sums that a hub makes of what it has, by month and session."""
    return {
        month: MonthSum(len(kept), sum(mark(*one) for one in kept.items()))
        for month, kept in hub.items()
        if kept
    }


def sync(hub: Hub, told: tuple[Told, ...]) -> int:
    """One sync with a hub, as a tracker does it; how many tellings were sent."""
    months = differing(sums(told), theirs(hub))
    found = missing(told, {month: hub.get(month, {}) for month in months})
    for month, some in found.items():
        for one in some:
            kept = hub.setdefault(month, {})
            kept[one.session_id] = max(kept.get(one.session_id, -1), one.revision)
    return sum(map(len, found.values()))


def has_all(hub: Hub, told: tuple[Told, ...]) -> bool:
    """Whether a hub has each session once, as new as it was told."""
    kept = [one for sessions in hub.values() for one in sessions]
    newest_there = {one: of for sessions in hub.values() for one, of in sessions.items()}
    return len(kept) == len(set(kept)) and all(
        newest_there[one.session_id] >= one.revision for one in told
    )


@examples(100)
@given(STREAM, st.data())
def test_one_sync_brings_back_whatever_a_hub_has_lost(
    told: tuple[Told, ...], data: st.DataObject
) -> None:
    hub: Hub = {}
    sync(hub, told)
    for sessions in hub.values():
        for one in data.draw(st.sets(st.sampled_from(sorted(sessions)))):
            del sessions[one]
    sync(hub, told)
    assert has_all(hub, told)
    assert sync(hub, told) == 0


@examples(100)
@given(STREAM, STREAM)
def test_a_session_whose_start_moved_stays_in_its_month_and_is_there_once(
    before: tuple[Told, ...], now: tuple[Told, ...]
) -> None:
    hub: Hub = {}
    sync(hub, before)
    sync(hub, now)
    assert has_all(hub, now)
    assert sync(hub, now) == 0


def test_nothing_is_asked_for_where_both_have_the_same() -> None:
    told = (Told("a", 2, ((NOW, HOUR_US, 2),)),)
    assert differing(sums(told), sums(told)) == []
    assert differing(sums(told), {}) == [month_of(NOW)]


def test_another_revision_of_a_session_makes_the_month_differ() -> None:
    older = Told("a", 2, ((NOW, HOUR_US, 2),))
    assert differing(sums([older]), sums([older._replace(revision=3)])) == ["2026-11"]


def test_what_is_newer_at_the_hub_is_not_sent() -> None:
    told = (Told("a", 2, ((NOW, HOUR_US, 2),)),)
    assert missing(told, {"2026-11": {"a": 3}}) == {}


# --- days of unattended time

MIDNIGHT = parse_iso("2026-11-15T00:00:00Z")
DAYS = st.dictionaries(st.integers(0, 60), st.integers(1, 24), max_size=12)


def days(hours: dict[int, int]) -> list[Attended]:
    """Days by how long ago they were, with so many hours each."""
    found = [(MIDNIGHT - ago * DAY_US, ran * HOUR_US) for ago, ran in hours.items()]
    return [Attended(at, us, 2 * us) for at, us in sorted(found)]


def sync_days(hub: Hub, parts: list[Attended]) -> int:
    """One sync of days with a hub, as a tracker does it; how many were sent."""
    months = differing(sums_of_days(parts), theirs(hub))
    sent = missing_days(parts, {month: hub.get(month, {}) for month in months})
    for one in sent:
        kept = hub.setdefault(month_of(one.at), {})
        kept[UTC.date(one.at)] = max(kept.get(UTC.date(one.at), 0), one.unattended_us)
    return len(sent)


@examples(100)
@given(DAYS, DAYS, st.data())
def test_one_sync_brings_the_longer_time_of_each_day_and_what_was_lost(
    before: dict[int, int], now: dict[int, int], data: st.DataObject
) -> None:
    hub: Hub = {}
    sync_days(hub, days(before))
    for kept in hub.values():
        for one in data.draw(st.sets(st.sampled_from(sorted(kept)))):
            del kept[one]
    left = {day: us for kept in hub.values() for day, us in kept.items()}
    sync_days(hub, days(now))
    there = {day: us for kept in hub.values() for day, us in kept.items()}
    expected = {UTC.date(one.at): one.unattended_us for one in days(now)}
    assert there == {day: max(left.get(day, 0), expected.get(day, 0)) for day in {*left, *expected}}
    assert sync_days(hub, days(now)) == 0


def test_a_day_of_a_month_that_is_the_same_there_is_not_sent() -> None:
    one = days({0: 3})
    assert missing_days(one, {}) == []
    assert missing_days(one, {"2026-11": {}}) == one
    assert missing_days(one, {"2026-11": {"2026-11-15": 3 * HOUR_US}}) == []
    assert missing_days(one, {"2026-11": {"2026-11-15": 3 * HOUR_US - 1}}) == one


def test_a_day_and_a_session_with_the_same_id_and_number_have_the_same_mark() -> None:
    [part] = days({0: 3})
    assert sums_of_days([part]) == {"2026-11": MonthSum(1, mark("2026-11-15", 3 * HOUR_US))}
    assert sums_of_days([part, part._replace(at=part.at - DAY_US)])["2026-11"].sessions == 2
