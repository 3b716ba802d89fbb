"""GitHub's usage report: the CSV as downloaded or the JSON of its API → lines of Codespaces, and what is wrong.

A report holds all products; only Codespaces count. Its quantities are machine-hours: core-time is that by the cores
that the SKU names. The fields are those of GitHub's billing documentation, November 2026.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple, TextIO

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.ledger.billing import Line

_NAMES = {
    "date": ("date", "usageat"),
    "product": ("product",),
    "sku": ("sku",),
    "quantity": ("quantity",),
    "unit": ("unittype", "unit"),
    "net": ("netamount",),
    "repository": ("repositoryname", "repository"),
}
_NEEDED = ("date", "sku", "quantity", "unit")
_COMPUTE = re.compile(r"compute[ _-]*(?:d|linux[ _-]*)?(\d{1,3})(?:[ _-]*cores?)?$", re.ASCII)
_NUMBER = re.compile(r"\$?([-+]?\d*\.?\d+(?:e[-+]?\d+)?|[-+]?(?:nan|inf))", re.ASCII | re.IGNORECASE)
_UNITS = {
    "hours": HOUR_US,
    "hour": HOUR_US,
    "minutes": MINUTE_US,
    "minute": MINUTE_US,
}
_CORE_HOURS = ("core-hours", "core-hour", "core hours", "core hour", "corehours")
_EARLIEST_AT = parse_iso("2000-01-01")
_LARGEST = Decimal(10) ** 9
_MOST = 10**18
"""What the numbers of a report may come to: more is a mistake, and more than SQLite can add up."""


_Numbered = tuple[int, dict[str, Any]]
"""A row under our names of its fields, and where it stands."""


class Broken(NamedTuple):
    """A line that could not be read: where it stands in the file (from 1), and why."""

    line: int
    reason: str


class Report(NamedTuple):
    """A report: its lines, each day, size and repository once; what was broken; how many lines were not Codespaces."""

    lines: list[Line]
    broken: list[Broken]
    others: int


class NoReport(Exception):
    """This is no usage report at all. The text says what it lacks."""


def read(source: TextIO, now_us: int, tell: Callable[[Iterator[_Numbered]], Iterator[_Numbered]] = iter) -> Report:
    """Read a report, CSV or JSON, from a file that was opened with `newline=""`; `tell` sees each row pass.

    A day that had not begun anywhere on earth at `now_us` (UTC µs) is a mistake. Raises NoReport where it is neither,
    UnicodeDecodeError.
    """
    first = next((line for line in source if line.strip("\ufeff \t\r\n")), "").lstrip("\ufeff \t")
    rows = _json_rows(first + source.read()) if first[:1] in ("{", "[") else _csv_rows(first, source)
    return _report(tell(rows), now_us)


def from_items(items: Iterable[object], now_us: int) -> Report:
    """The report in the rows that the API answers with."""
    return _report(_rows(items), now_us)


def _json_rows(text: str) -> Iterator[_Numbered]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise NoReport(f"it begins like JSON and is none (line {error.lineno}, column {error.colno})") from error
    except (ValueError, RecursionError) as error:
        raise NoReport("it begins like JSON, and is nested too deeply or holds an endless number") from error
    items = found.get("usageItems") if isinstance(found, dict) else found
    if not isinstance(items, list):
        raise NoReport("it has no list `usageItems`, which GitHub's API answers with")
    return _rows(items)


def _rows(items: Iterable[object]) -> Iterator[_Numbered]:
    return ((n, _named(item) if isinstance(item, dict) else {}) for n, item in enumerate(items, 1))


def _csv_rows(first: str, rest: Iterable[str]) -> Iterator[_Numbered]:
    reader = csv.reader(chain([first] if first else [], rest))
    try:
        head = [_plain(name) for name in next(reader)]
    except (StopIteration, csv.Error) as error:
        raise NoReport("it is empty") from error
    missing = [name for name in _NEEDED if not any(known in head for known in _NAMES[name])]
    if missing:
        raise NoReport(f"its first line names no column {', '.join(missing)}")

    def rows() -> Iterator[_Numbered]:
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield reader.line_num, {}
                continue
            if cells:
                yield reader.line_num, _named(dict(zip(head, cells, strict=False)))

    return rows()


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row under our names of its fields."""
    plain = {_plain(str(name)): value for name, value in row.items()}
    return {ours: next((plain[theirs] for theirs in names if theirs in plain), None) for ours, names in _NAMES.items()}


def _report(rows: Iterable[_Numbered], now_us: int) -> Report:
    summed: dict[tuple[int, int, str], tuple[int, int]] = {}
    broken: list[Broken] = []
    others = total = 0
    for number, row in rows:
        try:
            line = _line(row, now_us)
            amount = 0 if line is None else abs(line.core_us) + abs(line.net_micros)
            if total + amount > _MOST:
                raise ValueError("its quantity, or the sum of all, is beyond all measure")
        except ValueError as error:
            broken.append(Broken(number, str(error)))
            continue
        if line is None:
            others += 1
            continue
        total += amount
        key = line.day, line.cores, line.repository
        core_us, net = summed.get(key, (0, 0))
        summed[key] = core_us + line.core_us, net + line.net_micros
    return Report([Line(*key, *value) for key, value in summed.items()], broken, others)


def _line(row: dict[str, Any], now_us: int) -> Line | None:
    """A line of Codespaces; None for any other product. Raises ValueError where it cannot be read."""
    sku, product = str(row.get("sku") or "").lower(), str(row.get("product") or "").lower()
    if not sku:
        raise ValueError("it has no SKU")
    if product != "codespaces" and not sku.startswith("codespaces"):
        return None
    day = _day(row.get("date"), now_us)
    quantity = _number(row.get("quantity"), "quantity")
    if quantity < 0:
        raise ValueError(f"the quantity {row['quantity']!r} is negative")
    net = round(_number(row.get("net") or 0, "net amount") * 1_000_000)
    repository = str(row.get("repository") or "")
    if not repository.isprintable():
        raise ValueError(f"no repository has such a name as {repository!a}")
    if "storage" in sku:
        return Line(day, 0, repository, 0, net)
    found = _COMPUTE.search(sku)
    if found is None or int(found[1]) == 0:
        raise ValueError(f"the SKU {row['sku']!r} names no machine size")
    cores = int(found[1])
    return Line(day, cores, repository, _core_us(quantity, str(row.get("unit") or ""), cores), net)


def _core_us(quantity: Decimal, unit: str, cores: int) -> int:
    name = unit.strip().lower().replace("_", "-")
    if name in _CORE_HOURS:
        return round(quantity * HOUR_US)
    if name not in _UNITS:
        raise ValueError(f"the unit {unit!r} is not hours, minutes or core-hours")
    return round(quantity * _UNITS[name] * cores)


def _day(value: object, now_us: int) -> int:
    try:
        day = parse_iso(str(value)) // DAY_US * DAY_US
    except ValueError as error:
        raise ValueError(f"{value!r} is not a date such as 2026-11-23") from error
    if day < _EARLIEST_AT:
        raise ValueError(f"{value!r} is before the year 2000")
    if day > now_us + DAY_US:
        raise ValueError(f"{value!r} is in the future, by the clock of this machine")
    return day


def _number(value: object, what: str) -> Decimal:
    written = _NUMBER.fullmatch(str(value).strip())
    if written is None:
        raise ValueError(f"the {what} {value!r} is not a number")
    found = Decimal(written[1])
    if not found.is_finite() or not -_LARGEST < found < _LARGEST:
        raise ValueError(f"the {what} {value!r} is beyond all measure")
    return found
