"""JSON without the module `json`, whose import takes as long as the rest of `status`.

The work is done by the same C functions that `json` uses, so texts and values are the same.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    def make_scanner(context: object) -> Callable[[str, int], tuple[Any, int]]: ...
    def encode_basestring(text: str) -> str: ...
else:
    from _json import encode_basestring, make_scanner

_SPACE = " \t\n\r"
_OTHER_ENCODING = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0")
_NAMES = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class _Reading:
    """What the scanner asks about how to read."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float = float
    parse_constant = _NAMES.__getitem__

    def __init__(self, parse_int: type[int | float]) -> None:
        self.parse_int = parse_int


def loads(text: str | bytes, *, numbers_as_floats: bool = False) -> Any:
    """What `json.loads` gives. Raises ValueError, RecursionError."""
    whole = float if numbers_as_floats else int
    if isinstance(text, bytes):
        if text.startswith(_OTHER_ENCODING) or text[1:2] == b"\0":
            import json  # it finds out which encoding that is

            return json.loads(text, parse_int=whole)
        text = text.decode("utf-8", "surrogatepass")
    read = make_scanner(_Reading(whole))
    begin = len(text) - len(text.lstrip(_SPACE))
    try:
        found, end = read(text, begin)
    except StopIteration as error:
        raise ValueError(f"not JSON: no value at {error.value}") from None
    if text[end:].strip(_SPACE):
        raise ValueError(f"not JSON: more than a value, from {end} on")
    return found


def dumps(content: object) -> str:
    """What `json.dumps` gives with an indent of 2 and `ensure_ascii=False`, for the values that
    JSON has; keys are texts."""
    return _text(content, "\n")


def _text(content: object, line: str) -> str:
    if isinstance(content, str):
        return encode_basestring(content)
    if content is None or content is True or content is False:
        return {None: "null", True: "true", False: "false"}[content]
    if isinstance(content, int):
        return int.__repr__(content)
    if isinstance(content, float):
        names = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
        return "NaN" if content != content else names.get(content) or float.__repr__(content)
    within = f"{line}  "
    if isinstance(content, dict):
        items = [f"{encode_basestring(one)}: {_text(of, within)}" for one, of in content.items()]
        return f"{{{within}{f',{within}'.join(items)}{line}}}" if items else "{}"
    if isinstance(content, (list, tuple)):
        items = [_text(one, within) for one in content]
        return f"[{within}{f',{within}'.join(items)}{line}]" if items else "[]"
    raise TypeError(f"{type(content).__name__} is no value of JSON")
