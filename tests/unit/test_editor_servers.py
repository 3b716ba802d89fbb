"""Servers of editors are told from other programs by the words of their command lines."""

import pytest

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


def test_where_processes_cannot_be_seen_there_may_be_a_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from codespace_tracker.machine import editor_servers
    from codespace_tracker.machine.reporters import Reports

    monkeypatch.setattr(editor_servers, "sees_its_own", lambda: False)
    [server] = EditorServers().look(Reports({}, 0)).values()
    assert server.clients is None
