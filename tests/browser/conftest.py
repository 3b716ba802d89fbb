"""What the tests in this folder share: one Chromium for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.browser.chromium import browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found
