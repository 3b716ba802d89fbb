"""Streams: what is written is read back, what is told is never taken back, and a stream that lies
or is broken is refused as a whole, with a reason."""

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.examples import examples
from tests.json_schemas import STREAMS, schemas, stream_path_of

from codespace_tracker.core import stream
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.session import ENDINGS
from codespace_tracker.core.stream import (
    Header,
    Stream,
    StreamRefused,
    Told,
    by_day,
    first_of,
    fit,
    newest,
    read,
    rest_of,
    revision,
    to_tell,
    union,
    without,
    write,
)

ME = "11111111-1111-4111-8111-111111111111"
NOW = parse_iso("2026-11-15T12:00:00Z")
HEADER = Header(ME, "codespaces", "fuzzy-space-disco", "octocat", "octocat/hello", "me")
STRETCH = st.tuples(
    st.integers(NOW - 90 * DAY_US, NOW - DAY_US),
    st.integers(0, 20 * MINUTE_US),
    st.sampled_from([2, 4, 8, 16, 32]),
)
IDS = st.text(string.ascii_lowercase, min_size=1, max_size=3)


@st.composite
def tellings(draw: st.DrawFn) -> Told:
    spans = tuple(draw(st.lists(STRETCH, min_size=1, max_size=3)))
    ending = draw(st.sampled_from([None, *ENDINGS]))
    ran = sum(running for _, running, _ in spans)
    origin = draw(st.sampled_from(["", "another"]))
    return Told(draw(IDS), revision(ran, is_open=ending is None), spans, ending, origin)


HEADER_SCHEMA, LINE_SCHEMA = (
    Draft202012Validator(schemas()[stream_path_of(name)]) for name in list(STREAMS)[:2]
)
TOLD = st.lists(tellings(), max_size=8).map(newest)


def one(*spans: stream.Stretch, session: str = "a", ending: Any = "clean") -> Told:
    ran = sum(running for _, running, _ in spans)
    return Told(session, revision(ran, is_open=ending is None), spans, ending)


def at(text: str) -> int:
    return parse_iso(text)


def files_of(*told: Told, header: Header = HEADER) -> dict[str, bytes]:
    return write(Stream(header, told))


def reason(files: dict[str, bytes]) -> str:
    with pytest.raises(StreamRefused) as refused:
        read(files, ME, NOW)
    return str(refused.value)


def changed(files: dict[str, bytes], **fields: Any) -> dict[str, bytes]:
    """The files with other fields in the header."""
    return {
        **files,
        "header.json": json.dumps({**json.loads(files["header.json"]), **fields}).encode(),
    }


def changed_line(**fields: Any) -> dict[str, bytes]:
    """The files of a stream with one session, in which some fields of its line are others."""
    files = files_of(one((NOW - HOUR_US, HOUR_US, 2)))
    line = {**json.loads(files["2026-11.jsonl"]), **fields}
    return {**files, "2026-11.jsonl": json.dumps(line).encode()}


@given(TOLD)
@examples(100)
def test_what_is_written_is_read_back(told: tuple[Told, ...]) -> None:
    files = write(Stream(HEADER, told))
    assert read(files, ME, NOW) == Stream(HEADER, told)
    assert write(Stream(HEADER, tuple(reversed(told)))) == files


@given(TOLD)
@examples(50)
def test_only_the_fields_of_the_schemas_are_in_the_bytes_that_leave(told: tuple[Told, ...]) -> None:
    files = write(Stream(HEADER, told))
    header = json.loads(files.pop("header.json"))
    HEADER_SCHEMA.validate(header)
    assert set(header) == {"format", *Header._fields}
    for content in files.values():
        for line in map(json.loads, content.splitlines()):
            LINE_SCHEMA.validate(line)
            assert set(line) <= {"session_id", "revision", "ending", "origin", "spans"}
            for span in line["spans"]:
                assert set(span) == {"started_at", "running_us", "cores"}


def test_a_session_is_in_the_file_of_the_month_in_which_it_started() -> None:
    start = at("2026-10-31T23:00:00Z")
    files = files_of(one((start, 2 * HOUR_US, 2)))
    assert set(files) == {"header.json", "2026-10.jsonl"}


@given(TOLD, TOLD)
@examples(100)
def test_what_was_told_is_never_taken_back(before: tuple[Told, ...], now: tuple[Told, ...]) -> None:
    told = {one.session_id: one for one in to_tell(before, now)}
    for known in before:
        assert told[known.session_id].revision >= known.revision
    assert set(told) == {one.session_id for one in (*before, *now)}


