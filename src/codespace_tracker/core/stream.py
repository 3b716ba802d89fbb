"""A stream: what one tracker tells others of its sessions, and nothing else.

It is a header and a file for each month, with the sessions that started in it, one telling per
line. A stream that comes from elsewhere may hold anything. `read` takes it whole or refuses it
with a reason. Only times, cores and how sessions ended are in it, and of presence what
`shared_presence` says: no paths, commands, labels, output, branch names or host names.
"""

from __future__ import annotations

from codespace_tracker.core import plain_json, shared_presence
from codespace_tracker.core.calendar import civil_date, day_of, is_month, month_of
from codespace_tracker.core.clock import DAY_US, MINUTE_US
from codespace_tracker.core.record import Record
from codespace_tracker.core.session import ENDINGS, Ending
from codespace_tracker.core.shared_presence import PresenceRefused, Shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, TypeAlias

FORMAT = 1
"""The newest format that is read, and the one that is written."""

HEADER = "header.json"
MONTH_END = ".jsonl"

CODESPACE = "codespaces"
"""The kind of environment whose time may count against a quota."""
PAYERS = ("me", "organization", "unknown")

EARLIEST = day_of(2020, 1, 1) * DAY_US
"""Before this (UTC µs) there was nothing to count."""
AHEAD_US = 10 * MINUTE_US
"""How far the clock of another machine may be ahead of this one."""

HEADER_LIMIT = 4 << 10
MONTH_LIMIT = 2 << 20
STREAM_LIMIT = 8 << 20
"""Bytes of a header, of a month's file and of all files of a stream."""
LINE_LIMIT = 256 << 10
SPANS_LIMIT = 2000
MONTHS_LIMIT = 600
TEXT_LIMIT = 256

CODESPACE_CORES = range(2, 33)
OTHER_CORES = range(1, 1025)
"""Elsewhere than in a codespace, time counts against no quota, and machines have any size."""

AGAIN_US = 29 * MINUTE_US
"""An open session is told again after this much more running time: the triggers that ask for it
come every 30 minutes."""

Stretch: TypeAlias = "tuple[int, int, int]"
"""A stretch of running time: its start (UTC µs), its running time (µs), the cores."""


class StreamRefused(ValueError):
    """A stream that is not taken. The text is the reason. `may_pass` says that it may be taken
    later although it has not changed: it is ahead of our clock."""

    def __init__(self, reason: str, *, may_pass: bool = False) -> None:
        super().__init__(reason)
        self.may_pass = may_pass


class Header(Record):
    """Whose stream it is. All texts may be empty, except the tracker's id and the environment."""

    tracker_id: str
    environment: str
    codespace: str
    user: str
    repository: str
    payer: str


class Told(Record):
    """One telling of a session. The telling with the highest revision replaces all others.

    `ending` is None while the session is open. `origin` is the id of the tracker that counted it,
    where that is another one; empty if it is the stream's own.
    """

    session_id: str
    revision: int
    spans: tuple[Stretch, ...]
    ending: Ending | None = None
    origin: str = ""

    @property
    def started_at(self) -> int:
        """When it began (UTC µs)."""
        return self.spans[0][0]

    @property
    def seen_at(self) -> int:
        """Up to when it is told (UTC µs)."""
        return max(start + running for start, running, _ in self.spans)

    @property
    def running_us(self) -> int:
        """Its running time in µs."""
        return sum(running for _, running, _ in self.spans)


class Stream(Record):
    """A header, the newest telling of each session, and what is told of presence."""

    header: Header
    told: tuple[Told, ...]
    presence: Shared = Shared()


def revision(running_us: int, *, is_open: bool) -> int:
    """The revision of a telling. It only grows: a session that goes on has run for longer, and one
    that ends without that is newer than it was while open."""
    return 2 * running_us + (0 if is_open else 1)


def newest(tellings: Iterable[Told]) -> tuple[Told, ...]:
    """The telling with the highest revision of each session, by their start."""
    found: dict[str, Told] = {}
    for one in tellings:
        before = found.get(one.session_id)
        if before is None or one.revision > before.revision:
            found[one.session_id] = one
    return tuple(sorted(found.values(), key=lambda one: (one.started_at, one.session_id)))


