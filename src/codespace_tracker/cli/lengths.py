"""Lengths of time as people type them: `2h`, `90m`, `1d12h`, `45s`. A plain number is in the
option's own unit."""

import math
import re
from fractions import Fraction

import click

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}
_PARTS = tuple(zip("dhms", (86400, 3600, 60, 1), strict=True))
_NUMBER = r"(\d+(?:\.\d+)?|\.\d+)\s*"
_LENGTH = re.compile(
    rf"(?:{_NUMBER}d)?\s*(?:{_NUMBER}h)?\s*(?:{_NUMBER}m(?:in)?)?\s*(?:{_NUMBER}s)?",
    re.ASCII | re.IGNORECASE,
)
_MOST_CHARACTERS = 50


def seconds(value: object) -> float:
    """The type of an option or a prompt: a length of time in seconds. Raises click.BadParameter.

    Limits are checked elsewhere, so a negative number is accepted.
    """
    return _length_of(value, "seconds")


def minutes(value: object) -> float:
    """The same, in minutes."""
    return _length_of(value, "minutes")


def hours(value: object) -> float:
    """The same, in hours."""
    return _length_of(value, "hours")


def number(value: object) -> float:
    """The type of an option or a prompt: a number. Raises click.BadParameter, in plain words."""
    found = _number(str(value).strip())
    if found is None:
        raise click.BadParameter(
            f"{_shown(value)} is not a number. Write one without a unit, such as 75."
        )
    return found


def length(text: str, unit: str) -> float | None:
    """A length of time in `unit` (seconds, minutes or hours); None if the text is not one."""
    if (alone := _number(text)) is not None:
        return alone
    found = _LENGTH.fullmatch(text) if len(text) <= _MOST_CHARACTERS else None
    if found is None or not any(found.groups()):
        return None
    parts = ((part, each) for part, (_, each) in zip(found.groups(), _PARTS, strict=True) if part)
    return float(sum(Fraction(part) * each for part, each in parts) / _SECONDS[unit])


def _length_of(value: object, unit: str) -> float:
    found = length(str(value).strip(), unit)
    if found is None:
        raise click.BadParameter(
            f"{_shown(value)} is not a length of time. Write one such as 2h, 90m, 1d12h or 45s; a"
            f" plain number means {unit}."
        )
    return found


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _shown(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…")
