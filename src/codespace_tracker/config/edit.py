"""Changing trigger_config.json as a careful person would: what is there, its layout included, stays
as it is.

Every text here is one that `triggers_from` takes.
"""

import json
import re
from typing import Any, NamedTuple

from codespace_tracker.config.conditions import CONDITIONS
from codespace_tracker.config.json_positions import Path, Place, Places, places


class _Style(NamedTuple):
    """How a file is laid out: how its lines end, one step of indentation, what follows a colon and
    a comma, and whether what lies within a trigger is written in several lines too."""

    newline: str
    step: str
    colon: str
    comma: str
    is_deep: bool


def with_trigger(text: str, entry: dict[str, Any]) -> str:
    """The text with a trigger added at the end."""
    found, where = json.loads(text), places(text)
    if isinstance(found, dict) and "triggers" not in found:
        return _beside(text, where, "$schema" in found, entry)
    path: Path = ("triggers",) if isinstance(found, dict) else ()
    count = len(found["triggers"] if isinstance(found, dict) else found)
    return _appended(text, where, path, count, entry)


def with_field(text: str, path: Path, key: str, value: Any) -> str:
    """The text with a field of the object at `path` set to a value, in its place if it is there,
    else at the end."""
    where = places(text)
    known = where.values.get((*path, key))
    if known is not None:
        return text[: known.start] + json.dumps(value) + text[known.end :]
    style = _style(text, where)
    last = max(place.end for place in _inside(where.values, path))
    before = _space_before(text, max(place.start for place in _inside(where.keys, path)))
    before = before if "\n" in before else style.comma
    field = f"{json.dumps(key)}:{style.colon}{json.dumps(value)}"
    return f"{text[:last]},{before}{field}{text[last:]}"


def with_changes(text: str, n: int, changes: dict[str, Any]) -> str:
    """The text with fields of the trigger with a place in the file (from 0) set to other values,
    those in `conditions` one by one.

    A condition takes the place of another that says the same in other words, and a moment that of
    another moment: a trigger has one at most.
    """
    path = path_of(text, n)
    for key, value in changes.items():
        if key != "conditions":
            text = with_field(text, path, key, value)
    for key, value in changes.get("conditions", {}).items():
        where = (*path, "conditions")
        text = with_field(text, where, key, value)
        for other in _replaced_by(key):
            text = _without_field(text, where, other)
    return text


def _replaced_by(key: str) -> list[str]:
    """The conditions that cannot stand beside one."""
    new = next(one for one in CONDITIONS if one.key == key)
    return [
        one.key
        for one in CONDITIONS
        if one.key != key and one.measure == new.measure and bool(one.edge) == bool(new.edge)
    ]


def without_trigger(text: str, n: int) -> str:
    """The text without the trigger with a place in the file, from 0; an empty list stays where it
    was the only one."""
    path, where = path_of(text, n), places(text)
    whole = where.values[()]
    if not path:  # the file is this trigger
        has_schema = ("$schema",) in where.keys
        schema = (
            text[where.keys[("$schema",)].start : where.values[("$schema",)].end]
            if has_schema
            else ""
        )
        empty = f'{{{schema}, "triggers": []}}' if has_schema else "[]"
        return text[: whole.start] + empty + text[whole.end :]
    place = where.values[path]
    others = _inside(where.values, path[:-1])
    return _cut(
        text,
        place.start,
        place.end,
        [(other.start, other.end) for other in others],
        where.values[path[:-1]],
    )


def path_of(text: str, n: int) -> Path:
    """The path of the trigger with a place in the file, from 0."""
    found = json.loads(text)
    if isinstance(found, list):
        return (n,)
    return ("triggers", n) if "triggers" in found else ()


def _without_field(text: str, path: Path, key: str) -> str:
    """The text without a field of the object at `path`, if it is there."""
    where = places(text)
    at = (*path, key)
    if at not in where.keys:
        return text
    fields = [name for name in where.keys if len(name) == len(at) and name[:-1] == path]
    others = [(where.keys[name].start, where.values[name].end) for name in fields]
    return _cut(text, where.keys[at].start, where.values[at].end, others, where.values[path])


def _cut(text: str, start: int, end: int, siblings: list[tuple[int, int]], outer: Place) -> str:
    """The text without one of the things in `outer`, and without the comma and the white space that
    it needed."""
    before = [last for _, last in siblings if last <= start]
    after = [first for first, _ in siblings if first >= end]
    if before:
        return text[: max(before)] + text[end:]
    if after:
        return text[:start] + text[min(after) :]
    return text[: outer.start + 1] + text[outer.end - 1 :]


