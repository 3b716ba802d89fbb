"""GitHub's usage report: the CSV as downloaded or the JSON of its API → lines of Codespaces, and
what is wrong.

A report holds all products; only Codespaces count. Its quantities are machine-hours: core-time is
that by the cores that the SKU names. `GigabyteHours` of Codespaces storage are GB-months, unlike
those of Actions. docs/fuel.md lists the forms that are read; GitHub's billing documentation and
published answers of its API, November 2026.
"""

import contextlib
import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple, TextIO

from codespace_tracker.core.calendar import month_bounds, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.gauge import GB_MONTH
from codespace_tracker.github.report_shape import Shape
from codespace_tracker.ledger.billing import Line, Stretch

_NAMES = {
    "date": ("date", "usageat"),
    "product": ("product",),
    "sku": ("sku",),
    "quantity": ("quantity", "grossquantity"),
    "unit": ("unittype", "unit"),
    "net": ("netamount",),
    "repository": ("repositoryname", "repository", "repositoryslug"),
    "person": ("username", "user"),
    "organization": ("organizationname", "organization"),
    "owner": ("owner",),
    "cost_center": ("costcentername", "costcenter"),
}
_TEXTS = ("repository", "person", "organization", "cost_center")
_NEEDED = ("date", "sku", "quantity", "unit")
_DELIMITERS = (",", ";", "\t")
_COMPUTE = re.compile(r"compute[ _-]*\(?(?:d|linux[ _-]*)?(\d{1,3})(?:[ _-]*cores?)?\)?$", re.ASCII)
_STORAGE_UNIT = re.compile(r"(?:gigabyte|gb)[ _-]?(?:hour|month)s?|gb|gigabytes?", re.ASCII)
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_NUMBER = re.compile(
    r"\$?([-+]?\d*\.?\d+(?:e[-+]?\d+)?|[-+]?(?:nan|inf))", re.ASCII | re.IGNORECASE
)
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
    """A report: its lines, each once; what was broken; how many lines were not Codespaces; which
    days and months it tells of; and the starts (UTC µs) of those months that may be only their
    first day's use."""

    lines: list[Line]
    broken: list[Broken]
    others: int
    stretches: Sequence[Stretch] = ()
    doubtful: Sequence[int] = ()


class NoReport(Exception):
    """This is no usage report at all. The text says what it lacks."""


def read(
    source: TextIO, now_us: int, tell: Callable[[Iterator[_Numbered]], Iterator[_Numbered]] = iter
) -> Report:
    """Read a report, CSV or JSON, from a file that was opened with `newline=""`; `tell` sees each
    row pass.

    A day that had not begun anywhere on earth at `now_us` (UTC µs) is a mistake. Raises NoReport
    where it is neither, UnicodeDecodeError.
    """
    first = next((line for line in source if line.strip("\ufeff \t\r\n")), "").lstrip("\ufeff ")
    if first.lstrip()[:1] in ("{", "["):
        items, about = _json_items(first + source.read())
        shape = Shape(is_answer=True, summary=about.pop("summary", None))
        return _report(tell(_rows(items, about)), now_us, shape)
    return _report(tell(_csv_rows(first, source)), now_us, Shape(is_answer=False))


def from_items(items: Iterable[object], now_us: int, month: tuple[int, int], person: str) -> Report:
    """The report in the rows that the API answers with when asked for one month (its bounds, UTC
    µs) of a person: by day."""
    return _report(_rows(items, {"user": person}), now_us, Shape(is_answer=True, month=month))