def is_news(told: Told, known: int) -> bool:
    """Whether a telling is worth sending to who knows the session at a revision; negative: not at
    all. An open session is only when it has run for long enough since."""
    if known < 0 or told.revision <= known:
        return told.revision > known
    is_small = told.running_us - known // 2 < AGAIN_US
    return not (is_small and told.ending is None and known % 2 == 0)


def to_tell(before: Iterable[Told], now: Iterable[Told]) -> tuple[Told, ...]:
    """What a stream is to tell: what it told before and what is known now, the newer of each.

    What was told is never taken back, even if the ledger was restored from a backup since. An open
    session is told again only when it has run for long enough.
    """
    kept = {one.session_id: one for one in before}
    found = list(kept.values())
    for one in now:
        known = kept.get(one.session_id)
        if is_news(one, -1 if known is None else known.revision):
            found.append(one)
    return newest(found)


def fit(tellings: Iterable[Told], environment: str, now: int) -> tuple[Told, ...]:
    """The tellings without what other trackers would refuse a whole stream for.

    That is what a wrong clock did: time before 2020, in the future of the clock now (UTC µs), or
    beyond 24 hours of a day. It stays in the ledger.
    """
    cores = _cores(environment)
    found, days = [], dict[int, int]()
    for one in sorted(tellings, key=lambda one: one.origin != ""):  # a day is for our own first
        spans = []
        for start, running, number in one.spans:
            if start < EARLIEST or start + running > now or number not in cores:
                continue
            over = [
                days.get(day, 0) + part > DAY_US
                for day, _, part, _ in by_day([(start, running, number)])
            ]
            if not any(over):
                spans.append((start, running, number))
                for day, _, part, _ in by_day(spans[-1:]):
                    days[day] = days.get(day, 0) + part
        if spans:
            found.append(one._replace(spans=tuple(spans[:SPANS_LIMIT])))
    return newest(found)


def rest_of(told: Told, running_us: int, session_id: str) -> Told | None:
    """What a session ran after its first `running_us` (µs), as a session of its own; None if that
    is nothing."""
    spans, passed = [], 0
    for start, running, cores in told.spans:
        cut = min(max(0, running_us - passed), running)
        passed += running
        if running > cut:
            spans.append((start + cut, running - cut, cores))
    if not spans:
        return None
    ran = sum(running for _, running, _ in spans)
    of = revision(ran, is_open=told.ending is None)
    return Told(session_id, of, tuple(spans), told.ending)


def first_of(told: Told, running_us: int) -> Told | None:
    """What a session ran in its first `running_us` (µs); None if that is nothing."""
    spans, left = [], running_us
    for start, running, cores in told.spans:
        if (part := min(running, left)) > 0:
            spans.append((start, part, cores))
            left -= part
    return told._replace(spans=tuple(spans)) if spans else None


# --- as files


def write(stream: Stream) -> dict[str, bytes]:
    """The files of a stream by their names. The same stream always gives the same bytes.

    Where there are more sessions than others would read, the oldest are left out.
    """
    head = stream.header
    header = {"format": FORMAT, **head._asdict()}
    files = {HEADER: f"{plain_json.dumps(header)}\n".encode()}
    months: dict[str, list[str]] = {}
    for one in newest(stream.told):
        months.setdefault(month_of(one.started_at), []).append(line(one))
    files |= shared_presence.write(stream.presence)
    left = STREAM_LIMIT - sum(map(len, files.values()))
    for month in sorted(months, reverse=True)[:MONTHS_LIMIT]:
        content = _newest_lines(months[month], min(MONTH_LIMIT, left))
        if not content:
            break
        files[f"{month}{MONTH_END}"] = content
        left -= len(content)
    return dict(sorted(files.items(), key=lambda file: (file[0] != HEADER, file[0])))


def _newest_lines(lines: list[str], limit: int) -> bytes:
    """The last lines, as many as fit into a limit of bytes."""
    kept, size = [], 0
    for text in reversed(lines):
        encoded = f"{text}\n".encode()
        size += len(encoded)
        if size > limit:
            break
        kept.append(encoded)
    return b"".join(reversed(kept))


