"""Lines of styled text, laid out by the columns that a terminal gives to each character."""

from itertools import zip_longest

from codespace_tracker.cli import show

Line = tuple[tuple[str, str], ...]
"""Pieces of text, each with its style: words of `_CODES`, such as "bold green", or none."""

_CODES = {"bold": 1, "dim": 2, **show.COLOURS}


def line(*pieces: str | tuple[str, str]) -> Line:
    """A line of pieces of text. Tabs become spaces."""
    pairs = ((piece, "") if isinstance(piece, str) else piece for piece in pieces)
    return tuple((text.replace("\t", " "), style) for text, style in pairs)


def width(line: Line) -> int:
    """How many columns a line takes."""
    return sum(show.width(text) for text, _ in line)


def cut(line: Line, columns: int) -> Line:
    """The line in at most `columns` columns, with … where it was cut."""
    text = _text(line)
    shown = show.cut(text, columns)
    if shown == text:
        return line
    kept = _slice(line, 0, len(shown) - 1)
    return (*kept, ("…", kept[-1][1] if kept else ""))


def wrapped(line: Line, columns: int) -> list[Line]:
    """The line in lines of at most `columns` columns, broken at spaces where possible."""
    if width(line) <= columns:
        return [line]
    text, end, lines = _text(line), 0, []
    for part in show.wrap(text, columns):
        start = text.index(part, end)
        end = start + len(part)
        lines.append(_slice(line, start, end))
    return lines


def beside(left: list[Line], right: list[Line], gap: int) -> list[Line]:
    """Two blocks of lines beside each other, `gap` columns apart."""
    to = max(map(width, left), default=0) + gap
    return [
        (*one, (" " * (to - width(one)), ""), *other) if other else one
        for one, other in zip_longest(left, right, fillvalue=())
    ]


def pairs(rows: list[tuple[str, str]], columns: int) -> list[Line]:
    """Names, and their values in bold, right-aligned. The names are cut if it is too wide."""
    names, values = (max(map(show.width, column)) for column in zip(*rows, strict=True))
    names = min(names, max(1, columns - values - 2))
    return [
        line(
            f"{show.padded(show.cut(name, names), names)}  {' ' * (values - show.width(value))}",
            (value, "bold"),
        )
        for name, value in rows
    ]


def drawn(line: Line, *, colours: bool) -> str:
    """The line as a terminal takes it, with or without colours."""
    return "".join(_styled(text, style, colours) for text, style in line if text).rstrip(" ")


def _styled(text: str, style: str, colours: bool) -> str:
    codes = [str(_CODES[word]) for word in style.split() if colours or word not in show.COLOURS]
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if codes else text


def _text(line: Line) -> str:
    return "".join(text for text, _ in line)


def _slice(line: Line, start: int, end: int) -> Line:
    """The characters of a line from `start` up to `end`."""
    found, at = [], 0
    for text, style in line:
        part = text[max(0, start - at) : max(0, end - at)]
        if part:
            found.append((part, style))
        at += len(text)
    return tuple(found)
