"""Presence in other places than one window of one editor: sockets, several servers, other users,
Jupyter, and terminals of terminals."""

import contextlib
import os
import select
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.editor.chromium import Browser
from tests.editor.editors import Installed, Server
from tests.editor.machine import Machine
from tests.editor.watched import Watched
from tests.integration.keys import assert_keys_are_seen_and_output_is_not
from tests.integration.real_tracker import wait_until
from tests.integration.terminal import PseudoTerminal

NOBODY = 65534
LOOKS = 150.0
"""Seconds within which two looks at servers fall."""


def becomes(watched: Watched, state: str) -> None:
    """Wait until the tracker says so."""
    wait_until(lambda: watched.state() == state, f"it is {state}", LOOKS)


@contextlib.contextmanager
def bridge(path: Path) -> Iterator[int]:
    """A port whose connections go to a Unix socket, as an SSH client makes one."""

    def carry(client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
            server.connect(str(path))
            while True:
                for one in select.select([client, server], [], [])[0]:
                    part = one.recv(1 << 16)
                    if not part:
                        return
                    (server if one is client else client).sendall(part)

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client = listening.accept()[0]
                    threading.Thread(target=carry, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]


def test_a_server_on_a_unix_socket_is_known_without_clients_and_by_its_reporter(
    make_server: Callable[..., Server], installed: Installed, watched: Watched, folder: Path
) -> None:
    server = make_server(installed)
    watched.start(60)
    server.start(folder / "socket")
    becomes(watched, "absent")
    with bridge(folder / "socket") as port, Browser(folder / "browser") as browser:
        window = server.window(browser, f"127.0.0.1:{port}")
        becomes(watched, "present")
        wait_until(lambda: window.host in watched.reporters(), "it is reported")
        at = time.time()
        wait_until(lambda: watched.reporters()[window.host] > at + 60, "again and again", LOOKS)
        assert watched.state() == "present"


def test_a_server_without_a_reporter_makes_unknown_what_another_one_reports(
    make_server: Callable[..., Server], new: Installed, watched: Watched, folder: Path
) -> None:
    reported, silent = make_server(new), make_server(new, with_extension=False)
    watched.start(60)
    reported.start()
    silent.start()
    with Browser(folder / "browser") as browser:
        window = reported.window(browser)
        wait_until(lambda: window.host in watched.reporters(), "it is reported")
        with Browser(folder / "another browser") as another:
            silent.window(another)
            wait_until(lambda: watched.why().count("process ") == 1, "one server hides", LOOKS)
            assert "is unknown" in watched.why()
        wait_until(lambda: "is unknown" not in watched.why(), "it is known again", LOOKS)


def test_a_server_of_another_user_is_unknown_also_without_clients(
    make_server: Callable[..., Server], old: Installed, watched: Watched
) -> None:
    server = make_server(old, with_extension=False)
    server.give_to(NOBODY)
    watched.start(60)
    becomes(watched, "absent")
    server.start()
    wait_until(lambda: "is unknown" in watched.why(), "it cannot be known", LOOKS)


# --- Jupyter

JUPYTERLAB = "4.6.6"


@pytest.fixture(scope="session")
def jupyter(cache: Path) -> Path:
    """The program `jupyter-lab`."""
    folder = cache / f"jupyter-{JUPYTERLAB}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["python3", "-m", "venv", str(folder / "venv")], check=True, timeout=120)
        pip = [str(folder / "venv/bin/pip"), "install", "--quiet", f"jupyterlab=={JUPYTERLAB}"]
        subprocess.run(pip, check=True, timeout=900)
        (folder / "done").touch()
    return folder / "venv/bin/jupyter-lab"


def test_jupyterlab_is_unknown_while_a_page_is_open_and_known_when_it_is_closed(
    jupyter: Path, machine: Machine, watched: Watched, folder: Path
) -> None:
    watched.start(60)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [str(jupyter), "--no-browser", "--allow-root", f"--port={port}", "--ServerApp.token="]
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    log = (folder / "log").open("wb")
    subprocess.Popen(
        machine.words(*words, "--ServerApp.password=", f"--ServerApp.root_dir={notebooks}"),
        env=watched.tracker.environment(),
        stdout=log,
        stderr=log,
    )

    def listens() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return True
        return False

    wait_until(listens, "it listens")
    becomes(watched, "absent")
    with Browser(folder / "browser") as browser:
        page = browser.open(f"http://127.0.0.1:{port}/lab")
        page.wait_for("#jp-top-panel", 120)
        wait_until(lambda: "Jupyter" in watched.why(), "it hides a person", LOOKS)
        page.click(600, 400)
        page.type("nothing tells")
        assert "is unknown" in watched.why()
    wait_until(lambda: "is unknown" not in watched.why(), "it is known again", LOOKS)
    log.close()


# --- terminals


def test_keys_in_tmux_are_seen_and_output_is_not(
    machine: Machine, watched: Watched, folder: Path
) -> None:
    watched.start(60)
    environment = watched.tracker.environment(TMUX_TMPDIR=str(folder))
    words = machine.words("tmux", "-f", "/dev/null", "new-session", "bash --norc")
    with PseudoTerminal(words, environment) as terminal:
        assert_keys_are_seen_and_output_is_not(watched.tracker, terminal)


def test_keys_over_ssh_are_seen_and_output_is_not(
    machine: Machine, watched: Watched, folder: Path
) -> None:
    watched.start(60)
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True, timeout=60)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "user.pub",
        "StrictModes": "no",
        "UsePAM": "no",
        "PidFile": "none",
    }
    (folder / "sshd_config").write_text("".join(f"{k} {v}\n" for k, v in options.items()))
    Path("/run/sshd").mkdir(exist_ok=True)
    command = machine.words("/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config"))
    with (folder / "log").open("wb") as log:
        subprocess.Popen(command, stderr=log)
    known = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
    again = ("-o", "ConnectionAttempts=20", "-i", str(folder / "user"), "-p", str(port))
    words = ["ssh", "-tt", *known, *again, "root@127.0.0.1", "bash --norc"]
    with PseudoTerminal(words, {**os.environ}) as terminal:
        assert_keys_are_seen_and_output_is_not(watched.tracker, terminal)
