"""An sshd of its own on loopback, with keys of its own, that lets in whoever has the user's key."""

import contextlib
import getpass
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class SshServer(NamedTuple):
    """Where it is, how `ssh` gets in there as a user who has the key and knows the host, and its
    process."""

    port: int
    user: str
    options: str
    process: subprocess.Popen[bytes]

    def url(self, path: str) -> str:
        """The address of a repository there."""
        return f"ssh://{self.user}@127.0.0.1:{self.port}{path}"


@contextmanager
def ssh_server(folder: Path, *, starts: str = "100:30:200") -> Iterator[SshServer]:
    """A server that runs. `starts` is its MaxStartups: how many may log in at once."""
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True, timeout=60)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "user.pub",
        "MaxStartups": starts,
        "StrictModes": "no",
        "UsePAM": "no",
        "PidFile": "none",
    }
    (folder / "sshd_config").write_text("".join(f"{k} {v}\n" for k, v in config.items()))
    host = (folder / "host.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host}")
    options = f" -i {folder}/user -oIdentitiesOnly=yes -oUserKnownHostsFile={folder}/known_hosts"
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with (folder / "sshd.log").open("wb") as log:
        command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")]
        process = subprocess.Popen(command, stderr=log, start_new_session=True)
        try:
            _wait_until_it_listens(port)
            yield SshServer(port, getpass.getuser(), options, process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_it_listens(port: int) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            return