def line(told: Told) -> str:
    """A telling as a line of its month's file, without the end of the line."""
    import json  # not for those who only read

    content: dict[str, object] = {"session_id": told.session_id, "revision": told.revision}
    content["ending"] = told.ending
    if told.origin:
        content["origin"] = told.origin
    content["spans"] = [
        {"started_at": start, "running_us": running, "cores": cores}
        for start, running, cores in told.spans
    ]
    return json.dumps(content, ensure_ascii=False)


def read(files: Mapping[str, bytes], tracker_id: str, now: int) -> Stream:
    """The stream of a tracker by its files, as they came from elsewhere.

    `now` is the wall clock here (UTC µs). Names that are not known are ignored, and so are fields.
    Raises StreamRefused.
    """
    if sum(map(len, files.values())) > STREAM_LIMIT:
        raise StreamRefused(f"it has more than {STREAM_LIMIT >> 20} MiB")
    if HEADER not in files:
        raise StreamRefused(f"it has no {HEADER}")
    header = read_header(files[HEADER], tracker_id)
    names = sorted(name for name in files if _is_month(name))
    if len(names) > MONTHS_LIMIT:
        raise StreamRefused(f"it has more than {MONTHS_LIMIT} months")
    told: list[Told] = []
    for name in names:
        told += _month(name, files[name], header, now)
    kept = newest(told)
    _check_days(kept)
    try:
        presence = shared_presence.read(files, now + AHEAD_US)
    except PresenceRefused as error:
        raise StreamRefused(str(error)) from error
    if presence.parts and presence.parts[0].at < EARLIEST:
        raise StreamRefused("it tells of presence before 2020")
    return Stream(header, kept, presence)


def is_part(name: str) -> bool:
    """Whether a file of that name belongs to a stream."""
    return name == HEADER or _is_month(name) or shared_presence.is_part(name)


def _is_month(name: str) -> bool:
    return name.endswith(MONTH_END) and is_month(name.removesuffix(MONTH_END))


def _object(content: bytes, where: str) -> dict[str, Any]:
    try:
        found = plain_json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise StreamRefused(f"{where} is not JSON") from None
    if not isinstance(found, dict):
        raise StreamRefused(f"{where} is not a JSON object")
    return found


def read_header(content: bytes, tracker_id: str) -> Header:
    """The header of a tracker's stream, as it came from elsewhere. Raises StreamRefused."""
    if len(content) > HEADER_LIMIT:
        raise StreamRefused(f"{HEADER} has more than {HEADER_LIMIT >> 10} KiB")
    found = _object(content, HEADER)
    form = found.get("format")
    if isinstance(form, bool) or not isinstance(form, int) or form < 1:
        raise StreamRefused(f"{HEADER} names no format")
    if form > FORMAT:
        raise StreamRefused(
            f"it has the format {min(form, 10**6)}, of a newer codespace-tracker; this one reads "
            f"up to {FORMAT}"
        )
    texts = []
    for key in Header._fields:
        text = found.get(key)
        if not isinstance(text, str) or len(text) > TEXT_LIMIT or not text.isprintable():
            raise StreamRefused(f"{HEADER}: {key} is not a short text")
        texts.append(text)
    header = Header(*texts)
    if header.tracker_id != tracker_id:
        raise StreamRefused("it names another tracker than the one it is kept for")
    if not header.environment or header.payer not in PAYERS:
        raise StreamRefused(f"{HEADER}: the environment or the payer is not known")
    return header


def _month(name: str, content: bytes, header: Header, now: int) -> list[Told]:
    if len(content) > MONTH_LIMIT:
        raise StreamRefused(f"{name} has more than {MONTH_LIMIT >> 20} MiB")
    found = []
    for n, text in enumerate(content.split(b"\n"), 1):
        if text.strip():
            where = f"{name}, line {n}"
            told = read_line(text, where, header, now)
            if month_of(told.started_at) != name[:7]:
                raise StreamRefused(f"{where}: the session did not start in that month")
            found.append(told)
    return found


