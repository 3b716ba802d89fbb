"""Makes the page: the values of one moment in the template, with its style and script, and the
policy that allows nothing else."""

import base64
import functools
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

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
        page, policy = _page(directory, days, _text("page.js"))
    except (Failure, LedgerError, NotOurs) as error:
        live = Live(_text("page.js"), DEFAULT_CONFIGURATION.settings.watch_minutes)
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


def _filled(template: str, live: Live | None, **values: object) -> tuple[str, str]:
    """A page and its policy."""
    style = _text("page.css")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:;"
        f" style-src {_hash(style)}{f'; script-src {_hash(live.script)}' if live else ''}"
    )
    page = _environment().get_template(template)
    return page.render(live=live, style=style, policy=policy, **values), policy


@functools.cache
def _environment() -> Environment:
    return Environment(
        autoescape=True,
        auto_reload=False,
        loader=FileSystemLoader(_HERE),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )


@functools.cache
def _text(name: str) -> Markup:
    """A file beside this one, as it goes into the page: without indents and comments."""
    text = re.sub(r"/\*.*?\*/", "", (_HERE / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    return Markup("\n".join(line for line in map(str.strip, text.split("\n")) if line))


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
