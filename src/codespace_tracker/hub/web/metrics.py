"""Figures of one process of a hub, for Prometheus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from codespace_tracker.hub.taking import Taken

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_NAME = "codespace_tracker_hub"


class Metrics:
    """Counts what a process does."""

    media_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            f"{_NAME}_requests",
            "Requests by route and status.",
            ["route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            f"{_NAME}_request_seconds",
            "How long requests took.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._tellings = Counter(
            f"{_NAME}_tellings",
            "Tellings that came: newer than what was known, not newer, set aside.",
            ["what"],
            registry=self._registry,
        )
        self._started = Gauge(
            f"{_NAME}_start_time_seconds", "When the process started.", registry=self._registry
        )
        self._started.set(time.time())

    def took(self, done: Taken) -> None:
        """Count a batch."""
        self._tellings.labels("taken").inc(done.taken)
        self._tellings.labels("known").inc(done.known)
        self._tellings.labels("aside").inc(len(done.aside))

    def text(self) -> bytes:
        """All figures, in Prometheus' format."""
        return generate_latest(self._registry)

    def counting(self, app: ASGIApp) -> ASGIApp:
        """The application, with each of its requests counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            began, status = time.perf_counter(), [500]

            async def noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status[0] = message["status"]
                await send(message)

            try:
                await app(scope, receive, noted)
            finally:
                route = getattr(scope.get("route"), "path", "other")
                self._requests.labels(route, str(status[0])).inc()
                self._seconds.labels(route).observe(time.perf_counter() - began)

        return counted
