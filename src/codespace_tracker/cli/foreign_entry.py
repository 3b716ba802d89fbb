"""A session as `export` printed it, read back without loss."""

from typing import Any

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.presence import QUARTER_US, Part
from codespace_tracker.core.session import ENDINGS, ClosedSpan
from codespace_tracker.ledger.imported import Exact, ForeignSession

EARLIEST_AT = parse_iso("2000-01-01")

_NAME_LIMIT = 300
_MOST_CORES = 1 << 16


class Unreadable(ValueError):
    """An entry that is not a valid session. The text says why."""


def foreign(fields: Any, now_us: int, counter: str = "") -> ForeignSession:
    """The session of an exported entry, as of `now_us` (UTC µs).

    Entries of release 0.1.0 have no spans and no tracker: they get one span and the id `counter`.
    Raises Unreadable.
    """
    if not isinstance(fields, dict):
        raise Unreadable("it is not an object")
    try:
        return _foreign(fields, now_us, counter)
    except KeyError as error:
        raise Unreadable(f"it has no {error}") from error


def _foreign(fields: dict[str, Any], now_us: int, counter: str) -> ForeignSession:
    session_id = _name(fields["session_id"], "session_id")
    state = fields["state"]
    if state not in (*ENDINGS, "open"):
        raise Unreadable("its state is not one of open, paused, clean and recovered")
    started_at = _moment(fields, "started_at", "start_time", now_us)
    last_seen_at = _moment(fields, "last_seen_at", "last_seen", now_us)
    ended_at = None if state == "open" else _moment(fields, "ended_at", "end_time", now_us)
    running_us = _whole(fields["running_us"], "running_us", 0, now_us + DAY_US - EARLIEST_AT)
    spans = _spans(fields, last_seen_at, running_us, now_us)
    if sum(span.running_us for span in spans) != running_us:
        raise Unreadable("its spans do not add up to its running time")
    tracker_id = _name(fields["tracker_id"], "tracker_id") if "tracker_id" in fields else counter
    repository = _name(fields.get("repository", ""), "repository", may_be_empty=True)
    ending = None if state == "open" else state
    quarters = _quarters(fields.get("presence", []), running_us, now_us)
    exact = Exact(tracker_id, last_seen_at, ending, ended_at, repository, spans, quarters)
    return ForeignSession(session_id, started_at, running_us, ending in (None, "recovered"), exact)


def _spans(
    fields: dict[str, Any], last_seen_at: int, running_us: int, now_us: int
) -> tuple[ClosedSpan, ...]:
    if "spans" not in fields:
        cores = _whole(fields["cores"], "cores", 1, _MOST_CORES)
        return (ClosedSpan(1, last_seen_at - running_us, 0, cores, running_us),)
    entries = fields["spans"]
    if (
        not isinstance(entries, list)
        or not entries
        or not all(isinstance(span, dict) for span in entries)
    ):
        raise Unreadable("its spans are not a list of objects")
    spans, offset_us = [], 0
    for n, span in enumerate(entries, 1):
        started_at = _instant(span["started_at"], "started_at", now_us)
        ran_us = _whole(span["running_us"], "running_us", 0, running_us)
        spans.append(
            ClosedSpan(
                n, started_at, offset_us, _whole(span["cores"], "cores", 1, _MOST_CORES), ran_us
            )
        )
        offset_us += ran_us
    return tuple(spans)


def _quarters(entries: Any, running_us: int, now_us: int) -> tuple[Part, ...]:
    """What is told of presence: nothing by releases before 0.2.0."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Unreadable("its presence is not a list of objects")
    found = []
    for entry in entries:
        at = _instant(entry["quarter_at"], "quarter_at", now_us)
        parts = [
            _whole(entry[name], name, 0, QUARTER_US)
            for name in ("present_us", "absent_us", "unknown_us")
        ]
        if at % QUARTER_US or sum(parts) > QUARTER_US:
            raise Unreadable("its presence is not told by quarter hours")
        found.append(Part(at, *parts))
    if len({one.at for one in found}) < len(found):
        raise Unreadable("its presence tells of a quarter hour twice")
    if sum(sum(one[1:]) for one in found) > running_us:
        raise Unreadable("its presence is longer than its running time")
    return tuple(found)


def _moment(found: dict[str, Any], exact: str, text: str, now_us: int) -> int:
    """An instant (UTC µs); release 0.1.0 wrote it only as text."""
    if exact in found:
        return _instant(found[exact], exact, now_us)
    try:
        return _instant(parse_iso(str(found[text])), text, now_us)
    except (ValueError, OverflowError) as error:
        raise Unreadable(str(error)[:100]) from error


def _instant(value: Any, name: str, now_us: int) -> int:
    at = _whole(value, name, 0, 1 << 62)
    if at < EARLIEST_AT:
        raise Unreadable(f"its {name} is before the year 2000")
    if at > now_us + DAY_US:  # clocks of two machines may differ
        raise Unreadable(f"its {name} is in the future, according to this machine's clock")
    return at


def _whole(value: Any, name: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Unreadable(f"its {name} is not a valid number")
    return value


def _name(value: Any, name: str, *, may_be_empty: bool = False) -> str:
    is_name = isinstance(value, str) and len(value) <= _NAME_LIMIT and value.isprintable()
    if not is_name or not (value or may_be_empty):
        raise Unreadable(f"its {name} is not a valid name")
    return str(value)