def test_an_open_session_is_told_again_after_half_an_hour_more() -> None:
    start = NOW - 5 * HOUR_US

    def ran(minutes: int, ending: Any = None) -> Told:
        return one((start, minutes * MINUTE_US, 2), ending=ending)

    assert to_tell([ran(60)], [ran(75)]) == (ran(60),)
    assert to_tell([ran(60)], [ran(90)]) == (ran(90),)
    assert to_tell([ran(60)], [ran(61, "clean")]) == (ran(61, "clean"),)
    assert to_tell([ran(60, "clean")], [ran(75)]) == (ran(75),)  # it was reopened


def test_an_ending_is_newer_than_the_same_time_open() -> None:
    assert revision(5, is_open=True) < revision(5, is_open=False) < revision(6, is_open=True)


@given(st.lists(STRETCH, min_size=1, max_size=4), st.integers(0, 90 * MINUTE_US))
@examples(100)
def test_the_rest_of_a_session_is_what_it_ran_after_the_common_part(
    spans: list[stream.Stretch], common: int
) -> None:
    whole = one(*spans)
    rest = rest_of(whole, common, "rest")
    ran = 0 if rest is None else rest.running_us
    assert ran == max(0, whole.running_us - common)
    if rest is not None:
        assert (
            rest.spans[-1][0] + rest.spans[-1][1] == spans[-1][0] + spans[-1][1] or not spans[-1][1]
        )


@given(st.lists(STRETCH, max_size=5), st.lists(STRETCH, max_size=5))
@examples(200)
def test_time_that_is_taken_counts_once(
    mine: list[stream.Stretch], others: list[stream.Stretch]
) -> None:
    taken = union(others)
    left = without(mine, taken)
    for start, running, _ in left:
        assert all(start + running <= first or last <= start for first, last in taken)
    covered = sum(last - first for first, last in union([*mine, *others]))
    assert covered == sum(b - a for a, b in union(left)) + sum(b - a for a, b in taken)


@given(st.lists(STRETCH, max_size=4))
@examples(100)
def test_days_add_up(spans: list[stream.Stretch]) -> None:
    cut = list(by_day(spans))
    assert sum(running for _, _, running, _ in cut) == sum(running for _, running, _ in spans)
    for day, start, running, _ in cut:
        assert day % DAY_US == 0
        assert day <= start < start + running <= day + DAY_US


def test_of_more_sessions_than_others_read_the_newest_are_told() -> None:
    told = [
        one((NOW - n * HOUR_US, 30 * MINUTE_US, 2), session=f"{n:064}") for n in range(1, 60_000)
    ]
    files = files_of(*told)
    assert sum(map(len, files.values())) <= stream.STREAM_LIMIT
    kept = read(files, ME, NOW).told
    assert kept == tuple(reversed(told[: len(kept)]))
    assert len(kept) > 20_000


def test_unknown_fields_and_files_are_ignored() -> None:
    files = changed(files_of(one((NOW - HOUR_US, HOUR_US, 2))), mood="good")
    files["2026-11.jsonl"] = files["2026-11.jsonl"].replace(
        b'{"session', b'{"new": [1], "session', 1
    )
    files |= {"README": b"\xff", "2026-13.jsonl": b"{", "presence": b""}
    assert len(read(files, ME, NOW).told) == 1


def test_a_newer_format_is_refused_by_name() -> None:
    assert "format 2" in reason(changed(files_of(), format=2))


