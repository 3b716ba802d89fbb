"""Where each key and value of a JSON text stands, and which keys stand there twice.

The text has been read by the json module already and is known to be JSON: here only its shape is followed.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

Path = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


class Place(NamedTuple):
    """A place in a text: line and column from 1, and the offset (characters) where it begins and ends."""

    line: int
    column: int
    start: int
    end: int


class Places(NamedTuple):
    """The place of each value, of each key (by the path of its value), and keys that stand twice: there, and before."""

    values: dict[Path, Place]
    keys: dict[Path, Place]
    duplicates: list[tuple[Path, Place, Place]]


def places(text: str) -> Places:
    """The places in a text that is valid JSON."""
    found = Places({}, {}, [])
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    stack: list[list[str | int]] = []  # per open object or list: the key or index that comes next
    opened: list[tuple[Path, int]] = []
    expects_key = False

    def place(start: int, end: int) -> Place:
        line = _line(starts, start)
        return Place(line, start - starts[line - 1] + 1, start, end)

    def path() -> Path:
        return tuple(level[0] for level in stack)

    for token, start, end in _tokens(text):
        if token in "{[":
            opened.append((path(), start))
            stack.append(["" if token == "{" else 0])
            expects_key = token == "{"
        elif token in "}]":
            stack.pop()
            where, began = opened.pop()
            found.values[where] = place(began, end)
            expects_key = False
        elif token == ",":
            expects_key = isinstance(stack[-1][0], str)
            if not expects_key:
                stack[-1][0] = int(stack[-1][0]) + 1
        elif token == ":":
            expects_key = False
        elif expects_key:
            stack[-1][0] = json.loads(token, strict=False)
            before = found.keys.get(path())
            found.keys[path()] = place(start, end)
            if before is not None:
                found.duplicates.append((path(), place(start, end), before))
        else:
            found.values[path()] = place(start, end)
    return found


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _TOKEN.finditer(text):
        yield match[0], match.start(), match.end()


def _line(starts: list[int], offset: int) -> int:
    return bisect_right(starts, offset)
