"""Other servers that take small events by HTTP, each under the same clients as the hub.

They run as they are shipped, on a loopback port, with all that they keep in a temporary folder.
What is not installed is left out and named. ActivityWatch comes from PyPI into that folder.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.hub_load import CLIENTS, cpu_seconds, load, resident_mb

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import MINUTE_US

ACTIVITYWATCH = "ActivityWatch's server"
_PEEWEE = "peewee<4"  # aw-server 0.12 fails with newer ones
_BUCKET = "sessions"
_SECONDS = 60.0
_INSTALL_SECONDS = 300.0
_WARM_UP_SECONDS = 2.0


class Measured(NamedTuple):
    """A peer under load: its name and version, what it has kept when it answers, and as in the
    hub's own rows."""

    name: str
    keeps: str
    requests: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    client_ms: float
    mb: float


class _LeftOut(Exception):
    """The peer cannot be had here. The text says why."""


class _Peer(NamedTuple):
    """`install` makes it ready in a folder and gives the command that prints its version, and the
    one that serves on a port. `prepare` is called before the load, on a port and for streams.
    `event` is the request that tells the n-th event of a stream: method, path, type and body."""

    name: str
    keeps: str
    install: Callable[[Path, int], tuple[list[str], list[str]]]
    prepare: Callable[[int, Sequence[str]], None]
    event: Callable[[str, int], tuple[str, str, str, str]]


def measured(streams: Sequence[str], seconds: float) -> tuple[list[Measured], list[str]]:
    """All peers that can be had, and the others with why they cannot."""
    found, left_out = [], []
    for peer in _PEERS:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            try:
                found.append(_measured(peer, Path(folder), streams, seconds))
            except _LeftOut as why:
                left_out.append(f"{peer.name}: {why}")
    left_out.append("healthchecks: it does not come from PyPI")
    return found, left_out


def _measured(peer: _Peer, folder: Path, streams: Sequence[str], seconds: float) -> Measured:
    port = _free_port()
    version_command, command = peer.install(folder, port)
    name = f"{peer.name} {_version(version_command, folder)}"
    with _serving(command, folder, port) as pid:
        peer.prepare(port, streams)
        requests = [_requests(peer, port, streams[n::CLIENTS]) for n in range(CLIENTS)]
        load([port], requests, b"", min(seconds, _WARM_UP_SECONDS))
        before = cpu_seconds(pid)
        done = load([port], requests, b"", seconds)
        cpu = cpu_seconds(pid) - before
        return Measured(
            name,
            peer.keeps,
            done.rate,
            done.p50_ms,
            done.p99_ms,
            1000 * cpu / done.number,
            1000 * done.cpu_seconds / done.number,
            resident_mb(pid),
        )


def _requests(peer: _Peer, port: int, streams: Sequence[str]) -> Iterator[bytes]:
    n = 0
    while True:
        n += 1
        for stream in streams:
            method, path, kind, body = peer.event(stream, n)
            yield (
                f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            ).encode()


