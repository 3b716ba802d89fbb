"""The quota is that of all codespaces: other codespaces' time counts once it is accepted, once, and
only if it is the user's own."""

import uuid
from pathlib import Path

import pytest
from tests.codespaces import Codespace, bare_repository

from codespace_tracker.config.configuration import Settings
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.gauge import Gauge, nothing_counted, pace_of_month
from codespace_tracker.core.month import Counted
from codespace_tracker.ledger.billing import Billing, Line
from codespace_tracker.ledger.month_gauge import beside_of, gauge_at
from codespace_tracker.ledger.sums import core_us
from codespace_tracker.machine import clock
from codespace_tracker.sync import state
from codespace_tracker.views.fleet import look
from codespace_tracker.views.scene import scene_at

DAY = parse_iso("2026-11-10T08:00:00Z")
NOW = DAY + DAY_US
MIDNIGHT = parse_iso("2026-11-10T00:00:00Z")


@pytest.fixture
def place(tmp_path: Path) -> str:
    return bare_repository(tmp_path)


def gauge_of(one: Codespace, at: int = NOW) -> Gauge:
    with one.ledger() as ledger:

        def counted(since: int, until: int) -> int:
            return core_us(ledger, since, until)

        return gauge_at(ledger, one.settings, counted, at, beside_of(ledger, one.settings, at))


def accept(one: Codespace, *others: Codespace) -> None:
    ids = tuple(other.stream_id for other in others)
    state.keep(one.directory, one.remembered._replace(accepted=ids))
    assert one.sync().problem == ""


def met(*codespaces: Codespace, place: str) -> None:
    for _ in range(2):
        for one in codespaces:
            if not Path(one.directory, "sync.json").exists():
                one.join(place)
            assert one.sync().problem == ""


def imported(one: Codespace, session: str, tracker_id: str, start: int = DAY - 4 * HOUR_US) -> None:
    """It has a session that another tool or tracker counted."""
    one.ran(start, session=session, tracker_id=tracker_id)
    with one.ledger() as ledger, ledger.transaction():
        ledger.change("PRAGMA defer_foreign_keys = ON")
        number = ledger.value("SELECT number FROM session WHERE session_id = ?", session)
        ledger.change(
            "UPDATE span SET session = 0, running_us = ? WHERE session = ?", HOUR_US, number
        )
        ledger.change("UPDATE session SET number = 0 WHERE number = ?", number)


def test_a_stream_counts_once_it_is_accepted(tmp_path: Path, place: str) -> None:
    one, other = Codespace(tmp_path, "one", NOW), Codespace(tmp_path, "other", NOW)
    one.ran(DAY, HOUR_US, 2)
    other.ran(DAY, 3 * HOUR_US, 4)
    met(one, other, place=place)
    assert gauge_of(one).used == 2 * HOUR_US
    assert not gauge_of(one).has_fleet
    accept(one, other)
    assert gauge_of(one).used == 14 * HOUR_US
    assert gauge_of(one).others == 12 * HOUR_US
    assert gauge_of(one).grows


@pytest.mark.parametrize(
    ("fields", "payer", "counts"),
    [
        ({"user": "OctoCat"}, "me", True),
        ({}, "unknown", True),
        ({}, "organization", False),
        ({"user": "someone-else"}, "me", False),
        ({"user": ""}, "me", False),
        ({"environment": "container"}, "me", False),
    ],
)
def test_only_the_users_own_codespaces_count(
    tmp_path: Path, place: str, fields: dict[str, str], payer: str, counts: bool
) -> None:
    one, other = Codespace(tmp_path, "one", NOW), Codespace(tmp_path, "other", NOW, **fields)
    one.ran(DAY)
    other.ran(DAY)
    other.settings = Settings(payer=payer)
    met(one, other, place=place)
    accept(one, other)
    assert gauge_of(one).used == (4 if counts else 2) * HOUR_US


