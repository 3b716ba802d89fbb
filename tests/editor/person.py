"""What a person does in a text of an editor, and how long an idle trigger waits for them in these
tests."""

from tests.editor.chromium import Page
from tests.editor.editors import Server, Window
from tests.editor.watched import CHECK_SECONDS, EDITOR_SECONDS

IDLE_MINUTES = 2
LIMIT = IDLE_MINUTES * 60
LATEST = LIMIT + EDITOR_SECONDS + CHECK_SECONDS
PAUSE = LIMIT - 20
"""A pause after which a person is still not away, in seconds."""

MIDDLE = (600.0, 400.0)


def show_text(window: Window, server: Server) -> None:
    path = server.work / "a.txt"
    window.probe.run(f"await vscode.window.showTextDocument(vscode.Uri.file('{path}'))")
    window.page.wait_for(".monaco-editor .view-line")


def key(page: Page) -> None:
    page.key("x")


def click(page: Page) -> None:
    page.click(*MIDDLE)


def tap(page: Page) -> None:
    page.tap(*MIDDLE)


def wheel(page: Page) -> None:
    page.scroll(*MIDDLE, 300)
