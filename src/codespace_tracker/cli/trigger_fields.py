"""The options that define a trigger, for the commands that add or edit one, and their problems."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import click

from codespace_tracker.cli.lengths import hours, minutes, number, seconds
from codespace_tracker.config.conditions import CONDITIONS, EVENTS, REPEATS, Option, listed

_F = TypeVar("_F", bound=Callable[..., Any])

OPTIONS = {
    one.option.name: one.option
    for one in sorted(CONDITIONS, key=lambda one: one.option.place if one.option else 0)
    if one.option
}
"""The options that set a condition, in the order of the help."""

CONDITION_OF = {one.option.name: one.key for one in CONDITIONS if one.option}
"""The key in `conditions` that an option sets."""

TYPES: dict[str, Callable[[object], object]] = {
    "minutes": minutes,
    "hours": hours,
    "number": number,
    "text": str,
    "event": str,
}
"""How the value of an option is read, by its kind."""

_FIELDS = {
    "url": "script_url",
    "cwd": "cwd",
    "flag": "flag_name",
    "repeat": "repeat",
    "shell": "shell",
    "timeout": "timeout_minutes",
    "retries": "retries",
    "retry_delay": "retry_delay_seconds",
}
_NAMES = {key: f"--{name.replace('_', '-')}" for name, key in {**CONDITION_OF, **_FIELDS}.items()}
_OPTIONS = _NAMES | {"script_command": "--command"}


def _option(one: Option) -> Callable[[_F], _F]:
    if one.kind == "event":
        return click.option(f"--{one.name}", type=click.Choice(list(EVENTS)), help=one.help)
    return click.option(f"--{one.name}", type=TYPES[one.kind], metavar=one.metavar, help=one.help)


_DECORATORS = (
    click.option("--label", metavar="TEXT", help="The name of the trigger."),
    click.option("--command", "script", metavar="TEXT", help="The command to run."),
    *map(_option, OPTIONS.values()),
    click.option(
        "--repeat",
        type=click.Choice(list(REPEATS)),
        help="Fire once per session, day or month, or only once.",
    ),
    click.option(
        "--url", metavar="URL", help="Download this file into the folder of --cwd before each run."
    ),
    click.option(
        "--cwd", metavar="FOLDER", help="Run the command here; default: the workspace folder."
    ),
    click.option(
        "--flag", metavar="NAME", help="The name of its flag file; default: derived from the label."
    ),
    click.option(
        "--shell",
        metavar="TEXT",
        help='Run the command with this, such as "bash -lc"; default: sh -c.',
    ),
    click.option(
        "--timeout",
        type=minutes,
        metavar="TIME",
        help="Stop the script after this long; default: 60m; 0: never.",
    ),
    click.option("--retries", type=int, metavar="N", help="Retries after a failure; default: 1."),
    click.option(
        "--retry-delay",
        type=seconds,
        metavar="TIME",
        help="Wait before the first retry; default: 30s.",
    ),
)

_IN_HOURS = tuple(f"--{one.name}" for one in OPTIONS.values() if one.kind == "hours")
LENGTHS = (
    "Write a TIME as 2h, 90m, 1d12h or 45s. A number without a unit means minutes. With"
    f" {listed(tuple(sorted(_IN_HOURS)), 'and')} it means hours, and with --retry-delay seconds."
)


def field_options(function: _F) -> _F:
    """All options that define a trigger, passed to the command by name; None where left out."""
    for decorator in reversed(_DECORATORS):
        function = decorator(function)
    return function


def entry_of(options: dict[str, Any]) -> dict[str, Any]:
    """The options as an entry of trigger_config.json, with keys in the order people write them."""
    entry: dict[str, Any] = {"label": options["label"], "script_command": options["script"]}
    entry |= {key: whole(options[name]) for name, key in _FIELDS.items()}
    entry = {key: value for key, value in entry.items() if value is not None}
    conditions = {
        key: whole(options[name]) for name, key in CONDITION_OF.items() if options[name] is not None
    }
    return {**entry, "conditions": conditions} if conditions else entry


def whole(value: object) -> object:
    """A float with no fraction as an int; anything else unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class OptionProblem(NamedTuple):
    """What is wrong with the value of an option."""

    option: str
    text: str

    def __str__(self) -> str:
        return f"{self.option}: {self.text}"


def problems_of(entry: dict[str, Any]) -> list[OptionProblem]:
    """What is wrong with a single trigger, each problem with its option."""
    from codespace_tracker.config.triggers import triggers_from

    _, problems = triggers_from(json.dumps([entry]), 1)
    keys = [problem.key.rpartition(", ")[2].rpartition(".")[2] for problem in problems]
    return [
        OptionProblem(option(key), in_options(f"{problem.message} Fix: {problem.mend}"))
        for key, problem in zip(keys, problems, strict=True)
    ]


def option(key: str) -> str:
    """The option that sets a key in the file."""
    return _OPTIONS.get(key, f"--{key}")


def in_options(text: str) -> str:
    """A message about the file, reworded for the command line's options."""
    for key, name in _OPTIONS.items():
        text = text.replace(f"`{key}`", f"`{name}`")
    text = text.replace(" without quotes", "").replace(" in quotes", "").replace(",.", ".")
    return text.replace('add "flag_name": "a_name_of_yours"', "give it one: --flag NAME")
