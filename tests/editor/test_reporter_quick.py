"""The extension in a real editor, in the shortest form: that it is built, is installed, shows and
reports."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.editor import workbench
from tests.editor.chromium import Browser
from tests.editor.editors import Installed, Server, Window
from tests.editor.watched import Watched
from tests.integration.real_tracker import wait_until


def test_the_parts_that_need_no_editor_do_what_they_promise(build: Path) -> None:
    done = subprocess.run(
        ["npm", "test"], cwd=build, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr


def test_a_window_shows_the_tracker_and_reports_itself_and_a_person_in_it(
    make_server: Callable[..., Server], old: Installed, watched: Watched, folder: Path
) -> None:
    server = make_server(old)
    watched.start(idle_minutes=60)
    server.start()
    server.go_first()
    wait_until(lambda: watched.state() == "absent", "an editor without a window has no one in it")
    with Browser(folder / "browser") as browser:
        window = workbench.opened(server, browser)
        wait_until(lambda: window.host in watched.reporters(), "the window is reported")
        wait_until(lambda: watched.touched("activity") > 0, "whoever opened it was there")
        wait_until(lambda: watched.state() == "present", "the tracker knows")
        wait_until(lambda: workbench.bar(window.page) == prompt(watched), "it is shown", 90)
        assert any("Session 1: " in line for line in workbench.hover(window.page))
        workbench.command(window.page, "Show the Quota")
        wait_until(lambda: "core-hours" in workbench.text(window.page), "the quota is shown")
        assert 0 < loading_ms(window) <= workbench.MOST_MS


def prompt(watched: Watched) -> str:
    """The running time of the session, as prompt.txt has it."""
    return (watched.tracker.directory / "prompt.txt").read_text().partition(" (")[0]


def loading_ms(window: Window) -> float:
    """How long the extension's code takes to load in the editor. (What the editor itself calls its
    activation also has the editor's own work in it, and is longer on a busy machine.)"""
    found: float = window.probe.run(
        """
        const id = "naksh-07.codespace-tracker-vscode";
        const folder = vscode.extensions.getExtension(id).extensionPath;
        const main = folder + "/out/extension.js";
        const load = process.getBuiltinModule("module").createRequire(main);
        for (const one of Object.keys(load.cache)) {
          if (one.startsWith(folder)) delete load.cache[one];
        }
        const began = performance.now();
        load(main);
        return performance.now() - began;
        """
    )
    return found
