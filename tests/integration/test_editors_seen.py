"""Servers of editors and their clients, by real processes and real sockets."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.editors import StandIn, server
from tests.integration.real_tracker import wait_until

from codespace_tracker.core.presence import Server
from codespace_tracker.machine import editor_servers, reporters, sockets
from codespace_tracker.machine.editor_servers import EditorServers
from codespace_tracker.machine.reporters import Reports

NOBODY = Reports({}, 0)


def seen(one: StandIn, reports: Reports = NOBODY) -> Server | None:
    """What a look sees of a server."""
    found = EditorServers().look(reports)
    return next((server for (pid, _), server in found.items() if pid == one.pid), None)


def clients(one: StandIn) -> int | None:
    found = seen(one)
    assert found is not None
    return found.clients


@pytest.fixture(params=["kernel", "proc"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where sockets are read from: the kernel, or /proc/net where the kernel does not tell."""
    if request.param == "proc":
        monkeypatch.setattr(sockets, "_SOCK_DIAG", 255)  # there is no such part of the kernel
    return str(request.param)


@pytest.mark.parametrize("place", ["127.0.0.1", "0.0.0.0", "::", "unix"])
@pytest.mark.usefixtures("source")
def test_who_is_connected_to_a_server_is_counted(tmp_path: Path, place: str) -> None:
    where = str(tmp_path / "a socket") if place == "unix" else place
    with server(tmp_path / ".windsurf-server", where) as one:
        assert clients(one) == 0
        with one.client(), one.client():
            wait_until(lambda: clients(one) == 2, "two are connected")
        wait_until(lambda: clients(one) == 0, "both are gone")


@pytest.mark.usefixtures("source")
def test_clients_of_all_places_of_a_server_count_and_those_of_others_do_not(
    tmp_path: Path,
) -> None:
    with (
        server(tmp_path, "127.0.0.1", str(tmp_path / "s")) as one,
        server(tmp_path / "other", "127.0.0.1") as other,
        one.client(0),
        one.client(1),
    ):
        wait_until(lambda: clients(one) == 2, "one on each")
        assert clients(other) == 0


@pytest.mark.parametrize("place", ["127.0.0.1", "::", "unix"])
@pytest.mark.usefixtures("source")
def test_look_by_look_it_is_noticed_when_the_last_client_leaves_and_when_one_comes(
    tmp_path: Path, place: str
) -> None:
    servers = EditorServers()

    def is_empty() -> bool:
        return servers.look(NOBODY)[(one.pid, started)].clients == 0

    with server(tmp_path, str(tmp_path / "s") if place == "unix" else place) as one:
        [started] = [at for pid, at in servers.found() or {} if pid == one.pid]
        for _ in range(2):
            assert is_empty()
            with one.client():
                wait_until(lambda: not is_empty(), "one is connected")
                with one.client():
                    assert not is_empty()
                assert not is_empty()
            wait_until(is_empty, "both are gone")


