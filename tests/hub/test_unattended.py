"""Unattended time at a hub: told by those who want that, as a whole day, taken back when they do
not, and shown by month, repository and machine, and by no person."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.codespaces import Codespace
from tests.hub.serving import Served, served
from tests.hub.stores import TEAM, Played, alone, hours

from codespace_tracker.cli import sync_exchange
from codespace_tracker.config.configuration import Settings
from codespace_tracker.core.calendar import UTC, month_of, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.presence import QUARTER_US, Part
from codespace_tracker.core.shared_presence import BY_DAY, BY_HOUR, NOTHING
from codespace_tracker.hub import teams
from codespace_tracker.ledger import presence
from codespace_tracker.sync import state

NOW = time.time_ns() // 1000
DAY = (NOW // DAY_US - 2) * DAY_US + 8 * HOUR_US


@pytest.fixture
def web(hub: Played) -> Iterator[Served]:
    hub.now = NOW
    with served(hub.url, "--rate", "0") as found:
        yield found


@pytest.fixture
def here(tmp_path: Path, hub: Played, web: Served) -> Codespace:
    """Two hours on four cores, of which no one was there for half an hour."""
    found = Codespace(tmp_path, "here", NOW)
    found.ran(DAY, 2 * HOUR_US, 4)
    there = [Part(DAY + n * QUARTER_US, QUARTER_US, 0) for n in range(6)]
    away = [Part(DAY + n * QUARTER_US, 0, QUARTER_US) for n in (6, 7)]
    with found.ledger() as ledger, ledger.transaction():
        presence.put(ledger, 1, (*there, *away))
    fresh = sync_exchange.fresh(found.directory, f"http://127.0.0.1:{web.port}")
    token = hub.joined("ada", fresh.stream_id).token
    state.keep(found.directory, fresh._replace(kind=state.HUB, token=token))
    return found


def synced(codespace: Codespace, level: str) -> bool:
    """One exchange at a level of sharing; whether something was told."""
    codespace.settings = Settings(share_presence=level)
    codespace.at = NOW
    done = codespace.sync()
    assert done.problem == ""
    return done.told


def kept(hub: Played) -> list[tuple[object, ...]]:
    return hub.rows("SELECT day, running_us, core_us FROM unattended ORDER BY day, stream_id")


@pytest.mark.parametrize("level", [NOTHING, BY_HOUR])
def test_unless_it_is_wanted_by_day_a_hub_is_told_nothing_of_it(
    hub: Played, here: Codespace, level: str
) -> None:
    synced(here, level)
    assert kept(hub) == []


def test_a_day_is_told_once_and_again_when_there_is_more_of_it(
    hub: Played, here: Codespace
) -> None:
    assert synced(here, BY_DAY)
    assert kept(hub) == [(DAY // DAY_US, HOUR_US // 2, 2 * HOUR_US)]
    assert not synced(here, BY_DAY)
    here.ran(DAY + 3 * HOUR_US, HOUR_US, 4)
    with here.ledger() as ledger, ledger.transaction():
        presence.put(ledger, 2, (Part(DAY + 3 * HOUR_US, 0, QUARTER_US),))
    assert synced(here, BY_DAY)
    assert kept(hub) == [(DAY // DAY_US, HOUR_US // 2 + QUARTER_US, 3 * HOUR_US)]


def test_what_the_hub_lost_of_it_is_told_again(hub: Played, here: Codespace) -> None:
    synced(here, BY_DAY)
    before = kept(hub)
    hub.rows("DELETE FROM unattended RETURNING 1")
    assert synced(here, BY_DAY)
    assert kept(hub) == before


def test_who_takes_it_back_has_it_deleted(hub: Played, here: Codespace) -> None:
    synced(here, BY_DAY)
    synced(here, NOTHING)
    assert kept(hub) == []


def test_less_of_a_day_than_was_told_replaces_nothing(hub: Played) -> None:
    tracker = hub.joined()
    tracker.tell(lines=[alone("2026-11-10", 3), alone("2026-11-11", 1)])
    tracker.tell(lines=[alone("2026-11-10", 2), alone("2026-11-11", 2), alone("2026-11-11", 1)])
    assert [ran for _, ran, _ in kept(hub)] == [3 * HOUR_US, 2 * HOUR_US]


@pytest.mark.parametrize(
    "line",
    [
        alone("2026-11-10", 25),
        alone("2027-11-10", 1),
        '{"day": "2026-11-31", "unattended_us": 1, "unattended_core_us": 2}',
        '{"day": "2026-11-10", "unattended_us": -1, "unattended_core_us": 2}',
        '{"hour": "2026-11-10T08", "unattended_us": 1, "unattended_core_us": 2, "present_us": 3}',
    ],
)
def test_what_is_no_day_of_unattended_time_is_set_aside(hub: Played, line: str) -> None:
    tracker = hub.joined()
    done = tracker.tell(hours("2026-11-10T08:00:00Z", 1), lines=[line])
    assert (done.taken, len(done.aside)) == (1, 1)
    assert kept(hub) == []


def test_of_two_streams_of_one_codespace_the_longer_day_counts(hub: Played, web: Served) -> None:
    day = UTC.date(DAY)
    for person, ran in (("ada", 3), ("bob", 5)):
        tracker = hub.joined(person, codespace="same", repository="acme/rocket")
        tracker.tell(lines=[alone(day, ran)])
    viewer = hub.run(teams.new_viewer(hub.store, TEAM, "grace", NOW))
    fleet = web.ask("GET", "/v1/fleet", token=viewer, since=day, until=day).json
    assert [one["running_us"] for one in fleet["unattended"]] == [5 * HOUR_US]


def test_it_is_shown_by_month_repository_and_machine_with_its_cost_and_by_no_person(
    hub: Played, web: Served
) -> None:
    first = UTC.date(parse_iso(f"{month_of(NOW)}-01T00:00:00Z"))
    for person, ran, cores in (("ada", 2, 4), ("bob", 10, 2)):
        tracker = hub.joined(person, codespace=f"of-{person}", repository="acme/rocket")
        tracker.tell(lines=[alone(first, ran, cores)])
    local = hub.joined("eve", codespace="of-eve", environment="container", repository="acme/rocket")
    local.tell(lines=[alone(first, 1, 8)])
    viewer = hub.run(teams.new_viewer(hub.store, TEAM, "grace", NOW))
    last = UTC.date(NOW)  # a day on which nothing was told: the whole month is shown
    shown = web.ask("GET", "/unattended.csv", token=viewer, since=last, until=last)
    rows = list(csv.DictReader(io.StringIO(shown.body.decode())))
    assert [
        (row["month"], row["codespace"], row["unattended_hours"], row["estimated_dollars"])
        for row in rows
    ] == [
        (month_of(NOW), "of-ada", "2.0000", "0.72"),
        (month_of(NOW), "of-bob", "10.0000", "1.80"),
        (month_of(NOW), "of-eve", "1.0000", "0.00"),
    ]
    assert "quiet" not in shown.body.decode()
    form = web.ask("GET", "/login")
    [csrf] = re.findall(r'name="csrf" value="(\w+)"', form.body.decode())
    cookie = form.cookies[0].partition(";")[0]
    done = web.ask(
        "POST",
        "/login",
        f"csrf={csrf}&secret={viewer}".encode(),
        headers={"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"},
    )
    session = done.cookies[0].partition(";")[0]
    page = html.unescape(web.ask("GET", "/", headers={"Cookie": session}).body.decode())
    section = page.partition('aria-labelledby="unattended"')[2].partition("</section>")[0]
    assert "36 core-hours, an estimated $2.52" in section
    for expected in ("acme/rocket", "of-ada", "$0.72", "10h 00m", month_of(NOW), "rows add up"):
        assert expected in section, expected
    assert "quiet" not in section


def test_each_answer_of_a_person_says_nothing_of_unattended_time(hub: Played, web: Served) -> None:
    tracker = hub.joined("ada", codespace="fuzzy")
    tracker.tell(lines=[alone(UTC.date(DAY), 7)])
    viewer = hub.run(teams.new_viewer(hub.store, TEAM, "grace", NOW))
    day = UTC.date(DAY)
    fleet = web.ask("GET", "/v1/fleet", token=viewer, since=day, until=day).json
    of_people = json.dumps(fleet["streams"])
    table = web.ask("GET", "/team.csv", token=viewer, since=day, until=day).body.decode()
    for text in (of_people, table):
        assert "unattended" not in text
        assert str(7 * HOUR_US) not in text
    for row in fleet["unattended"]:
        assert {"person", "stream_id", "day"}.isdisjoint(row)
