"""As time goes by: months are made ahead, what is too old is deleted and does not come back, and a
dump brings back all that was there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.codespaces import Codespace
from tests.hub.postgres import Postgres
from tests.hub.serving import served
from tests.hub.stores import NOW, TEAM, Played, Tracker, alone, hours, told

from codespace_tracker.cli import sync_exchange
from codespace_tracker.cli.program import program
from codespace_tracker.core.calendar import day_of, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.hub import ageing, checking
from codespace_tracker.hub.store import store_at
from codespace_tracker.hub.store.interface import NotThere, Unavailable, month_day
from codespace_tracker.sync import state

NOVEMBER = month_day("2026-11")


def forget(hub: Played, day: int = NOVEMBER) -> int:
    return hub.run(ageing.prune(hub.store, day))[TEAM]


def findings(hub: Played) -> list[str]:
    return [one.text for one in hub.run(checking.check(hub.store)) if one.is_wrong]


@pytest.mark.parametrize(
    ("months", "expected"), [(1, "2026-10"), (11, "2025-12"), (12, "2025-11"), (24, "2024-11")]
)
def test_whole_months_are_kept_beside_the_current_one(months: int, expected: str) -> None:
    assert ageing.first_day_kept(NOW, months) == month_day(expected)


def test_what_is_older_is_gone_and_what_is_newer_stays(hub: Played) -> None:
    tracker = hub.joined()
    tracker.tell(
        hours("2026-09-10T08:00:00Z", 1, session="old"),
        hours("2026-10-31T20:00:00Z", 8, session="over"),
        hours("2026-11-10T08:00:00Z", 2, session="new"),
        lines=[alone("2026-10-31", 1), alone("2026-11-01", 1)],
    )
    assert forget(hub) == 1
    assert hub.rows("SELECT session_id FROM telling ORDER BY 1") == [("new",), ("over",)]
    days = {day: running for (_, day), (running, _, _) in hub.sums().items()}
    assert days == {NOVEMBER: 4 * HOUR_US, NOVEMBER + 9: 2 * HOUR_US}
    assert hub.rows("SELECT day FROM unattended") == [(NOVEMBER,)]
    assert findings(hub) == []
    assert forget(hub) == 0


def test_what_is_older_is_not_taken_again(hub: Played) -> None:
    tracker = hub.joined()
    old = hours("2026-09-10T08:00:00Z", 1, session="old")
    over = hours("2026-10-31T20:00:00Z", 8, session="over")
    tracker.tell(old, over)
    forget(hub)
    assert tracker.tell(old, over, lines=[alone("2026-10-31", 1)]) == (0, 2, ())
    longer = hours("2026-10-31T20:00:00Z", 9, session="over")
    assert tracker.tell(longer).taken == 1
    assert {day: of[0] for (_, day), of in hub.sums().items()} == {NOVEMBER: 5 * HOUR_US}
    assert hub.rows("SELECT count(*) FROM unattended") == [(0,)]
    assert findings(hub) == []


def test_what_was_deleted_cannot_be_had_back_by_a_longer_time(hub: Played) -> None:
    hub.joined().tell(hours("2026-09-10T08:00:00Z", 1))
    forget(hub)
    forget(hub, month_day("2026-01"))
    assert hub.run(hub.store.kept_since(TEAM)) == NOVEMBER


def test_a_codespace_that_told_nothing_since_is_gone_with_its_token(hub: Played) -> None:
    hub.now = parse_iso("2026-09-10T12:00:00Z")
    silent = hub.joined(codespace="silent")
    silent.tell(hours("2026-09-10T08:00:00Z", 1))
    hub.now = NOW
    fresh = hub.joined(codespace="fresh")
    forget(hub)
    assert [one.stream_id for one in hub.run(hub.store.streams(TEAM))] == [fresh.stream_id]
    assert hub.rows("SELECT stream_id FROM token") == [(fresh.stream_id,)]


def test_another_team_keeps_what_it_has(hub: Played) -> None:
    hub.joined().tell(hours("2026-09-10T08:00:00Z", 1))
    hub.run(hub.store.add_team("other", "Other", NOW))
    assert hub.run(ageing.prune(hub.store, NOVEMBER, "other")) == {"other": 0}
    assert hub.rows("SELECT count(*) FROM telling") == [(1,)]
    with pytest.raises(NotThere):
        hub.run(ageing.prune(hub.store, NOVEMBER, "nobody"))


def test_a_batch_that_comes_meanwhile_leaves_the_right_sums(hub: Played) -> None:
    tracker = hub.joined()
    tracker.tell(*(hours(f"2026-10-{day:02}T08:00:00Z", 1) for day in range(1, 29)))

    async def both() -> None:
        from codespace_tracker.hub import batch, taking
        from codespace_tracker.hub.store.interface import Push

        async def tell(n: int) -> None:
            one = hours("2026-10-31T12:00:00Z", 12 + n / 4, session="over")
            read = batch.read(tracker.body(one), tracker.stream_id, "", NOW)
            push = Push("", "", False, "codespaces", "", "", "me")
            await taking.take(hub.store, tracker.writer, push, read, NOW)

        tracker_tells = [tell(n) for n in range(1, 9)]
        await asyncio.gather(hub.store.forget_before(TEAM, NOVEMBER), *tracker_tells)

    hub.rows("UPDATE stream SET last_push = '' RETURNING 1")
    hub.run(both())
    assert findings(hub) == []
    forget(hub)
    assert {day: of[0] for (_, day), of in hub.sums().items()} == {NOVEMBER: 2 * HOUR_US}


def test_a_tracker_does_not_bring_back_what_is_too_old_and_loses_nothing_else(
    hub: Played, tmp_path: Path
) -> None:
    now = hub.now = time.time_ns() // 1000
    here = Codespace(tmp_path, "here", now)
    for days in (100, 70, 1):
        here.ran(now - days * DAY_US, HOUR_US, 2)
    with served(hub.url, "--rate", "0") as web:
        fresh = sync_exchange.fresh(here.directory, f"http://127.0.0.1:{web.port}")
        token = hub.joined("ada", fresh.stream_id).token
        state.keep(here.directory, fresh._replace(kind=state.HUB, token=token))
        here.at = now
        assert here.sync().told
        assert forget(hub, now // DAY_US - 60) == 2
        done = here.sync()
        assert (done.told, done.problem) == (False, "")
        here.ran(now - 3 * HOUR_US, HOUR_US, 2)
        here.at = now
        assert here.sync().told
    assert hub.rows("SELECT count(*) FROM telling") == [(2,)]
    assert findings(hub) == []


def test_the_command_asks_first_and_says_what_it_did(hub: Played) -> None:
    hub.joined().tell(told((parse_iso("2021-03-01T00:00:00Z"), HOUR_US, 2)))
    words = ["hub", "prune", "--months", "24", "--database", hub.url]
    refused: Any = CliRunner().invoke(program, words, standalone_mode=False)
    assert "add --yes" in str(refused.exception)
    done = CliRunner().invoke(program, [*words, "--yes"], standalone_mode=False)
    assert done.stdout.startswith("acme: deleted 1 session from before ")
    assert hub.rows("SELECT count(*) FROM telling") == [(0,)]


# --- partitions


def partitions(hub: Played, table: str) -> list[str]:
    sql = (
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " JOIN pg_class p ON p.oid = i.inhparent WHERE p.relname = :table ORDER BY 1"
    )
    return [name.removeprefix(f"{table}_") for (name,) in hub.rows(sql, table=table)]


@pytest.fixture
def on_postgres(server: Postgres) -> Any:
    server.ask("DROP DATABASE IF EXISTS months")
    server.ask("CREATE DATABASE months")
    played = Played(server.url("months"))
    played.begin()
    yield played
    played.close()


@pytest.mark.hub
@pytest.mark.parametrize("table", ["telling", "day", "unattended"])
def test_months_are_made_ahead_over_the_end_of_a_year(on_postgres: Played, table: str) -> None:
    for _ in range(2):
        on_postgres.run(on_postgres.store.make_months(day_of(2026, 11, 30)))
        assert partitions(on_postgres, table) == ["2026_11", "2026_12", "2027_01"]


@pytest.mark.hub
def test_migrating_and_serving_make_months_ahead(on_postgres: Played) -> None:
    words = ["hub", "migrate", "--database", on_postgres.url]
    assert CliRunner().invoke(program, words, standalone_mode=False).exception is None
    made = partitions(on_postgres, "telling")
    assert len(made) == 3
    on_postgres.rows(f"DROP TABLE telling_{made[1]}")
    with served(on_postgres.url):
        until = time.monotonic() + 30
        while partitions(on_postgres, "telling") != made:
            assert time.monotonic() < until
            time.sleep(0.05)


@pytest.mark.hub
def test_where_no_month_may_be_made_a_batch_is_refused_for_now(
    server: Postgres, on_postgres: Played
) -> None:
    server.ask("DROP ROLE IF EXISTS clerk")
    server.ask("CREATE ROLE clerk LOGIN IN ROLE pg_read_all_data, pg_write_all_data")
    tracker = on_postgres.joined()
    clerk = Played(on_postgres.url.replace("//postgres@", "//clerk@"))
    clerk.run(clerk.store.open())
    refused = Tracker(clerk, tracker.stream_id, tracker.token, {})
    with pytest.raises(Unavailable, match="the tables of a month cannot be made"):
        refused.tell(hours("2026-09-10T08:00:00Z", 1))
    clerk.close()
    tracker.tell(hours("2026-09-10T08:00:00Z", 1))
    assert on_postgres.rows("SELECT count(*) FROM telling") == [(1,)]


@pytest.mark.hub
def test_two_that_make_months_at_once_make_each_once(on_postgres: Played) -> None:
    others = [store_at(on_postgres.url) for _ in range(4)]

    async def all_() -> None:
        await asyncio.gather(*(one.make_months(NOVEMBER) for one in others))
        for one in others:
            await one.close()

    on_postgres.run(all_())
    assert partitions(on_postgres, "day") == ["2026_11", "2026_12", "2027_01"]


@pytest.mark.hub
def test_months_that_every_team_deleted_are_dropped_and_come_back_if_needed(
    on_postgres: Played,
) -> None:
    tracker = on_postgres.joined()
    tracker.tell(hours("2026-08-10T08:00:00Z", 1), hours("2026-10-31T23:00:00Z", 2, session="over"))
    made = ["2026_08", "2026_10", "2026_11"]
    assert partitions(on_postgres, "telling") == made
    on_postgres.run(on_postgres.store.add_team("other", "Other", NOW))
    on_postgres.run(ageing.prune(on_postgres.store, NOVEMBER, TEAM))
    assert partitions(on_postgres, "telling") == made
    on_postgres.run(ageing.prune(on_postgres.store, NOVEMBER))
    assert partitions(on_postgres, "telling") == made[1:]  # it has a session that went on
    assert partitions(on_postgres, "day") == made[2:]
    spans = [(parse_iso(f"2026-{day}T08:00:00Z"), HOUR_US, 2) for day in ("08-30", "11-05")]
    assert tracker.tell(told(*spans)).taken == 1
    assert partitions(on_postgres, "telling") == made
    assert findings(on_postgres) == []


# --- a dump


@pytest.mark.hub
def test_a_dump_of_a_hub_that_is_at_work_brings_back_all_that_was_there(
    on_postgres: Played, server: Postgres
) -> None:
    trackers = [on_postgres.joined(f"person {n}") for n in range(3)]
    for n, one in enumerate(trackers):
        one.tell(
            *(hours(f"2026-{month:02}-1{n}T08:00:00Z", month) for month in range(1, 11)),
            lines=[alone("2026-11-10", n)],
        )
    sql = "SELECT * FROM {} ORDER BY 1, 2, 3, 4"
    tables = ("telling", "day", "unattended", "stream", "token", "person")
    before = [on_postgres.rows(sql.format(table)) for table in tables]
    dump = server.folder / "hub.dump"
    server.run("pg_dump", "--format=custom", "-d", on_postgres.url, "-f", str(dump))
    trackers[0].tell(hours("2026-11-11T08:00:00Z", 1))  # after the dump
    server.ask("DROP DATABASE IF EXISTS restored")
    server.ask("CREATE DATABASE restored")
    server.run("pg_restore", "--exit-on-error", "-d", server.url("restored"), str(dump))
    restored = Played(server.url("restored"))
    try:
        restored.run(restored.store.open())
        assert [restored.rows(sql.format(table)) for table in tables] == before
        assert findings(restored) == []
        with served(restored.url, "--rate", "0") as web:
            path = f"/v1/streams/{trackers[0].stream_id}"
            cursor = web.ask("GET", path, token=trackers[0].token).json
            assert cursor["months"][-1]["month"] == "2026-10"
            body = trackers[0].body(hours("2026-11-11T08:00:00Z", 1))
            query = {"push": "p", "after": cursor["last_push"], "cut_back": "1"}
            done = web.ask("POST", path, body, token=trackers[0].token, **query)
            assert done.json["taken"] == 1
    finally:
        restored.close()


def test_a_copy_of_sqlite_that_was_made_by_its_own_program_is_a_whole_hub(tmp_path: Path) -> None:
    played = Played(f"sqlite:///{tmp_path / 'hub.db'}")
    played.begin()
    tracker = played.joined()
    tracker.tell(hours("2026-11-10T08:00:00Z", 3))
    code = "import sqlite3, sys; a, b = map(sqlite3.connect, sys.argv[1:]); a.backup(b); b.close()"
    copy = tmp_path / "copy.db"
    subprocess.run([sys.executable, "-c", code, tmp_path / "hub.db", copy], check=True)
    other = Played(f"sqlite:///{copy}")
    other.run(other.store.open())
    assert other.sums() == played.sums()
    assert findings(other) == []
    for one in (played, other):
        one.close()
