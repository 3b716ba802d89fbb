"""A hub's team page and its login in a real Chromium: accessible, readable, and asking for nothing
but itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.chromium import NARROW, USUAL, WIDE, Look, opened, violations
from tests.hub.serving import Served, served
from tests.hub.stores import TEAM, Played, alone, hours, told

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.hub import teams

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LOOKS = {
    "light, narrow": Look(NARROW),
    "light, usual": Look(USUAL),
    "dark, narrow": Look(NARROW, "dark"),
    "dark, wide": Look(WIDE, "dark"),
    "printed": Look(USUAL, media="print"),
}
LONG = "an-owner-with-a-long-name/and-a-repository-whose-name-is-longer-than-any-column-of-it"


class Hub:
    """A hub of a team with everything that its page can show, and of one with nothing."""

    def __init__(self, web: Served, viewer: str, newcomer: str) -> None:
        self.address = f"http://127.0.0.1:{web.port}/"
        self.viewer = viewer
        self.newcomer = newcomer


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    url = f"sqlite:///{tmp_path_factory.mktemp('hub')}/hub.db"
    with ThreadPoolExecutor(1) as elsewhere:  # the browser has a loop in this thread
        secrets = elsewhere.submit(filled, url).result()
    with served(url, "--rate", "0") as web:
        yield Hub(web, *secrets)


def filled(url: str) -> list[str]:
    """Make the hub; the secrets of a viewer of each team."""
    played = Played(url)
    played.now = now = time.time_ns() // 1000
    played.begin()
    played.run(played.store.add_team("new", "New", now))
    for n in range(12):
        repository = LONG if n == 3 else f"acme/{n % 5}"
        tracker = played.joined(f"person {n % 4}", codespace=f"space-{n}", repository=repository)
        starts = [now - day * DAY_US - 3 * HOUR_US for day in range(1, 40, 3)]
        tracker.tell(
            *(told((start, HOUR_US * (1 + n % 3), 2 ** (1 + n % 4))) for start in starts),
            told((now - HOUR_US, HOUR_US // 2, 4), is_open=True),
            hours("2019-01-01T00:00:00Z", 1),
            lines=[alone(UTC.date(now - day * DAY_US), 3) for day in range(0, 40, 5)],
        )
    teams_ = TEAM, "new"
    found = [played.run(teams.new_viewer(played.store, one, "Grace", now)) for one in teams_]
    played.close()
    return found


def log_in(page: Any, secret: str) -> None:
    page.get_by_label("The secret that your administrator gave you").fill(secret)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Log out").wait_for()


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_axe_finds_nothing_on_the_login_and_the_page(
    look: Look, hub: Hub, chromium: Browser
) -> None:
    with opened(chromium, hub.address, look) as seen:
        assert violations(seen.page) == []
        log_in(seen.page, hub.viewer)
        since = UTC.date(time.time_ns() // 1000 - 40 * DAY_US)
        for query in ("", f"?since={since}"):
            seen.page.goto(f"{hub.address}{query}")
            assert violations(seen.page) == []
            widths: Any = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert widths[0] <= widths[1], "nothing is scrolled sideways"
        assert seen.complaints == []
        assert all(address.startswith(hub.address) for address in seen.requests)
        headings = seen.page.locator("h2").all_inner_texts()
        assert headings[2:4] == ["People", "Months"]
        assert headings[4].startswith("Unattended: ")
        assert headings[5] == "Set aside"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_page_of_a_team_that_told_nothing(
    scheme: str, hub: Hub, chromium: Browser
) -> None:
    with opened(chromium, hub.address, Look(NARROW, scheme)) as seen:
        log_in(seen.page, hub.newcomer)
        assert violations(seen.page) == []
        assert "Nothing runs." in seen.page.locator("main").inner_text()


def test_a_wrong_secret_is_said_to_who_does_not_see_it(hub: Hub, chromium: Browser) -> None:
    with opened(chromium, hub.address, Look()) as seen:
        seen.page.get_by_label("The secret that your administrator gave you").fill("nonsense")
        seen.page.get_by_role("button", name="Log in").click()
        assert "not known" in seen.page.get_by_role("alert").inner_text()
        assert violations(seen.page) == []


def test_who_logs_out_sees_the_login(hub: Hub, chromium: Browser) -> None:
    with opened(chromium, hub.address, Look()) as seen:
        log_in(seen.page, hub.viewer)
        seen.page.get_by_role("button", name="Log out").click()
        seen.page.get_by_role("button", name="Log in").wait_for()
        seen.page.goto(hub.address)
        assert seen.page.url.endswith("/login")
