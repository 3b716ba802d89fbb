"""Stand-ins for the servers of editors: processes with their command lines and with real sockets,
and clients that connect."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_SERVER = """
import os, select, socket, sys

listening, clients, host = [], [], 0
for place in sys.argv[1:]:
    if place == "host":
        words = ["node", os.path.join(os.path.dirname(sys.argv[0]), "bootstrap-fork")]
        words.append("--type=extensionHost")
        # by the name of another program, Python takes that one for its own
        host = os.posix_spawn(os.environ["PYTHON"], words, os.environ)
    elif place != "nowhere":
        is_path = place.startswith("/")
        family = socket.AF_INET6 if ":" in place else socket.AF_INET
        one = socket.socket(socket.AF_UNIX if is_path else family)
        one.bind(place if is_path else (place, 0))
        one.listen()
        listening.append(one)
        print(place if is_path else one.getsockname()[1], flush=True)
print("ready", host, flush=True)
while True:
    for one in select.select([*listening, *clients], [], [])[0]:
        if one in listening:
            clients.append(one.accept()[0])
        else:
            clients.remove(one)
            one.close()
"""
"""What the stand-in for `server-main.js` does: Python, in spite of its name."""

_HOST = "import time\nwhile True: time.sleep(60)\n"


class StandIn(NamedTuple):
    """A server that runs: its process, where it listens (TCP ports and Unix sockets), and the
    process of its host of extensions, if it has one."""

    pid: int
    places: tuple[str, ...]
    host: int

    @contextlib.contextmanager
    def client(self, n: int = 0) -> Iterator[None]:
        """Somebody is connected."""
        place = self.places[n]
        with socket.socket(socket.AF_UNIX if place.startswith("/") else socket.AF_INET) as ours:
            ours.connect(place if place.startswith("/") else ("127.0.0.1", int(place)))
            yield


@contextlib.contextmanager
def server(
    folder: Path, *places: str, before: Sequence[str] = (), script: str = "out/server-main.js"
) -> Iterator[StandIn]:
    """A server that listens at addresses and paths ("nowhere": at none; "host": it has a host of
    extensions). `before` are words that its command is run by."""
    path = folder / script
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_SERVER)
    (path.parent / "bootstrap-fork").write_text(_HOST)
    words = ["node", str(path), *places]
    command = (
        [*before, "bash", "-c", 'exec -a node "$0" "$@"', sys.executable, *words[1:]]
        if before
        else words
    )
    with subprocess.Popen(
        command,
        executable=None if before else sys.executable,
        stdout=subprocess.PIPE,
        text=True,
        # by the name of another program, Python does not find its own files
        env={
            **os.environ,
            "PYTHONHOME": f"{sys.base_prefix}:{sys.base_exec_prefix}",
            "PYTHON": sys.executable,
        },
    ) as process:
        try:
            assert process.stdout is not None
            listening, host = [], 0
            for line in process.stdout:
                if line.startswith("ready"):
                    host = int(line.split()[1])
                    break
                listening.append(line.strip())
            yield StandIn(process.pid, tuple(listening), host)
        finally:
            process.kill()
            if host:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(host, signal.SIGKILL)
