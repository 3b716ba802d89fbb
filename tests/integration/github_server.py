"""GitHub's API, as a local server that gives the answers that it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server:
    """What GitHub answers next, and what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], Any]] = []
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                outer.asked.append(
                    (self.command, self.path, {k.lower(): v for k, v in self.headers.items()})
                )
                code, headers, content = (
                    outer.answers.pop(0) if outer.answers else (404, {}, {"message": "Not Found"})
                )
                body = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(0 if code == 304 else len(body)))
                self.end_headers()
                if code != 304:
                    self.wfile.write(body)

            do_GET = do_POST = _answer  # noqa: N815 - the names are http.server's

            def log_request(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        """Answer no more."""
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def github_server() -> Iterator[Server]:
    """A server that answers until the block ends."""
    made = Server()
    try:
        yield made
    finally:
        made.end()
