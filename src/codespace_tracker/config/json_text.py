"""A text as JSON: its value, or what is wrong with it in words of people who did not write a
parser."""

import json
import re
from typing import Any

from codespace_tracker.config.configuration import Problem
from codespace_tracker.config.json_positions import too_deep
from codespace_tracker.core.text import showable

_LONG = 300  # digits: beyond what a float can be
_NESTED = 100

_WITHIN_TEXTS = (
    (
        "Invalid control",
        "a text cannot contain line breaks or tabs",
        "write \\n for a new line in it, \\t for a tab.",
    ),
    ("Invalid \\", "this backslash means nothing", "write \\\\ for one backslash."),
    ("Unterminated", "the text that begins here does not end", "add the closing quote."),
)
_BETWEEN = (
    (
        "Extra data",
        "the file should end here",
        "put all triggers in one [ ], with commas between them.",
    ),
    (
        "',' delimiter",
        "a comma is missing before this place",
        "add it, or close the bracket that is open.",
    ),
    (
        "':' delimiter",
        "a colon is missing before this place",
        "write a key, a colon, and its value.",
    ),
    ("property name", "a key is expected here", "write the key in double quotes."),
)
_WORDS = frozenset({"true", "false", "none", "null", "undefined", "nan"})


def read_json(text: str, file: str) -> tuple[Any, Problem | None]:
    """The value of a text; or None and the problem.

    NaN and Infinity come as floats, as numbers do that are too long for an integer: no field takes
    them.
    """
    try:
        return json.loads(text, parse_int=_number), None
    except RecursionError:
        line, column = too_deep(text, _NESTED)
        mend = "no setting needs more than four levels: write the file again."
        return None, Problem(file, "", line, column, "it is nested too deeply to be read.", mend)
    except json.JSONDecodeError as error:
        return None, _syntax(text, file, error)


def _number(text: str) -> int | float:
    return int(text) if len(text) < _LONG else float(text)


def _syntax(text: str, file: str, error: json.JSONDecodeError) -> Problem:
    if not text.strip():
        return Problem(file, "", 1, 1, "the file is empty.", 'write [] for "no triggers".')
    if error.msg.startswith(
        "Illegal trailing comma"
    ):  # from Python 3.13 on; before that the bracket was the place
        after = text[error.pos + 1 :]
        error = json.JSONDecodeError(
            "Expecting value", text, error.pos + 1 + len(after) - len(after.lstrip())
        )
    message, mend = _meant(text, error)
    return Problem(file, "", error.lineno, error.colno, f"this is not JSON: {message}.", mend)


def _meant(text: str, error: json.JSONDecodeError) -> tuple[str, str]:
    """What is wrong at the place of an error, and the fix."""
    for pattern, message, mend in _WITHIN_TEXTS:
        if error.msg.startswith(pattern):
            return message, mend
    rest = text[error.pos : error.pos + 20]
    if not rest:
        return "the file ends in the middle", "close the bracket that is open."
    if rest.startswith(("//", "/*", "#")):
        return "JSON has no comments", "remove the comment."
    if rest[0] in "}]" and text[: error.pos].rstrip().endswith(","):
        return "there is a comma before a closing bracket", "remove that comma."
    if rest[0] in "'‘’“”„":
        return "JSON uses double quotes only", "write texts and keys in double quotes."
    if not rest[0].isprintable():
        return f"there is an invisible character here ({showable(rest[0], 20)})", "remove it."
    if re.split(r"\W", rest)[0].lower() in _WORDS:
        return "this word is not known", "write true, false or null, in small letters."
    for pattern, message, mend in _BETWEEN:
        if pattern in error.msg:
            return message, mend
    return "a value is expected here", "write a number, true, false, or a text in double quotes."
