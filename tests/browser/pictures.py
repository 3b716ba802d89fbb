"""Takes the pictures of the page that the README shows: `python -m tests.browser.pictures`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.browser.chromium import USUAL, Look, browser, opened
from tests.situations import situation

from codespace_tracker.cli.commands.page.rendering import rendered

_DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Write docs/page-light.png and docs/page-dark.png."""
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        with situation("month", Path(folder)) as directory:
            page = Path(folder, "page.html")
            page.write_text(rendered(directory, 28))
        for scheme in ("light", "dark"):
            with opened(chromium, page.as_uri(), Look(USUAL, scheme)) as seen:
                last = seen.page.locator("section", has=seen.page.locator("#days")).last
                box = last.bounding_box()
                assert box is not None
                height = int(box["y"] + box["height"]) + 20
                seen.page.set_viewport_size({"width": USUAL, "height": height})
                seen.page.screenshot(path=_DOCS / f"page-{scheme}.png")


if __name__ == "__main__":
    main()
