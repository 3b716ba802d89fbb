"""The page in a tab of the editor: the same file, in the theme's colours; nothing in it runs."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.editor import workbench
from tests.editor.chromium import Browser
from tests.editor.editors import Installed, Server, Window
from tests.editor.watched import Watched
from tests.integration.real_tracker import wait_until

_INNER = (
    "document.querySelector('iframe.webview.ready')?.contentDocument"
    "?.getElementById('active-frame')?.contentDocument"
)
"""The document in the webview that is shown; npm's code-server serves webviews itself."""


@pytest.fixture
def window(
    make_server: Callable[..., Server], installed: Installed, watched: Watched, browser: Browser
) -> Window:
    """A window of an editor beside a tracker that runs."""
    server = make_server(installed)
    watched.start(idle_minutes=60)
    server.start()
    return workbench.opened(server, browser)


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """The address of a server, and the paths that it was asked for."""
    paths: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    # for a frame that is refused Chromium connects all the same, asks nothing, and stays
    with ThreadingHTTPServer(("127.0.0.1", 0), Noting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()


def test_the_page_is_the_commands_in_the_themes_colours_and_follows_the_file(
    window: Window, watched: Watched
) -> None:
    workbench.command(window.page, "Open the Page")
    page = window.page
    wait_until(lambda: "core-hours" in (page.value(f"{_INNER}?.body?.innerText") or ""), "shown")
    file = watched.tracker.directory / "page.html"
    assert page.value(f"{_INNER}.querySelector('h1').innerText") in file.read_text()

    def looks(theme: str, is_dark: bool) -> None:
        window.probe.run(
            "await vscode.workspace.getConfiguration('workbench')"
            f".update('colorTheme', '{theme}', vscode.ConfigurationTarget.Global)"
        )
        wait_until(lambda: _is_dark(colours()[0]) is is_dark, f"{theme} is used")
        ground, ink = colours()
        assert _is_dark(ink) is not _is_dark(ground)

    def colours() -> list[str]:
        found: list[str] = page.value(
            f"(() => {{ const one = {_INNER}.defaultView.getComputedStyle({_INNER}.body);"
            "return [one.backgroundColor, one.color] })()"
        )
        return found

    looks("Default Dark Modern", is_dark=True)
    looks("Default Light Modern", is_dark=False)
    file.write_text(file.read_text().replace("<h1>", "<h1>Again: "))
    wait_until(
        lambda: "Again" in (page.value(f"{_INNER}?.querySelector('h1')?.innerText") or ""),
        "it is read again",
    )


def _is_dark(colour: str) -> bool:
    numbers = [float(one) for one in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    return sum(numbers) < 3 * 128


def test_a_hostile_page_runs_nothing_and_asks_for_nothing(
    window: Window, watched: Watched, asked: tuple[str, list[str]]
) -> None:
    address, paths = asked
    watched.tracker.verb("stop")
    record = watched.tracker.home / ".config/codespace-tracker/command"
    record.unlink()  # so that the page stays the one that is written here
    hostile = f"""<html><head><base href="{address}/">
      <meta http-equiv="refresh" content="1; url={address}/refresh">
      <link rel="stylesheet" href="{address}/sheet"><style>
      body {{ background: url({address}/ground); }} </style></head><body><h1>Hostile</h1>
      <script>document.title = "ran"; document.body.id = "ran"</script>
      <img src="{address}/image" onerror="document.body.id = 'ran'">
      <img src="x" onerror="document.body.id = 'ran'">
      <iframe src="{address}/frame"></iframe><object data="{address}/object"></object>
      <form action="{address}/form"><button id="b">send</button></form>
      <svg onload="document.body.id = 'ran'"></svg>
      <a id="a" href="command:workbench.action.closeActiveEditor">close</a>
      <details open ontoggle="document.body.id = 'ran'"><summary>s</summary></details>
      </body></html>"""
    (watched.tracker.directory / "page.html").write_text(hostile)
    workbench.command(window.page, "Open the Page")
    page = window.page
    title = f"{_INNER}?.querySelector('h1')?.innerText"
    wait_until(lambda: page.value(title) == "Hostile", "it is shown")
    for selector in ("#b", "#a"):
        page.value(f"{_INNER}.querySelector('{selector}').click()")
    (watched.tracker.directory / "page.html").write_text(hostile.replace("Hostile", "Later"))
    wait_until(lambda: page.value(title) == "Later", "it is read again")
    assert page.value(f"{_INNER}.body.id") == ""
    assert paths == []


_OTHERS_PANEL = """
const folder = vscode.workspace.workspaceFolders[0].uri;
const panel = vscode.window.createWebviewPanel("probe", "probe", vscode.ViewColumn.Active, {});
const address = panel.webview.asWebviewUri(vscode.Uri.joinPath(folder, "picture.svg"));
panel.webview.html = `<h1>Other</h1><img src="${address}">`;
globalThis.panel = panel;
return String(address);
"""


def test_a_page_loads_no_file_of_the_folder_that_is_open(window: Window, watched: Watched) -> None:
    (watched.tracker.home / ".config/codespace-tracker/command").unlink()
    page = window.page
    width = f"{_INNER}?.querySelector('img')?.naturalWidth"
    is_over = f"{_INNER}?.querySelector('img')?.complete"
    picture = '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>'
    folder = window.probe.run("return vscode.workspace.workspaceFolders[0].uri.fsPath")
    Path(folder, "picture.svg").write_text(picture)
    address = window.probe.run(_OTHERS_PANEL)
    wait_until(lambda: page.value(width) == 7, "a panel of another extension loads it")
    window.probe.run("panel.dispose()")
    hostile = f"<h1>Hostile</h1><img src={json.dumps(address)}>"
    (watched.tracker.directory / "page.html").write_text(hostile)
    workbench.command(page, "Open the Page")
    title = f"{_INNER}?.querySelector('h1')?.innerText"
    wait_until(lambda: page.value(title) == "Hostile", "it is shown")
    wait_until(lambda: page.value(is_over) is True, "the picture is there or is refused")
    assert page.value(width) == 0


def test_what_is_no_page_of_ours_is_not_shown(window: Window, watched: Watched) -> None:
    (watched.tracker.home / ".config/codespace-tracker/command").unlink()
    file = watched.tracker.directory / "page.html"
    workbench.command(window.page, "Open the Page")
    workbench.await_notification(window.page, "There is no page yet")
    file.symlink_to("/etc/hostname")
    workbench.command(window.page, "Open the Page")
    workbench.await_notification(window.page, "is not a file that you own")
    file.unlink()
    file.write_bytes(b"x" * 1_000_001)
    workbench.command(window.page, "Open the Page")
    workbench.await_notification(window.page, "is larger than")
    assert "Codespace Tracker" not in window.tabs()


def test_the_page_hides_no_one_though_it_is_a_webview(window: Window, watched: Watched) -> None:
    """No one types in it, so that an idle trigger need not wait while it is open."""
    workbench.command(window.page, "Open the Page")
    wait_until(lambda: window.page.value(f"{_INNER} != null"), "it is shown")
    opened = time.time()
    report, blind = f"reporters/{window.host}", f"reporters/{window.host}.unknown"
    # the first minutes after the last key tell nothing: someone is active
    wait_until(lambda: watched.touched(report) > opened + 150, "it is reported", 300)
    assert watched.touched(blind) < opened
    # a webview of another extension would have hidden them
    assert window.probe.run("return vscode.window.state") == {"focused": True, "active": False}
