"""A trigger changed in its place or taken out of trigger_config.json: all else is as it was, to the
letter."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codespace_tracker.config.edit import with_changes, without_trigger

A, B, C = (
    f'{{"label": "{name}",  "script_command" : "true", "conditions": {{"every_minutes": 5}}}}'
    for name in "abc"
)
SCHEMA = '"$schema": "./trigger_config.schema.json"'


@pytest.mark.parametrize(
    ("text", "n", "after"),
    [
        (f"[{A}, {B}]", 0, f"[{B}]"),
        (f"[{A}, {B}]", 1, f"[{A}]"),
        (f"[\r\n\t{A} ,\r\n\t{B},\r\n\t{C}\r\n]\r\n", 1, f"[\r\n\t{A},\r\n\t{C}\r\n]\r\n"),
        (f"[\n  {A},\n  {B},\n  {C}\n]\n", 0, f"[\n  {B},\n  {C}\n]\n"),
        (f"[\n  {A},\n  {B},\n  {C}\n]\n", 2, f"[\n  {A},\n  {B}\n]\n"),
        (f"[\n  {A}\n]\n", 0, "[]\n"),
        (
            f'{{\n  {SCHEMA},\n  "triggers": [\n    {A}\n  ]\n}}\n',
            0,
            f'{{\n  {SCHEMA},\n  "triggers": []\n}}\n',
        ),
        (f"{A}\n", 0, "[]\n"),
        (f'{{{SCHEMA}, "label": "a"}}\n', 0, f'{{{SCHEMA}, "triggers": []}}\n'),
    ],
)
def test_a_trigger_is_taken_out_and_the_rest_stays(text: str, n: int, after: str) -> None:
    assert without_trigger(text, n) == after


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        (
            {"script_command": "false"},
            '{"label": "a",  "script_command" : "false", "conditions": {"every_minutes": 5}}',
        ),
        (
            {"retries": 3},
            '{"label": "a",  "script_command" : "true", "conditions": {"every_minutes": 5}, '
            '"retries": 3}',
        ),
        (
            {"conditions": {"every_minutes": 120}},
            '{"label": "a",  "script_command" : "true", "conditions": {"every_minutes": 120}}',
        ),
        (
            {"conditions": {"at": "0 0 * * *"}},
            '{"label": "a",  "script_command" : "true", "conditions": {"at": "0 0 * * *"}}',
        ),
        (
            {"conditions": {"today_runtime_hours": 2}},
            '{"label": "a",  "script_command" : "true", "conditions": {"every_minutes": 5, '
            '"today_runtime_hours": 2}}',
        ),
    ],
)
def test_a_field_is_changed_in_its_place(changes: dict[str, Any], after: str) -> None:
    assert with_changes(f"[{B},\n {A}]", 1, changes) == f"[{B},\n {after}]"


@pytest.mark.parametrize(
    ("before", "given_", "after"),
    [
        (
            {"current_session_minutes": 5},
            {"minute_runtime_minutes": 9},
            {"minute_runtime_minutes": 9},
        ),
        ({"total_runtime_minutes": 5}, {"total_runtime_hours": 9}, {"total_runtime_hours": 9}),
        (
            {"at": "0 0 * * *", "today_runtime_hours": 1},
            {"idle_minutes": 9},
            {"today_runtime_hours": 1, "idle_minutes": 9},
        ),
        ({"event": "session_start"}, {"every_minutes": 9}, {"every_minutes": 9}),
    ],
)
def test_a_condition_takes_the_place_of_another_of_its_kind(
    before: dict[str, Any], given_: dict[str, Any], after: dict[str, Any]
) -> None:
    text = json.dumps({"label": "a", "conditions": before}, indent=2)
    assert json.loads(with_changes(text, 0, {"conditions": given_})) == {
        "label": "a",
        "conditions": after,
    }


_SPACES = st.sampled_from(["", " ", "\n", "\r\n\t", "\n    "])


@given(
    st.lists(st.tuples(st.sampled_from([A, B, C]), _SPACES, _SPACES), min_size=1, max_size=5),
    st.data(),
    _SPACES,
)
def test_of_any_layout_only_the_one_that_is_meant_is_taken_out(
    parts: list[tuple[str, str, str]], data: st.DataObject, end: str
) -> None:
    text = f"[{','.join(before + entry + behind for entry, before, behind in parts)}{end}]"
    n = data.draw(st.integers(0, len(parts) - 1))
    found = json.loads(text)
    assert json.loads(without_trigger(text, n)) == found[:n] + found[n + 1 :]
