"""A web server for downloads, good and bad, and a proxy: a program of its own, started by `web.py`.

What it does is said by the first part of the path; a file's name comes last:

    /file/NAME  /chunked/NAME  /size/BYTES/NAME  /endless/NAME  /status/CODE/NAME  /reason/NAME
    /redirect/NAME?URL  /circle/NAME  /drip/NAME  /never/NAME  /half/NAME  /short/NAME
    /shortchunked/NAME
"""

import json
import os
import socket
import socketserver
import ssl
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

HALF, GO = "half-sent", "go-on"
"""Files in the served folder: the server says that half was sent, and is told to send the other
half."""


class _Answer(socketserver.StreamRequestHandler):
    server: "_Server"
    name: str
    more: list[str]
    query: str

    def handle(self) -> None:
        line = self.rfile.readline().decode("latin-1").strip()
        headers = {}
        while field := self.rfile.readline().decode("latin-1").strip():
            key, _, value = field.partition(":")
            headers[key.lower()] = value.strip()
        self.server.note({"line": line, "headers": headers})
        verb, _, rest = line.partition(" ")
        target = rest.rpartition(" ")[0]
        with suppress(OSError):
            if verb == "CONNECT":
                self._tunnel()
            else:
                self._answer(target)

    def _answer(self, target: str) -> None:
        path, _, query = target.partition("?")
        how, *self.more, self.name = [unquote(part) for part in path.split("/")[1:]]
        self.query = unquote(query)
        getattr(self, f"answer_{how}", self.answer_none)()

    def _send(
        self,
        code: int,
        content: bytes,
        *headers: str,
        reason: str = "Told",
        length: int | None = None,
    ) -> None:
        head = [f"HTTP/1.1 {code} {reason}", *headers, "Connection: close"]
        head.append(f"Content-Length: {len(content) if length is None else length}")
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + content)

    def _content(self) -> bytes:
        return (self.server.folder / self.name).read_bytes()

    def _chunked(self, *parts: bytes) -> None:
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        for part in parts:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

    def answer_none(self) -> None:
        self._send(404, b"no such way")

    def answer_file(self) -> None:
        self._send(200, self._content())

    def answer_chunked(self) -> None:
        content = self._content()
        self._chunked(content[:7], content[7:], b"")

    def answer_size(self) -> None:
        self._send(200, b"#" * int(self.more[0]))

    def answer_endless(self) -> None:
        self._chunked(*[b"#" * (1 << 20)] * 10_000)

    def answer_status(self) -> None:
        self._send(int(self.more[0]), b"echo should not run\n")

    def answer_reason(self) -> None:
        self._send(500, b"", reason="\x1b[31m\x01" * 10_000)

    def answer_redirect(self) -> None:
        self._send(302, b"", f"Location: {self.query}")

    def answer_circle(self) -> None:
        self._send(302, b"", f"Location: /circle/{self.name}")

    def answer_short(self) -> None:
        self._send(200, self._content()[:5], length=1000)

    def answer_shortchunked(self) -> None:
        self._chunked(self._content()[:5])

    def answer_drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            self.wfile.write(b"#")
            time.sleep(0.05)

    def answer_never(self) -> None:
        self.rfile.read()
        self.server.note({"gone": self.name})

    def answer_half(self) -> None:
        content = self._content()
        middle = len(content) // 2
        self._send(200, content[:middle], length=len(content))
        (self.server.folder / HALF).touch()
        while not (self.server.folder / GO).exists():
            time.sleep(0.01)
        self.wfile.write(content[middle:])

    def _tunnel(self) -> None:
        """A proxy's work: whatever is asked for, the way leads to the port in the folder's file
        `way`."""
        way = int((self.server.folder / "way").read_text())
        with socket.create_connection(("127.0.0.1", way)) as other:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            if os.fork() == 0:
                _pass_on(other, self.connection)
                os._exit(0)
            _pass_on(self.connection, other)


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(1 << 16):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)


class _Server(socketserver.ForkingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 50

    def __init__(self, folder: Path, host: str, log: Path, tls: str) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, 0), _Answer)
        self.folder, self._log, self._context = folder, log, None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(tls)

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._context is not None:
            request = self._context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def note(self, what: dict[str, Any]) -> None:
        """Write down what came, in one write."""
        fd = os.open(self._log, os.O_WRONLY | os.O_APPEND)
        os.write(fd, json.dumps(what).encode() + b"\n")
        os.close(fd)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asks may leave when it likes."""


if __name__ == "__main__":
    server = _Server(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4])
    print(server.server_address[1], flush=True)
    server.serve_forever(poll_interval=0.02)