def _json_items(text: str) -> tuple[list[object], dict[str, Any]]:
    """The rows in a JSON text, and what is said of all of them (in the answer of the summary
    endpoint)."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise NoReport(
            f"it begins like JSON and is none (line {error.lineno}, column {error.colno})"
        ) from error
    except (ValueError, RecursionError) as error:
        raise NoReport(
            "it begins like JSON, and is nested too deeply or holds an endless number"
        ) from error
    items = content.get("usageItems") if isinstance(content, dict) else content
    if not isinstance(items, list):
        raise NoReport("it has no list `usageItems`, which GitHub's API answers with")
    period = content.get("timePeriod") if isinstance(content, dict) else None
    if not isinstance(period, dict):
        return items, {}
    return items, {
        "date": _summary_date(period),
        "summary": "month" if period.get("day") is None else "day",
        "user": content.get("user"),
        "organization": content.get("organization"),
        "repository": content.get("repository"),
    }


def _summary_date(period: Mapping[str, Any]) -> str:
    """The first day of the period that a summary is of."""
    year, month, day = (period.get(name) for name in ("year", "month", "day"))
    if month is None:
        mend = "ask for one month: …/usage/summary?year=2026&month=11"
        raise NoReport(
            f"it is the summary of a whole year, and tells of no month by itself; {mend}"
        )
    try:
        return f"{int(str(year)):04}-{int(str(month)):02}-{int(str(1 if day is None else day)):02}"
    except ValueError as error:
        raise NoReport("its `timePeriod` has no year and month") from error


def _rows(items: Iterable[object], about: Mapping[str, Any]) -> Iterator[_Numbered]:
    return (
        (n, _named({**about, **item}) if isinstance(item, dict) else {})
        for n, item in enumerate(items, 1)
    )


def _csv_rows(first: str, rest: Iterable[str]) -> Iterator[_Numbered]:
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(chain([first] if first else [], rest), delimiter=delimiter)
    try:
        head = [_plain(name) for name in next(reader)]
    except (StopIteration, csv.Error) as error:
        raise NoReport("it is empty") from error
    missing = [name for name in _NEEDED if not any(alias in head for alias in _NAMES[name])]
    if missing:
        raise NoReport(f"its first line names no column {', '.join(missing)}")

    columns = {
        ours: next((head.index(theirs) for theirs in names if theirs in head), None)
        for ours, names in _NAMES.items()
    }

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
                count = len(cells)
                row = {
                    ours: None if n is None or n >= count else cells[n]
                    for ours, n in columns.items()
                }
                yield reader.line_num, _as_english(row) if delimiter == ";" else row

    return rows()


def _as_english(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a spreadsheet that separates by semicolons, as many in Europe do: 1,5 is a number,
    03.11.2026 a date."""
    date = _GERMAN_DATE.fullmatch(str(row["date"]).strip())
    if date is not None:
        row["date"] = f"{date[3]}-{date[2]:0>2}-{date[1]:0>2}"
    for name in ("quantity", "net"):
        text = str(row[name] or "")
        row[name] = (
            text.replace(",", ".") if text.count(",") == 1 and "." not in text else row[name]
        )
    return row


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row under our names of its fields."""
    plain = {_plain(str(name)): value for name, value in row.items()}
    return {
        ours: next((plain[theirs] for theirs in names if theirs in plain), None)
        for ours, names in _NAMES.items()
    }


class _Sum(NamedTuple):
    """What rows add up to."""

    core_us: int = 0
    storage: Decimal = Decimal(0)
    net_micros: int | None = None

    def plus(self, other: "_Sum") -> "_Sum":
        """Both together."""
        nets = [net for net in (self.net_micros, other.net_micros) if net is not None]
        return _Sum(
            self.core_us + other.core_us, self.storage + other.storage, sum(nets) if nets else None
        )


def _report(rows: Iterable[_Numbered], now_us: int, shape: Shape) -> Report:
    summed: dict[Line, _Sum] = {}
    broken: list[Broken] = []
    others = total = 0
    for number, row in rows:
        try:
            parsed = _line(row, now_us)
            if parsed is None:
                others += 1
                with contextlib.suppress(ValueError):
                    shape.add(_instant(row.get("date"), now_us), None)
                continue
            line, instant, part = parsed
            amount = abs(part.core_us) + abs(part.net_micros or 0) + int(part.storage * GB_MONTH)
            if total + amount > _MOST:
                raise ValueError("its quantity, or the sum of all, is beyond all measure")
        except ValueError as error:
            broken.append(Broken(number, str(error)))
            with contextlib.suppress(ValueError):  # that it is there tells a day from a month's sum
                shape.add(_instant(row.get("date"), now_us), _kind(row))
            continue
        total += amount
        shape.add(instant, _kind(row))
        summed[line] = summed.get(line, _Sum()).plus(part)
    dates = shape.dates(now_us)
    lines = [
        line._replace(
            core_us=counted.core_us,
            storage=round(counted.storage * GB_MONTH),
            net_micros=counted.net_micros,
        )
        for line, counted in _by_month(summed, dates.sums).items()
    ]
    return Report(lines, broken, others, dates.stretches, dates.doubtful)


def _kind(row: dict[str, Any]) -> tuple[object, ...]:
    """What a month's sum has one row of."""
    return row.get("sku"), row.get("person"), row.get("organization")


