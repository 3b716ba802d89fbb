"""Makes the page: the values of one moment in the template."""

from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from codespace_tracker import html_page
from codespace_tracker.cli.commands.page.content import content, shown
from codespace_tracker.config.configuration import DEFAULT_CONFIGURATION
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.machine.trusted_directory import NotOurs
from codespace_tracker.views.page import page_in
from codespace_tracker.views.scene import scene

_HERE = Path(__file__).parent
_MESSAGE = 1000  # characters


class Live(NamedTuple):
    """What a page that is served has on top: its script, and after how many minutes without a key
    or a click it rests."""

    script: Markup
    minutes: int


class Answer(NamedTuple):
    """A page, the status that it is sent with, and the policy that it asks for."""

    status: int
    page: str
    policy: str


def rendered(directory: str, days: int) -> str:
    """The page of a state directory now. Raises LedgerError, Failure where nothing was counted
    yet."""
    page, _ = _page(directory, days, None)
    return page


def answer(directory: str, days: int) -> Answer:
    """The page to be served: of this moment, or why there is nothing to show."""
    try:
        page, policy = _page(directory, days, _script())
    except (Failure, LedgerError, NotOurs) as error:
        live = Live(_script(), DEFAULT_CONFIGURATION.settings.watch_minutes)
        page, policy = _filled("message.html.j2", live, text=shown(str(error), _MESSAGE))
        return Answer(503, page, policy)
    return Answer(200, page, policy)


def link(address: str) -> str:
    """A page that leads to an address."""
    return _filled("link.html.j2", None, address=address)[0]


def _page(directory: str, days: int, script: Markup | None) -> tuple[str, str]:
    with scene(directory) as here:
        page = page_in(here, days)
    minutes = page.fuel.state.configuration.settings.watch_minutes
    live = None if script is None else Live(script, minutes)
    return _filled("page.html.j2", live, c=content(page))


def _script() -> Markup:
    return html_page.text_of(_HERE / "page.js")


def _filled(template: str, live: Live | None, **values: object) -> tuple[str, str]:
    """A page and its policy."""
    script = live.script if live else None
    return html_page.filled(_HERE, template, {"live": live, **values}, script)
