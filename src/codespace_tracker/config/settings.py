"""config.toml: its settings, checked strictly, and every problem told at once."""

import difflib
import re
import sys
from collections.abc import Iterable
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from codespace_tracker.config.plan import DEFAULT_PLAN, Problem, Settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NAME = "config.toml"

_PLACE = re.compile(
    r"^(?P<what>.*?)(?: \(at line (?P<line>\d+), column (?P<column>\d+)\))?(?P<end> \(at end of document\))?$"
)
_HEARTBEAT = "a whole number of seconds from 1 to 300, without quotes"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    time_zone: str = DEFAULT_PLAN.settings.time_zone
    heartbeat_seconds: Annotated[int, Field(ge=1, le=300)] = DEFAULT_PLAN.settings.heartbeat_seconds


_EXPECTED = {
    "time_zone": 'a name of the IANA time zone database in quotes, such as "Asia/Kolkata"',
    "heartbeat_seconds": _HEARTBEAT,
}


def settings_from(text: str) -> tuple[Settings | None, list[Problem]]:
    """The settings in the text of config.toml, or None and everything that is wrong with it."""
    try:
        found = tomllib.loads(text)
    except RecursionError:
        return None, [
            Problem(NAME, "", 0, 0, "nested too deeply to be read.", "settings are plain `key = value` lines.")
        ]
    except ValueError as error:
        return None, [_syntax(text, str(error))]
    problems = []
    try:
        checked = _File.model_validate(found)
    except ValidationError as error:
        checked = None
        problems = [_problem(text, str(one["loc"][0]), one["type"], one.get("input")) for one in error.errors()]
    zone = found.get("time_zone")
    if isinstance(zone, str) and zone not in _zones():
        close = _close(zone, _zones(), 0.75)
        mend = f"did you mean {_quoted(close)}?" if close else f"it is {_EXPECTED['time_zone']}."
        line = _line_of(text, "time_zone")
        problems.append(Problem(NAME, "time_zone", line, 0, f"there is no time zone {_quoted(zone)}.", mend))
    if checked is None or problems:
        return None, sorted(problems, key=lambda problem: problem.line)
    return Settings(checked.time_zone, checked.heartbeat_seconds), []


def with_time_zone(text: str, name: str) -> str | None:
    """The text of config.toml with another time zone, all else as it was; None where that cannot be done safely."""
    line = f'time_zone = "{name}"'
    setting = re.compile(r"^time_zone[ \t]*=.*$", re.MULTILINE)
    after = setting.sub(line, text, count=1) if setting.search(text) else f"{line}\n{text}"
    found, _ = settings_from(after)
    return after if found is not None and found.time_zone == name else None


def _syntax(text: str, error: str) -> Problem:
    found = _PLACE.match(error.replace("\n", " "))
    what, line, column = (found["what"], found["line"], found["column"]) if found else (error, None, None)
    if found and found["end"]:
        line = text.rstrip().count("\n") + 1
    message = f"this is not TOML: {what.rstrip('.')}."
    mend = "write each setting as `key = value` on a line of its own, texts in quotes."
    return Problem(NAME, "", int(line or 0), int(column or 0), message, mend)


def _problem(text: str, key: str, kind: str, found: object) -> Problem:
    line = _line_of(text, key)
    if kind == "extra_forbidden":
        close = _close(key, _EXPECTED)
        mend = f"did you mean `{close}`?" if close else f"the settings are {', '.join(_EXPECTED)}."
        return Problem(NAME, key, line, 0, "there is no such setting.", mend)
    shown = repr(found)
    shown = shown if len(shown) <= 40 else f"{shown[:40]}…"
    return Problem(NAME, key, line, 0, f"{shown} is not possible.", f"it is {_EXPECTED[key]}.")


def _line_of(text: str, key: str) -> int:
    """The line on which a key of the top level, or a table of that name, stands; 0 if it is not found."""
    name = re.escape(key)
    pattern = re.compile(rf"""\s*(?:\[+\s*)?["']?{name}["']?\s*(?:=|\.|\])""")
    return next((n for n, line in enumerate(text.split("\n"), 1) if pattern.match(line)), 0)


def _close(word: str, names: Iterable[str], likeness: float = 0.6) -> str:
    """The name that was probably meant, by its whole or (Kolkata) its last part; empty if none is close."""
    by_text = {name.lower().rpartition("/")[2]: name for name in names} | {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower().replace(" ", "_"), by_text, 1, likeness)
    return by_text[close[0]] if close else ""


def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _quoted(text: str) -> str:
    return f'"{text}"' if text.isprintable() and len(text) < 60 else "of that name"
