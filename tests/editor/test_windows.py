"""The extension in windows of real editors: notices, trust, what it starts, and the check of
trigger_config.json."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.editor import workbench
from tests.editor.chromium import Browser, NoAnswer, Page
from tests.editor.editors import Installed, Server, Window
from tests.editor.watched import Watched, during
from tests.integration.real_tracker import wait_until


@pytest.fixture
def server(make_server: Callable[..., Server], installed: Installed, watched: Watched) -> Server:
    """A server beside a tracker that runs."""
    made = make_server(installed)
    watched.start(idle_minutes=60)
    made.start()
    return made


def shown_in(windows: list[Window], text: str, seconds: float) -> list[Window]:
    """The windows in which a notification with a text was seen within some time, once for each
    time that it appeared."""
    seen: list[Window] = []
    before = dict.fromkeys(range(len(windows)), 0)

    def look() -> None:
        for n, window in enumerate(windows):
            now = sum(text in one for one in workbench.notifications(window.page))
            seen.extend([window] * max(0, now - before[n]))
            before[n] = now

    during(seconds, look, pause=0.5)
    return seen


ROUND = 130.0
"""Seconds in which each window has looked at status.json twice."""


def test_a_notice_is_shown_once_in_all_windows_and_works_nothing(
    server: Server, watched: Watched, browser: Browser, folder: Path
) -> None:
    """Two browsers, each of which says that it has the focus, and a hidden tab."""
    with Browser(folder / "another") as another:
        windows = [workbench.opened(server, one) for one in (browser, browser, another)]
        watched.tracker.verb("notice", "Hello [x](command:workbench.action.quit) $(bug)")
        [window] = shown_in(windows, "Hello [x]", ROUND)
        window.probe.run("await vscode.commands.executeCommand('notifications.showList')")
        assert any("Hello [x]" in one for one in workbench.notifications(window.page))
        links = "document.querySelectorAll('.notification-list-item-message a').length"
        assert window.page.value(links) == 0
        watched.tracker.verb("notice", "Later")
        assert len(shown_in(windows, "Later", ROUND)) == 1
    assert shown_in([workbench.opened(server, browser)], "", ROUND / 2) == []


def test_in_a_folder_that_is_not_trusted_it_shows_and_reports_and_starts_nothing(
    make_server: Callable[..., Server], installed: Installed, watched: Watched, browser: Browser
) -> None:
    made = make_server(installed, asks_for_trust=True)
    watched.start(idle_minutes=60)
    made.start()
    window = made.window(browser)
    try:
        window.page.wait_for(".monaco-dialog-box", 15)
        workbench.press(window.page, "No, I don't trust the authors")
    except NoAnswer:
        pass  # newer versions do not ask
    assert window.probe.run("return vscode.workspace.isTrusted") is False
    wait_until(lambda: workbench.bar(window.page) != "", "the status bar shows it", 90)
    wait_until(lambda: window.host in watched.reporters(), "the window is reported")
    for title in ("Show the Quota", "Stop the Tracker", "Run a Trigger Now…", "Open the Page"):
        workbench.command(window.page, title)
        workbench.await_notification(window.page, "starts no program in a folder that you do not")
        window.probe.run("await vscode.commands.executeCommand('notifications.clearAll')")
        wait_until(lambda: workbench.notifications(window.page) == [], "it is cleared")
    assert watched.tracker.status()["running"]
    assert not (watched.tracker.directory / "page.html").exists()


_NOTE = """
const child = process.getBuiltinModule("child_process");
globalThis.started = [];
for (const name of ["spawn", "spawnSync", "exec", "execFile", "execSync", "execFileSync", "fork"]) {
  const real = child[name];
  child[name] = function (...words) {
    if (new Error().stack.includes("codespace-tracker-vscode")) {
      globalThis.started.push([words[0], ...(Array.isArray(words[1]) ? words[1] : [])]);
    }
    return real.apply(this, words);
  };
}
process.getBuiltinModule("module").syncBuiltinESMExports();
"""


def test_it_starts_no_process_until_a_command_is_called(
    server: Server, watched: Watched, browser: Browser
) -> None:
    window = workbench.opened(server, browser)
    window.probe.run(_NOTE)
    wait_until(lambda: workbench.bar(window.page) != "", "it shows", 90)
    workbench.hover(window.page)
    watched.tracker.verb("notice", "Hello")
    workbench.await_notification(window.page, "Hello")
    during(200, lambda: window.page.move(700, 400), pause=10)
    assert window.probe.run("return started") == []
    workbench.command(window.page, "Show the Quota")
    wait_until(lambda: "core-hours" in workbench.text(window.page), "the quota is shown")
    [words] = window.probe.run("return started")
    recorded = (watched.tracker.home / ".config/codespace-tracker/command").read_text().strip()
    assert words == [recorded, "quota", "--dir", str(watched.tracker.directory)]


def test_the_editor_itself_takes_it_to_be_activated_in_time(
    server: Server, browser: Browser
) -> None:
    """By the figure of `Developer: Show Running Extensions`: the best of a few windows, since it
    has all in it that the machine does meanwhile."""
    server.go_first()
    found = []
    for _ in range(4):
        window = workbench.opened(server, browser)
        window.probe.run(
            "await vscode.commands.executeCommand('workbench.action.showRuntimeExtensions')"
        )
        found.append(activation_ms(window.page))
        if found[-1] <= workbench.MOST_MS:
            return
    pytest.fail(f"activation took {found} ms")


def activation_ms(page: Page) -> float:
    """What the list of running extensions says of ours."""
    script = (
        "[...document.querySelectorAll('.runtime-extensions-editor .monaco-list-row')]"
        ".map((one) => one.innerText).find((one) => one.includes('Codespace Tracker')) ?? ''"
    )
    text: list[str] = [""]

    def is_told() -> bool:
        text[0] = page.value(script)
        return re.search(r"Activation:.*?\d+\s*ms", text[0]) is not None

    wait_until(is_told, "the editor tells how long its activation took")
    match = re.search(r"Activation:.*?(\d+)\s*ms", text[0])
    assert match is not None
    return float(match[1])


def problems(window: Window, path: Path) -> list[str]:
    """What the editor objects to in a file."""
    found: list[str] = window.probe.run(
        f"return vscode.languages.getDiagnostics(vscode.Uri.file({json.dumps(str(path))}))"
        ".map((one) => one.message)"
    )
    return found


@pytest.mark.parametrize("named", [True, False], ids=["as init wrote it", "without a schema"])
def test_a_wrong_key_in_trigger_config_json_is_underlined(
    server: Server, watched: Watched, browser: Browser, *, named: bool
) -> None:
    path = watched.tracker.directory / "trigger_config.json"
    trigger: dict[str, Any] = {"label": "A", "script_command": "true", "conditionz": {}}
    schema = {"$schema": "./trigger_config.schema.json"} if named else {}
    path.write_text(json.dumps({**schema, "triggers": [trigger]} if named else [trigger], indent=2))
    window = workbench.opened(server, browser)
    window.probe.run(
        f"await vscode.window.showTextDocument(vscode.Uri.file({json.dumps(str(path))}))"
    )
    wait_until(lambda: any("conditionz" in one for one in problems(window, path)), "it is told")
    window.page.wait_for(".squiggly-error, .squiggly-warning")
