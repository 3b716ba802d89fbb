"""How things look in a terminal: lengths of time, moments, tables, colour. Decides nothing."""

import json
import os
import sys
import textwrap
from collections.abc import Sequence
from datetime import datetime

import click

from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US


def length(us: int) -> str:
    """A length of time: `47s`, `12m 05s`, `3h 05m`."""
    if us < MINUTE_US:
        return f"{us // SECOND_US}s"
    if us < HOUR_US:
        return f"{us // MINUTE_US}m {us % MINUTE_US // SECOND_US:02}s"
    return f"{us // HOUR_US}h {us % HOUR_US // MINUTE_US:02}m"


def about(us: int) -> str:
    """A length of time roughly, for how long ago something was: `3s`, `12m`, `3h 05m`, `4 days`."""
    if us < MINUTE_US:
        return f"{us // SECOND_US}s"
    if us < HOUR_US:
        return f"{us // MINUTE_US}m"
    if us < 2 * DAY_US:
        return f"{us // HOUR_US}h {us % HOUR_US // MINUTE_US:02}m"
    return f"{us // DAY_US} days"


def ahead(us: int) -> str:
    """How long until something: `now`, `in 12m`, `in 3h 05m`, `in 4 days`."""
    if us < SECOND_US:
        return "now"
    return f"in {about(us if us < MINUTE_US else us + MINUTE_US // 2)}"


def decimal(amount: int, unit: int, places: int) -> str:
    """An amount in units, with so many decimals. It is exact, and half is rounded up, as people do:
    `$0.175` is `0.18`, which Python's own formatting makes `0.17`."""
    scale = 10**places
    whole, part = divmod((2 * abs(amount) * scale + unit) // (2 * unit), scale)
    return f"{'-' if amount < 0 and (whole or part) else ''}{whole}" + (f".{part:0{places}}" if places else "")


def core_hours(core_us: int) -> str:
    """Core-time as people say it: `36.4`, `120`."""
    return decimal(core_us, HOUR_US, 1).removesuffix(".0")


def dollars(micros: int) -> str:
    """An amount of money in millionths of a US dollar: `$0.18`, `<$0.01`."""
    shown = decimal(micros, 1_000_000, 2)
    return "<$0.01" if micros > 0 and shown == "0.00" else f"${shown}"


def rest(total: int, *parts: int) -> str:
    """Core-time beside other parts of a total, so that all add up as they are shown."""
    return decimal(_tenths(total) - sum(map(_tenths, parts)), 10, 1).removesuffix(".0")


def _tenths(core_us: int) -> int:
    return (20 * core_us + HOUR_US) // (2 * HOUR_US)


def percent(part: int, whole: int | None) -> str:
    """A part of a whole: `75 %`."""
    return f"{decimal(part * 100, whole, 0) if whole else 0} %"


def moment(at: int, zone: Zone, *, seconds: bool = True) -> str:
    """A moment: `Mon 23 Nov 2026 21:04:12`."""
    local = datetime.fromisoformat(zone.iso(at))
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}" + (f":{local:%S}" if seconds else "")


def short_moment(at: int, zone: Zone) -> str:
    """A moment not far away: `Mon 23 Nov 21:04`."""
    local = datetime.fromisoformat(zone.iso(at))
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def day(at: int, zone: Zone) -> str:
    """A date: `23 Nov 2026`."""
    local = datetime.fromisoformat(zone.iso(at))
    return f"{local.day} {local:%b %Y}"


def count(number: int, thing: str) -> str:
    """So many of a thing: `1 session`, `2 sessions`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def printable(text: str) -> str:
    """The text with control characters made visible: what others wrote must not work the terminal."""
    return "".join(char if char.isprintable() or char == "\t" else f"\\x{ord(char):02x}" for char in text)


def item(text: str) -> str:
    """A text as an item of a list, as wide as the terminal; words that are longer (paths) are left whole."""
    return hanging("  - ", text)


def hanging(head: str, text: str) -> str:
    """A text after a head, as wide as the terminal, its further lines below its first one."""
    limit = min(columns() or 80, 120)
    indent = " " * width(head)
    return textwrap.fill(
        text, limit, initial_indent=head, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def fitted(head: str, text: str) -> str:
    """A text after a head on one line, where that is not wider than the terminal, if there is one; else as `hanging`
    has it."""
    limit = columns()
    return head + text if limit is None or width(head + text) <= limit else hanging(head, text)


def columns() -> int | None:
    """How wide the output may be; None where no terminal shows it and nothing need be wrapped."""
    wanted = os.environ.get("COLUMNS", "")
    try:
        found = int(wanted) if wanted.isdecimal() else os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return None
    return max(20, found or 80)


def width(text: str) -> int:
    """How many columns a text takes: wide characters two, those that belong to the one before them none."""
    if text.isascii():
        return len(text)
    import unicodedata

    def of(char: str) -> int:
        if unicodedata.category(char) in ("Mn", "Me", "Cf"):
            return 0
        return 2 if unicodedata.east_asian_width(char) in "WF" else 1

    return sum(map(of, text))


def wrap(text: str, limit: int) -> list[str]:
    """A text in lines of at most so many columns (two at least), broken at spaces where there are any."""
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
    """The text with spaces up to so many columns."""
    return text + " " * (to - width(text))


def json_text(content: object) -> str:
    """What `--json` prints."""
    return json.dumps(content, indent=2, ensure_ascii=False)


def colour(text: str, name: str) -> str:
    """The text in a colour, where colours are wanted."""
    return click.style(text, fg=name) if _coloured() else text


def bold(text: str) -> str:
    """The text in bold, where colours are wanted."""
    return click.style(text, bold=True) if _coloured() else text


def _coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: frozenset[int] = frozenset(),
    spare: Sequence[int] = (),
    limit: int | None = None,
) -> str:
    """Columns as wide as they need to be; `right` are those that hold numbers.

    Where they take more than `limit` in all, those of `spare` are left out, in its order, until they do not;
    lines that are still too long are cut.
    """
    widths = _widths(head, rows)
    shown = _columns_shown(widths, spare, limit)

    def line(cells: Sequence[str]) -> str:
        found = (
            " " * (widths[n] - width(cells[n])) + cells[n] if n in right else padded(cells[n], widths[n]) for n in shown
        )
        text = "  ".join(found).rstrip()
        return text if limit is None or width(text) <= limit else f"{_first_columns(text, limit - 1)}…"

    return "\n".join([bold(line(head)), *map(line, rows)])


def left_out(head: Sequence[str], rows: Sequence[Sequence[str]], spare: Sequence[int], limit: int | None) -> list[str]:
    """What to say below a `table` with these arguments: which columns it leaves out, if any."""
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


def session_number(number: int, first: int) -> str:
    """A session's number for people. Imported ones, which have numbers from `first` up to 0 in the ledger, are `i1`,
    `i2` and so on, by their start."""
    return str(number) if number > 0 else f"i{number - first + 1}"
