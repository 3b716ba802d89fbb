"""Presence by real keys, buttons, touches and wheels in a real browser, in real editors."""

import time
from collections.abc import Callable

import pytest
from tests.editor.chromium import Browser, Page
from tests.editor.editors import Installed, Server, Window
from tests.editor.person import (
    IDLE_MINUTES,
    LATEST,
    LIMIT,
    PAUSE,
    click,
    key,
    show_text,
    tap,
    wheel,
)
from tests.editor.watched import CHECK_SECONDS, EDITOR_SECONDS, Watched, during
from tests.integration.real_tracker import wait_until


@pytest.fixture
def window(
    make_server: Callable[..., Server], installed: Installed, watched: Watched, browser: Browser
) -> Window:
    """A text that is open in an editor, with the extension and a tracker."""
    server = make_server(installed)
    watched.start(IDLE_MINUTES)
    server.start()
    made = server.window(browser)
    show_text(made, server)
    click(made.page)  # however long that took, someone is there now
    return made


def key_in_palette(page: Page) -> None:
    """Keys in a part of the editor that no event speaks of."""
    page.key("F1")
    page.key("Escape")


@pytest.mark.parametrize(
    "acts",
    [[key, wheel, click, tap, wheel], [key_in_palette], [wheel], [tap]],
    ids=["all", "palette", "wheel", "tap"],
)
def test_it_fires_between_the_limit_and_130_seconds_later_and_never_before(
    window: Window, watched: Watched, acts: list[Callable[[Page], None]]
) -> None:
    for act in acts:
        time.sleep(PAUSE)
        act(window.page)
        assert watched.fired == []
    last = time.time()
    wait_until(lambda: len(watched.fired) == 1, "it fires", LATEST + 30)
    assert LIMIT <= watched.fired[0] - last <= LATEST


def test_while_a_person_types_in_a_dialog_for_minutes_it_does_not_fire(
    window: Window, watched: Watched
) -> None:
    """Nothing but the window's answers says that they go on: no event comes."""
    window.page.key("F1")
    during(2.5 * LIMIT, lambda: window.page.type("x"), pause=5)
    last = time.time()
    assert watched.fired == []
    wait_until(lambda: len(watched.fired) == 1, "it fires", LATEST + 30)
    assert LIMIT <= watched.fired[0] - last <= LATEST


def test_a_browser_that_dies_leaves_no_one_behind(
    window: Window, watched: Watched, browser: Browser
) -> None:
    key(window.page)
    last = time.time()
    browser.kill()
    wait_until(lambda: len(watched.fired) == 1, "it fires", LATEST + 30)
    assert LIMIT <= watched.fired[0] - last <= LATEST
    assert watched.reporters().get(window.host, 0) <= last + 1


def test_a_browser_that_freezes_is_unknown_and_counts_again_when_it_thaws(
    window: Window, watched: Watched, browser: Browser
) -> None:
    wait_until(lambda: window.host in watched.reporters(), "it is reported")
    key(window.page)
    frozen = time.time()
    browser.freeze()
    time.sleep(LATEST + 30)
    assert "is unknown" in watched.why()
    assert watched.fired == []
    assert watched.reporters()[window.host] <= frozen + 1
    browser.thaw()
    thawed = time.time()
    wait_until(lambda: len(watched.fired) == 1, "it fires", LATEST + CHECK_SECONDS + 30)
    assert watched.fired[0] - thawed >= LIMIT


def test_after_an_unknown_time_longer_than_the_limit_a_whole_limit_must_pass(
    make_server: Callable[..., Server], installed: Installed, watched: Watched, browser: Browser
) -> None:
    server = make_server(installed, with_extension=False)
    server.start()
    server.window(browser)
    watched.start(IDLE_MINUTES)
    wait_until(lambda: "is unknown" in watched.why(), "it may hide a person", 2 * CHECK_SECONDS)
    time.sleep(2 * LIMIT)
    assert "is unknown" in watched.why()
    assert watched.fired == []
    gone = time.time()
    browser.kill()
    wait_until(lambda: len(watched.fired) == 1, "it fires", LATEST + 2 * CHECK_SECONDS)
    assert watched.fired[0] - gone >= LIMIT


def test_a_person_in_one_of_two_windows_is_there(
    make_server: Callable[..., Server], installed: Installed, watched: Watched, browser: Browser
) -> None:
    server = make_server(installed)
    watched.start(IDLE_MINUTES)
    server.start()
    first, second = server.window(browser), server.window(browser)
    show_text(second, server)

    def are_reported() -> bool:
        click(second.page)  # a hidden window may take minutes, and no one is to be away meanwhile
        return {first.host, second.host} <= {*watched.reporters()}

    wait_until(are_reported, "both are reported", 180)
    for _ in range(3):
        time.sleep(PAUSE)
        wheel(second.page)
        assert watched.fired == []
    last = time.time()
    wait_until(lambda: len(watched.fired) == 1, "it fires", LATEST + 30)
    assert LIMIT <= watched.fired[0] - last <= LATEST


def test_what_an_agent_does_in_texts_is_no_person(window: Window, watched: Watched) -> None:
    time.sleep(EDITOR_SECONDS + CHECK_SECONDS)  # until whoever opened the window counts no more
    before = watched.touched("activity")

    def works() -> None:
        window.probe.run(
            """
            const editor = vscode.window.activeTextEditor;
            const end = editor.document.lineCount;
            const text = "agent\\n".repeat(9);
            await editor.edit((one) => one.insert(new vscode.Position(end, 0), text));
            editor.selection = new vscode.Selection(end, 0, end, 0);
            editor.revealRange(new vscode.Range(end, 0, end, 0));
            await vscode.commands.executeCommand("type", { text: "by an agent" });
            await editor.document.save();
            """
        )

    during(LIMIT, works, pause=3)
    assert watched.touched("activity") == before


@pytest.mark.parametrize("installed", ["new"], indirect=True)  # npm has no terminals for the old
def test_what_an_agent_runs_in_terminals_is_no_person_and_the_trigger_fires(
    window: Window, watched: Watched
) -> None:
    time.sleep(EDITOR_SECONDS + CHECK_SECONDS)
    window.probe.run(
        """
        globalThis.terminal = vscode.window.createTerminal("agent");
        terminal.show(true);
        """
    )
    assert window.probe.run("return await terminal.processId") > 0
    before = watched.touched("activity")
    during(
        LATEST,
        lambda: window.probe.run("terminal.sendText('for n in 1 2 3; do echo $n; sleep 1; done')"),
        pause=5,
    )
    assert watched.touched("activity") == before
    assert len(watched.fired) == 1


def test_it_does_not_fire_while_a_person_types_in_a_webview(
    window: Window, watched: Watched
) -> None:
    """Not in each version are keys in a webview an event of the editor."""
    window.probe.run(
        """
        globalThis.typed = "";
        const panel = vscode.window.createWebviewPanel("x", "Chat", 1, { enableScripts: true });
        panel.webview.onDidReceiveMessage((text) => (globalThis.typed = text));
        panel.webview.html = `<textarea id="text" style="width: 900px; height: 700px"></textarea>
          <script>
            const editor = acquireVsCodeApi();
            const text = document.getElementById("text");
            text.oninput = () => editor.postMessage(text.value);
          </script>`;
        """
    )
    time.sleep(3)
    click(window.page)
    during(LATEST + 60, lambda: window.page.type("x"), pause=10)
    assert len(window.probe.run("return typed")) > LATEST / 20
    assert watched.fired == []
