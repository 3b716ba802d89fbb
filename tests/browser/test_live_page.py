"""The live page in a real Chromium: it is loaded again each minute while it is looked at, and
rests when no one touches it, also behind a proxy."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.chromium import Look, opened, violations
from tests.situations import EMPTY, situation

from codespace_tracker.cli.commands.page.rendering import answer
from codespace_tracker.cli.commands.page.serving import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

MINUTE_MS = 60_000


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    name = getattr(request, "param", "month")
    with (
        situation(name, tmp_path) as directory,
        Server(0, lambda: answer(directory, 28), {}) as served,
    ):
        thread = threading.Thread(target=served.serve_forever, args=(0.05,))
        thread.start()
        yield served
        served.shutdown()
        thread.join()


class Watched:
    """A page whose clock only goes when it is told to, and how often it was loaded since."""

    def __init__(self, browser: Browser, address: str, shown: str = "visible") -> None:
        self.context: Any = browser.new_context()
        self.context.add_init_script(
            f"Object.defineProperty(document, 'visibilityState', {{get: () => '{shown}'}})"
        )
        self.page = self.context.new_page()
        self.page.clock.install()
        self.page.goto(address)
        self.loads: list[str] = []
        self.page.on("request", lambda request: self.loads.append(request.url))

    def minutes(self, count: int, *, touching: bool = False) -> None:
        """Let minutes pass, with a key in each of them if it is touched."""
        for _ in range(count):
            if touching:
                self.page.keyboard.press("Shift")
            self.page.clock.run_for(MINUTE_MS + 1000)
            while not self._is_loaded():  # `wait_for_function` needs eval, which the page forbids
                self.page.wait_for_timeout(20)

    def _is_loaded(self) -> bool:
        """Whether all is there: what is loaded again takes the mark away that was set before."""
        from playwright.sync_api import Error  # everyday tests run without it

        try:
            return bool(
                self.page.evaluate(
                    "document.readyState == 'complete' && sessionStorage.getItem('again') === null"
                )
            )
        except Error:  # it is going to the page again
            return False

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def test_it_is_loaded_again_each_minute_and_rests_after_some_without_a_touch(
    server: Server, chromium: Browser
) -> None:
    with Watched(chromium, server.address) as watched:
        watched.minutes(4)
        assert watched.loads == [server.address] * 4
        watched.minutes(5)
        assert len(watched.loads) == 4, "five minutes without a key or a click"
        assert "Paused after 5 minutes" in watched.page.locator("#live").inner_text()
        watched.page.keyboard.press("Shift")
        watched.minutes(1)
        assert len(watched.loads) == 5, "a key goes on"


def test_while_it_is_used_it_goes_on(server: Server, chromium: Browser) -> None:
    with Watched(chromium, server.address) as watched:
        watched.minutes(12, touching=True)
        assert len(watched.loads) == 12


def test_while_it_is_hidden_it_asks_for_nothing(server: Server, chromium: Browser) -> None:
    with Watched(chromium, server.address, "hidden") as watched:
        watched.minutes(3)
        assert watched.loads == []


def test_tables_that_are_open_stay_open(server: Server, chromium: Browser) -> None:
    with Watched(chromium, server.address) as watched:
        watched.page.locator("summary").nth(1).click()
        watched.minutes(1)
        assert len(watched.loads) == 1
        tables = watched.page.locator("details").all()
        assert [one.get_attribute("open") is not None for one in tables] == [
            *(False, True),
            *(False, False),
        ]


@pytest.mark.parametrize("server", [EMPTY], indirect=True)
def test_where_there_is_nothing_to_show_it_says_so_and_asks_again(
    server: Server, chromium: Browser
) -> None:
    with Watched(chromium, server.address) as watched:
        assert "codespace-tracker start" in watched.page.locator("main").inner_text()
        watched.minutes(1)
        assert watched.loads == [server.address]


def test_live_it_is_as_accessible_and_asks_for_nothing_else(
    server: Server, chromium: Browser
) -> None:
    with opened(chromium, server.address, Look()) as seen:
        assert violations(seen.page) == []
        assert seen.requests == [server.address]
        assert seen.complaints == []
        assert seen.page.context.cookies() == []


class _Proxy(BaseHTTPRequestHandler):
    """Passes `/proxy/PORT/…` on to that port, as code-server does."""

    def do_GET(self) -> None:
        _, _, port, path = self.path.split("/", 3)
        connection = http.client.HTTPConnection("127.0.0.1", int(port))
        connection.request("GET", f"/{path}", headers={"Host": self.headers["Host"]})
        response = connection.getresponse()
        body = response.read()
        self.send_response(response.status)
        for name, value in response.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the library
        pass


def test_it_works_below_the_path_of_a_proxy(server: Server, chromium: Browser) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Proxy) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
        thread.start()
        below = f"http://localhost:{proxy.server_port}/proxy/{server.server_port}/{server.token}"
        with Watched(chromium, below) as watched:
            assert watched.page.url == f"{below}/"
            watched.minutes(2)
            assert watched.loads == [f"{below}/"] * 2
            assert "core-hours" in watched.page.locator("main").inner_text()
        proxy.shutdown()
        thread.join()
