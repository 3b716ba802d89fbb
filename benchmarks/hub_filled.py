"""A hub's database with millions of tellings in it, and how long views of them take.

The tellings are put there by SQL, in the form in which the hub keeps them, with their sums of days.
Only their marks are not what a tracker would compute: it would tell them again. The hub's own
statements do not look at them.
"""

from __future__ import annotations

import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode

import psycopg
from benchmarks.hub_load import resident_mb
from tests.hub.serving import Answer, Served, served
from tests.hub.stores import TEAM, Played

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, MINUTE_US
from codespace_tracker.hub import tokens
from codespace_tracker.hub.store.interface import month_day, month_name, next_month

_DAYS = 500
_A_DAY = 10
_RUNNING_US = 15 * MINUTE_US
_EVERY_US = 30 * MINUTE_US
_VIEWED_DAYS = 30
_BYTES = 1500  # of disk for a telling, with its part of the write-ahead log
_TIMES = 3

_PEOPLE = """
    INSERT INTO person (team, person, pseudonym, added_at)
    SELECT %(team)s::text, 'filled ' || n, 'quiet filled ' || n, %(now)s::bigint
    FROM generate_series(1, %(more)s::integer) n
"""
_STREAMS = """
    INSERT INTO stream (team, stream_id, person, added_at)
    SELECT %(team)s::text, gen_random_uuid()::text, 'filled ' || n, %(now)s::bigint
    FROM generate_series(1, %(more)s::integer) n
"""
_HEADERS = """
    UPDATE stream SET environment = 'codespaces', codespace = stream_id, payer = 'organization',
        repository = 'acme/part-' || (hashtext(stream_id) & 31),
        seen_at = %(now)s::bigint, told_at = %(now)s::bigint
    WHERE team = %(team)s
"""
_TELLINGS = """
    INSERT INTO telling (team, stream_id, month, session_id, revision, mark, started_at, seen_at,
                         origin, spans, days)
    SELECT s.team, s.stream_id, %(month)s::integer, 'filled-' || day || '-' || n,
           2 * ran.us + 1,
           ('x' || left(md5(s.stream_id || day || '-' || n), 12))::bit(48)::bigint,
           start.at, start.at + ran.us, '',
           ARRAY[start.at, ran.us, 2], ARRAY[day, ran.us, 2 * ran.us, 1]
    FROM stream s, generate_series(%(first)s::integer, %(end)s::integer - 1) day,
         generate_series(0, %(a_day)s::integer - 1) n,
         LATERAL (SELECT day * %(day_us)s::bigint + n * %(every)s::bigint AS at) start,
         LATERAL (SELECT %(ran)s::bigint AS us) ran
    WHERE s.team = %(team)s
"""
_SUMS = """
    INSERT INTO day (team, stream_id, day, running_us, core_us, sessions)
    SELECT s.team, s.stream_id, day, %(a_day)s::integer * %(ran)s::bigint,
           2 * %(a_day)s::integer * %(ran)s::bigint, %(a_day)s::integer
    FROM stream s, generate_series(%(first)s::integer, %(end)s::integer - 1) day
    WHERE s.team = %(team)s
"""


class Filled(NamedTuple):
    """What was put into a database, how long that took (s), and how large it is then."""

    tellings: int
    streams: int
    days: int
    seconds: float
    size_bytes: int


class View(NamedTuple):
    """An answer to a viewer: its status, its size, and how long it took (ms)."""

    status: int
    size_bytes: int
    ms: float


class Views(NamedTuple):
    """What a viewer of a filled database is answered for the last 30 days, by a hub that has
    nothing else to do; and the most memory (MB) that this took of it."""

    fleet: View
    page: View
    most_mb: float


def check_disk(tellings: int) -> None:
    """Raises SystemExit if the disk has no room for that many."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < tellings * _BYTES:
        raise SystemExit(
            f"{tempfile.gettempdir()}: {tellings:,} tellings need {tellings * _BYTES / 1e9:.0f} GB,"
            f" and {free / 1e9:.0f} GB are free. Fix: set TMPDIR, or ask for fewer (--tellings)."
        )


def fill(played: Played, tellings: int) -> Filled:
    """Put about that many tellings into the team's database, in the last 500 days until yesterday:
    10 a day of each stream, and as many streams as it takes, but those of the team at least."""
    began = time.monotonic()
    there = len(played.run(played.store.streams(TEAM)))
    streams = max(there, tellings // (_DAYS * _A_DAY))
    a_day = max(1, tellings // (streams * _DAYS))
    days = max(1, tellings // (streams * a_day))
    end = played.now // DAY_US
    values = {
        "team": TEAM,
        "now": played.now,
        "more": streams - there,
        "a_day": a_day,
        "day_us": DAY_US,
        "every": _EVERY_US,
        "ran": _RUNNING_US,
        "first": end - days,
        "end": end,
    }
    with psycopg.connect(played.url, autocommit=True) as connection:
        for statement in (_PEOPLE, _STREAMS, _HEADERS):
            connection.execute(statement, values)
        month = month_day(month_name(end - days))
        while month < end:
            played.run(played.store.make_months(month))
            after = next_month(month)
            part = {"month": month, "first": max(month, end - days), "end": min(after, end)}
            connection.execute(_TELLINGS, {**values, **part})
            month = after
        connection.execute(_SUMS, values)
        # as it is after a while
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert row is not None
    passed = time.monotonic() - began
    return Filled(streams * a_day * days, streams, days, passed, int(row[0]))


def views(played: Played) -> Views:
    """What a viewer of the team is answered."""
    secret = tokens.made("viewer", TEAM)
    given = tokens.given("viewer", secret)
    assert given is not None
    played.run(played.store.add_viewer(given, "benchmark", played.now))
    today = played.now // DAY_US
    since, until = (UTC.date(day * DAY_US) for day in (today - _VIEWED_DAYS + 1, today))
    asked = "?" + urlencode({"since": since, "until": until})
    with served(played.url, "--rate", "0") as web:
        cookies = _logged_in(web, secret)
        fleet = _view(lambda: web.ask("GET", f"/v1/fleet{asked}", token=secret))
        page = _view(lambda: web.ask("GET", f"/{asked}", headers={"Cookie": cookies}))
        assert web.process is not None
        return Views(fleet, page, resident_mb(web.process.pid, most=True))


def _view(ask: Callable[[], Answer]) -> View:
    """The same request some times: the worst status, and the median of the times."""
    answers, took = [], []
    for _ in range(_TIMES):
        began = time.monotonic()
        answers.append(ask())
        took.append(1000 * (time.monotonic() - began))
    worst = max(answers, key=lambda answer: answer.status)
    return View(worst.status, len(worst.body), statistics.median(took))


def _logged_in(web: Served, secret: str) -> str:
    """The cookies of a viewer who has logged in."""
    form = web.ask("GET", "/login")
    value = re.search(rb'name="csrf" value="(\w+)"', form.body)
    assert value
    fields = {"csrf": value[1].decode(), "secret": secret}
    kind = "application/x-www-form-urlencoded"
    headers = {"Content-Type": kind, "Cookie": _cookies(form)}
    answer = web.ask("POST", "/login", urlencode(fields).encode(), headers=headers)
    assert answer.status == 303, answer.body
    return f"{_cookies(form)}; {_cookies(answer)}"


def _cookies(answer: Answer) -> str:
    return "; ".join(line.partition(";")[0] for line in answer.cookies)
