"""Makes the page: the values of one moment in the template, with its style and script, and the
policy that allows nothing else."""

import base64
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from codespace_tracker.cli.commands.page.content import content
from codespace_tracker.views.page import page_in
from codespace_tracker.views.scene import scene

_HERE = Path(__file__).parent


class Live(NamedTuple):
    """What a page that is served has on top: its script, and after how many minutes without a key
    or a click it rests."""

    script: Markup
    minutes: int


def rendered(directory: str, days: int, *, live: bool = False) -> str:
    """The page of a state directory now. Raises LedgerError, Failure where nothing was counted
    yet."""
    with scene(directory) as here:
        page = page_in(here, days)
    minutes = page.fuel.state.configuration.settings.watch_minutes
    return _filled("page.html.j2", live=_live(minutes) if live else None, c=content(page))


def message(text: str, minutes: int) -> str:
    """A page that says why there is nothing to show, and is loaded again."""
    return _filled("message.html.j2", live=_live(minutes), text=text)


def _filled(template: str, live: Live | None, **values: object) -> str:
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(_HERE),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    style = _text("page.css")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:;"
        f" style-src {_hash(style)}{f'; script-src {_hash(live.script)}' if live else ''}"
    )
    return environment.get_template(template).render(
        live=live, style=style, policy=policy, **values
    )


def _live(minutes: int) -> Live:
    return Live(_text("page.js"), minutes)


def _text(name: str) -> Markup:
    """A file beside this one, as it goes into the page: without indents and comments."""
    text = re.sub(r"/\*.*?\*/", "", (_HERE / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    return Markup("\n".join(line for line in map(str.strip, text.split("\n")) if line))


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
