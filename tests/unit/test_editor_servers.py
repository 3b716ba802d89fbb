"""Servers of editors are told from other programs by the words of their command lines."""

import pytest

from codespace_tracker.machine import editor_servers
from codespace_tracker.machine.editor_servers import EditorServers, folder_of, kind_of

SERVERS = [
    "/home/me/.vscode-server/bin/abc/node /home/me/.vscode-server/bin/abc/out/server-main.js --x",
    "/vscode/bin/linux-x64/abc/node /vscode/bin/linux-x64/abc/out/server-main.js --port 0",
    "/root/.windsurf-server/bin/abc/node /root/.windsurf-server/bin/abc/out/server-main.js",
    "node --max-old-space-size=8192 /root/.kiro-server/bin/abc/out/server-main.js",
    "node -r /root/hook.js out/server-main.js",
    "/usr/bin/node --dns-result-order=ipv4first /x/out/bootstrap-fork --type=extensionHost -a",
    "/usr/lib/code-server/lib/node /usr/lib/code-server/out/node/entry",
    "/usr/bin/python3 /usr/local/bin/jupyter-lab --ip=0.0.0.0 --no-browser",
    "/opt/conda/bin/python3.11 -I /opt/conda/bin/jupyter-server",
    "python -W ignore -m jupyterlab --port 8888",
    "python3 /usr/local/bin/jupyter-labhub",
    "/usr/lib/rstudio-server/bin/rsession -u me",
    "/usr/lib/rstudio-server/bin/rserver",
    "/root/.zed_server/zed-remote-server-stable-0.170.1 run --log-file x",
    "/root/.zed_server/zed-remote-server-stable-0.170.1 proxy",
    "nvim --headless --listen /tmp/nvim.sock",
    "/bin/sh /opt/idea/bin/remote-dev-server.sh run /work",
    "/opt/idea/bin/remote-dev-server run /work",
    "/opt/idea/jbr/bin/java -Xmx2g com.intellij.idea.Main cwmHostNoLobby /work",
    "node /home/theia/applications/browser/lib/backend/main.js /home/project",
    "node /home/theia/src-gen/backend/main.js",
]

OTHERS = [
    "",
    "tail -f /workspaces/code-server/build.log",
    "vim /workspaces/app/out/server-main.js",
    "vim code-server.md",
    "grep -r cursor-server .",
    "node /workspaces/app/build.js /root/.vscode-server/out/server-main.js",
    "node -e server-main.js.replace()",
    "node",
    "node /workspaces/app/not-server-main.js",
    "/workspaces/app/code-server/node_modules/.bin/tsc --watch",
    "/root/.vscode-server/extensions/redhat.java-1.2/jre/21/bin/java -jar gradle.jar",
    "node /x/out/bootstrap-fork --type=ptyHost --logsPath /x",
    "node /x/out/bootstrap-fork --type=fileWatcher",
    "node /usr/lib/code-server/out/node/entry.js --auth none",
    "bash --init-file /x/.vscode-server/bin/out/vs/shellIntegration-bash.sh",
    "sh /home/codespace/.vscode-remote/bin/abc/bin/code-server --log trace",
    "python /workspaces/app/train.py jupyter-lab",
    "python -m http.server",
    "python -m",
    "nvim notes.txt",
    "nvim --embed",
    "java -jar app.jar com.intellij.idea",
    "java com.intellij.idea.Main",
    "/usr/bin/less zed-remote-server.log",
]


@pytest.mark.parametrize(
    ("line", "folder"),
    [
        ("/vscode/bin/abc/node /vscode/bin/abc/out/server-main.js --port 0", "/vscode/bin/abc"),
        (
            "/usr/bin/node --x /x/lib/vscode/out/bootstrap-fork --type=extensionHost",
            "/x/lib/vscode",
        ),
        (
            "/usr/lib/code-server/lib/node /usr/lib/code-server/out/node/entry",
            "/usr/lib/code-server",
        ),
        ("node out/server-main.js", ""),
        ("node ../out/node/entry", ""),
        ("/usr/bin/python3 /usr/local/bin/jupyter-lab", ""),
        ("vim /workspaces/app/out/server-main.js", ""),
        ("", ""),
    ],
)
def test_the_folder_that_vs_code_was_started_from_is_told(line: str, folder: str) -> None:
    assert folder_of(line.split()) == folder


