"""A real PostgreSQL, started by the tests: on a loopback port, as a user without rights.

It is the newest of Debian's packages, or the one whose programs are in the folder that
CODESPACE_TRACKER_TEST_POSTGRESQL names.
"""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg

_USER = "postgres"
_SECONDS = 60
_CHOSEN = os.environ.get("CODESPACE_TRACKER_TEST_POSTGRESQL", "")


def _binaries() -> str:
    """The folder of the programs."""
    if _CHOSEN:
        return _CHOSEN
    found = glob.glob("/usr/lib/postgresql/*/bin")
    assert found, "the tests need PostgreSQL. Fix: apt-get install postgresql"
    return max(found, key=lambda path: int(path.split("/")[-2]))


def _environment() -> dict[str, str]:
    # a PostgreSQL that was unpacked somewhere is to use its own libraries
    libraries = {"LD_LIBRARY_PATH": str(Path(_CHOSEN).parent / "lib")} if _CHOSEN else {}
    return {**os.environ, "LC_ALL": "C.UTF-8", **libraries}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A server with its data in a folder. It runs between `start` and `stop`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = _free_port()
        self._as_user: tuple[str, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        if os.getuid() == 0:  # which PostgreSQL refuses
            user = pwd.getpwnam(_USER)
            os.chown(folder, user.pw_uid, user.pw_gid)
            words = f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"
            self._as_user = ("setpriv", *words)

    @property
    def pid(self) -> int:
        """The process above all others of it."""
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    def local_url(self, database: str) -> str:
        """The address of one of its databases by a Unix socket: for programs of this machine."""
        return f"postgresql://{_USER}@/{database}?host={quote(str(self.folder))}&port={self.port}"

    def create(self) -> None:
        """Make the data of an empty server."""
        self.run("initdb", "-D", str(self.data), "-U", _USER, "-E", "UTF8", "--locale=C.UTF-8")

    def copy_of(self, primary: Postgres) -> None:
        """Make the data of a replica, which follows the primary."""
        source = f"host=127.0.0.1 port={primary.port} user={_USER} application_name=replica"
        self.run(
            "pg_basebackup", "-D", str(self.data), "-d", source, "-R", "-X", "stream", "-c", "fast"
        )

    def start(self, **settings: str) -> None:
        """Start it, and wait until it answers. Settings are those of postgresql.conf."""
        said = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "shared_buffers": "16MB",
            "max_connections": "60",
            **settings,
        }
        words = [part for key, value in said.items() for part in ("-c", f"{key}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user, f"{_binaries()}/postgres", "-D", str(self.data), *words],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=_environment(),
            )
        self.wait()

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + _SECONDS
        while True:
            assert self._process is not None
            assert self._process.poll() is None, (self.folder / "log").read_text()
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url(), connect_timeout=2).close()
                return
            assert time.monotonic() < until, (self.folder / "log").read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as a loss of power would: no process of it does anything more."""
        assert self._process is not None
        pid = self._process.pid
        os.kill(pid, signal.SIGSTOP)  # it could have one more child meanwhile
        asked = ["ps", "-o", "pid=", "--ppid", str(pid)]
        listed = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        children = [int(one) for one in listed.split()]
        for one in (pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self._process.wait()
        while any(map(_has_memory, children)):  # which the next one would not take over
            time.sleep(0.01)

    def stop(self) -> None:
        """End it at once, and wait for that."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_SECONDS)

    def promote(self) -> None:
        """Make a replica take writes, and wait until it does."""
        self.run("pg_ctl", "promote", "-w", "-D", str(self.data))

    def ask(self, sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """The rows of a statement, outside of a transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def run(self, program: str, *words: str) -> None:
        """Run one of PostgreSQL's programs to its end."""
        done = subprocess.run(
            [*self._as_user, f"{_binaries()}/{program}", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=_environment(),
        )
        assert done.returncode == 0, done.stderr


def _has_memory(pid: int) -> bool:
    """Whether a process that was killed has not ended yet."""
    try:
        return os.readlink(f"/proc/{pid}/exe") != ""  # it has none while nobody waited for it
    except OSError:
        return False


@contextlib.contextmanager
def folder_of_server() -> Iterator[Path]:
    """A folder that the server's user can reach, deleted at the end."""
    folder = Path(tempfile.mkdtemp(prefix="hub-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def postgres(**settings: str) -> Iterator[Postgres]:
    """An empty server, running; ended at the end."""
    with folder_of_server() as above:
        folder = above / "server"
        folder.mkdir(mode=0o700)
        server = Postgres(folder)
        server.create()
        server.start(**settings)
        try:
            yield server
        finally:
            server.stop()
