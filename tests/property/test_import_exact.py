"""What one ledger exports, another one has after the import: for any sessions, in any order of
tellings."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tests.examples import examples

from codespace_tracker.cli import import_source, session_entry
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, HOUR_US, SECOND_US, Reading
from codespace_tracker.core.session import Ending, Session, Span, begin
from codespace_tracker.ledger import imported
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.imported import Imported
from codespace_tracker.ledger.store import Ledger, Tracker
from codespace_tracker.ledger.telling import tellings

START = 1_790_000_000 * SECOND_US
NOW = START + 300 * DAY_US

Line = dict[str, Any]
Life = tuple[int, list[tuple[int, int, int]], Ending, bool]
"""Of a session: how long after the one before it starts (µs), its spans, its ending, whether it was
imported there. Of a span: how far its start is from the end of the one before it (µs; negative: a
clock set back), µs, cores."""

SPANS = st.lists(
    st.tuples(
        st.integers(-HOUR_US, HOUR_US), st.integers(0, 30 * HOUR_US), st.sampled_from((1, 2, 4, 32))
    ),
    min_size=1,
    max_size=4,
)
LIVES = st.lists(
    st.tuples(
        st.integers(0, DAY_US),
        SPANS,
        st.sampled_from(("paused", "clean", "recovered")),
        st.booleans(),
    ),
    max_size=6,
)


@contextmanager
def ledgers(count: int) -> Iterator[list[Ledger]]:
    """So many ledgers, each of a tracker whose only session started just now."""
    with TemporaryDirectory() as place:
        made = [empty(Path(place) / str(n)) for n in range(count)]
        yield made
        for one in made:
            one.close()


def empty(folder: Path) -> Ledger:
    folder.mkdir()
    ledger = Ledger.open_writer(str(folder / NAME))
    ledger.connection.execute("PRAGMA synchronous = OFF")  # no machine goes off here
    ledger.put_tracker(Tracker(f"tracker-{folder.name}", "host", "", "", "", 0))
    now = Reading(NOW, 0, 0, f"boot-{folder.name}", 0)
    ledger.add_session(
        begin(str(uuid.uuid4()), 1, now, 2, age_us=0, running_us=0, not_before=0), "here"
    )
    return ledger


def fill(ledger: Ledger, lives: list[Life]) -> None:
    """Have the ledger hold these sessions instead, the newest one still open if it is its own."""
    places = [n for n, life in enumerate(lives) if life[3]] + [
        n for n, life in enumerate(lives) if not life[3]
    ]
    theirs = sum(life[3] for life in lives)
    at = START
    for table in ("span", "session"):
        ledger.change(f"DELETE FROM {table}")
    for n, (gap, spans, ending, is_imported) in enumerate(lives):
        at += gap
        number = places.index(n) + 1 - theirs
        is_open = number > 0 and number == len(lives) - theirs
        at = add(
            ledger,
            number,
            at,
            spans,
            None if is_open else ending,
            "elsewhere" if is_imported else "here",
        )


def add(
    ledger: Ledger,
    number: int,
    at: int,
    spans: list[tuple[int, int, int]],
    ending: Ending | None,
    by: str,
) -> int:
    """Write a session that starts at an instant (UTC µs); when it was last seen."""
    started_at, running_us = at, 0
    for n, (shift, ran_us, cores) in enumerate(spans, 1):
        span = Span(n, max(at + shift, started_at), running_us, cores)
        at, running_us = span.started_at + ran_us, running_us + ran_us
        ended_at = None if ending is None else at
        clocks = Session(
            f"id {number}",
            number,
            "boot",
            0,
            started_at,
            at,
            0,
            0,
            running_us,
            span,
            ending,
            ended_at,
        )
        if n == 1:
            ledger.add_session(clocks, "tracker-0" if ending is None else by, "octocat/hello")
        else:
            sql = "INSERT INTO span (session, n, started_at, offset_us, cores) VALUES (?,?,?,?,?)"
            ledger.change(sql, number, *span)
        if n < len(spans) or ending is not None:
            ledger.change("UPDATE span SET running_us=? WHERE session=? AND n=?", ran_us, number, n)
    sql = "UPDATE session SET last_seen_at=?, running_us=?, ended_at=? WHERE number=?"
    ledger.change(sql, at, running_us, ended_at, number)
    return at


def export(ledger: Ledger, path: Path | None = None) -> list[Line]:
    """What `export` prints, also into a file; without our own session of now."""
    lines = [
        dict(session_entry.entry(one, UTC))
        for one in tellings(ledger)
        if one.session.started_at < NOW
    ]
    if path is not None:
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return lines


def take(source: str | Path, into: Ledger) -> Imported:
    """Import a source as the verb does."""
    found = import_source.read(str(source), NOW)
    assert found.problems == []
    with into.transaction():
        done = imported.put(into, reversed(found.sessions), "counter", 2, found.ids)
        imported.put_in_order(into)
    return done


def compared(lines: list[Line]) -> list[Line]:
    """Lines as they arrive: with numbers of the other ledger; one that was open ends where it was
    last seen."""
    left = [
        {key: value for key, value in one.items() if key not in ("number", "imported")}
        for one in lines
    ]
    for one in left:
        if one["state"] == "open":
            one.update(state="recovered", end_time=one["last_seen"], ended_at=one["last_seen_at"])
    return left


def total_us(ledger: Ledger) -> int:
    """The running time of all that was imported, as the tracker adds it up."""
    tracker = ledger.tracker()
    assert tracker is not None
    assert tracker.before_us == tracker.imported_us
    return tracker.before_us


@examples(30)
@given(lives=LIVES, by_file=st.booleans())
@example(
    lives=[
        (0, [(0, 10 * HOUR_US, 2), (-HOUR_US, 60 * SECOND_US, 4)], "clean", False),
        (0, [(0, HOUR_US, 2)], "clean", False),
    ],
    by_file=True,
)
@example(lives=[(0, [(0, 0, 2)], "paused", True), (0, [(5, 7, 1)], "clean", False)], by_file=False)
def test_an_export_that_is_imported_is_exported_the_same(lives: list[Life], by_file: bool) -> None:
    with ledgers(2) as (there, here):
        fill(there, lives)
        path = Path(there.path).parent / "sessions.jsonl"
        lines = export(there, path)
        source = path if by_file else path.parent
        done = take(source, here)
        assert compared(export(here)) == compared(lines)
        assert all(line["imported"] for line in export(here))
        assert (done.added, done.cut, done.overlapping, done.replaced) == (len(lives), 0, 0, 0)
        assert total_us(here) == done.running_us == sum(line["running_us"] for line in lines)
        again = take(source, here)
        assert again == Imported(0, 0, len(lives), 0, 0)
        assert compared(export(here)) == compared(lines)


@examples(20)
@given(
    lives=LIVES.filter(bool),
    more=st.lists(st.integers(1, HOUR_US), min_size=1, max_size=3),
    late=st.booleans(),
)
def test_of_two_tellings_the_newer_one_stays_in_any_order(
    lives: list[Life], more: list[int], late: bool
) -> None:
    with ledgers(2) as (there, here):
        fill(there, lives)
        folder = Path(there.path).parent
        export(there, folder / "early.jsonl")
        newest = there.value("SELECT max(number) FROM session")
        for us in more:
            sql = (
                "UPDATE session SET running_us = running_us + ?1, last_seen_at = last_seen_at + "
                "?1 WHERE number = ?2"
            )
            there.change(sql, us, newest)
            span = (
                "UPDATE span SET running_us = running_us + ?1 WHERE session = ?2 AND running_us "
                "IS NOT NULL AND n ="
            )
            there.change(f"{span} (SELECT max(n) FROM span WHERE session = ?2)", us, newest)
        lines = export(there, folder / "late.jsonl")
        for name in ("late", "early") if late else ("early", "late", "early"):
            take(folder / f"{name}.jsonl", here)
        assert compared(export(here)) == compared(lines)
        assert total_us(here) == sum(line["running_us"] for line in lines)


TIMES = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=5)
"""Sessions of one tracker: how long after the end of the one before they start, and how long they
ran (minutes)."""


@examples(15)
@given(places=st.lists(TIMES, min_size=2, max_size=3), order=st.randoms(use_true_random=False))
def test_time_that_several_places_counted_is_in_the_total_once(
    places: list[list[tuple[int, int]]], order: Any
) -> None:
    minute = 60 * SECOND_US
    ran: set[int] = set()
    with ledgers(len(places) + 1) as (here, *there):
        for n, (times, ledger) in enumerate(zip(places, there, strict=True)):
            at = 0
            for table in ("span", "session"):
                ledger.change(f"DELETE FROM {table}")
            for number, (gap, length) in enumerate(times, 1):
                at += gap
                add(ledger, number, START + at * minute, [(0, length * minute, 2)], "clean", "here")
                ledger.change(
                    "UPDATE session SET session_id = ? WHERE number = ?", f"{n} {number}", number
                )
                ran |= set(range(at, at + length))
                at += length
        visits = [ledger for ledger in there for _ in range(2)]
        order.shuffle(visits)
        for ledger in visits:
            take(Path(ledger.path).parent, here)
        before = export(here)
        assert total_us(here) == len(ran) * minute
        covered = sorted(
            (span["started_at"], span["running_us"]) for line in before for span in line["spans"]
        )
        assert all(start + us <= after for (start, us), (after, _) in pairwise(covered))
        assert {take(Path(ledger.path).parent, here).added for ledger in there} == {0}
        assert export(here) == before
