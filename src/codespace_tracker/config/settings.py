"""config.toml: its settings, checked strictly, and every problem told at once."""

import difflib
import re
import sys
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from codespace_tracker.config.configuration import DEFAULT_CONFIGURATION, Problem, Settings
from codespace_tracker.config.zone_database import is_zone, zone_names
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.text import showable
from codespace_tracker.machine.file_names import CONFIG

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NAME = CONFIG

_PLACE = re.compile(
    r"^(?P<what>.*?)(?: \(at line (?P<line>\d+), column (?P<column>\d+)\))?"
    r"(?P<end> \(at end of document\))?$"
)
_MOST = 20  # problems that are told at once
_KEY, _FOUND, _SAID = 60, 60, 120  # characters of a key, of what was found, of what a parser says
_DEFAULT = DEFAULT_CONFIGURATION.settings
_QUOTA_HOURS = {"free": 120, "pro": 180, "none": None}
"""Core-hours a month that GitHub's plans include for personal accounts: its billing documentation,
November 2026."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    time_zone: str = _DEFAULT.time_zone
    heartbeat_seconds: Annotated[int, Field(ge=1, le=300)] = _DEFAULT.heartbeat_seconds
    plan: Literal["free", "pro", "none"] | Annotated[float, Field(gt=0, le=1_000_000)] = "free"
    reset_day: Annotated[int, Field(ge=1, le=28)] = _DEFAULT.reset_day
    runs_at_once: Annotated[int, Field(ge=1, le=64)] = _DEFAULT.runs_at_once
    output_limit_mib: Annotated[int, Field(ge=1, le=1024)] = _DEFAULT.output_limit_mib
    runs_kept: Annotated[int, Field(ge=1, le=10_000)] = _DEFAULT.runs_kept
    stop_grace_seconds: Annotated[int, Field(ge=0, le=60)] = _DEFAULT.stop_grace_seconds
    watch_minutes: Annotated[int, Field(ge=1, le=60)] = _DEFAULT.watch_minutes
    metrics: bool | Annotated[str, Field(pattern=r"^/[^\x00-\x1f\x7f]*$", max_length=4000)] = (
        _DEFAULT.metrics
    )
    payer: Literal["me", "organization", "unknown"] = "unknown"
    user: Annotated[str, Field(pattern=r"^(?:[A-Za-z0-9][A-Za-z0-9_-]{0,99})?$")] = _DEFAULT.user
    presence: bool = _DEFAULT.presence
    present_minutes: Annotated[int, Field(ge=1, le=60)] = _DEFAULT.present_minutes
    share_presence: Literal["no", "unattended_by_day", "by_hour"] = "no"


_EXPECTED = {
    "time_zone": 'a name of the IANA time zone database in quotes, such as "Asia/Kolkata"',
    "heartbeat_seconds": "a whole number of seconds from 1 to 300, without quotes",
    "plan": '"free", "pro", "none" or a number of core-hours a month',
    "payer": '"me", "organization" or "unknown"',
    "user": 'a login on GitHub in quotes, such as "octocat"',
    "reset_day": "nothing: take the line away, it has no effect",
    "runs_at_once": "a whole number from 1 to 64, without quotes",
    "output_limit_mib": "a whole number of MiB from 1 to 1024, without quotes",
    "runs_kept": "a whole number from 1 to 10000, without quotes",
    "stop_grace_seconds": "a whole number of seconds from 0 to 60, without quotes",
    "watch_minutes": "a whole number of minutes from 1 to 60, without quotes",
    "presence": "true or false, without quotes",
    "present_minutes": "a whole number of minutes from 1 to 60, without quotes",
    "share_presence": '"no", "unattended_by_day" or "by_hour"',
    "metrics": "true or false, without quotes, or the absolute path of a folder in quotes",
}

_IGNORED = "reset_day"
"""A setting of 0.1.0 without any effect now."""


def settings_from(
    text: str, beneath: Settings = _DEFAULT, file: str = NAME
) -> tuple[Settings | None, list[Problem]]:
    """The settings in the text of config.toml, or None and everything that is wrong with it.

    What it leaves out is as in `beneath`; `file` is its name in problems.
    """
    found, problems = _read(text, beneath)
    return found, [problem._replace(file=file) for problem in problems]


def _read(text: str, beneath: Settings) -> tuple[Settings | None, list[Problem]]:
    try:
        content = tomllib.loads(text)
    except RecursionError:
        return None, [
            Problem(
                NAME,
                "",
                0,
                0,
                "nested too deeply to be read.",
                "settings are plain `key = value` lines.",
            )
        ]
    except ValueError as error:
        return None, [_syntax(text, str(error))]
    problems, rest = [], 0
    try:
        checked = _File.model_validate(content)
    except ValidationError as error:
        checked = None
        found_wrong = {
            str(wrong["loc"][0]): (wrong["type"], wrong.get("input")) for wrong in error.errors()
        }
        problems = [
            _problem(text, key, kind, value)
            for key, (kind, value) in list(found_wrong.items())[:_MOST]
        ]
        rest = len(found_wrong) - _MOST
    zone = content.get("time_zone")
    if isinstance(zone, str) and not is_zone(zone):
        close = _close(zone, zone_names(), 0.75)
        mend = f"did you mean {_quoted(close)}?" if close else f"write {_EXPECTED['time_zone']}."
        line = _line_of(text, "time_zone")
        problems.append(
            Problem(NAME, "time_zone", line, 0, f"there is no time zone {_quoted(zone)}.", mend)
        )
    if checked is None or problems:
        problems.sort(key=lambda problem: problem.line)
        if rest > 0:
            problems.append(Problem(NAME, "", 0, 0, f"{rest} more problems.", "fix these first."))
        return None, problems
    written = checked.model_dump(exclude={"plan"}, exclude_unset=True)
    if "plan" in checked.model_fields_set:
        hours = _QUOTA_HOURS[checked.plan] if isinstance(checked.plan, str) else checked.plan
        written["quota_core_us"] = None if hours is None else round(hours * HOUR_US)
        written["plan"] = checked.plan if isinstance(checked.plan, str) else "own"
    return beneath._replace(**written), []


def _syntax(text: str, error: str) -> Problem:
    found = _PLACE.match(error.replace("\n", " "))
    what, line, column = (
        (found["what"], found["line"], found["column"]) if found else (error, None, None)
    )
    if found and found["end"]:
        line = text.rstrip().count("\n") + 1
    if "digits" in what:
        return Problem(NAME, "", 0, 0, "a number has too many digits.", "write an ordinary number.")
    message = f"this is not TOML: {showable(what.rstrip('.'), _SAID)}."
    mend = "write each setting as `key = value` on a line of its own, texts in quotes."
    return Problem(NAME, "", int(line or 0), int(column or 0), message, mend)


def _problem(text: str, key: str, kind: str, value: object) -> Problem:
    line, name = _line_of(text, key), showable(key, _KEY)
    if kind == "extra_forbidden":
        close = _close(key, _EXPECTED)
        mend = (
            f"did you mean `{close}`?"
            if close
            else f"the settings are {', '.join(name for name in _EXPECTED if name != _IGNORED)}."
        )
        return Problem(NAME, name, line, 0, "there is no such setting.", mend)
    try:
        shown = repr(value)
    except ValueError:  # Python does not write numbers of thousands of digits
        shown = "a number with that many digits"
    return Problem(
        NAME,
        name,
        line,
        0,
        f"{showable(shown, _FOUND)} is not possible.",
        f"write {_EXPECTED[key]}.",
    )


def _line_of(text: str, key: str) -> int:
    """The line of a top-level key, or of a table of that name; 0 if it is not found."""
    name = re.escape(key)
    pattern = re.compile(rf"""\s*(?:\[+\s*)?["']?{name}["']?\s*(?:=|\.|\])""")
    return next((n for n, line in enumerate(text.split("\n"), 1) if pattern.match(line)), 0)


def _close(word: str, names: Iterable[str], likeness: float = 0.6) -> str:
    """The name that was probably meant, by its whole or (Kolkata) its last part; empty if none is
    close."""
    by_text = {name.lower().rpartition("/")[2]: name for name in names} | {
        name.lower(): name for name in names
    }
    close = difflib.get_close_matches(word.lower().replace(" ", "_"), by_text, 1, likeness)
    return by_text[close[0]] if close else ""


def _quoted(text: str) -> str:
    return f'"{text}"' if text.isprintable() and len(text) < 60 else "of that name"
