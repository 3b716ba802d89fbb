"""What a request must be before anything is done for it: who sends it, how much, and how often."""

from __future__ import annotations

import asyncio
import time
import zlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from codespace_tracker.core.calendar import UTC, month_of, parse_iso
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.hub import protocol, tokens
from codespace_tracker.hub.limits import Rate
from codespace_tracker.hub.store.interface import Writer, month_day, next_month

if TYPE_CHECKING:
    from typing import Any, TypeVar

    from starlette.requests import Request

    _T = TypeVar("_T")

BODY_LIMIT = 1 << 20
"""Bytes of a body as it comes."""
UNPACKED_LIMIT = 4 << 20
BODY_SECONDS = 30.0
_LONGEST_DAYS = 400
_SMALL_LIMIT = 4 << 10
_GZIP = 16 + zlib.MAX_WBITS


class Refusal(Exception):
    """A request that is refused with a status. The text says why and what to do."""

    def __init__(self, status: int, text: str, *, retry_after: float = 0, **more: str) -> None:
        super().__init__(text)
        self.status = status
        self.retry_after = retry_after
        self.more = more


class Limits(NamedTuple):
    """How often a stream may ask, and how often an address may come with a wrong secret."""

    streams: Rate | None
    failures: Rate

    def check_stream(self, stream_id: str) -> None:
        """Raises Refusal if a stream asks too often."""
        if self.streams is None:
            return
        now = time.monotonic()
        if wait := self.streams.wait(stream_id, now):
            raise Refusal(429, "this stream asks too often. Fix: wait.", retry_after=wait)
        self.streams.use(stream_id, now)

    def check_failures(self, request: Request) -> None:
        """Raises Refusal if too many wrong secrets came from an address."""
        if wait := self.failures.wait(_address(request), time.monotonic()):
            raise Refusal(429, "too many wrong secrets came. Fix: wait.", retry_after=wait)

    def failed(self, request: Request) -> None:
        """Note that a wrong secret came."""
        self.failures.use(_address(request), time.monotonic())


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def secret(request: Request, kind: str) -> tokens.Secret:
    """The secret of a kind that came as a bearer token. Raises Refusal."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    found = tokens.given(kind, text.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise not_allowed()
    return found


def writer(request: Request) -> Writer:
    """The token that came, and the stream of the path. Raises Refusal."""
    found = secret(request, "stream")
    stream_id = checked(request.path_params["stream_id"], protocol.StreamId, "the stream's id")
    return Writer(found.team, stream_id, found.prefix, found.hash)


def not_allowed() -> Refusal:
    """What is said to who has no right."""
    return Refusal(
        401,
        "this token does not open it, or was revoked. Fix: ask for a new code, and enrol again"
        " (`codespace-tracker sync setup`).",
    )


async def body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The body, unpacked. Raises Refusal if it is too large or takes too long."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > limit:
        raise _too_large(limit)
    try:
        content = await asyncio.wait_for(_received(request, limit), BODY_SECONDS)
    except asyncio.TimeoutError:
        raise Refusal(408, "the body did not come in time. Fix: send it again.") from None
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "identity":
        return content
    if encoding != "gzip":
        raise Refusal(415, "the body is packed in a way that is not known. Fix: use gzip.")
    return _unpacked(content)


async def _received(request: Request, limit: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def _unpacked(content: bytes) -> bytes:
    unpacking = zlib.decompressobj(_GZIP)
    try:
        found = unpacking.decompress(content, UNPACKED_LIMIT)
    except zlib.error:
        raise Refusal(422, "the body is not what gzip makes.") from None
    if unpacking.unconsumed_tail:
        raise _too_large(UNPACKED_LIMIT)
    if not unpacking.eof:
        raise Refusal(422, "the body is cut off.")
    return found


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"the body has more than {limit >> 10} KiB. Fix: send less at once.")


async def small(request: Request, kind: type[_T]) -> _T:
    """The body as a small JSON document of a type. Raises Refusal."""
    content = await body(request, _SMALL_LIMIT)
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refusal(422, f"the body is not what was expected: {error}") from error


def query(request: Request, name: str, kind: Any, default: str = "") -> str:
    """A parameter of a type. Raises Refusal."""
    text = request.query_params.get(name, default)
    return text if text == default else checked(text, kind, name)


def checked(text: str, kind: Any, name: str) -> str:
    """A text that must be of a type. Raises Refusal."""
    try:
        found: str = msgspec.convert(text, kind)
    except msgspec.ValidationError as error:
        raise Refusal(422, f"{name}: {error}") from error
    return found


def now() -> int:
    """The wall clock (UTC µs)."""
    return time.time_ns() // 1000


def days(request: Request, at: int) -> tuple[int, int]:
    """The days that are asked for, from the first until before the end (since 1970); by default
    those of the month of an instant (UTC µs). Raises Refusal."""
    first = month_day(month_of(at))
    since = _day(query(request, "since", protocol.Day), "since", first)
    until = _day(query(request, "until", protocol.Day), "until", next_month(max(first, since)) - 1)
    if not since <= until < since + _LONGEST_DAYS:
        raise Refusal(422, f"since, until: ask for 1 to {_LONGEST_DAYS} days.")
    return since, until + 1


def _day(text: str, name: str, default: int) -> int:
    if not text:
        return default
    try:
        return parse_iso(f"{text}T00:00:00Z") // DAY_US
    except ValueError as error:
        raise Refusal(422, f"{name}: there is no such day.") from error


def date(day: int) -> str:
    """A day (since 1970) as 2026-11-30."""
    return UTC.date(day * DAY_US)
