"""Changing a setting in config.toml as a careful person would: comments and everything else stay as
they are."""

import re
import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_BOM = "\ufeff"  # some editors put it first
_VALUE = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^#\n"']*?)"""


def with_setting(text: str, key: str, value: str | float) -> str | None:
    """The text with a setting of the top level set to a value: in its place, else where its sample
    is commented out, else at the top. None where that cannot be done safely: the text is
    not TOML, or is laid out unusually."""
    bom = _BOM if text.startswith(_BOM) else ""
    after = _changed(text.removeprefix(_BOM), key, value)
    return None if after is None else bom + after


def _changed(text: str, key: str, value: str | float) -> str | None:
    literal = f'"{value}"' if isinstance(value, str) else f"{value:.12g}"
    before = _parsed(text)
    if before is None:
        return None
    wanted = {**before, key: value}
    for pattern in (
        rf"^({key}[ \t]*=[ \t]*){_VALUE}(?=[ \t]*(?:#.*)?\r?$)",
        rf"^#[ \t]*({key}[ \t]*=[ \t]*){_VALUE}(?=[ \t]*\r?$)",
    ):
        after = re.sub(pattern, lambda found: found[1] + literal, text, count=1, flags=re.MULTILINE)
        if after != text and _parsed(after) == wanted:
            return after
    if before.get(key) == value:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    after = f"{key} = {literal}{newline}{text}"
    return after if _parsed(after) == wanted else None


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