def read_line(content: bytes, where: str, header: Header, now: int) -> Told:
    """The telling of a line as it came from elsewhere, of the stream that has the header. `where`
    is what an error calls the line, `now` the wall clock here (UTC µs). Raises StreamRefused."""
    if len(content) > LINE_LIMIT:
        raise StreamRefused(f"{where} has more than {LINE_LIMIT >> 10} KiB")
    found = _object(content, where)
    session_id, origin = found.get("session_id"), found.get("origin", "")
    if not _is_id(session_id) or not (origin == "" or _is_id(origin)):
        raise StreamRefused(f"{where}: the session's id is not one")
    ending = found.get("ending")
    if ending is not None and (not isinstance(ending, str) or ending not in ENDINGS):
        raise StreamRefused(f"{where}: the ending is not known")
    spans = found.get("spans")
    if not isinstance(spans, list) or not 1 <= len(spans) <= SPANS_LIMIT:
        raise StreamRefused(f"{where}: a session has 1 to {SPANS_LIMIT} spans")
    stretches = tuple(_stretch(one, where, header, now) for one in spans)
    number = _whole(found.get("revision"), where)
    return Told(str(session_id), number, stretches, ending, str(origin))


def _stretch(found: Any, where: str, header: Header, now: int) -> Stretch:
    if not isinstance(found, dict):
        raise StreamRefused(f"{where}: a span is not a JSON object")
    start, running, cores = (
        _whole(found.get(key), where) for key in ("started_at", "running_us", "cores")
    )
    if start < EARLIEST:
        raise StreamRefused(f"{where}: it is of before 2020")
    if start + running > now + AHEAD_US:
        raise StreamRefused(
            f"{where}: it is in the future, or the clock of this machine is behind", may_pass=True
        )
    if cores not in _cores(header.environment):
        raise StreamRefused(f"{where}: no machine has {min(cores, 10**6)} cores")
    return start, running, cores


def _cores(environment: str) -> range:
    """The sizes that machines of a kind may have."""
    return CODESPACE_CORES if environment == CODESPACE else OTHER_CORES


def _whole(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 62:
        raise StreamRefused(f"{where}: a number is missing or out of range")
    return value


_ID_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:.")


def _is_id(text: Any) -> bool:
    return isinstance(text, str) and 1 <= len(text) <= 128 and _ID_SIGNS.issuperset(text)


def _check_days(told: Iterable[Told]) -> None:
    days: dict[int, int] = {}
    for one in told:
        for day, _, running, _ in by_day(one.spans):
            days[day] = days.get(day, 0) + running
    for day, running in days.items():
        if running > DAY_US:
            raise StreamRefused(f"it has {more_than_a_day(day)}")


def more_than_a_day(day: int) -> str:
    """What a stream has too much of on the day of UTC that begins at `day` (UTC µs), as words of a
    reason."""
    year, month, number = civil_date(day // DAY_US)
    return f"more than 24 hours on {year:04}-{month:02}-{number:02} (UTC)"


# --- sums


def by_day(spans: Iterable[Stretch]) -> Iterable[tuple[int, int, int, int]]:
    """The stretches cut at the bounds of UTC days: the day's start, then as `Stretch`."""
    for start, running, cores in spans:
        day, end = start // DAY_US * DAY_US, start + running
        while end > day + DAY_US:
            yield day, start, day + DAY_US - start, cores
            day += DAY_US
            start = day
        if end > start:
            yield day, start, end - start, cores


def without(spans: Iterable[Stretch], taken: list[tuple[int, int]]) -> list[Stretch]:
    """What of the stretches does not lie in `taken`: times (from, to; UTC µs) in order, apart from
    each other."""
    from bisect import bisect_right  # not for those who only ask for figures

    starts = [start for start, _ in taken]
    found = []
    for start, running, cores in spans:
        end = start + running
        n = max(0, bisect_right(starts, start) - 1)
        while start < end:
            while n < len(taken) and taken[n][1] <= start:
                n += 1
            gap_end = min(end, taken[n][0]) if n < len(taken) else end
            if gap_end > start:
                found.append((start, gap_end - start, cores))
            start = max(gap_end, taken[n][1]) if n < len(taken) else end
    return found


def union(spans: Iterable[Stretch]) -> list[tuple[int, int]]:
    """The times (from, to; UTC µs) that the stretches cover, in order, apart from each other."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((start, start + running) for start, running, _ in spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif end > start:
            found.append((start, end))
    return found