@pytest.mark.parametrize("line", SERVERS)
def test_a_server_is_known_by_its_words(line: str) -> None:
    assert kind_of(line.split()) is not None


@pytest.mark.parametrize("line", OTHERS)
def test_a_program_that_only_names_one_is_none(line: str) -> None:
    assert kind_of(line.split()) is None


def test_servers_that_can_be_used_without_a_connection_that_lasts_are_told_apart() -> None:
    hide = [line for line in SERVERS if (kind := kind_of(line.split())) and kind.hides]
    assert [line.split()[-1].rpartition("/")[2] for line in hide] == [
        "jupyter-labhub",
        "me",
        "rserver",
    ]


class Machine:
    """Processes by their numbers, in place of those of this machine, and how often all of them were
    listed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *pids: int) -> None:
        self.lines = {pid: ["sleep"] for pid in pids}
        self.last = max(pids)
        self.listed = 0
        monkeypatch.setattr(editor_servers, "_all", self._all)
        monkeypatch.setattr(editor_servers, "_newest", lambda: self.last)
        monkeypatch.setattr(editor_servers, "_command_line", self.lines.get)
        monkeypatch.setattr(editor_servers, "_is_process", lambda _: True)
        monkeypatch.setattr(
            editor_servers, "_life", lambda pid: (1, pid, True) if pid in self.lines else None
        )

    def _all(self) -> set[int]:
        self.listed += 1
        return {*self.lines}

    def start(self, pid: int, line: str = "sleep") -> None:
        """A process comes, whose number is the last that was given."""
        self.lines[pid] = line.split()
        self.last = pid


def test_numbers_that_begin_again_from_below_cost_one_listing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine, servers = Machine(monkeypatch, 1, 32000, 32700), EditorServers()
    servers.found()
    machine.start(32701)
    machine.start(302)
    servers.found()
    assert machine.listed == 2
    machine.start(310, SERVERS[0])
    assert [pid for pid, _ in servers.found() or {}] == [310]
    for n in range(320, 328):
        machine.start(n)
        servers.found()
    assert machine.listed == 2


def test_after_numbers_began_again_a_tracker_that_starts_trusts_those_that_it_saw_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine, servers = Machine(monkeypatch, 1, 32000), EditorServers()
    machine.last = 300
    servers.found()
    servers.found()
    assert machine.listed == 2, "nothing shows yet whose the last number is"
    machine.start(301)
    servers.found()
    machine.start(302, SERVERS[0])
    assert [pid for pid, _ in servers.found() or {}] == [302]
    assert machine.listed == 3


def test_numbers_that_are_not_those_of_new_processes_are_not_trusted_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine, servers = Machine(monkeypatch, 1, 32000), EditorServers()
    machine.last = 300
    for pid in range(400, 410):
        servers.found()
        machine.start(pid, SERVERS[0])
        machine.last = pid - 100
        assert (pid, pid) in (servers.found() or {})


def test_the_number_of_a_process_that_ended_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    machine, servers, read = Machine(monkeypatch, 1), EditorServers(), list[int]()

    def reads(pid: int) -> list[str] | None:
        read.append(pid)
        return machine.lines.get(pid)

    monkeypatch.setattr(editor_servers, "_command_line", reads)
    servers.found()
    machine.start(2)
    machine.start(3)
    del machine.lines[2]
    for _ in range(4):
        servers.found()
    assert read.count(2) == 1
    assert read.count(3) == 2


def test_where_processes_cannot_be_seen_there_may_be_a_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from codespace_tracker.machine.reporters import Reports

    monkeypatch.setattr(editor_servers, "sees_its_own", lambda: False)
    [server] = EditorServers().look(Reports({}, 0)).values()
    assert server.clients is None
