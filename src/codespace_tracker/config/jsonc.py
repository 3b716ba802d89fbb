"""JSON with comments and commas at the end, as devcontainer.json may be: read, and changed in one
place at a time.

What is there stays as it is, comments and layout included. A text is read as the JSON that it would
be without comments: each comment, and each comma before a closing bracket, is replaced by blanks,
so that all places are those of the text itself.
"""

import json
import re
from typing import Any, NamedTuple

from codespace_tracker.config.configuration import Problem
from codespace_tracker.config.json_positions import Path, Place, places
from codespace_tracker.config.json_text import read_json

_TEXT = r'"(?:[^"\\\n]|\\.)*"'
_COMMENTS = re.compile(_TEXT + r"|//[^\n]*|/\*.*?\*/|/\*", re.DOTALL)
_LAST_COMMAS = re.compile(_TEXT + r"|[{\[]\s*,|,(?=\s*[}\]])", re.DOTALL)
_COMMA = re.compile(r"\s*,")
_ON_THE_LINE = re.compile(r"[ \t]*(//[^\r\n]*|/\*.*?\*/)", re.DOTALL)
_BYTE_ORDER_MARK = "\ufeff"


class Text(NamedTuple):
    """A text; the same, as long, without comments; and without commas at the end too; and its
    value."""

    whole: str
    bare: str
    plain: str
    value: Any


def read(whole: str, file: str) -> tuple[Text | None, Problem | None]:
    """The text as JSON; or None and what is wrong with it."""
    for part in _COMMENTS.finditer(whole):
        if part[0] == "/*":
            line, column = _place(whole, part.start())
            return None, Problem(
                file,
                "",
                line,
                column,
                "the comment that begins here does not end.",
                "add */ to it.",
            )
    bare = _COMMENTS.sub(_blank, whole)
    plain = _LAST_COMMAS.sub(_blank, bare)
    if plain.startswith(_BYTE_ORDER_MARK):
        plain = " " + plain[1:]
    value, problem = read_json(plain, file)
    return (None, problem) if problem is not None else (Text(whole, bare, plain, value), None)


def place_of(text: Text, path: Path) -> Place:
    """The place of the value at a path. Raises KeyError if there is none."""
    return places(text.plain, {path}).values[path]


def twice(text: Text) -> list[tuple[Path, Place, Place]]:
    """Keys that occur twice: the path, where, and where before."""
    return places(text.plain, ()).duplicates


def with_value(text: Text, path: Path, written: str) -> str:
    """The text with `written`, which is JSON, in the place of the value at `path`, or as a field
    that is new there."""
    known = places(text.plain).values
    if path in known:
        found = known[path]
        return text.whole[: found.start] + written + text.whole[found.end :]
    return _with_field(text, path[:-1], f"{json.dumps(path[-1])}: {written}")


def without(text: Text, path: Path) -> str:
    """The text without the field at `path`, the white space before it and one comma."""
    positions = places(text.plain)
    whole, key, value = text.whole, positions.keys[path], positions.values[path]
    begin = len(whole[: key.start].rstrip())
    comma = _COMMA.match(text.bare, value.end)
    before = [
        position.end
        for at, position in positions.values.items()
        if _beside(at, path) and position.end < key.start
    ]
    if comma is not None:
        return whole[:begin] + whole[comma.end() :]
    if before:
        joint = text.bare.index(",", max(before))
        return whole[:joint] + whole[joint + 1 : begin] + whole[value.end :]
    rest = whole[value.end :]
    if text.bare[:begin].endswith("{") and rest.lstrip().startswith("}"):
        rest = rest.lstrip()
    return whole[:begin] + rest


def newline(text: Text) -> str:
    """How its lines end."""
    return "\r\n" if "\r\n" in text.whole else "\n"


def step(text: Text) -> str:
    """One step of indentation: that of the first key on its own line; two blanks if there is
    none."""
    found = re.search(r'^([ \t]+)"', text.plain, re.MULTILINE)
    return found[1] if found else "  "


def _with_field(text: Text, path: Path, field: str) -> str:
    """The text with a field at the end of the object at `path`, on a line of its own unless all is
    on one line."""
    positions = places(text.plain).values
    outer = positions[path]
    inside = [
        position.end
        for at, position in positions.items()
        if len(at) == len(path) + 1 and at[: len(path)] == path
    ]
    indent = newline(text) + step(text) * (len(path) + 1)
    closing = outer.end - 1
    if not inside:
        end = len(text.whole[:closing].rstrip())
        return (
            f"{text.whole[:end]}{indent}{field}{newline(text)}{step(text) * len(path)}"
            f"{text.whole[closing:]}"
        )
    last = max(inside)
    comma = _COMMA.match(text.bare, last)
    if "\n" not in text.plain[outer.start : outer.end]:
        indent = " "
    begin = _end_of_line(text.whole, comma.end() if comma else last, closing)
    before = text.whole[last:begin] if comma else "," + text.whole[last:begin]
    return f"{text.whole[:last]}{before}{indent}{field}{',' if comma else ''}{text.whole[begin:]}"


def _end_of_line(whole: str, start: int, limit: int) -> int:
    """Where something new may go after `start`: behind the comments that follow it on its line."""
    at = start
    while (comment := _ON_THE_LINE.match(whole, at, limit)) is not None:
        at = comment.end()
        if comment[1].startswith("//"):
            break
    return at


def _blank(part: "re.Match[str]") -> str:
    """Nothing as long as a part, but for texts, and for commas that have nothing before them."""
    return part[0] if part[0][0] in '"{[' else re.sub(r"[^\r\n]", " ", part[0])


def _beside(one: Path, other: Path) -> bool:
    return len(one) == len(other) and one[:-1] == other[:-1]


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
