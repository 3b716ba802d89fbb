"""Web servers of this machine, running as processes of their own, and what a download from them
says."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.integration import web_server

from codespace_tracker.runs.download import fetch
from codespace_tracker.runs.transfer import DownloadFailed

SCRIPT = b"#!/bin/sh\necho hello >said\n"
SHA = hashlib.sha256(SCRIPT).hexdigest()
PASSWORD = "hunter2"


class Web:
    """A server that is running: its address, and what it was asked."""

    def __init__(self, port: int, host: str, scheme: str, log: Path) -> None:
        self.port = port
        self.origin = f"{scheme}://{host}:{port}"
        self._log = log

    def url(self, path: str) -> str:
        """The address of a path."""
        return self.origin + path

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The requests that came: `line` and `headers` (names in lower case), and `gone` when the
        asker left."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]


def refused(url: str, folder: Path, sha256: str = "") -> str:
    """What is said of a download that fails; it leaves nothing new in the folder."""
    before = sorted(os.listdir(folder))
    with pytest.raises(DownloadFailed) as caught:
        fetch(url, sha256, str(folder))
    assert sorted(os.listdir(folder)) == before
    told = str(caught.value)
    assert "Fix: " in told
    assert told.isprintable()
    assert len(told) < 1000
    assert PASSWORD not in told
    return told


@contextmanager
def serving(
    folder: Path, *, host: str = "127.0.0.1", name: str = "", tls: Path | None = None
) -> Iterator[Web]:
    """A server of the files of a folder, reached by `name` (default: its host); with TLS by a
    certificate and key."""
    log = folder.parent / f"requests-{time.monotonic_ns()}"
    log.touch()
    words = [sys.executable, web_server.__file__, str(folder), host, str(log), str(tls or "")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        shown = name or (f"[{host}]" if ":" in host else host)
        yield Web(port, shown, "https" if tls else "http", log)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def make_certificate(folder: Path, *names: str) -> Path:
    """A file with a certificate for names and addresses, which is its own authority, and its
    key."""
    path = folder / "certificate.pem"
    alternatives = ",".join(
        f"{'IP' if name.strip('0123456789.:') == '' else 'DNS'}:{name}" for name in names
    )
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-days", "2", "-subj", "/CN=test", "-addext", f"subjectAltName={alternatives}"),
            *("-keyout", str(path), "-out", f"{path}.crt"),
        ],
        capture_output=True,
        check=True,
    )
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path
