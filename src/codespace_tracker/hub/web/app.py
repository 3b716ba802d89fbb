"""The routes of a hub."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from codespace_tracker.core import cursor
from codespace_tracker.core.calendar import month_of
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.shared_presence import Attended
from codespace_tracker.core.stream import AHEAD_US, StreamRefused
from codespace_tracker.hub import batch, figures, protocol, taking, tokens, unattended
from codespace_tracker.hub.limits import Rate
from codespace_tracker.hub.store.interface import (
    NotAllowed,
    OtherWriter,
    Push,
    StreamTaken,
    Unavailable,
    month_day,
    month_name,
    next_month,
)
from codespace_tracker.hub.web import openapi, requests
from codespace_tracker.hub.web.metrics import Metrics
from codespace_tracker.hub.web.pages import Pages
from codespace_tracker.hub.web.requests import Limits, Refusal, date

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from codespace_tracker.hub.store.portable import Store

_RETRY_SECONDS = 5
_FIRST_MONTH = "2020-01"
_FAILURES = 0.2, 20.0  # wrong secrets of an address: per second in the long run, and at once


class Hub:
    """What answers requests: a store, and what is allowed."""

    def __init__(self, store: Store, *, rate: float) -> None:
        self.store = store
        self.metrics = Metrics()
        streams = Rate(rate, max(20.0, 12 * rate)) if rate else None
        self.limits = Limits(streams, Rate(*_FAILURES))
        self.pages = Pages(store, self.limits)

    def app(self) -> Starlette:
        """It as an application for a server."""

        @contextlib.asynccontextmanager
        async def life(_: Starlette) -> AsyncIterator[None]:
            yield
            await self.store.close()

        return Starlette(
            routes=[
                Route("/v1/enrol", self.enrol, methods=["POST"]),
                Route("/v1/streams/{stream_id}", self.tell, methods=["POST"]),
                Route("/v1/streams/{stream_id}", self.cursor, methods=["GET"]),
                Route("/v1/streams/{stream_id}/months/{month}", self.revisions, methods=["GET"]),
                Route("/v1/streams/{stream_id}/unattended", self.withdraw, methods=["DELETE"]),
                Route("/v1/fleet", self.fleet, methods=["GET"]),
                Route("/v1/openapi.json", self.description, methods=["GET"]),
                *self.pages.routes(),
                Route("/healthz", self.healthz, methods=["GET"]),
                Route("/readyz", self.readyz, methods=["GET"]),
                Route("/metrics", self.metrics_page, methods=["GET"]),
            ],
            lifespan=life,
            exception_handlers={
                Refusal: _refused,
                Unavailable: _unavailable,
                HTTPException: _other,
            },
        )

    # --- trackers

    async def enrol(self, request: Request) -> Response:
        """Let a token write a stream, by a code."""
        self.limits.check_failures(request)
        asked = await requests.small(request, protocol.Enrol)
        code = tokens.given("code", asked.code)
        token_hash = bytes.fromhex(asked.token_sha256)
        try:
            if code is None:
                raise NotAllowed
            team = await self.store.enrol(
                code,
                asked.stream_id,
                tokens.Secret(code.team, token_hash),
                requests.now(),
                shows_name=asked.shows_name,
            )
        except NotAllowed:
            self.limits.failed(request)
            raise Refusal(
                401, "this code is not known, was used, or has expired. Fix: ask for a new one."
            ) from None
        except StreamTaken:
            raise Refusal(409, "this stream belongs to another person.", last_push="") from None
        return _answer(protocol.Enrolled(team))

    async def tell(self, request: Request) -> Response:
        """Take a batch of tellings."""
        writer = requests.writer(request)
        self.limits.check_stream(writer.stream_id)
        now = requests.now()
        month = requests.query(request, "month", protocol.Month)
        if month and not _FIRST_MONTH <= month <= month_of(now + AHEAD_US):
            raise Refusal(422, "month: it is of before 2020, or in the future.")
        push = requests.query(request, "push", protocol.PushId)
        after = requests.query(request, "after", protocol.PushId)
        content = await requests.body(request)
        try:
            read = batch.read(content, writer.stream_id, month, now)
        except StreamRefused as refused:
            raise Refusal(422, str(refused)) from refused
        except batch.TooMany:
            raise Refusal(
                413, f"a batch has at most {batch.LIMIT} tellings. Fix: send less at once."
            ) from None
        head = read.header
        is_cut_back = requests.query(request, "cut_back", protocol.CutBack) == "1"
        of = Push(
            push, after, is_cut_back, head.environment, head.codespace, head.repository, head.payer
        )
        try:
            done = await taking.take(self.store, writer, of, read, now)
        except NotAllowed:
            raise requests.not_allowed() from None
        except OtherWriter as other:
            raise Refusal(
                409,
                "the newest push of this stream is another one. Fix: ask what the hub has.",
                last_push=other.last_push,
            ) from None
        self.metrics.took(done)
        aside = [protocol.SetAside(*one) for one in done.aside]
        return _answer(protocol.Taken(done.taken, done.known, aside))

    async def cursor(self, request: Request) -> Response:
        """What there is of a stream."""
        writer = requests.writer(request)
        self.limits.check_stream(writer.stream_id)
        try:
            found = await self.store.cursor(writer)
        except NotAllowed:
            raise requests.not_allowed() from None
        months = [
            protocol.MonthKept(month_name(month), sessions, marks)
            for month, (sessions, marks) in sorted(found.months.items())
        ]
        parts = [Attended(day * DAY_US, us, us) for day, us in found.unattended.items()]
        unattended = [
            protocol.DaysKept(month, *sums)
            for month, sums in sorted(cursor.sums_of_days(parts).items())
        ]
        since = date(found.kept_since) if found.kept_since else ""
        return _answer(protocol.Cursor(found.last_push, months, unattended, since))

    async def revisions(self, request: Request) -> Response:
        """The revisions of the sessions of a month."""
        writer = requests.writer(request)
        self.limits.check_stream(writer.stream_id)
        month = requests.checked(request.path_params["month"], protocol.Month, "month")
        try:
            found = await self.store.revisions(writer, month_day(month))
            all_ = (await self.store.cursor(writer)).unattended
        except NotAllowed:
            raise requests.not_allowed() from None
        first, end = month_day(month), next_month(month_day(month))
        unattended = {date(day): us for day, us in all_.items() if first <= day < end}
        return _answer(protocol.Revisions(found, unattended))

    async def withdraw(self, request: Request) -> Response:
        """Delete what a stream told of unattended time."""
        writer = requests.writer(request)
        self.limits.check_stream(writer.stream_id)
        try:
            await self.store.withdraw(writer)
        except NotAllowed:
            raise requests.not_allowed() from None
        return _answer(protocol.Withdrawn())

    # --- viewers

    async def fleet(self, request: Request) -> Response:
        """The codespaces of a team."""
        now = requests.now()
        viewer = await self.pages.viewer(request, now)
        since, until = requests.days(request, now)
        found = await figures.figures(self.store, viewer.team, since, until)
        used = found.by_stream()
        streams = []
        for one in found.streams:
            streams.append(
                protocol.FleetStream(
                    one.stream_id,
                    one.shown_person,
                    one.environment,
                    one.codespace,
                    one.repository,
                    one.payer,
                    one.told_at,
                    one.seen_at,
                    figures.runs(one, now),
                    *used.get(one.stream_id, figures.Used()),
                )
            )
        alone = [
            protocol.UnattendedMonth(
                *(one.month, one.environment, one.codespace, one.repository),
                *(one.running_us, one.core_us, round(one.dollars, 4)),
            )
            for one in await unattended.months(self.store, viewer.team, since, until)
        ]
        return _answer(protocol.Fleet(viewer.team, date(since), date(until - 1), streams, alone))

    async def description(self, _: Request) -> Response:
        """The protocol, as OpenAPI."""
        return Response(openapi.document(), media_type="application/json")

    # --- operation

    async def healthz(self, _: Request) -> Response:
        """Whether the process answers."""
        return Response("ok\n", media_type="text/plain")

    async def readyz(self, _: Request) -> Response:
        """Whether the database answers too."""
        await self.store.rows("SELECT 1")
        return Response("ok\n", media_type="text/plain")

    async def metrics_page(self, _: Request) -> Response:
        """Figures of this process, for Prometheus."""
        return Response(self.metrics.text(), media_type=self.metrics.media_type)


def _answer(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    answer = _answer({"error": str(error), **error.more}, error.status)
    if error.status == 401:
        answer.headers["www-authenticate"] = "Bearer"
    if error.retry_after:
        answer.headers["retry-after"] = str(int(error.retry_after) + 1)
    return answer


async def _unavailable(_: Request, error: Exception) -> Response:
    from codespace_tracker.hub.web.logs import log

    log.warning("the database cannot be used", extra={"why": str(error)})
    answer = _answer(protocol.Problem("the database cannot be used. Fix: try again later."), 503)
    answer.headers["retry-after"] = str(_RETRY_SECONDS)
    return answer


async def _other(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = _answer(protocol.Problem(f"{error.detail.lower()}."), error.status_code)
    answer.headers.update(error.headers or {})
    return answer
