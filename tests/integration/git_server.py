"""A server of git repositories over HTTP, with a name and a password: `git http-backend` behind a
few lines of HTTP. What it answers can be set while it runs."""

import base64
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

USER, PASSWORD = "x-access-token", "s3cret-t0ken"


class _Server(ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """Whoever asked was killed: no word about it."""


class GitServer:
    """Serves the repositories in a folder. `answer` is what it does instead: a status, `hang`,
    `cut` (it ends the connection within an answer), `drop` (it does what was asked, and ends the
    connection without an answer), `archived` (it takes no push, as GitHub says that of an archived
    repository), or nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answer: int | str | None = None
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        """The requests that came: the first line, the headers, the body."""
        self.is_open = False
        self.asked: list[str] = []
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"


def _handler(git: GitServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._any()

        def do_POST(self) -> None:
            self._any()

        def _any(self) -> None:
            git.asked.append(f"{self.command} {self.path}")
            body = self._body()
            git.heard.append((self.requestline, dict(self.headers.items()), body))
            wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            if git.answer == "hang":
                time.sleep(60)
                return
            if not git.is_open and self.headers.get("Authorization") != f"Basic {wanted}":
                self._say(401, [("WWW-Authenticate", 'Basic realm="git"')])
            elif git.answer == "archived" and "git-receive-pack" in self.path:
                kind = [("Content-Type", "text/plain; charset=utf-8")]
                self._say(403, kind, b"This repository was archived so it is read-only.\n")
            elif isinstance(git.answer, int):
                self._say(git.answer, [("Location", "http://127.0.0.1:1/moved")])
            else:
                self._backend(body)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") == "chunked":
                found = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    found += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return found
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _say(self, code: int, headers: list[tuple[str, str]], body: bytes = b"") -> None:
            self.send_response(code)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _backend(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            environ = {
                **os.environ,
                "GIT_PROJECT_ROOT": str(git.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REMOTE_USER": USER,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "CONTENT_LENGTH": str(len(body)),
            }
            done = subprocess.run(
                ["git", "http-backend"], input=body, capture_output=True, env=environ, check=False
            )
            if git.answer == "drop" and self.command == "POST":
                self.close_connection = True
                self.connection.close()
                return
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            fields = [line.split(": ", 1) for line in head.decode().splitlines()]
            status = next((int(v.split()[0]) for k, v in fields if k == "Status"), 200)
            if git.answer == "cut" and self.command == "POST":
                self.send_response(200)
                self.send_header("Content-Length", str(len(content) + 100))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2])
                self.close_connection = True
                return
            self._say(status, [(k, v) for k, v in fields if k != "Status"], content)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def git_server(folder: Path) -> Iterator[GitServer]:
    """A server that runs."""
    git = GitServer(folder)
    thread = threading.Thread(target=git.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield git
    finally:
        git.server.shutdown()
        git.server.server_close()