def test_days_are_cut_exactly(tmp_path: Path, place: str) -> None:
    one, other = Codespace(tmp_path, "one", NOW), Codespace(tmp_path, "other", NOW)
    one.ran(DAY)
    other.ran(MIDNIGHT - 2 * HOUR_US, 5 * HOUR_US, 2)
    met(one, other, place=place)
    accept(one, other)
    with one.ledger() as ledger:
        beside = beside_of(ledger, one.settings, NOW)
    assert beside is not None
    assert beside.others is not None
    counted = beside.others.counted
    assert counted(MIDNIGHT - DAY_US, MIDNIGHT) == 4 * HOUR_US
    assert counted(MIDNIGHT, MIDNIGHT + DAY_US) == 6 * HOUR_US
    assert counted(MIDNIGHT - HOUR_US, MIDNIGHT + HOUR_US) == 4 * HOUR_US
    assert counted(MIDNIGHT + HOUR_US, MIDNIGHT + 2 * HOUR_US) == 2 * HOUR_US
    assert counted(MIDNIGHT - HOUR_US, MIDNIGHT + 2 * DAY_US) == 8 * HOUR_US
    assert counted(MIDNIGHT, MIDNIGHT) == counted(MIDNIGHT + DAY_US, MIDNIGHT) == 0


def test_githubs_figures_and_all_streams_follow_the_rule_of_the_month(
    tmp_path: Path, place: str
) -> None:
    one, other = Codespace(tmp_path, "one", NOW), Codespace(tmp_path, "other", NOW)
    one.ran(MIDNIGHT + HOUR_US, HOUR_US, 2)  # before the report
    other.ran(MIDNIGHT + 10 * HOUR_US, 2 * HOUR_US, 2)  # after it
    met(one, other, place=place)
    accept(one, other)
    as_of = MIDNIGHT + 6 * HOUR_US
    with one.ledger() as ledger, ledger.transaction():
        line = Line(MIDNIGHT, 2, "", 5 * HOUR_US, 0, 0, "octocat")
        Billing(ledger).put([line], as_of)
    gauge = gauge_of(one)
    # GitHub's 5 and what streams have after it, 4: that is more than the streams' 6
    assert gauge.used == 9 * HOUR_US
    assert gauge.is_at_least


def test_time_of_one_codespace_that_two_streams_claim_counts_once(
    tmp_path: Path, place: str
) -> None:
    one = Codespace(tmp_path, "one", NOW, codespace="fuzzy-disco")
    before = Codespace(tmp_path, "before", NOW, codespace="fuzzy-disco")
    one.ran(DAY, 2 * HOUR_US)
    before.ran(DAY - HOUR_US, 2 * HOUR_US)  # its ledger was lost, an hour later it began again
    met(one, before, place=place)
    accept(one, before)
    assert gauge_of(one).used == 2 * 3 * HOUR_US
    third = Codespace(tmp_path, "third", NOW)
    third.ran(DAY)
    met(third, place=place)
    accept(third, one, before)
    assert gauge_of(third).used == 2 * (3 + 1) * HOUR_US


def test_a_stream_that_no_one_accepted_takes_nothing_from_others(
    tmp_path: Path, place: str
) -> None:
    one, other = Codespace(tmp_path, "one", NOW), Codespace(tmp_path, "other", NOW)
    one.ran(DAY)
    session = other.ran(DAY, 3 * HOUR_US)
    thief = Codespace(tmp_path, "thief", NOW, codespace="other")
    thief.ran(DAY, 4 * HOUR_US, session=session)
    met(thief, one, other, place=place)
    accept(one, other)
    assert gauge_of(one).used == 2 * (1 + 3) * HOUR_US


def test_sessions_that_were_imported_from_a_stream_count_once(tmp_path: Path, place: str) -> None:
    one, other = Codespace(tmp_path, "one", NOW), Codespace(tmp_path, "other", NOW)
    one.ran(DAY)
    session = other.ran(DAY + 2 * HOUR_US)
    met(one, other, place=place)
    accept(one, other)
    imported(one, session, other.tracker.tracker_id, DAY + 2 * HOUR_US)
    assert gauge_of(one).used == 2 * 2 * HOUR_US


def shown(one: Codespace) -> dict[str, int]:
    """The core-time of each codespace, as `fleet` shows it."""
    with one.ledger() as ledger:
        here = scene_at(one.directory, ledger, clock.read())
        rows = look(here, "codespace", 0, NOW + DAY_US).rows
    return {row.member.stream.codespace: row.core_us for row in rows if row.member is not None}


