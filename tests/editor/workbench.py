"""What a person sees and does in a window of an editor."""

import json
import time
from typing import Any

from tests.editor.chromium import Browser, NoAnswer, Page
from tests.editor.editors import Server, Window
from tests.integration.real_tracker import wait_until

ITEM = '[id="naksh-07.codespace-tracker-vscode.codespaceTracker"]'
"""Our item in the status bar."""
MOST_MS = 50
"""How long its activation may take, in ms."""

_HOVER = ".workbench-hover-container, .monaco-hover"


def opened(server: Server, browser: Browser) -> Window:
    """A window whose status bar has the tracker."""
    window = server.window(browser)
    window.page.wait_for(ITEM, 90)
    return window


def bar(page: Page) -> str:
    """The text of our item in the status bar; empty without one."""
    found: str = page.value(f"document.querySelector({json.dumps(ITEM)})?.innerText ?? ''")
    return " ".join(found.split())


def bar_class(page: Page) -> str:
    """How our item is coloured."""
    found: str = page.value(f"document.querySelector({json.dumps(ITEM)})?.className ?? ''")
    return found


def click_bar(page: Page) -> None:
    """Click on our item."""
    page.wait_for(ITEM)
    page.click(*page.place_of(ITEM))


def hover(page: Page) -> list[str]:
    """The lines that are shown while the mouse is on our item."""
    page.move(500, 300)
    x, y = page.place_of(ITEM)
    page.move(x, y)
    page.move(x + 1, y)
    page.wait_for(_HOVER)
    text: str = page.value(
        f"[...document.querySelectorAll({json.dumps(_HOVER)})].map((one) => one.innerText).join()"
    )
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def hover_html(page: Page) -> str:
    """The HTML of the hover that is shown."""
    found: str = page.value(
        f"[...document.querySelectorAll({json.dumps(_HOVER)})].map((one) => one.innerHTML).join()"
    )
    return found


def command(page: Page, title: str) -> None:
    """Call one of our commands by its title, from the palette. One that opened before the editor
    knew of our commands does not offer them: then it is opened again.

    A person takes longer from one command to the next than a test. Of more than three notifications
    within 0.8 s the editor shows only three, so that what the next command says would be lost."""
    time.sleep(1)
    page.wait_for(ITEM, 90)
    for _ in range(9):
        page.key("F1")
        page.wait_for(".quick-input-widget input")
        page.type(f"Codespace Tracker: {title}")
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if title.rstrip("…") in _first(page):
                page.key("Enter")
                return
            time.sleep(0.2)
        page.key("Escape")
    raise NoAnswer(f"{title} is not offered")


def _first(page: Page) -> str:
    found: str = page.value(
        "document.querySelector('.quick-input-list .monaco-list-row')?.innerText ?? ''"
    )
    return found


def rows(page: Page) -> list[str]:
    """The rows of the pick list that is open."""
    found: list[str] = page.value(
        "[...document.querySelectorAll('.quick-input-list .monaco-list-row')]"
        ".map((one) => one.innerText)"
    )
    return [" ".join(row.split()) for row in found]


def pick(page: Page, text: str) -> None:
    """Choose a row of the pick list by some of its text."""
    wait_until(lambda: any(text in row for row in rows(page)), f"{text} is in the list")
    page.type(text)
    wait_until(lambda: text in _first(page), f"{text} is the first")
    page.key("Enter")


def notifications(page: Page) -> list[str]:
    """The texts of the notifications that are shown."""
    found: list[str] = page.value(
        "[...document.querySelectorAll('.notification-list-item-message')]"
        ".map((one) => one.innerText)"
    )
    return found


def await_notification(page: Page, part: str) -> str:
    """Wait for a notification with these words, and its text."""
    wait_until(lambda: any(part in one for one in notifications(page)), f"it says {part}")
    return next(one for one in notifications(page) if part in one)


def press(page: Page, name: str) -> None:
    """Press a button of a notification or dialog."""
    script = (
        "(() => { const found = [...document.querySelectorAll('.monaco-button')]"
        f".find((one) => one.innerText.trim() === {json.dumps(name)});"
        "if (!found) return null; const r = found.getBoundingClientRect();"
        "return [r.x + r.width / 2, r.y + r.height / 2] })()"
    )
    place: list[Any] = []

    def is_there() -> bool:
        place[:] = page.value(script) or []
        return bool(place)

    wait_until(is_there, f"the button {name} is there")
    page.click(*place)


def text(page: Page) -> str:
    """What the editors that are shown have in them."""
    found: str = page.value(
        "[...document.querySelectorAll('.part.editor .view-lines')].flatMap((one) =>"
        " [...one.querySelectorAll('.view-line')].sort((a, b) => a.offsetTop - b.offsetTop)"
        ".map((line) => line.innerText)).join('\\n')"
    )
    return found.replace("\xa0", " ")
