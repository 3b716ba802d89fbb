"""How things look in a terminal: wrapping, tables, colours. Decides nothing."""

import json
import os
import sys
import textwrap
from collections.abc import Sequence

import click


def item(text: str) -> str:
    """A list item wrapped to the terminal. Longer words, such as paths, are not broken."""
    return hanging("  - ", text)


def hanging(head: str, text: str) -> str:
    """A text after a head, wrapped to the terminal and indented below its first line."""
    limit = min(columns() or 80, 120)
    indent = " " * width(head)
    return textwrap.fill(
        text,
        limit,
        initial_indent=head,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


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
    if text.isascii():
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


def padded(text: str, to: int) -> str:
    """The text, padded with spaces to `to` columns."""
    return text + " " * (to - width(text))


def json_text(content: object) -> str:
    """What `--json` prints."""
    return json.dumps(content, indent=2, ensure_ascii=False)


def colour(text: str, name: str) -> str:
    """The text in a colour, if colours are wanted."""
    return click.style(text, fg=name) if _coloured() else text


def bold(text: str) -> str:
    """The text in bold, if colours are wanted."""
    return click.style(text, bold=True) if _coloured() else text


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
        return (
            text if limit is None or width(text) <= limit else f"{_first_columns(text, limit - 1)}…"
        )

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
