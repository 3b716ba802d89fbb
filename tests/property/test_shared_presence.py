"""What a stream tells of presence: what its person chose, nothing more, and nothing that a machine
cannot have run is taken from others."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.examples import examples
from tests.json_schemas import schemas

from codespace_tracker.core import shared_presence
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.presence import QUARTER_US
from codespace_tracker.core.shared_presence import (
    BY_DAY,
    BY_HOUR,
    LEVELS,
    NOTHING,
    Attended,
    Shared,
    lower,
    shared,
)
from codespace_tracker.core.stream import Header, Stream, StreamRefused, is_part, read, write

ME = "11111111-1111-4111-8111-111111111111"
NOW = parse_iso("2026-11-15T12:00:00Z")
HEADER = Header(ME, "codespaces", "disco", "octocat", "octocat/hello", "me")
FIRST = parse_iso("2026-09-10T00:00:00Z")
NONE = Shared()
QUARTERS = st.lists(
    st.builds(
        lambda n, cores, present, absent: (
            FIRST + n * QUARTER_US,
            cores,
            present,
            min(absent, QUARTER_US - present),
        ),
        st.integers(0, 60 * 96 - 1),
        st.sampled_from([2, 4, 32]),
        st.integers(0, QUARTER_US),
        st.integers(0, QUARTER_US),
    ),
    max_size=60,
    unique_by=lambda quarter: quarter[0],
)
KEYS = {
    BY_DAY: {"day", "unattended_us", "unattended_core_us"},
    BY_HOUR: {"hour", "unattended_us", "unattended_core_us", "present_us"},
}
"""All that may leave, by level."""
ENDS = {BY_DAY: ".unattended.jsonl", BY_HOUR: ".presence.jsonl"}
VALID = {
    level: Draft202012Validator(schemas()[f"streams/{end.split('.')[1]}.schema.json"])
    for level, end in ENDS.items()
}


def told_at(level: str, quarters: Any, until: int = NOW, before: Shared = NONE) -> Shared:
    return shared(level, quarters, until, before)


@given(QUARTERS)
@examples(50)
def test_by_default_no_byte_of_it_leaves_whatever_was_told_before(quarters: Any) -> None:
    before = told_at(BY_HOUR, quarters)
    assert set(write(Stream(HEADER, (), told_at(NOTHING, quarters, before=before)))) == {
        "header.json"
    }


@given(QUARTERS, st.sampled_from([BY_DAY, BY_HOUR]), st.sampled_from(LEVELS))
@examples(100)
def test_only_what_the_level_allows_is_in_the_bytes_that_leave(
    quarters: Any, level: str, before_level: str
) -> None:
    before = told_at(before_level, quarters)
    files = write(Stream(HEADER, (), told_at(level, quarters, before=before)))
    files.pop("header.json")
    for name, content in files.items():
        assert name.endswith(ENDS[level])
        assert is_part(name)
        for line in map(json.loads, content.splitlines()):
            assert set(line) == KEYS[level]
            VALID[level].validate(line)
    if level == BY_DAY:
        assert b"present" not in b"".join(files.values())


@given(QUARTERS, st.sampled_from(LEVELS))
@examples(100)
def test_what_is_written_is_read_back(quarters: Any, level: str) -> None:
    presence = told_at(level, quarters)
    stream = Stream(HEADER, (), presence)
    found = read(write(stream), ME, NOW)
    assert found.presence.parts == presence.parts
    assert found.presence.level == (level if presence.parts else NOTHING)


@given(QUARTERS, st.sampled_from([BY_DAY, BY_HOUR]))
@examples(50)
def test_it_adds_up_to_what_was_seen_by_then(quarters: Any, level: str) -> None:
    until = NOW - 30 * DAY_US
    parts = told_at(level, quarters, until).parts
    ended = [one for one in quarters if one[0] + QUARTER_US <= until]
    assert sum(one.unattended_us for one in parts) == sum(absent for *_, absent in ended)
    assert sum(one.unattended_core_us for one in parts) == sum(
        cores * absent for _, cores, _, absent in ended
    )
    if level == BY_HOUR:
        assert sum(one.present_us or 0 for one in parts) == sum(one[2] for one in ended)
        assert all(one.at % HOUR_US == 0 for one in parts)
    else:
        assert all(one.at % DAY_US == 0 for one in parts)


def test_an_hour_with_more_than_an_hour_is_told_as_one_that_others_take() -> None:
    quarters = [(FIRST, 4, 40 * MINUTE_US, 50 * MINUTE_US)] * 2
    [one] = told_at(BY_HOUR, quarters).parts
    assert one == Attended(FIRST, HOUR_US, 4 * HOUR_US, 0)
    assert read(write(Stream(HEADER, (), Shared(BY_HOUR, (one,)))), ME, NOW).presence.parts


def test_what_was_told_at_the_same_level_outlives_the_ledger() -> None:
    before = Shared(BY_DAY, (Attended(FIRST, 9, 18), Attended(FIRST + DAY_US, 9, 18)))
    quarters = [(FIRST, 2, 0, 5), (FIRST + DAY_US, 2, 0, 20)]
    parts = told_at(BY_DAY, quarters, before=before).parts
    assert [one.unattended_us for one in parts] == [9, 20]
    assert told_at(BY_HOUR, [], before=before).parts == ()


def test_the_oldest_is_left_out_where_it_would_be_too_much() -> None:
    quarters = [(FIRST - n * HOUR_US, 2, 0, 900) for n in range(20_000)]
    files = write(Stream(HEADER, (), told_at(BY_HOUR, quarters)))
    assert sum(map(len, files.values())) <= shared_presence.LIMIT + 4096
    found = read(files, ME, NOW).presence.parts
    assert 5_000 < len(found) < 20_000
    assert found[-1].at == FIRST


@pytest.mark.parametrize(
    ("name", "line", "reason"),
    [
        ("2026-11.unattended.jsonl", {"unattended_us": DAY_US + 1}, "more than a machine can run"),
        ("2026-11.unattended.jsonl", {"unattended_core_us": 1}, "more than a machine can run"),
        ("2026-11.unattended.jsonl", {"unattended_us": -1}, "not as in docs/json"),
        ("2026-11.unattended.jsonl", {"unattended_us": True}, "not as in docs/json"),
        ("2026-11.unattended.jsonl", {"day": "2026-11-31"}, "not as in docs/json"),
        ("2026-11.unattended.jsonl", {"day": "2026-10-31"}, "of another month"),
        ("2026-11.unattended.jsonl", {"day": "2026-11-16"}, "in the future"),
        ("2019-11.unattended.jsonl", {"day": "2019-11-16"}, "before 2020"),
        ("2026-11.presence.jsonl", {"hour": "2026-11-01T24"}, "not as in docs/json"),
        ("2026-11.presence.jsonl", {"hour": "2026-11-01T01", "present_us": HOUR_US}, "more than"),
    ],
)
def test_what_cannot_be_is_refused_with_the_whole_stream(
    name: str, line: dict[str, Any], reason: str
) -> None:
    good = {"day": "2026-11-02", "unattended_us": 60, "unattended_core_us": 120}
    content = json.dumps({**good, **line}).encode()
    with pytest.raises(StreamRefused, match=reason):
        read({**write(Stream(HEADER, ())), name: content}, ME, NOW)


def test_days_twice_two_levels_and_too_much_are_refused() -> None:
    files = write(Stream(HEADER, (), told_at(BY_DAY, [(FIRST, 2, 0, 5)])))
    [name] = [one for one in files if "unattended" in one]
    with pytest.raises(StreamRefused, match="twice"):
        read({**files, name: files[name] * 2}, ME, NOW)
    with pytest.raises(StreamRefused, match="by day and by hour"):
        read({**files, "2026-11.presence.jsonl": b""}, ME, NOW)
    with pytest.raises(StreamRefused, match="more than 1 MiB"):
        read({**files, name: b"\n" * (shared_presence.LIMIT + 1)}, ME, NOW)


def test_the_lower_of_two_levels_is_the_one_that_tells_less() -> None:
    assert lower(BY_HOUR, NOTHING) == lower(NOTHING, BY_DAY) == NOTHING
    assert lower(BY_HOUR, BY_DAY) == BY_DAY
