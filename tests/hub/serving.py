"""A hub as its own process, and requests to it."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

_SECONDS = 60


class Answer(NamedTuple):
    """What came back: the status, the headers with small names, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Served:
    """A hub that listens on a port of its own."""

    def __init__(self, url: str, port: int = 0, *words: str) -> None:
        self._url = url
        self._words = words
        self.port = port
        self.log = Path(os.devnull)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        variables = {"CODESPACE_TRACKER_HUB_DATABASE": self._url, "PYTHONUNBUFFERED": "1"}
        serve = "hub", "serve", "--listen", f"127.0.0.1:{self.port}", *self._words
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "codespace_tracker", *serve],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **variables},
            )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        found = re.fullmatch(r"Listening on http://127\.0\.0\.1:(\d+)\n", said)
        assert found, said
        self.port = int(found[1])

    def end(self, how: int = signal.SIGTERM) -> int:
        """End it by a signal; its exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(_SECONDS)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return self.process.returncode

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        token: str = "",
        headers: Mapping[str, str] | None = None,
        packed: bool = False,
        **query: str,
    ) -> Answer:
        """One request on a connection of its own."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if packed and body is not None:
            body = gzip.compress(body)
            sent["Content-Encoding"] = "gzip"
        if query:
            path = f"{path}?{urlencode(query)}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            cookies = tuple(answer.headers.get_all("set-cookie", []))
            return Answer(answer.status, names, answer.read(), cookies)


@contextlib.contextmanager
def served(url: str, *words: str, log: Path | None = None) -> Iterator[Served]:
    """A hub on a database, ended at the end. Its log goes into a file."""
    found = Served(url, 0, *words)
    found.log = log or found.log
    found.start()
    try:
        yield found
    finally:
        if found.process is not None and found.process.poll() is None:
            found.end(signal.SIGKILL)
