"""How a page is made: a template filled with values, the one style of all pages, and a policy that
allows nothing else. What is on a page is up to those who use this."""

import base64
import functools
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_HERE = Path(__file__).parent


def filled(
    folder: Path,
    template: str,
    values: Mapping[str, object],
    script: Markup | None = None,
    form: str = "'none'",
) -> tuple[str, str]:
    """A page by a template of a folder, and its policy. `form` says where forms may go."""
    style = text_of(_HERE / "page.css")
    policy = (
        f"default-src 'none'; base-uri 'none'; form-action {form}; img-src data:;"
        f" style-src {_hash(style)}{f'; script-src {_hash(script)}' if script else ''}"
    )
    page = _environment(folder).get_template(template)
    return page.render(style=style, policy=policy, **values), policy


@functools.cache
def _environment(folder: Path) -> Environment:
    return Environment(
        autoescape=True,
        auto_reload=False,
        loader=FileSystemLoader(folder),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )


@functools.cache
def text_of(path: Path) -> Markup:
    """A file as it goes into a page: without indents and comments."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return Markup("\n".join(line for line in map(str.strip, text.split("\n")) if line))


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
