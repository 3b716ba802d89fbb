"""What each key of trigger_config.json expects, in words: the part after "Fix:" in every
message."""

import difflib
from collections.abc import Collection

from codespace_tracker.config.conditions import CONDITIONS, EVENTS, REPEATS, expected, quoted

_EXPECTED = {
    "label": "a text of 1 to 200 characters on one line, in quotes",
    "script_command": "a command in quotes, not empty, of at most 32000 characters",
    "script_url": (
        "an address in quotes that begins with https:// and ends with a file's name; or leave it "
        "out"
    ),
    "sha256": "the 64 hexadecimal digits that `sha256sum` prints, in quotes",
    "cwd": "a folder in quotes, of at most 4000 characters",
    "flag_name": (
        "a file's name in quotes, of at most 60 characters, without `/` and not beginning with a "
        "dot"
    ),
    "conditions": 'at least one condition, such as {"minute_runtime_minutes": 60}',
    "repeat": quoted(tuple(REPEATS)),
    "timeout_minutes": "a number of minutes from 0 (no limit) to 10080, without quotes",
    "retries": "a whole number from 0 to 20, without quotes",
    "retry_delay_seconds": "a number of seconds from 1 to 86400, without quotes",
    "env": 'names (letters, digits and _) and texts, such as {"NAME": "text"}',
    "shell": 'a command in quotes that takes another one, such as "bash -lc"',
    "enabled": "true or false, without quotes",
    "catch_up": "true or false, without quotes",
    **{condition.key: expected(condition) for condition in CONDITIONS},
    "$schema": "a text in quotes",
    "triggers": 'a list of triggers in brackets: [{"label": …}]',
}
_CHOICES = {"repeat": tuple(REPEATS), "event": tuple(EVENTS)}


def instead(key: str, found: object = None) -> str:
    """The fix for a value that is not possible: what was probably meant, else what to write."""
    meant = _close(found, _CHOICES[key]) if key in _CHOICES else None
    return f'did you mean "{meant}"?' if meant else f"write {_EXPECTED[key]}."


def to_add(key: str) -> str:
    """The fix for a missing key."""
    return f'add "{key}": {_EXPECTED[key]}.'


def known_key(key: str, names: Collection[str]) -> str:
    """The fix for an unknown key: what was probably meant, else the known ones."""
    meant = _close(key, names)
    return f"did you mean `{meant}`?" if meant else f"the keys here are {', '.join(names)}."


def is_key(part: object) -> bool:
    """Whether a part of a path is one of our keys, and not one of the user's."""
    return part in _EXPECTED


def _close(found: object, names: Collection[str]) -> str | None:
    if not isinstance(found, str) or len(found) > 100:
        return None
    return next(iter(difflib.get_close_matches(found.lower(), names, 1, 0.5)), None)
