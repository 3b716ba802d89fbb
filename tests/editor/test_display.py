"""What the extension shows of the tracker, in real editors: the status bar, the hover, commands."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.editor import workbench
from tests.editor.chromium import Browser
from tests.editor.editors import Installed, Server, Window
from tests.editor.watched import Watched
from tests.fleets import meet, three
from tests.integration.real_tracker import wait_until


@pytest.fixture
def window(
    make_server: Callable[..., Server], installed: Installed, watched: Watched, browser: Browser
) -> Window:
    """A window of an editor beside a tracker that runs."""
    server = make_server(installed)
    watched.start(idle_minutes=60)
    server.start()
    made = workbench.opened(server, browser)
    # the walkthrough of a new profile: with the focus in it, a pick list closes again by itself
    made.probe.run("await vscode.commands.executeCommand('workbench.action.closeAllEditors')")
    return made


def status(watched: Watched) -> Any:
    return json.loads((watched.tracker.directory / "status.json").read_text())


def bar_of(shown: Any) -> str:
    """What the status bar is to show, by status.json alone."""
    minutes = shown["session"]["running_us"] // 60_000_000
    seconds = shown["session"]["running_us"] // 1_000_000
    hours = f"{minutes // 60}h {minutes % 60:02}m" if minutes >= 60 else f"{minutes}m"
    percent = shown["month"]["percent"]
    share = "" if percent is None else f" · {int(percent + 0.5)} %"
    return (hours if minutes else f"{seconds}s") + share


def put(watched: Watched, content: Any) -> None:
    """Write a status.json as a tracker does."""
    text = content if isinstance(content, str) else json.dumps(content)
    new = watched.tracker.directory / "status.json.test"
    new.write_text(text)
    new.rename(watched.tracker.directory / "status.json")


def shows(window: Window, text: str) -> None:
    wait_until(lambda: workbench.bar(window.page) == text, f"the status bar has {text}", 90)


def test_the_status_bar_and_the_hover_show_what_status_json_says(
    window: Window, watched: Watched
) -> None:
    wait_until(lambda: workbench.bar(window.page) == bar_of(status(watched)), "it is shown", 90)
    said = "\n".join(workbench.hover(window.page))
    for part in ("Session 1: ", "Today: ", "Month: ", "Presence: ", "Pace: known after a day"):
        assert part in said
    before = workbench.bar(window.page)
    wait_until(lambda: workbench.bar(window.page) != before, "it goes on", 150)
    assert workbench.bar(window.page) == bar_of(status(watched))


def test_all_codespaces_are_beside_this_one_in_the_hover(
    make_server: Callable[..., Server], installed: Installed, watched: Watched, browser: Browser
) -> None:
    server = make_server(installed)
    watched.tracker.be_in_codespace()
    watched.tracker.verb("init")
    now = time.time_ns() // 1000
    meet(str(watched.tracker.directory), three(now), now)
    watched.start(idle_minutes=60)
    server.start()
    window = workbench.opened(server, browser)
    wait_until(lambda: workbench.bar(window.page) == bar_of(status(watched)), "it is shown", 90)
    said = "\n".join(workbench.hover(window.page))
    fleet = status(watched)["fleet"]
    assert "Month, all codespaces: " in said
    last = fleet["others_told_until"][11:16]
    assert f"; 2 others, last report {last}\n" in said
    assert len(fleet["missing"]) == 3
    assert f"\n{' '.join(fleet['missing'])}\n" in said


def test_it_is_coloured_at_the_warning_levels_and_says_when_nothing_runs(
    window: Window, watched: Watched
) -> None:
    watched.tracker.verb("stop")
    shows(window, "not running")
    shown = status(watched)
    shown["session"].update(state="open", running_us=11_520_000_000)
    shown["tracker"]["pid"] = 1
    for percent, colour in ((41.04, ""), (75.0, "warning-kind"), (93.2, "error-kind")):
        shown["month"]["percent"] = percent
        put(watched, shown)
        shows(window, f"3h 12m · {round(percent)} %")
        kinds = workbench.bar_class(window.page)
        assert {one for one in kinds.split() if one.endswith("-kind")} == {colour} - {""}
    shown["month"]["percent"] = None
    put(watched, shown)
    shows(window, "3h 12m")
    put(watched, "{")
    shows(window, "tracker")
    (watched.tracker.directory / "status.json").unlink()
    shows(window, "no tracker")


def test_a_click_on_not_running_starts_the_tracker(window: Window, watched: Watched) -> None:
    watched.tracker.verb("stop")
    shows(window, "not running")
    workbench.click_bar(window.page)
    wait_until(lambda: watched.tracker.status()["running"], "it runs")
    wait_until(lambda: workbench.bar(window.page) == bar_of(status(watched)), "it is shown", 90)
    wait_until(lambda: workbench.notifications(window.page) == [], "no notification stays")


def test_a_label_a_notice_and_a_problem_are_words_in_the_hover(
    window: Window, watched: Watched
) -> None:
    watched.tracker.verb("stop")
    shows(window, "not running")
    hostile = (
        "[x](command:workbench.action.quit) <b>b</b> `c`$(bug) <img src=//x> "
        "![i](https://x.test/i) www.x.test a@x.test"
    )
    shown = status(watched)
    shown["session"].update(state="open", running_us=60_000_000)
    shown["tracker"]["pid"] = 1
    shown["problems"] = [hostile]
    shown["triggers"]["running"] = [
        {"label": hostile, "flag": "f", "attempt": 1, "started_at": hostile}
    ]
    put(watched, shown)
    wait_until(lambda: workbench.bar(window.page).startswith("1m"), "it is shown", 90)
    lines = workbench.hover(window.page)
    assert any("Runs now: [x]" in line for line in lines), lines
    assert any("Problem: [x]" in line for line in lines), lines
    html = workbench.hover_html(window.page)
    assert not [one for one in ("<a ", "<img", "<b>", "<h1", "<code", "codicon-bug") if one in html]


# --- commands


@pytest.fixture
def triggers(watched: Watched) -> Path:
    """Where the script of two triggers writes."""
    ran = watched.tracker.directory.parent / "ran"
    script = f"echo runs with $CODESPACE_TRACKER_LABEL; env | sort > {ran}"
    conditions = {"minute_runtime_minutes": 6000}
    off = {"label": "--off", "script_command": "true", "conditions": conditions, "enabled": False}
    on = {"label": "Say $(id)", "script_command": script, "conditions": conditions}
    put_in_force(watched, on, off)
    return ran


def put_in_force(watched: Watched, *triggers: dict[str, Any]) -> None:
    """Have these triggers in place of the tracker's own: it takes them up within a minute."""
    path = watched.tracker.directory / "trigger_config.json"
    path.write_text(json.dumps(triggers))

    def labels() -> list[str]:
        listed = watched.tracker.verb("triggers", "list", "--json", code=None).stdout
        return [one["label"] for one in json.loads(listed)]

    wait_until(lambda: labels() == [one["label"] for one in triggers], "they are in force", 90)


