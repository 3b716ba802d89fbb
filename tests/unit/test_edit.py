"""Changing the user's trigger_config.json: what is added is there, and all else is as it was, to
the letter."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codespace_tracker.cli.trigger_file import change
from codespace_tracker.config.edit import path_of, with_field, with_trigger
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.failure import Failure

NEW = {"label": "new", "script_command": "true", "conditions": {"every_minutes": 5}}

TEXTS = [
    "[]",
    "[ ]\n",
    '[{"label": "a"}]',
    '[\n  {"label": "a"},\n  {"label": "b"}\n]\n',
    '[\n\t{\n\t\t"label": "a"\n\t}\n]',
    '{\n  "$schema": "./x.json",\n  "triggers": []\n}\n',
    "{\n"
    '  "$schema": "./x.json",\n'
    '  "triggers": [\n'
    "    {\n"
    '      "label":"a" ,  "x": [1,\n'
    "2]\n"
    "    }\n"
    "  ]\n"
    "}\n",
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
    before = [
        {key: value for key, value in one.items() if key != "$schema"} for one in entries(text)
    ]
    assert entries(after) == [*before, NEW]
    assert entries(with_trigger(after, NEW)) == [*before, NEW, NEW]


@pytest.mark.parametrize(
    "text", [text for text in TEXTS if entries(text) and "label" not in json.loads(text)]
)
def test_what_was_there_stays_to_the_letter(text: str) -> None:
    after = with_trigger(text, NEW)
    added = json.dumps(NEW["label"])
    assert added in after
    shared = next(
        n for n, (one, other) in enumerate(zip(text, after + "\0", strict=False)) if one != other
    )
    rest = text[shared:]
    assert after.endswith(rest)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('[\n  {"a": 1}\n]\n', '[\n  {"a": 1},\n  {"b": {"c": 2}}\n]\n'),
        ('[{"a": 1}]', '[{"a": 1}, {"b": {"c": 2}}]'),
        ('[{"a":1}]', '[{"a":1},{"b":{"c":2}}]'),
        ('[\n\t{\n\t\t"a": 1\n\t}\n]', '[\n\t{\n\t\t"a": 1\n\t},\n\t{\n\t\t"b": {"c": 2}\n\t}\n]'),
        ('[{\n  "a": 1\n}]', '[{\n  "a": 1\n}, {\n  "b": {"c": 2}\n}]'),
        (
            '[\n\t{\n\t\t"conditions": {\n\t\t\t"a": 1\n\t\t}\n\t}\n]',
            "[\n"
            "\t{\n"
            '\t\t"conditions": {\n'
            '\t\t\t"a": 1\n'
            "\t\t}\n"
            "\t},\n"
            "\t{\n"
            '\t\t"b": {\n'
            '\t\t\t"c": 2\n'
            "\t\t}\n"
            "\t}\n"
            "]",
        ),
        (
            '{\r\n    "triggers": []\r\n}\r\n',
            "{\r\n"
            '    "triggers": [\r\n'
            "        {\r\n"
            '            "b": {"c": 2}\r\n'
            "        }\r\n"
            "    ]\r\n"
            "}\r\n",
        ),
        (
            '{\n  "conditions": {\n    "x": 1\n  }\n}\n',
            "[\n"
            "  {\n"
            '    "conditions": {\n'
            '      "x": 1\n'
            "    }\n"
            "  },\n"
            "  {\n"
            '    "b": {\n'
            '      "c": 2\n'
            "    }\n"
            "  }\n"
            "]\n",
        ),
        ('{"$schema": "x", "a": 1}', '{"$schema": "x", "triggers": [{"a": 1}, {"b": {"c": 2}}]}'),
        (
            '{\n  "a":  1,\n  "$schema": "x"\n}',
            '{\n  "$schema": "x",\n  "triggers": [\n    {\n      "a":  1\n    },\n'
            '    {\n      "b": {"c": 2}\n'
            "    }\n  ]\n}",
        ),
    ],
)
def test_an_added_trigger_is_laid_out_like_its_neighbour(text: str, after: str) -> None:
    assert with_trigger(text, {"b": {"c": 2}}) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('[{"label": "a", "enabled": true}]', '[{"label": "a", "enabled": false}]'),
        ('[{"label": "a"}]', '[{"label": "a", "enabled": false}]'),
        ('[{"label":"a"}]', '[{"label":"a","enabled":false}]'),
        (
            '[\n  {\n    "label": "a"\n  }\n]\n',
            '[\n  {\n    "label": "a",\n    "enabled": false\n  }\n]\n',
        ),
        (
            '[\r\n\t{\r\n\t\t"label": "a"\r\n\t}\r\n]',
            '[\r\n\t{\r\n\t\t"label": "a",\r\n\t\t"enabled": false\r\n\t}\r\n]',
        ),
        (
            '{"label": "a", "x": {"enabled": 1}}',
            '{"label": "a", "x": {"enabled": 1}, "enabled": false}',
        ),
        ('{"triggers": [{"label": "a"}]}', '{"triggers": [{"label": "a", "enabled": false}]}'),
    ],
)
def test_a_field_is_set_in_its_place_or_added(text: str, after: str) -> None:
    assert with_field(text, path_of(text, 0), "enabled", False) == after


LABELS = st.text(st.characters(codec="utf-8"), max_size=8)
ENTRIES = st.fixed_dictionaries(
    {"label": LABELS},
    optional={
        "conditions": st.dictionaries(LABELS, st.integers() | st.text(max_size=5), max_size=2),
        "env": st.dictionaries(LABELS, st.lists(LABELS, max_size=2), max_size=2),
        "enabled": st.booleans(),
    },
)


@given(
    written=st.lists(ENTRIES, max_size=3),
    form=st.sampled_from(["list", "file", "schema", "one"]),
    indent=st.sampled_from([None, 1, 2, 4, "\t"]),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")]),
    ascii_only=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n"]),
    end=st.sampled_from(["", "\n", "  \n\n"]),
)
def test_however_a_file_is_laid_out_only_what_is_asked_for_changes(
    written: list[dict[str, Any]],
    form: str,
    indent: int | str | None,
    separators: tuple[str, str],
    ascii_only: bool,
    newline: str,
    end: str,
) -> None:
    found: Any = {
        "list": written,
        "file": {"triggers": written},
        "schema": {"$schema": "./x", "triggers": written},
    }
    content = written[0] if form == "one" and written else found.get(form, written)
    text = json.dumps(content, indent=indent, separators=separators, ensure_ascii=ascii_only) + end
    text = text.replace("\n", newline)
    before = entries(text)
    after = with_trigger(text, NEW)
    assert entries(after) == [*before, NEW]
    assert after.endswith(end.replace("\n", newline))
    if "\n" in text:
        assert after.count("\n") == after.count(newline), "one kind of line end"
    for n, one in enumerate(before):
        changed = with_field(text, path_of(text, n), "enabled", False)
        assert entries(changed) == [*before[:n], {**one, "enabled": False}, *before[n + 1 :]]
        assert lost(text, changed) <= len("true"), "nothing but the value that was there"
    if before and form != "one":
        assert lost(text, after) == 0


def lost(text: str, after: str) -> int:
    """How many characters of a text are not there any more, where one stretch of it was changed."""
    same = _shared(text, after)
    return len(text) - same - _shared(text[same:][::-1], after[same:][::-1])


def _shared(text: str, other: str) -> int:
    return next(
        (n for n, (a, b) in enumerate(zip(text, other, strict=False)) if a != b),
        min(len(text), len(other)),
    )


def test_the_path_of_a_trigger_is_that_of_its_place_in_the_file() -> None:
    assert path_of('{"triggers": [{"label": "a"}, {"label": "b"}]}', 1) == ("triggers", 1)
    assert path_of('[{"label": "a"}]', 0) == (0,)
    assert path_of('{"label": "a"}', 0) == ()


def written_meanwhile(directory: Path, times: int) -> Callable[[str, list[Trigger]], str]:
    """Adds NEW, while an editor saves the file beside it, so many times."""
    left = iter(range(times))

    def how(text: str, _: list[Trigger]) -> str:
        for n in left:
            other = {
                "label": f"other {n}",
                "script_command": "true",
                "conditions": {"every_minutes": 1},
            }
            (directory / "trigger_config.json").write_text(json.dumps([other]))
            break
        return with_trigger(text, NEW)

    return how


def test_what_an_editor_saves_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "trigger_config.json").write_text("[]")
    changed = change(str(tmp_path), written_meanwhile(tmp_path, 2))
    assert [one.label for one in changed.triggers] == ["other 1", "new"]
    assert [one["label"] for one in entries((tmp_path / "trigger_config.json").read_text())] == [
        "other 1",
        "new",
    ]
    assert "not running" in changed.note


def test_a_file_that_never_rests_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "trigger_config.json").write_text("[]")
    with pytest.raises(Failure, match="keeps changing it"):
        change(str(tmp_path), written_meanwhile(tmp_path, 1000))
    assert [one["label"] for one in entries((tmp_path / "trigger_config.json").read_text())] != [
        "new"
    ]


def test_a_change_that_would_not_do_is_not_made_and_nothing_is_left_lying_about(
    tmp_path: Path,
) -> None:
    path = tmp_path / "trigger_config.json"
    path.write_text("[]")
    with pytest.raises(Failure, match="1 problem"):
        change(
            str(tmp_path), lambda *_: '[{"label": "x", "script_command": "true", "conditions": {}}]'
        )
    assert path.read_text() == "[]"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