@contextlib.contextmanager
def _serving(command: Sequence[str], folder: Path, port: int) -> Iterator[int]:
    """The process of a server, once it listens; ended at the end."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env=_environment(folder)
        )
    try:
        until = time.monotonic() + _SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > until:
                raise _LeftOut(f"it does not start: {_last_line((folder / 'log').read_text())}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(folder: Path) -> dict[str, str]:
    home = str(folder)
    names = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    return {**os.environ, **dict.fromkeys(names, home)}


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _version(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=_environment(folder)
    )
    found = re.search(r"\d+\.\d+[\w.]*", done.stdout + done.stderr)
    return found[0] if found else ""


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it says nothing"])[-1]


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise _LeftOut(f"not installed. Fix: apt-get install {package}")
    return found


def _ask(port: int, method: str, path: str, body: str = "") -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    with contextlib.closing(connection):
        connection.request(method, path, body.encode(), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
    if answer.status >= 300:
        raise _LeftOut(f"{path} is answered by {answer.status}: {_last_line(content.decode())}")


# --- Prometheus' pushgateway: a group for each stream


def _pushgateway(*words: str) -> Callable[[Path, int], tuple[list[str], list[str]]]:
    def install(_: Path, port: int) -> tuple[list[str], list[str]]:
        program = _program("prometheus-pushgateway", "prometheus-pushgateway")
        serve = [program, f"--web.listen-address=127.0.0.1:{port}", "--persistence.file=", *words]
        return [program, "--version"], serve

    return install


def _nothing(_port: int, _streams: Sequence[str]) -> None:
    pass


def _pushed(stream: str, n: int) -> tuple[str, str, str, str]:
    path = f"/metrics/job/codespace/instance/{stream}"
    return "PUT", path, "text/plain", f"codespace_running_seconds {60 * n}\n"


# --- ActivityWatch: a heartbeat that is a new event. All are in one bucket: at each heartbeat it
# lists its buckets, and with 200 it answers an eighth of the requests


def _activitywatch(folder: Path, port: int) -> tuple[list[str], list[str]]:
    python = str(folder / "venv" / "bin" / "python")
    for command in (
        [sys.executable, "-m", "venv", str(folder / "venv")],
        [python, "-m", "pip", "install", "--quiet", "aw-server", _PEEWEE],
    ):
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise _LeftOut("it could not be installed in time") from None
        if done.returncode:
            raise _LeftOut(f"it cannot be installed: {_last_line(done.stderr)}")
    version = "import importlib.metadata as m; print(m.version('aw-server'))"
    serve = [python, "-m", "aw_server", "--host", "127.0.0.1", "--port", str(port)]
    return [python, "-c", version], serve


def _bucket(port: int, _: Sequence[str]) -> None:
    bucket = json.dumps({"client": "benchmark", "type": "session", "hostname": "codespace"})
    _ask(port, "POST", f"/api/0/buckets/{_BUCKET}", bucket)


def _heartbeat(stream: str, n: int) -> tuple[str, str, str, str]:
    at = UTC.iso(time.time_ns() // 1000)
    event = {"timestamp": at, "duration": 60, "data": {"session": f"{stream}-{n}", "cores": 2}}
    path = f"/api/0/buckets/{_BUCKET}/heartbeat?pulsetime=0"
    return "POST", path, "application/json", json.dumps(event)


# --- InfluxDB: a series for each stream, and a point for each session


def _influxdb(folder: Path, port: int) -> tuple[list[str], list[str]]:
    program = _program("influxd", "influxdb")
    config = folder / "influxdb.conf"
    config.write_text(
        f"reporting-disabled = true\n"
        f'bind-address = "127.0.0.1:{_free_port()}"\n'
        f'[meta]\ndir = "{folder}/meta"\n'
        f'[data]\ndir = "{folder}/data"\nwal-dir = "{folder}/wal"\n'
        f'[http]\nbind-address = "127.0.0.1:{port}"\n'
    )
    return [program, "version"], [program, "run", "-config", str(config)]


def _database(port: int, _: Sequence[str]) -> None:
    _ask(port, "POST", "/query?q=CREATE%20DATABASE%20hub")


_BEGAN_US = time.time_ns() // 1000


def _point(stream: str, n: int) -> tuple[str, str, str, str]:
    at = _BEGAN_US - 2 * n * MINUTE_US
    body = f"session,stream={stream},cores=2 running_us={MINUTE_US}i {at}\n"
    return "POST", "/write?db=hub&precision=u", "text/plain", body


_PEERS = (
    _Peer("Pushgateway", "the newest value, in memory", _pushgateway(), _nothing, _pushed),
    _Peer(
        "Pushgateway, unchecked (--push.disable-consistency-check)",
        "the newest value, in memory",
        _pushgateway("--push.disable-consistency-check"),
        _nothing,
        _pushed,
    ),
    _Peer(
        ACTIVITYWATCH,
        "the event, in an SQLite file",
        _activitywatch,
        _bucket,
        _heartbeat,
    ),
    _Peer(
        "InfluxDB", "the point, in a log that is synced to the disk", _influxdb, _database, _point
    ),
)
