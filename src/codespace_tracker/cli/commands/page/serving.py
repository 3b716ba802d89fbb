"""Serves the page on loopback, to those who have its address: the first part of the path is a
secret that ends with the process."""

import hmac
import secrets
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from codespace_tracker.cli.commands.page.rendering import Answer
from codespace_tracker.failure import Failure

_LOOPBACK = "127.0.0.1"
_HOSTS = frozenset({_LOOPBACK, "localhost", "[::1]"})
_DOMAIN = "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN"
_CONNECTIONS = 32
_PATIENCE_SECONDS = 10
_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)


class Server(ThreadingHTTPServer):
    """Serves what `answer` gives, at a secret path on loopback. GET only.

    `host` is a name by which it may be asked for beside those of loopback, empty for none. Nothing
    is printed: output would keep a codespace awake. Raises Failure if the port is taken.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = _CONNECTIONS

    def __init__(self, port: int, answer: Callable[[], Answer], environ: Mapping[str, str]) -> None:
        try:
            super().__init__((_LOOPBACK, port), _Handler)
        except OSError as error:
            why = error.strerror or error
            raise Failure(
                f"port {port}: cannot be used ({why}). Fix: use another --port, or leave it out."
            ) from error
        self.token = secrets.token_urlsafe(24)
        self.host = forwarded(environ, self.server_port)
        self.bug: Exception | None = None
        self._answer = answer
        self._one_at_a_time = threading.Lock()
        self._free = threading.BoundedSemaphore(_CONNECTIONS)

    @property
    def address(self) -> str:
        """Where the page is on this machine."""
        return f"http://{_LOOPBACK}:{self.server_port}/{self.token}/"

    def answered(self) -> Answer:
        """The page as it is now."""
        with self._one_at_a_time:
            return self._answer()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, unless there are too many."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer in this thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who asked has gone, or the error is kept in `bug`."""


def forwarded(environ: Mapping[str, str], port: int) -> str:
    """The name by which a codespace's port is forwarded; empty where there is none."""
    name, domain = environ.get("CODESPACE_NAME", ""), environ.get(_DOMAIN, "")
    return f"{name}-{port}.{domain}".lower() if name and domain else ""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = _PATIENCE_SECONDS

    def do_GET(self) -> None:
        """Answer a request: with the page if the path is the secret one, by its name."""
        if not self._is_asked_by_name():
            self._send(403, "This is not a name of this page.\n")
        elif self._is_path(f"/{self.server.token}"):
            self._send(308, "", location=f"{self.server.token}/")
        elif not self._is_path(f"/{self.server.token}/"):
            self._send(404, "There is nothing here.\n")
        else:
            try:
                status, page, policy = self.server.answered()
            except Exception as error:
                self.server.bug = error
                self._send(500, "This is a bug in codespace-tracker.\n")
                threading.Thread(target=self.server.shutdown, daemon=True).start()
                raise
            self._send(status, page, kind="text/html", policy=policy)

    def _is_path(self, path: str) -> bool:
        asked = self.path.partition("?")[0]
        return hmac.compare_digest(asked.encode(errors="replace"), path.encode())

    def _is_asked_by_name(self) -> bool:
        """Whether the request came for one of its names: a page of others, whose name leads here,
        gets nothing."""
        names = self.headers.get_all("Host") or []
        if len(names) != 1:
            return False
        name, colon, port = names[0].lower().rpartition(":")
        if not colon or not port.isdecimal():
            name = names[0].lower()
        return name in _HOSTS or (name == self.server.host and bool(name))

    def send_error(
        self,
        code: int,
        message: str | None = None,  # noqa: ARG002
        explain: str | None = None,  # noqa: ARG002
    ) -> None:
        """Refuse a request without repeating anything of it."""
        if code == 501:
            self._send(405, "Only GET is answered.\n")
        else:
            self._send(code, "This request is not understood.\n")

    def _send(
        self,
        status: int,
        text: str,
        *,
        kind: str = "text/plain",
        policy: str = "default-src 'none'",
        location: str = "",
    ) -> None:
        body = text.encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        for name, value in _HEADERS:
            self.send_header(name, value)
        if status == 405:
            self.send_header("Allow", "GET")
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """The program, without versions."""
        return "codespace-tracker"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the library
        """Print nothing."""
