"""How things look in a terminal: wrapping, tables, colours. Decides nothing."""

from __future__ import annotations

import os
import sys
from itertools import groupby

from codespace_tracker.core import plain_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO


_AS_SPACES = {ord(one): " " for one in "\t\n\v\f\r"}
_ONE_COLUMN = dict.fromkeys(map(ord, "●○·…█░"))
"""Signs that plain answers show, one column each: to ask `unicodedata` would cost its import."""
COLOURS = {"red": 31, "green": 32, "yellow": 33, "cyan": 36}
"""Names of colours, and their codes."""


def echo(text: str, to: TextIO | None = None) -> None:
    """Print a text, by default to the standard output, as `click.echo` does."""
    stream = sys.stdout if to is None else to
    if stream.encoding != "utf-8":
        import click  # it knows what to do where the terminal says ASCII

        click.echo(text, file=stream)
        return
    stream.write(f"{text}\n")
    stream.flush()


def item(text: str) -> str:
    """A list item wrapped to the terminal. Longer words, such as paths, are not broken."""
    return hanging("  - ", text)


def hanging(head: str, text: str) -> str:
    """A text after a head, wrapped to the terminal and indented below its first line."""
    limit = min(columns() or 80, 120)
    indent = " " * width(head)
    return _filled(text, limit, head, indent)


def _filled(text: str, limit: int, first: str, others: str) -> str:
    """What `textwrap.fill` gives that breaks no words; `textwrap` needs `re`, and takes as long to
    import as `status` takes for all else."""
    spaced = text.expandtabs().translate(_AS_SPACES)
    parts = ["".join(part) for _, part in groupby(spaced, " ".__eq__)][::-1]  # words and spaces
    lines: list[str] = []
    while parts:
        line = others if lines else first
        empty = len(line)
        if lines and not parts[-1].strip():
            parts.pop()
        last = ""
        while parts and (len(line) + len(parts[-1]) <= limit or len(line) == empty):
            last = parts.pop()
            line += last
        if not last.strip():
            line = line[: len(line) - len(last)]
        if len(line) > empty:
            lines.append(line)
    return "\n".join(lines)


def fitted(head: str, text: str) -> str:
    """A text after a head: on one line if it fits or there is no terminal, else like `hanging`."""
    limit = columns()
    return head + text if limit is None or width(head + text) <= limit else hanging(head, text)


def columns() -> int | None:
    """The width of the output; None if it is not a terminal and needs no wrapping."""
    wanted = os.environ.get("COLUMNS", "")
    try:
        found = (
            int(wanted) if wanted.isdecimal() else os.get_terminal_size(sys.stdout.fileno()).columns
        )
    except (OSError, ValueError):
        return None
    return max(20, found or 80)


def width(text: str) -> int:
    """How many columns a text takes: two for wide characters, none for combining ones."""
    if text.translate(_ONE_COLUMN).isascii():
        return len(text)
    import unicodedata

    def of(char: str) -> int:
        if unicodedata.category(char) in ("Mn", "Me", "Cf"):
            return 0
        return 2 if unicodedata.east_asian_width(char) in "WF" else 1

    return sum(map(of, text))


def wrap(text: str, limit: int) -> list[str]:
    """A text in lines of at most `limit` columns (at least two), broken at spaces where
    possible."""
    lines, line, limit = [], "", max(2, limit)
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        while width(joined) > limit:
            fits = line or _first_columns(joined, limit)
            lines.append(fits)
            joined = joined[len(fits) :].lstrip(" ")
            line = ""
        line = joined
    return [*lines, line] if line else lines or [""]


def _first_columns(text: str, limit: int) -> str:
    for n in range(len(text), 1, -1):
        if width(text[:n]) <= limit:
            return text[:n]
    return text[:1]


def cut(text: str, limit: int) -> str:
    """The text in at most `limit` columns, with … where it was cut."""
    return text if width(text) <= limit else f"{_first_columns(text, limit - 1)}…"


def padded(text: str, to: int) -> str:
    """The text, padded with spaces to `to` columns."""
    return text + " " * (to - width(text))


def json_text(content: object) -> str:
    """What `--json` prints."""
    return plain_json.dumps(content)


def colour(text: str, name: str) -> str:
    """The text in a colour, if colours are wanted."""
    return f"\x1b[{COLOURS[name]}m{text}\x1b[0m" if _coloured() else text


def bold(text: str) -> str:
    """The text in bold, if colours are wanted."""
    return f"\x1b[1m{text}\x1b[0m" if _coloured() else text


def _coloured() -> bool:
    return (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: frozenset[int] = frozenset(),
    spare: Sequence[int] = (),
    limit: int | None = None,
) -> str:
    """A table with columns as wide as needed; those in `right` are right-aligned.

    If it is wider than `limit`, columns in `spare` are left out, in that order, until it fits.
    Lines that are still too long are cut.
    """
    widths = _widths(head, rows)
    shown = _columns_shown(widths, spare, limit)

    def line(cells: Sequence[str]) -> str:
        cells_shown = (
            " " * (widths[n] - width(cells[n])) + cells[n]
            if n in right
            else padded(cells[n], widths[n])
            for n in shown
        )
        text = "  ".join(cells_shown).rstrip()
        return text if limit is None else cut(text, limit)

    return "\n".join([bold(line(head)), *map(line, rows)])


def left_out(
    head: Sequence[str], rows: Sequence[Sequence[str]], spare: Sequence[int], limit: int | None
) -> list[str]:
    """The line below a `table` with these arguments that says which columns were left out, if
    any."""
    shown = _columns_shown(_widths(head, rows), spare, limit)
    names = [name for n, name in enumerate(head) if n not in shown]
    return [fitted("", f"No room for: {', '.join(names)}.")] if names else []


def _widths(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(width, column)) for column in zip(head, *rows, strict=True)]


def _columns_shown(widths: Sequence[int], spare: Sequence[int], limit: int | None) -> list[int]:
    shown = list(range(len(widths)))
    for n in spare:
        if limit is None or sum(widths[kept] + 2 for kept in shown) - 2 <= limit:
            break
        shown.remove(n)
    return shown


_COLOURS = {
    "succeeded": "green",
    "failed": "red",
    "timed_out": "red",
    "interrupted": "red",
    "waiting": "red",  # for a retry: it has failed
    "running": "cyan",
}


def mark(text: str, state: str | None) -> str:
    """A text about something in a state, in that state's colour."""
    return colour(text, _COLOURS[state]) if state in _COLOURS else text
