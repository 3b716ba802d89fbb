"""What a store keeps is each session once, as new as it was told, and sums that are those of the
sessions: on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.hub.postgres import Postgres
from tests.hub.stores import NOW, TEAM, Played, Tracker, alone, hours, told

from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.stream import Told, by_day
from codespace_tracker.hub import tokens
from codespace_tracker.hub.store.interface import (
    AlreadyThere,
    NotAllowed,
    NotThere,
    OtherWriter,
    StreamTaken,
    Unfit,
    month_day,
)

DAY = NOW // DAY_US


def sums_of(stream_id: str, *tellings: Told) -> dict[tuple[str, int], tuple[int, int, int]]:
    """The sums that tellings of a stream should have."""
    found: dict[tuple[str, int], list[int]] = {}
    for one in tellings:
        found.setdefault((stream_id, one.started_at // DAY_US), [0, 0, 0])[2] += 1
        for day, _, running, cores in by_day(one.spans):
            sums = found.setdefault((stream_id, day // DAY_US), [0, 0, 0])
            sums[0] += running
            sums[1] += running * cores
    return {key: (a, b, c) for key, (a, b, c) in found.items()}


def test_a_session_is_kept_and_summed_up_by_days(hub: Played) -> None:
    tracker = hub.joined()
    night = hours("2026-11-14T23:00:00Z", 3, 4)
    assert tracker.tell(night) == (1, 0, ())
    assert hub.sums() == {
        (tracker.stream_id, DAY - 1): (HOUR_US, 4 * HOUR_US, 1),
        (tracker.stream_id, DAY): (2 * HOUR_US, 8 * HOUR_US, 0),
    }


def test_what_is_told_again_is_there_once(hub: Played) -> None:
    tracker = hub.joined()
    one = hours("2026-11-15T09:00:00Z", 1)
    tracker.tell(one)
    assert tracker.tell(one) == (0, 1, ())
    assert hub.sums() == sums_of(tracker.stream_id, one)


def test_a_newer_telling_replaces_an_older_one_and_an_older_one_nothing(hub: Played) -> None:
    tracker = hub.joined()
    older = hours("2026-11-14T23:30:00Z", 1, session="a", is_open=True)
    newer = hours("2026-11-14T23:30:00Z", 2, session="a")
    tracker.tell(older)
    assert tracker.tell(newer).taken == 1
    assert tracker.tell(older).taken == 0
    assert hub.sums() == sums_of(tracker.stream_id, newer)


def test_of_one_batch_the_highest_revision_of_a_session_counts(hub: Played) -> None:
    tracker = hub.joined()
    newer = hours("2026-11-15T01:00:00Z", 2, session="a")
    older = hours("2026-11-15T01:00:00Z", 1, session="a")
    assert tracker.tell(newer, older).taken == 1
    assert hub.sums() == sums_of(tracker.stream_id, newer)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],  # a database would be shrunk for minutes
    max_examples=25,
    deadline=None,
)
@given(st.data())
def test_the_sums_are_those_of_the_newest_tellings_whatever_came_before(
    hub: Played, data: st.DataObject
) -> None:
    tracker = hub.joined()
    newest: dict[str, Told] = {}
    for _ in range(data.draw(st.integers(1, 4))):
        batch = []
        for n in data.draw(st.sets(st.integers(0, 3), min_size=1)):
            start = NOW - (n + 1) * 3 * DAY_US + data.draw(st.integers(0, 47)) * HOUR_US // 2
            parts = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
            spans = tuple(
                (start + k * 8 * HOUR_US, ran * HOUR_US, data.draw(st.sampled_from([2, 8])))
                for k, ran in enumerate(parts)
            )
            batch.append(told(*spans, session=f"s{n}", is_open=data.draw(st.booleans())))
        tracker.tell(*batch)
        for one in batch:
            if one.session_id not in newest or one.revision > newest[one.session_id].revision:
                newest[one.session_id] = one
    found = {key: of for key, of in hub.sums().items() if key[0] == tracker.stream_id}
    assert found == sums_of(tracker.stream_id, *newest.values())


def test_two_batches_of_a_stream_at_once_leave_the_right_sums(hub: Played) -> None:
    tracker = hub.joined()
    tellings = [
        hours("2026-11-15T00:00:00Z", n / 10, session=f"s{k}") for n in range(1, 11) for k in "ab"
    ]

    async def all_at_once() -> None:
        from codespace_tracker.hub import batch, taking
        from codespace_tracker.hub.store.interface import Push

        read = [batch.read(tracker.body(one), tracker.stream_id, "", NOW) for one in tellings]
        push = Push("", "", False, "codespaces", "", "", "me")
        await asyncio.gather(
            *(taking.take(hub.store, tracker.writer, push, one, NOW) for one in read)
        )

    hub.run(all_at_once())
    assert hub.sums() == sums_of(tracker.stream_id, *tellings[-2:])


def test_more_than_24_hours_on_a_day_are_set_aside_and_the_rest_is_taken(hub: Played) -> None:
    tracker = hub.joined()
    first = hours("2026-11-14T00:00:00Z", 20, session="first")
    good = hours("2026-11-13T00:00:00Z", 2, session="good")
    tracker.tell(first)
    too_much = hours("2026-11-14T01:00:00Z", 5, session="too much"[:3])
    done = tracker.tell(good, too_much)
    assert done.taken == 1
    assert [one.session_id for one in done.aside] == ["too"]
    assert hub.sums() == sums_of(tracker.stream_id, first, good)
    [kept] = hub.run(hub.store.asides(TEAM))
    assert (kept.session_id, kept.stream_id) == ("too", tracker.stream_id)
    assert "24 hours" in kept.reason


def test_a_bad_line_is_set_aside_with_its_reason_and_blocks_nothing(hub: Played) -> None:
    tracker = hub.joined()
    future = hours("2026-11-16T00:00:00Z", 1, session="future")
    done = tracker.tell(future, hours("2026-11-15T00:00:00Z", 1), hours("2019-01-01T00:00:00Z", 1))
    assert done.taken == 1
    assert [(one.line, one.reason.partition(": ")[2]) for one in done.aside] == [
        (2, "it is in the future, or the clock of this machine is behind"),
        (4, "it is of before 2020"),
    ]


def test_the_cursor_tells_what_is_there_by_months(hub: Played) -> None:
    from codespace_tracker.core import cursor

    tracker = hub.joined()
    some = [hours(f"2026-{month:02}-01T00:00:00Z", 1) for month in (3, 11, 11)]
    tracker.tell(*some[:2], push="p1")
    tracker.tell(some[2]._replace(session_id="b", spans=((NOW - DAY_US, 5, 2),)), push="p2")
    some[2] = some[2]._replace(session_id="b", spans=((NOW - DAY_US, 5, 2),))
    there = hub.run(hub.store.cursor(tracker.writer))
    assert there.last_push == "p2"
    assert there.months == {month_day(of): tuple(n) for of, n in cursor.sums(some).items()}
    revisions = hub.run(hub.store.revisions(tracker.writer, month_day("2026-11")))
    assert revisions == {one.session_id: one.revision for one in some[1:]}


def test_a_session_stays_in_the_month_that_the_tracker_names(hub: Played) -> None:
    tracker = hub.joined()
    before = hours("2026-10-31T00:00:00Z", 1, session="a")
    moved = hours("2026-11-01T00:00:00Z", 2, session="a")
    tracker.tell(before)
    tracker.tell(moved, month="2026-10")
    assert hub.rows("SELECT count(*) FROM telling") == [(1,)]
    assert hub.sums() == sums_of(tracker.stream_id, moved)


# --- who may write


def test_a_push_that_another_writer_made_in_between_is_told(hub: Played) -> None:
    tracker = hub.joined()
    one = hours("2026-11-15T00:00:00Z", 1)
    tracker.tell(one, push="p1", after="")
    tracker.tell(one, push="p1", after="")  # the answer was lost
    with pytest.raises(OtherWriter) as refused:
        tracker.tell(hours("2026-11-15T02:00:00Z", 1), push="p2", after="p0")
    assert refused.value.last_push == "p1"
    assert hub.sums() == sums_of(tracker.stream_id, one)


@pytest.mark.parametrize("what", ["revoked", "of another stream", "unknown", "of another team"])
def test_a_token_writes_its_own_stream_alone(hub: Played, what: str) -> None:
    tracker, other = hub.joined(), hub.joined("bob")
    if what == "revoked":
        hub.run(hub.store.revoke(TEAM, tracker.stream_id, NOW))
    elif what == "of another stream":
        tracker.token = other.token
    elif what == "unknown":
        tracker.token = tokens.made("stream", TEAM)
    else:
        hub.run(hub.store.add_team("evil", "Evil", NOW))
        tracker.token = tokens.made("stream", "evil")
    with pytest.raises(NotAllowed):
        tracker.tell(hours("2026-11-15T00:00:00Z", 1))
    for asked in (hub.store.cursor(tracker.writer), hub.store.revisions(tracker.writer, 20000)):
        with pytest.raises(NotAllowed):
            hub.run(asked)
    assert hub.sums() == {}


def test_a_code_is_good_for_one_token_and_for_that_one_again(hub: Played) -> None:
    hub.run(hub.store.add_person(TEAM, "ada", "quiet-otter", NOW))
    code = tokens.given("code", tokens.made("code", TEAM))
    first, second = (tokens.given("stream", tokens.made("stream", TEAM)) for _ in range(2))
    assert code is not None
    assert first is not None
    assert second is not None
    hub.run(hub.store.add_code(code, "ada", NOW + HOUR_US))
    enrol = hub.store.enrol
    assert hub.run(enrol(code, "s1", first, NOW, shows_name=True)) == "Acme"
    assert hub.run(enrol(code, "s1", first, NOW + DAY_US, shows_name=True)) == "Acme"
    with pytest.raises(NotAllowed):
        hub.run(enrol(code, "s2", second, NOW, shows_name=True))
    [person] = hub.run(hub.store.people(TEAM))
    assert person == ("ada", "quiet-otter", 1, 1)


def test_a_code_expires(hub: Played) -> None:
    hub.run(hub.store.add_person(TEAM, "ada", "quiet-otter", NOW))
    code = tokens.given("code", tokens.made("code", TEAM))
    token = tokens.given("stream", tokens.made("stream", TEAM))
    assert code is not None
    assert token is not None
    hub.run(hub.store.add_code(code, "ada", NOW))
    with pytest.raises(NotAllowed):
        hub.run(hub.store.enrol(code, "s", token, NOW, shows_name=False))


def test_no_one_takes_the_stream_of_another_person(hub: Played) -> None:
    tracker = hub.joined("ada")
    with pytest.raises(StreamTaken):
        hub.joined("bob", tracker.stream_id)
    tracker.tell(hours("2026-11-15T00:00:00Z", 1))


def test_a_new_token_of_a_stream_replaces_the_old_one(hub: Played) -> None:
    old = hub.joined("ada")
    new = hub.joined("ada", old.stream_id)
    with pytest.raises(NotAllowed):
        old.tell(hours("2026-11-15T00:00:00Z", 1))
    assert new.tell(hours("2026-11-15T00:00:00Z", 1)).taken == 1


# --- the rest


def test_of_a_person_who_is_removed_nothing_is_left(hub: Played) -> None:
    ada, bob = hub.joined("ada"), hub.joined("bob")
    kept = hours("2026-11-15T00:00:00Z", 1)
    ada.tell(hours("2026-11-15T00:00:00Z", 1), hours("2019-01-01T00:00:00Z", 1))
    bob.tell(kept)
    assert hub.run(hub.store.remove_person(TEAM, "ada")) == 1
    assert hub.sums() == sums_of(bob.stream_id, kept)
    for sql in (
        "SELECT count(*) FROM telling WHERE stream_id = :stream_id",
        "SELECT count(*) FROM day WHERE stream_id = :stream_id",
        "SELECT count(*) FROM aside WHERE stream_id = :stream_id",
        "SELECT count(*) FROM token WHERE stream_id = :stream_id",
        "SELECT count(*) FROM stream WHERE person = 'ada'",
        "SELECT count(*) FROM code WHERE person = 'ada'",
        "SELECT count(*) FROM person WHERE person = 'ada'",
    ):
        assert hub.rows(sql, stream_id=ada.stream_id) == [(0,)], sql
    with pytest.raises(NotThere):
        hub.run(hub.store.remove_person(TEAM, "ada"))


def test_what_is_there_is_not_added_again(hub: Played) -> None:
    with pytest.raises(AlreadyThere):
        hub.run(hub.store.add_team(TEAM, "Other", NOW))
    hub.run(hub.store.add_person(TEAM, "ada", "otter", NOW))
    for person, pseudonym in (("ada", "x"), ("bob", "otter")):
        with pytest.raises(AlreadyThere):
            hub.run(hub.store.add_person(TEAM, person, pseudonym, NOW))
    with pytest.raises(NotThere):
        hub.run(hub.store.add_person("nowhere", "ada", "x", NOW))


def test_migrating_again_changes_nothing(hub: Played) -> None:
    assert hub.run(hub.store.migrate()) == 0


def test_a_database_that_was_not_migrated_is_refused_with_what_to_do(database: str) -> None:
    played = Played(database)
    with pytest.raises(Unfit, match="hub migrate"):
        played.run(played.store.open())
    played.close()


def test_a_path_at_which_there_is_nothing_is_refused_and_stays_empty(tmp_path: Path) -> None:
    played = Played(f"sqlite:///{tmp_path}/hub.db")
    with pytest.raises(Unfit, match="there is no database"):
        played.run(played.store.open())
    assert list(tmp_path.iterdir()) == []
    played.close()


def test_a_file_of_sqlite_is_for_its_owner_alone(tmp_path: Path) -> None:
    played = Played(f"sqlite:///{tmp_path}/a ?#%20.db")
    played.begin()
    assert {one.stat().st_mode & 0o777 for one in tmp_path.iterdir()} == {0o600}
    assert (tmp_path / "a ?#%20.db").exists()
    played.close()


def test_a_file_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    played = Played(f"sqlite:///{tmp_path}/nowhere/hub.db")
    with pytest.raises(Unfit, match="No such file"):
        played.run(played.store.migrate())
    played.close()


@pytest.mark.hub
def test_a_database_without_all_letters_is_refused_with_what_to_do(server: Postgres) -> None:
    server.ask(
        "CREATE DATABASE ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    played = Played(server.url("ascii"))
    with pytest.raises(Unfit, match=r"encoding SQL_ASCII.*--encoding UTF8"):
        played.run(played.store.migrate())
    played.close()


def test_a_database_of_a_newer_version_is_refused(hub: Played) -> None:
    if hub.url.startswith("sqlite"):
        hub.rows("PRAGMA user_version = 9999")
    else:
        hub.rows("INSERT INTO migration VALUES (9999, 'later', now())")
    for asked in (hub.store.open(), hub.store.migrate()):
        with pytest.raises(Unfit, match="newer version"):
            hub.run(asked)


def test_trackers_of_several_people_are_apart(hub: Played) -> None:
    trackers: list[Tracker] = [hub.joined(person) for person in ("ada", "bob", "cy")]
    one = hours("2026-11-15T00:00:00Z", 1, session="same")
    for tracker in trackers:
        tracker.tell(one)
    expected: dict[tuple[str, int], tuple[int, int, int]] = {}
    for tracker in trackers:
        expected |= sums_of(tracker.stream_id, one)
    assert hub.sums() == expected


def test_of_a_person_who_is_removed_no_table_has_anything(hub: Played) -> None:
    ada, bob = hub.joined("Ada Lovelace", codespace="ada-space"), hub.joined("bob")
    ada.tell(
        hours("2026-11-15T01:00:00Z", 2, session="of-ada"),
        hours("2019-11-15T01:00:00Z", 2),
        lines=[alone("2026-11-14", 3)],
    )
    bob.tell(hours("2026-11-15T01:00:00Z", 2), lines=[alone("2026-11-14", 3)])
    tables = ("person", "code", "stream", "token", "telling", "day", "unattended", "aside")
    before = {table: len(hub.rows(f"SELECT * FROM {table}")) for table in tables}
    assert min(before.values()) > 0
    assert hub.run(hub.store.remove_person(TEAM, "Ada Lovelace")) == 1
    for table in tables:
        text = str(hub.rows(f"SELECT * FROM {table}"))
        for trace in ("Ada Lovelace", "ada-space", ada.stream_id, "of-ada", ada.writer.prefix):
            assert trace not in text, table
    assert len(hub.rows("SELECT * FROM unattended")) == 1
