"""Takes the pictures of the extension that README and docs/editors.md show: `python -m
tests.editor.pictures`, as root. The month in them is invented."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from tests.editor import workbench
from tests.editor.chromium import Browser
from tests.editor.editors import CACHE, NEW, ROOT, Installed, Server, pack_probe
from tests.editor.machine import Machine, TrackerThere
from tests.integration.real_tracker import wait_until
from tests.situations import situation

from codespace_tracker.cli.commands import status
from codespace_tracker.cli.commands.page.rendering import rendered
from codespace_tracker.install.vsix import packed
from codespace_tracker.machine.file_names import PAGE, STATUS

_DOCS = ROOT / "docs"
_THEMES = {"light": "Default Light Modern", "dark": "Default Dark Modern"}
_WIDTH, _HEIGHT = 1180, 740
_QUIET = {
    "security.workspace.trust.enabled": False,
    "workbench.startupEditor": "none",
    "workbench.activityBar.location": "hidden",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "window.commandCenter": False,
    "workbench.layoutControl.enabled": False,
    "chat.disableAIFeatures": True,
    "git.enabled": False,
    "remote.autoForwardPorts": False,
}


def main() -> None:
    """Write docs/editor-light.png and docs/editor-dark.png."""
    with _folder() as folder, _machine() as machine:
        tracker = TrackerThere(folder / "state", machine)
        tracker.verb("init")
        _invent(tracker.directory, folder)
        (tracker.home / ".config/codespace-tracker/command").unlink()  # the page stays as it is
        installed = Installed(Path(os.environ.get(CACHE) or folder / "editors"), NEW)
        probes = folder / "probes"
        probes.mkdir()
        variables = {"PROBE": str(probes), "CODESPACE_TRACKER_DIR": str(tracker.directory)}
        server = Server(installed, folder / "server", tracker.environment(**variables), machine)
        settings = folder / "server/data/User/settings.json"
        settings.parent.mkdir(parents=True)
        server.install(pack_probe(folder))
        package = folder / "extension.vsix"
        package.write_bytes(packed())
        server.install(package)
        server.start()
        for name, theme in _THEMES.items():
            settings.write_text(json.dumps({**_QUIET, "workbench.colorTheme": theme}))
            _take(server, folder / f"browser-{name}", _DOCS / f"editor-{name}.png")


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ed-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@contextlib.contextmanager
def _machine() -> Iterator[Machine]:
    machine = Machine()
    try:
        yield machine
    finally:
        machine.end()


def _invent(directory: Path, folder: Path) -> None:
    """Put the files of an invented month into a state directory."""
    (folder / "invented").mkdir()
    with situation("month", folder / "invented") as invented:
        page = rendered(invented, 28)
        told: dict[str, Any] = json.loads(
            CliRunner().invoke(status.command, ["--json", "--dir", invented]).stdout
        )
    told["session"]["state"] = "open"
    told["tracker"]["pid"] = 1
    told["presence"] = {"state": "present", "since": told["written_at"]}
    (directory / STATUS).write_text(json.dumps(told))
    (directory / PAGE).write_text(page)


def _take(server: Server, profile: Path, picture: Path) -> None:
    with Browser(profile) as browser:
        window = workbench.opened(server, browser)
        page = window.page
        page.ask(
            "Emulation.setDeviceMetricsOverride",
            width=_WIDTH,
            height=_HEIGHT,
            deviceScaleFactor=1,
            mobile=False,
        )
        for command in ("closeSidebar", "closeAuxiliaryBar"):
            window.probe.run(f"await vscode.commands.executeCommand('workbench.action.{command}')")
        page.wait_for(workbench.ITEM)
        status_json = server.probes.parent / "state" / STATUS
        status_json.write_text(status_json.read_text())  # a tracker that writes is running
        workbench.command(page, "Open the Page")
        page.wait_for("iframe.webview.ready")
        wait_until(lambda: "not running" not in workbench.bar(page), "the status bar shows it")
        window.probe.run("await vscode.commands.executeCommand('notifications.clearAll')")
        time.sleep(3)  # until the webview is drawn
        workbench.hover(page)
        time.sleep(1)
        page.picture(picture)
    if shutil.which("pngquant"):
        subprocess.run(["pngquant", "--force", "--output", picture, "64", picture], check=True)


if __name__ == "__main__":
    main()
