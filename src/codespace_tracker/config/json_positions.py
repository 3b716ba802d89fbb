"""Where the keys and values of a JSON text are, and which keys occur twice.

The json module has already read the text, so it is known to be JSON. Here only its shape is
followed, in one pass and with just the memory that the answer needs.
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

Path = tuple[str | int, ...]

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_TWICE = 1000  # keys that occur twice: more are not told


class Place(NamedTuple):
    """A place in a text: line and column from 1, and the offset (characters) where it begins and
    ends."""

    line: int
    column: int
    start: int
    end: int


class Places(NamedTuple):
    """The place of each value, of each key (by the path of its value), and keys that occur twice:
    both places."""

    values: dict[Path, Place]
    keys: dict[Path, Place]
    duplicates: list[tuple[Path, Place, Place]]


class _Level:
    """An object or a list that is open: its next key or index, its place, and the places of its
    keys."""

    def __init__(self, part: str | int, began: Place) -> None:
        self.part = part
        self.began = began
        self.keys: dict[str, Place] = {}


def places(text: str, wanted: Collection[Path] | None = None) -> Places:
    """The places of the wanted paths (None: of all) in a text that is valid JSON, and all keys that
    occur twice."""
    positions = Places({}, {}, [])
    deepest = None if wanted is None else max(map(len, wanted), default=-1)
    stack: list[_Level] = []
    expects_key = False

    def path() -> Path:
        return tuple(level.part for level in stack)

    def keep(kept: dict[Path, Place], place: Place, end: int) -> None:
        if deepest is None or len(stack) <= deepest:
            where = path()
            if wanted is None or where in wanted:
                kept[where] = place._replace(end=end)

    for token, place in _tokens(text):
        if token in "{[":
            stack.append(_Level("" if token == "{" else 0, place))
            expects_key = token == "{"
        elif token in "}]":
            began = stack.pop().began
            keep(positions.values, began, place.end)
            expects_key = False
        elif token == ",":
            part = stack[-1].part
            expects_key = isinstance(part, str)
            if isinstance(part, int):
                stack[-1].part = part + 1
        elif token == ":":
            expects_key = False
        elif expects_key:
            level = stack[-1]
            level.part = key = str(json.loads(token))
            keep(positions.keys, place, place.end)
            before = level.keys.setdefault(key, place)
            if before is not place and len(positions.duplicates) < _TWICE:
                positions.duplicates.append((path(), place, before))
        else:
            keep(positions.values, place, place.end)
    return positions


def too_deep(text: str, depth: int) -> tuple[int, int]:
    """The line and column where a text is nested more than `depth` times; of its begin if it is
    not."""
    level = 0
    for token, place in _tokens(text):
        level += (token in "{[") - (token in "}]")
        if level > depth:
            return place.line, place.column
    return 1, 1


def _tokens(text: str) -> Iterator[tuple[str, Place]]:
    line, line_start, seen = 1, 0, 0
    for match in _TOKEN.finditer(text):
        start = match.start()
        passed = text.count("\n", seen, start)  # none is within a token
        if passed:
            line += passed
            line_start = text.rindex("\n", seen, start) + 1
        seen = match.end()
        yield match[0], Place(line, start - line_start + 1, start, seen)
