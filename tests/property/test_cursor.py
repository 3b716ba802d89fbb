"""The cursor that a hub owns: whatever a hub has lost or keeps in another month, a tracker that
compares sends all that is missing, once, and then nothing."""

import string

from hypothesis import given
from hypothesis import strategies as st
from tests.examples import examples

from codespace_tracker.core.calendar import month_of, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.cursor import MonthSum, differing, mark, missing, sums
from codespace_tracker.core.session import Ending
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