HOUR = {"started_at": NOW - HOUR_US, "running_us": HOUR_US, "cores": 2}


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "no header.json"),
        ({"header.json": b"{"}, "not JSON"),
        ({"header.json": b"[" * 3000}, "not JSON"),
        ({"header.json": b"[]"}, "not a JSON object"),
        ({"header.json": b" " * 5000}, "4 KiB"),
        ({"header.json": b"{}"}, "no format"),
        (changed(files_of(), format=True), "no format"),
        (changed(files_of(), format="1"), "no format"),
        (changed(files_of(), user=None), "user"),
        (changed(files_of(), user="x" * 300), "user"),
        (changed(files_of(), user="a\x1b[2Jb"), "user"),
        (changed(files_of(), payer="the queen"), "payer"),
        (changed(files_of(), environment=""), "environment"),
        (changed(files_of(), tracker_id="another"), "another tracker"),
        ({**files_of(), "2026-11.jsonl": b"\n{}x"}, "line 2 is not JSON"),
        ({**files_of(), "2026-11.jsonl": b" " * (3 << 20)}, "2 MiB"),
        ({**files_of(), **{f"2{n:03}-01.jsonl": b" " * (1 << 20) for n in range(9)}}, "8 MiB"),
        ({**files_of(), **{f"{n:04}-01.jsonl": b"" for n in range(700)}}, "600 months"),
        (changed_line(session_id="../../etc/passwd"), "id"),
        (changed_line(session_id=None), "id"),
        (changed_line(origin=7), "id"),
        (changed_line(ending="happy"), "ending"),
        (changed_line(ending=[]), "ending"),
        (changed_line(revision=-1), "number"),
        (changed_line(revision=1.5), "number"),
        (changed_line(revision=True), "number"),
        (changed_line(revision=1 << 70), "number"),
        (changed_line(spans=[]), "spans"),
        (changed_line(spans={}), "spans"),
        (changed_line(spans=[7]), "span"),
        (changed_line(spans=[{**HOUR, "running_us": 0}] * 2001), "spans"),
        (changed_line(spans=[{**HOUR, "cores": 1}]), "cores"),
        (changed_line(spans=[{**HOUR, "cores": 33}]), "cores"),
        (changed_line(spans=[{**HOUR, "started_at": 0}]), "2020"),
        (changed_line(spans=[{**HOUR, "running_us": -1}]), "number"),
        (changed_line(spans=[{**HOUR, "running_us": 2 * HOUR_US}]), "future"),
        (changed_line(spans=[{**HOUR, "started_at": NOW - 40 * DAY_US}]), "month"),
        (changed_line(spans=[{**HOUR, "started_at": NOW - 30 * HOUR_US}] * 25), "24 hours"),
        ({**files_of(), "2026-11.jsonl": b'{"a":"' + b"x" * (300 << 10) + b'"}'}, "256 KiB"),
    ],
)
def test_a_broken_or_lying_stream_is_refused_with_a_reason(
    files: dict[str, bytes], why: str
) -> None:
    assert why in reason(files)


def test_a_day_is_full_at_24_hours_over_all_sessions() -> None:
    start = at("2026-11-10T00:00:00Z")
    first, second = (start, 12 * HOUR_US, 2), (start + 12 * HOUR_US, 12 * HOUR_US, 2)
    read(files_of(one(first), one(second, session="b")), ME, NOW)
    longer = (start, 12 * HOUR_US + 1, 2)
    why = reason(files_of(one(longer), one(second, session="b")))
    assert "2026-11-10" in why


def test_what_is_in_the_future_may_be_taken_later() -> None:
    with pytest.raises(StreamRefused) as refused:
        read(files_of(one((NOW, HOUR_US, 2))), ME, NOW)
    assert refused.value.may_pass
    assert len(read(files_of(one((NOW, HOUR_US, 2))), ME, NOW + HOUR_US).told) == 1


def test_a_machine_that_is_no_codespace_may_have_any_size() -> None:
    header = HEADER._replace(environment="host")
    told = one((NOW - HOUR_US, HOUR_US, 64))
    assert read(files_of(told, header=header), ME, NOW).told == (told,)


@given(st.dictionaries(st.sampled_from(["header.json", "2026-11.jsonl", "x"]), st.binary()))
@examples(100)
def test_any_bytes_are_read_or_refused(files: dict[str, bytes]) -> None:
    with pytest.raises(StreamRefused):
        read(files, ME, NOW)


@given(told=tellings(), running_us=st.integers(0, 90 * MINUTE_US))
def test_the_first_part_and_the_rest_of_a_session_are_all_of_it(
    told: Told, running_us: int
) -> None:
    first, rest = first_of(told, running_us), rest_of(told, running_us, "rest")
    ran = [one.running_us for one in (first, rest) if one is not None]
    assert sum(ran) == told.running_us
    assert first is None or first.running_us == min(running_us, told.running_us)


def test_a_day_that_is_full_leaves_out_what_was_imported() -> None:
    day = NOW // DAY_US * DAY_US - DAY_US
    theirs = Told("theirs", 1, ((day, 20 * HOUR_US, 2),), "clean", "another")
    ours = Told("ours", 1, ((day + HOUR_US, 9 * HOUR_US, 2),), "clean")
    assert fit([theirs, ours], "codespaces", NOW) == (ours,)
