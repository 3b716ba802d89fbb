"""A real Chromium, a fresh page in it, and what axe-core finds there."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

_PROGRAM = "/usr/bin/chromium"
_OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
AXE = Path(sys.prefix, "axe/node_modules/axe-core/axe.min.js")

NARROW, USUAL, WIDE = 360, 1280, 1600


class Look(NamedTuple):
    """How a page is looked at: its width in pixels, the colour scheme, and so on."""

    width: int = USUAL
    scheme: str = "light"
    media: str = "screen"
    scripts: bool = True
    motion: str = "no-preference"


class Seen(NamedTuple):
    """A page that is open, and what it asked for and complained of."""

    page: Page
    requests: list[str]
    complaints: list[str]


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, while it lasts."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=_PROGRAM, args=list(_OPTIONS))
        yield found
        found.close()


@contextlib.contextmanager
def opened(browser: Browser, address: str, look: Look) -> Iterator[Seen]:
    """A page in a browser that knows nothing yet."""
    as_any: Any = browser
    context = as_any.new_context(
        viewport={"width": look.width, "height": 900},
        color_scheme=look.scheme,
        reduced_motion=look.motion,
        java_script_enabled=look.scripts,
    )
    page = context.new_page()
    page.emulate_media(media=look.media)
    seen = Seen(page, [], [])
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda message: seen.complaints.append(message.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.goto(address)
    yield seen
    context.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds, each rule with the first place. It works beside the page's policy."""
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame})
    where = {"contextId": world["executionContextId"]}
    session.send("Runtime.evaluate", {"expression": AXE.read_text(), **where})
    ran = session.send(
        "Runtime.evaluate",
        {
            "expression": "axe.run(document, {resultTypes: ['violations']})"
            ".then(found => JSON.stringify([found.passes.length, found.violations]))",
            "awaitPromise": True,
            **where,
        },
    )
    passed, found = json.loads(ran["result"]["value"])
    assert passed > 10, "axe has looked"
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