def test_a_session_that_two_imported_counts_once_and_in_the_same_codespace_for_all(
    tmp_path: Path, place: str
) -> None:
    all_ = [Codespace(tmp_path, name, NOW) for name in ("one", "other", "third")]
    for codespace in all_:
        codespace.ran(DAY)
    unknown = str(uuid.uuid4())  # no one is known by the id of the tracker that counted it
    for codespace in all_[:2]:
        imported(codespace, "an original session", unknown)
    met(*all_, place=place)
    for one in all_:
        accept(one, *(other for other in all_ if other is not one))
    for one in all_:
        assert gauge_of(one).used == 2 * 4 * HOUR_US
    views = [shown(one) for one in all_]
    assert views[0] == views[1] == views[2]
    assert sorted(views[0].values()) == [2 * HOUR_US, 2 * HOUR_US, 4 * HOUR_US]


def test_what_the_original_tool_counted_stays_with_who_imported_it(
    tmp_path: Path, place: str
) -> None:
    one, other = Codespace(tmp_path, "one", NOW), Codespace(tmp_path, "other", NOW)
    for codespace in (one, other):
        codespace.ran(DAY)
        imported(codespace, "an original session", one.tracker.tracker_id)
    met(other, one, place=place)
    accept(one, other)
    accept(other, one)
    for codespace in (one, other):
        assert gauge_of(codespace).used == 2 * 3 * HOUR_US
        assert shown(codespace) == {"one": 4 * HOUR_US, "other": 2 * HOUR_US}


def test_what_was_imported_counts_until_who_counted_it_tells_it(tmp_path: Path, place: str) -> None:
    one, other = Codespace(tmp_path, "one", NOW), Codespace(tmp_path, "other", NOW)
    one.ran(DAY)
    other.ran(DAY)
    met(one, other, place=place)
    accept(one, other)
    session = other.ran(DAY - 4 * HOUR_US)
    imported(one, session, other.tracker.tracker_id)
    assert one.sync().problem == ""
    assert gauge_of(one).used == 2 * 3 * HOUR_US
    assert other.sync().problem == ""
    assert one.sync().problem == ""
    assert gauge_of(one).used == 2 * 3 * HOUR_US


def test_a_local_container_shows_the_quota_of_the_codespaces_it_meets(
    tmp_path: Path, place: str
) -> None:
    local = Codespace(tmp_path, "local", NOW, environment="container")
    other = Codespace(tmp_path, "other", NOW)
    local.settings = Settings(user="octocat")
    local.ran(DAY, 9 * HOUR_US)
    other.ran(DAY)
    met(local, other, place=place)
    accept(local, other)
    gauge = gauge_of(local)
    assert gauge.used == 2 * HOUR_US
    assert gauge.quota == 120 * HOUR_US
    assert not gauge.grows
    with local.ledger() as ledger:
        beside = beside_of(ledger, local.settings, NOW)
    assert beside is not None

    def here(_since: int, _until: int) -> int:
        return 1 << 50

    counted: Counted = here
    pace = pace_of_month(counted, (), gauge, DAY, beside.others)
    assert pace is not None
    assert pace.core_us_a_day <= 2 * HOUR_US


def test_with_less_than_a_day_of_all_codespaces_no_pace_is_known(
    tmp_path: Path, place: str
) -> None:
    one, other = Codespace(tmp_path, "one", NOW), Codespace(tmp_path, "other", NOW)
    start = NOW - 20 * HOUR_US
    one.ran(start, 20 * HOUR_US)
    other.ran(start, 20 * HOUR_US)
    met(one, other, place=place)
    accept(one, other)
    with one.ledger() as ledger:
        beside = beside_of(ledger, one.settings, NOW)
    assert beside is not None
    assert beside.others is not None
    assert beside.others.since == start
    assert pace_of_month(nothing_counted, (), gauge_of(one), start, beside.others) is None


def test_a_broken_fleet_db_costs_only_the_figures_of_others(tmp_path: Path, place: str) -> None:
    one, other = Codespace(tmp_path, "one", NOW), Codespace(tmp_path, "other", NOW)
    one.ran(DAY)
    other.ran(DAY)
    met(one, other, place=place)
    accept(one, other)
    for end in ("-wal", "-shm"):
        Path(one.directory, f"fleet.db{end}").unlink(missing_ok=True)
    Path(one.directory, "fleet.db").write_bytes(b"x" * 9000)
    assert gauge_of(one).used == 2 * HOUR_US
    assert one.sync().problem == ""
    assert gauge_of(one).used == 4 * HOUR_US