@pytest.mark.parametrize("place", ["127.0.0.1", "::", "unix"])
def test_while_a_client_stays_the_kernel_is_asked_for_that_one_alone(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[int] = []
    inodes_of = sockets.inodes_of

    def inodes(pid: int) -> frozenset[int]:
        listed.append(pid)
        return inodes_of(pid) if pid == one.pid else frozenset()

    monkeypatch.setattr(sockets, "inodes_of", inodes)
    servers = EditorServers()
    with server(tmp_path, str(tmp_path / "s") if place == "unix" else place) as one:
        with one.client():
            wait_until(
                lambda: any(seen.clients for seen in servers.look(NOBODY).values()), "it is seen"
            )
            listed.clear()
            for _ in range(20):
                servers.look(NOBODY)
            assert one.pid not in listed
        wait_until(lambda: not any(seen.clients for seen in servers.look(NOBODY).values()), "gone")
        assert one.pid in listed


def test_a_server_without_a_socket_cannot_be_known(tmp_path: Path) -> None:
    with server(tmp_path, "nowhere") as one:
        assert clients(one) is None


def test_a_program_that_works_on_a_file_of_that_name_is_no_server(tmp_path: Path) -> None:
    log = tmp_path / "code-server" / "build.log"
    log.parent.mkdir()
    log.touch()
    with subprocess.Popen(["tail", "-f", str(log)]) as tail:
        wait_until(
            lambda: b"build.log" in Path(f"/proc/{tail.pid}/cmdline").read_bytes(), "it runs"
        )
        assert tail.pid not in {pid for pid, _ in EditorServers().found() or {}}
        tail.kill()


def test_the_host_of_extensions_is_its_servers_and_a_server_of_its_own_without_it(
    tmp_path: Path,
) -> None:
    with server(tmp_path, "127.0.0.1", "host") as one:
        pids = {pid for pid, _ in EditorServers().found() or {}}
        assert one.pid in pids
        assert one.host not in pids
        os.kill(one.pid, signal.SIGKILL)
        wait_until(lambda: seen(one) is None, "the server is gone")
        assert one.host in {pid for pid, _ in EditorServers().found() or {}}
        assert clients(one._replace(pid=one.host)) is None


def test_a_report_is_that_of_the_server_whose_child_reports(tmp_path: Path) -> None:
    with (
        server(tmp_path, "127.0.0.1", "host") as one,
        server(tmp_path / "other", "127.0.0.1") as other,
    ):
        reports = Reports({one.host: 5}, 0)
        assert seen(one, reports) == Server(0, 5)
        assert seen(other, reports) == Server(0, 0)
        assert seen(one, Reports({one.host + 100_000_000: 5}, 0)) == Server(0, 0)
        os.kill(one.host, signal.SIGKILL)
        wait_until(lambda: seen(one, reports) == Server(0, 0), "the reporter is dead")


def test_a_script_that_becomes_a_server_is_noticed(tmp_path: Path) -> None:
    """The wrapper of an editor, which becomes the server under the same number."""
    servers, go = EditorServers(), tmp_path / "go"
    script = tmp_path / "out" / "server-main.js"
    script.parent.mkdir()
    script.write_text("import time; time.sleep(600)")
    environment = {**os.environ, "PYTHONHOME": f"{sys.base_prefix}:{sys.base_exec_prefix}"}
    waits = 'until [ -e "$1" ]; do sleep 0.1; done; exec -a node "$2" "$3"'
    command = ["bash", "-c", waits, "wrapper", str(go), sys.executable, str(script)]
    with subprocess.Popen(command, env=environment) as process:
        try:
            assert process.pid not in {pid for pid, _ in servers.found() or {}}
            go.touch()
            wait_until(
                lambda: Path(f"/proc/{process.pid}/cmdline").read_bytes().startswith(b"node"),
                "it became the server",
            )
            assert process.pid in {pid for pid, _ in servers.found() or {}}
        finally:
            process.kill()


@pytest.mark.parametrize(
    "told", ["as it is", "not at all", "always the same", "of another machine"]
)
def test_a_server_is_found_at_the_look_after_its_start_whatever_the_last_number_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    real, numbers = editor_servers._newest, iter(range(1 << 30, 1 << 31, 3))
    said = {
        "as it is": real,
        "not at all": lambda: None,
        "always the same": lambda: 7,
        "of another machine": lambda: next(numbers) * 100,
    }
    monkeypatch.setattr(editor_servers, "_newest", said[told])
    servers = EditorServers()
    for n in range(3):
        assert servers.found() is not None
        with server(tmp_path / str(n), "127.0.0.1") as one:
            assert one.pid in {pid for pid, _ in servers.found() or {}}
        assert one.pid not in {pid for pid, _ in servers.found() or {}}


def test_where_numbers_are_of_another_machine_it_is_noticed_when_all_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system that is mounted over /proc may do so: at the sixteenth look all are listed."""
    numbers = iter(range(1 << 30, 1 << 31))
    monkeypatch.setattr(editor_servers, "_newest", lambda: next(numbers))
    servers = EditorServers()
    for _ in range(3):
        servers.found()
    with server(tmp_path, "127.0.0.1") as one:
        seen = [one.pid in {pid for pid, _ in servers.found() or {}} for _ in range(16)]
        assert seen[-1]
        with server(tmp_path / "2", "127.0.0.1") as two:
            assert two.pid in {pid for pid, _ in servers.found() or {}}


def test_threads_of_a_server_are_no_servers(tmp_path: Path) -> None:
    """They have numbers too, and its command line."""
    servers = EditorServers()
    servers.found()
    script = tmp_path / "out" / "server-main.js"
    script.parent.mkdir()
    script.write_text(
        "import threading, time\n"
        "for _ in range(5): threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "print('ready', flush=True)\n"
    )
    with subprocess.Popen(
        ["node", str(script)],
        executable=sys.executable,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONHOME": f"{sys.base_prefix}:{sys.base_exec_prefix}"},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        threads = {int(name) for name in os.listdir(f"/proc/{process.pid}/task")}
        assert len(threads) == 6
        found = {pid for pid, _ in servers.found() or {}}
        process.kill()
    assert found & threads == {process.pid}


@pytest.mark.machine
def test_the_server_of_another_user_cannot_be_known(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    other = ["setpriv", "--reuid=61999", "--regid=61999", "--clear-groups"]
    other += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    with server(tmp_path, "127.0.0.1", before=other) as one:
        assert clients(one) is None
        assert seen(one, reporters.Reports({one.pid: 5}, 0)) == Server(None, 0)
