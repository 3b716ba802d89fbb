"""Terminals of an editor's server, by real processes: those that descend from it, and no others."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.editors import server
from tests.integration.real_tracker import wait_until

from codespace_tracker.core.presence import ServerId
from codespace_tracker.machine import editor_terminals, terminals
from codespace_tracker.machine.editor_servers import EditorServers, Kind, Process
from codespace_tracker.machine.editor_terminals import EditorTerminals
from codespace_tracker.machine.reporters import Reports

_TERMINAL = """
import os, pty, time
said = os.dup(1)
if pty.fork()[0] == 0:
    name = os.ttyname(0)
    os.utime(name, (1, 1))
    os.write(said, os.path.basename(name).encode() + b"\\n")
    os.execvp("sleep", ["sleep", "600"])
time.sleep(600)
"""
"""Runs a program in a terminal, and says the terminal's name. Its access time is as if something
had been typed."""


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """The process of a server that has a terminal, and that one's name."""
    script = tmp_path / "out" / "server-main.js"
    script.parent.mkdir()
    script.write_text(_TERMINAL)
    home = f"{sys.base_prefix}:{sys.base_exec_prefix}"
    with subprocess.Popen(
        ["node", str(script)],
        executable=sys.executable,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONHOME": home},
    ) as process:
        assert process.stdout is not None
        yield process.pid, process.stdout.readline().strip()
        process.kill()


class Seen:
    """Looks at servers and terminals, one after the other."""

    def __init__(self) -> None:
        self._servers, self._terminals = EditorServers(), EditorTerminals()

    def within(self) -> dict[str, ServerId]:
        self._servers.look(Reports({}, 0))
        return self._terminals.within(terminals.read(), self._servers)

    def server_of(self, name: str) -> int:
        """The process whose terminal it is, 0 for none. Another test may have the name by now."""
        return self.within().get(name, (0, 0))[0]


def test_a_terminal_is_its_servers_and_one_of_another_program_is_no_ones(
    editor: tuple[int, str],
) -> None:
    pid, name = editor
    with subprocess.Popen(
        [sys.executable, "-c", _TERMINAL], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        elsewhere = other.stdout.readline().strip()
        seen = Seen()
        wait_until(lambda: seen.server_of(name) == pid, "it is the server's")
        found = seen.within()
        assert elsewhere in terminals.read()
        assert elsewhere not in found
        assert found[name] == seen.within()[name], "the next look knows it"
        other.kill()


def test_a_terminal_without_a_process_is_no_ones_and_costs_three_looks_once_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[str] = []
    leaders = editor_terminals._leaders

    def listing(names: list[str]) -> dict[str, int]:
        listed.extend(names)
        return leaders(names)

    monkeypatch.setattr(editor_terminals, "_leaders", listing)
    ours, theirs = pty.openpty()
    try:
        name = os.path.basename(os.ttyname(theirs))
        with server(tmp_path, "127.0.0.1"):
            seen = Seen()
            for _ in range(6):
                assert name not in seen.within()
            assert name not in listed
            os.utime(theirs, (1, 1))
            for _ in range(6):
                assert name not in seen.within()
            assert listed.count(name) == 3
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_name_that_another_terminal_has_by_now_is_looked_at_again(
    editor: tuple[int, str],
) -> None:
    pid, name = editor
    seen = Seen()
    wait_until(lambda: seen.server_of(name) == pid, "it is the server's")
    os.kill(pid, 9)
    wait_until(lambda: seen.server_of(name) != pid, "its server is gone, and so is what it held")


def test_a_terminal_is_traced_again_once_what_looked_like_its_server_is_another_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, child = (100, 1), (200, 2)
    servers = EditorServers()
    monkeypatch.setattr(editor_terminals, "_leaders", lambda _: {"7": child[0]})
    monkeypatch.setattr(
        editor_terminals, "_above", lambda pid, known: known.get(pid) or known.get(server[0])
    )
    process = Process(Kind("a server"), 1, is_ours=True)
    seen, now = EditorTerminals(), {"7": (5, 4)}
    servers.last = {server: process, child: process}
    assert seen.within(now, servers) == {"7": child}
    servers.last = {server: process}
    assert seen.within(now, servers) == {"7": server}