def _by_month(summed: dict[Line, _Sum], sums: frozenset[int]) -> dict[Line, _Sum]:
    """The same, where the lines of these days are sums of their months: the repository that they
    name is an arbitrary one."""
    found: dict[Line, _Sum] = {}
    for line, one in summed.items():
        if line.day in sums:
            line = line._replace(day=month_bounds(line.day)[0], repository="", is_month=True)
        found[line] = found.get(line, _Sum()).plus(one)
    return found


def _line(row: dict[str, Any], now_us: int) -> tuple[Line, int, _Sum] | None:
    """A line of Codespaces without its amounts, its instant (UTC µs), and its amounts; None for any
    other product.

    Raises ValueError where it cannot be read.
    """
    sku, product = str(row.get("sku") or "").lower(), str(row.get("product") or "").lower()
    if not sku:
        raise ValueError("it has no SKU")
    if not product.startswith("codespaces") and not sku.startswith("codespaces"):
        return None
    instant = _instant(row.get("date"), now_us)
    quantity = _number(row.get("quantity"), "quantity")
    if quantity < 0:
        raise ValueError(f"the quantity {row['quantity']!r} is negative")
    net = (
        None
        if row.get("net") in (None, "")
        else round(_number(row["net"], "net amount") * 1_000_000)
    )
    names = {name: str(row.get(name) or "").strip() for name in _TEXTS}
    owner = str(row.get("owner") or "").strip()
    if owner and names["repository"] and "/" not in names["repository"]:
        names["repository"] = f"{owner}/{names['repository']}"
    if owner and owner.lower() != names["person"].lower():  # in files before 2025
        names["organization" if names["person"] else "person"] = owner
    for what, name in names.items():
        if not name.isprintable():
            raise ValueError(f"no {what.replace('_', ' ')} has such a name as {name!a}")
    line = Line(
        *(instant // DAY_US * DAY_US, 0, names["repository"], 0, None, 0),
        *(names["person"], names["organization"], names["cost_center"]),
    )
    unit = str(row.get("unit") or "")
    if "storage" in sku:
        if _STORAGE_UNIT.fullmatch(unit.strip().lower()) is None:
            raise ValueError(f"the unit {unit!r} is none of storage, such as GigabyteHours")
        return line, instant, _Sum(0, quantity, net)
    compute = _COMPUTE.search(sku)
    if compute is None or int(compute[1]) == 0:
        raise ValueError(f"the SKU {row['sku']!r} names no machine size")
    cores = int(compute[1])
    return (
        line._replace(cores=cores),
        instant,
        _Sum(_core_us(quantity, unit, cores), Decimal(0), net),
    )


def _core_us(quantity: Decimal, unit: str, cores: int) -> int:
    name = unit.strip().lower().replace("_", "-")
    if name in _CORE_HOURS:
        return round(quantity * HOUR_US)
    if name not in _UNITS:
        raise ValueError(f"the unit {unit!r} is not hours, minutes or core-hours")
    return round(quantity * _UNITS[name] * cores)


def _instant(value: object, now_us: int) -> int:
    try:
        instant = parse_iso(str(value))
    except ValueError as error:
        raise ValueError(f"{value!r} is not a date such as 2026-11-23") from error
    if instant < _EARLIEST_AT:
        raise ValueError(f"{value!r} is before the year 2000")
    if instant // DAY_US * DAY_US > now_us + DAY_US:
        raise ValueError(f"{value!r} is in the future, by the clock of this machine")
    return instant


def _number(value: object, what: str) -> Decimal:
    written = _NUMBER.fullmatch(str(value).strip())
    if written is None:
        raise ValueError(f"the {what} {value!r} is not a number")
    found = Decimal(written[1])
    if not found.is_finite() or not -_LARGEST < found < _LARGEST:
        raise ValueError(f"the {what} {value!r} is beyond all measure")
    return found