def enabled(watched: Watched) -> list[bool]:
    content = json.loads((watched.tracker.directory / "trigger_config.json").read_text())
    return [one.get("enabled", True) for one in content]


def test_each_command_does_what_it_says(window: Window, watched: Watched, triggers: Path) -> None:
    page = window.page
    wait_until(lambda: workbench.bar(page) == bar_of(status(watched)), "it is shown", 90)

    workbench.command(page, "Show the Quota")
    wait_until(lambda: "core-hours" in workbench.text(page), "the quota is shown")

    workbench.command(page, "Explain a Trigger…")
    workbench.pick(page, "Say")
    wait_until(lambda: "Say $(id)" in workbench.text(page), "it is explained")

    workbench.command(page, "Run a Trigger Now…")
    workbench.pick(page, "Say")
    wait_until(triggers.exists, "the script runs")
    wait_until(lambda: "runs with Say $(id)" in workbench.text(page), "its output is shown")
    variables = triggers.read_text()
    assert "ELECTRON_RUN_AS_NODE" not in variables
    assert "VSCODE_" not in variables

    workbench.command(page, "Enable a Trigger…")
    workbench.pick(page, "--off")
    wait_until(lambda: enabled(watched) == [True, True], "it is enabled")
    workbench.command(page, "Disable a Trigger…")
    workbench.pick(page, "Say")
    wait_until(lambda: enabled(watched) == [False, True], "the other is disabled")

    workbench.command(page, "Stop the Tracker")
    shows(window, "not running")
    workbench.command(page, "Start the Tracker")
    wait_until(lambda: watched.tracker.status()["running"], "it runs")

    workbench.command(page, "Stop This Codespace…")
    workbench.press(page, "Stop It")
    workbench.await_notification(page, "this is not a GitHub codespace")

    workbench.click_bar(page)
    wait_until(lambda: "Show the Quota" in workbench.rows(page), "all are listed")
    page.key("Escape")


def test_each_run_of_a_trigger_is_in_a_document_of_its_own(
    window: Window, watched: Watched
) -> None:
    go_on = watched.tracker.directory.parent / "go on"
    slow = f"echo slow begins; until [ -e '{go_on}' ]; do sleep 0.2; done; echo slow ends"
    conditions = {"minute_runtime_minutes": 6000}
    one = {"label": "Slow", "script_command": slow, "conditions": conditions}
    put_in_force(watched, one, {**one, "label": "Quick/er", "script_command": "echo quick"})
    page = window.page

    def documents() -> dict[str, str]:
        told: dict[str, str] = window.probe.run(
            "return Object.fromEntries(vscode.workspace.textDocuments"
            ".filter((one) => one.uri.scheme === 'codespace-tracker')"
            ".map((one) => [one.uri.path, one.getText()]))"
        )
        return told

    workbench.command(page, "Run a Trigger Now…")
    workbench.pick(page, "Slow")
    wait_until(lambda: "slow begins" in workbench.text(page), "the first is shown")
    workbench.command(page, "Run a Trigger Now…")
    workbench.pick(page, "Quick/er")
    wait_until(lambda: "quick" in workbench.text(page), "the second is shown")
    assert "slow" not in workbench.text(page)
    go_on.touch()
    first, second = "/Run 1 of Slow", "/Run 2 of Quick\u2215er"
    wait_until(lambda: "slow ends" in documents()[first], "the first goes on where it was")
    assert "slow begins" in documents()[first]
    assert "slow" not in documents()[second]
    assert {first[1:], second[1:]} <= {*window.tabs()}


def test_nothing_but_the_recorded_program_is_run(
    window: Window, watched: Watched, folder: Path
) -> None:
    record = watched.tracker.home / ".config/codespace-tracker/command"
    record.unlink()
    workbench.command(window.page, "Show the Quota")
    workbench.await_notification(window.page, "is not recorded. Fix: run")
    other = folder / "other"
    other.write_text("#!/bin/sh\ntouch ran\n")
    other.chmod(0o755)
    os.chown(other, 65534, 65534)
    record.write_text(f"{other}\n")
    workbench.command(window.page, "Show the Quota")
    workbench.await_notification(window.page, "is not a program that only you or root can change")
