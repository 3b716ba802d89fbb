"""Changing the user's trigger_config.json: what is added is there, and all else is as it was, to the letter."""

import json
from typing import Any

import pytest

from codespace_tracker.config.edit import path_of, with_field, with_trigger

NEW = {"label": "new", "script_command": "true", "conditions": {"every_minutes": 5}}

TEXTS = [
    "[]",
    "[ ]\n",
    '[{"label": "a"}]',
    '[\n  {"label": "a"},\n  {"label": "b"}\n]\n',
    '[\n\t{\n\t\t"label": "a"\n\t}\n]',
    '{\n  "$schema": "./x.json",\n  "triggers": []\n}\n',
    '{\n  "$schema": "./x.json",\n  "triggers": [\n    {\n      "label":"a" ,  "x": [1,\n2]\n    }\n  ]\n}\n',
    '{"label": "a", "x": "ä \\u00e4 ]}"}',
    '{\n  "label": "a"\n}\n',
    '{"$schema": "./x.json", "label": "a"}',
]


def entries(text: str) -> list[dict[str, Any]]:
    found = json.loads(text)
    if isinstance(found, list):
        return found
    return list(found["triggers"]) if "triggers" in found else [found]


@pytest.mark.parametrize("text", TEXTS)
def test_a_trigger_is_added_after_those_that_are_there(text: str) -> None:
    after = with_trigger(text, NEW)
    before = [{key: value for key, value in one.items() if key != "$schema"} for one in entries(text)]
    assert entries(after) == [*before, NEW]
    assert entries(with_trigger(after, NEW)) == [*before, NEW, NEW]


@pytest.mark.parametrize("text", [text for text in TEXTS if entries(text) and "label" not in json.loads(text)])
def test_what_was_there_stays_to_the_letter(text: str) -> None:
    after = with_trigger(text, NEW)
    added = json.dumps(NEW["label"])
    assert added in after
    shared = next(n for n, (one, other) in enumerate(zip(text, after + "\0", strict=False)) if one != other)
    rest = text[shared:]
    assert after.endswith(rest)


def test_an_added_trigger_is_laid_out_like_its_neighbour() -> None:
    assert (
        with_trigger('[\n  {"label": "a"}\n]\n', {"label": "b"})
        == '[\n  {"label": "a"},\n  {\n    "label": "b"\n  }\n]\n'
    )
    assert with_trigger('[{"label": "a"}]', {"label": "b"}) == '[{"label": "a"},{"label": "b"}]'


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('[{"label": "a", "enabled": true}]', '[{"label": "a", "enabled": false}]'),
        ('[{"label": "a"}]', '[{"label": "a","enabled": false}]'),
        ('[\n  {\n    "label": "a"\n  }\n]\n', '[\n  {\n    "label": "a",\n    "enabled": false\n  }\n]\n'),
        ('{"label": "a", "x": {"enabled": 1}}', '{"label": "a", "x": {"enabled": 1}, "enabled": false}'),
    ],
)
def test_a_field_is_set_in_its_place_or_added(text: str, after: str) -> None:
    path = path_of(text, "a")
    assert path is not None
    assert json.loads(with_field(text, path, "enabled", False)) == json.loads(after)
    assert with_field(text, path, "enabled", False) == after


def test_a_trigger_is_found_by_its_label() -> None:
    assert path_of('{"triggers": [{"label": "a"}, {"label": "b"}]}', "b") == ("triggers", 1)
    assert path_of('[{"label": "a"}]', "b") is None
    assert path_of('{"label": "a"}', "b") is None