def _appended(text: str, where: Places, path: Path, count: int, entry: dict[str, Any]) -> str:
    """The text with an entry after the last of a list, laid out as that one is."""
    style, whole = _style(text, where), where.values[path]
    if count:
        newest: Path = (*path, count - 1)
        last = where.values[newest]
        before = _space_before(text, last.start)
        line = before if "\n" in before else "\n" + _indent(text, last.start)
        like_last = (
            _in_lines(entry, line, style)
            if "\n" in text[last.start : last.end]
            else _in_one_line(entry, style)
        )
        return (
            text[: last.end]
            + ","
            + (before if "\n" in before else style.comma)
            + like_last
            + text[last.end :]
        )
    outer = style.newline + _indent(text, whole.start)
    inner = outer + style.step
    return (
        f"{text[: whole.start]}[{inner}{_in_lines(entry, inner, style)}{outer}]{text[whole.end :]}"
    )


def _beside(text: str, where: Places, has_schema: bool, entry: dict[str, Any]) -> str:
    """A file of one trigger becomes a list of two; one with a `$schema` keeps that beside the
    list."""
    style, whole = _style(text, where), where.values[()]
    trigger_text, schema = text[whole.start : whole.end], ""
    if has_schema:
        key, value = where.keys[("$schema",)], where.values[("$schema",)]
        schema = text[key.start : value.end]
        rest = _without(text, where, key, value)
        trigger_text = rest[whole.start : whole.end - len(text) + len(rest)]
    line, step = ("", "") if "\n" not in trigger_text else (style.newline, style.step)
    between = line or style.comma
    inner = line + step * (2 if schema else 1)
    added = _in_lines(entry, inner, style) if line else _in_one_line(entry, style)
    trigger_text = trigger_text.replace("\n", "\n" + step * (2 if schema else 1))
    listed = f"[{inner}{trigger_text},{inner or between}{added}{line}{step if schema else ''}]"
    if schema:
        listed = (
            f"{{{line}{step}{schema},{line + step or between}"
            f'"triggers":{style.colon}{listed}{line}}}'
        )
    return f"{text[: whole.start]}{listed}{text[whole.end :]}"


def _without(text: str, where: Places, key: Place, value: Place) -> str:
    """The text without a field of its outermost object, which has others."""
    following = [place.start for place in _inside(where.keys, ()) if place.start > key.start]
    if following:
        return text[: key.start] + text[min(following) :]
    before = max(place.end for place in _inside(where.values, ()) if place.end < key.start)
    return text[:before] + text[value.end :]


def _inside(found: dict[Path, Place], path: Path) -> list[Place]:
    """The places of what lies directly in the thing at a path."""
    return [place for at, place in found.items() if len(at) == len(path) + 1 and at[:-1] == path]


def _in_one_line(entry: Any, style: _Style) -> str:
    return json.dumps(entry, ensure_ascii=False, separators=("," + style.comma, ":" + style.colon))


def _in_lines(entry: dict[str, Any], before: str, style: _Style) -> str:
    """An entry in several lines, its fields indented one step further than `before`, the line break
    before it."""
    if style.is_deep:
        text = json.dumps(entry, ensure_ascii=False, indent=style.step, separators=(",", ": "))
    else:
        fields = (
            f"{json.dumps(key, ensure_ascii=False)}: {_in_one_line(entry[key], style)}"
            for key in entry
        )
        text = "{\n" + ",\n".join(style.step + field for field in fields) + "\n}"
    return text.replace("\n", style.newline + before.rpartition("\n")[2])


def _style(text: str, where: Places) -> _Style:
    whole = where.values[()]
    keys = list(where.keys.values())
    is_tight = keys and all(re.match(r":\S", text[place.end : place.end + 2]) for place in keys)
    colon = "" if is_tight else " "
    conditions = [place for path, place in where.values.items() if path[-1:] == ("conditions",)]
    return _Style(
        newline="\r\n" if "\r\n" in text else "\n",
        step=_step(text, whole.start, whole.end),
        colon=colon,
        comma=" " if colon or ", " in text else "",
        is_deep=any("\n" in text[place.start : place.end] for place in conditions),
    )


def _step(text: str, start: int, end: int) -> str:
    """One step of indentation: that of the first line indented further than the outermost
    bracket."""
    for line in text[start:end].split("\n")[1:]:
        indent = line[: len(line) - len(line.lstrip())].rstrip("\r")
        if indent and line.strip():
            return indent
    return "  "


def _space_before(text: str, start: int) -> str:
    """The white space between the thing at `start` and what comes before it."""
    rest = text[:start]
    return rest[len(rest.rstrip()) :]


def _indent(text: str, start: int) -> str:
    line = text[:start].rpartition("\n")[2]
    return line[: len(line) - len(line.lstrip())]
