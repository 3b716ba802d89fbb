"""The options that say what a trigger is, for the commands that add one or edit one, and what is wrong with them."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from codespace_tracker.cli.lengths import hours, minutes, number, seconds

_F = TypeVar("_F", bound=Callable[..., Any])

CONDITIONS = {
    "after": "minute_runtime_minutes",
    "today": "today_runtime_hours",
    "month": "month_core_hours",
    "quota": "quota_percent",
    "total": "total_runtime_hours",
    "every": "every_minutes",
    "at": "at",
    "idle": "idle_minutes",
    "event": "event",
}
"""The key in `conditions` that an option sets."""

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
_NAMES = {key: f"--{name.replace('_', '-')}" for name, key in {**CONDITIONS, **_FIELDS}.items()}
_OPTIONS = _NAMES | {"script_command": "--command"}

_DECORATORS = (
    click.option("--label", metavar="TEXT", help="The name shown to people."),
    click.option("--command", "script", metavar="TEXT", help="The command to run."),
    click.option("--every", type=minutes, metavar="TIME", help="Each time so much has run, such as 2h or 90m."),
    click.option("--after", type=minutes, metavar="TIME", help="When a session has run for so long."),
    click.option("--today", type=hours, metavar="TIME", help="When today has run for so long."),
    click.option("--total", type=hours, metavar="TIME", help="When all sessions together have run for so long."),
    click.option("--month", type=number, metavar="CORE-HOURS", help="When the billing month has used so much."),
    click.option("--quota", type=number, metavar="PERCENT", help="When so much of the month's quota is used."),
    click.option("--at", metavar="CRON", help='At these times, such as "30 18 * * 1-5".'),
    click.option("--idle", type=minutes, metavar="TIME", help="When nobody has been here for so long."),
    click.option("--event", type=click.Choice(["session_start", "session_recovered", "session_end"])),
    click.option("--repeat", type=click.Choice(["session", "day", "month", "once"]), help="How often it may fire."),
    click.option("--url", metavar="URL", help="Download this into the folder first."),
    click.option("--cwd", metavar="FOLDER", help="Where the command runs; default: the workspace folder."),
    click.option("--flag", metavar="NAME", help="Its identity; default: made of the label."),
    click.option("--shell", metavar="TEXT", help='What runs the command, such as "bash -lc"; default: sh -c.'),
    click.option("--timeout", type=minutes, metavar="TIME", help="The longest run; default: 60m, 0 for no limit."),
    click.option("--retries", type=int, metavar="N", help="Attempts after one that failed; default: 1."),
    click.option("--retry-delay", type=seconds, metavar="TIME", help="The wait before the first; default: 30s."),
)

LENGTHS = (
    "A TIME is written as 2h, 90m, 1d12h or 45s. A number alone is minutes; for --today and --total hours, for"
    " --retry-delay seconds."
)


def field_options(function: _F) -> _F:
    """All options that say what a trigger is, given to the command by their names; None where they are left out."""
    for decorator in reversed(_DECORATORS):
        function = decorator(function)
    return function


def entry_of(options: dict[str, Any]) -> dict[str, Any]:
    """What the options say, as the file has it, in the order in which people write it."""
    entry: dict[str, Any] = {"label": options["label"], "script_command": options["script"]}
    entry |= {key: whole(options[name]) for name, key in _FIELDS.items()}
    entry = {key: value for key, value in entry.items() if value is not None}
    conditions = {key: whole(options[name]) for name, key in CONDITIONS.items() if options[name] is not None}
    return {**entry, "conditions": conditions} if conditions else entry


def whole(value: object) -> object:
    """A number without its fraction, where that is none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def problems_of(entry: dict[str, Any]) -> list[str]:
    """What is wrong with a trigger by itself, each problem told by its option."""
    from codespace_tracker.config.triggers import triggers_from

    _, problems = triggers_from(json.dumps([entry]), 1)
    keys = [problem.key.rpartition(", ")[2].rpartition(".")[2] for problem in problems]
    return [
        in_options(f"{option(key)}: {problem.message} Fix: {problem.mend}")
        for key, problem in zip(keys, problems, strict=True)
    ]


def option(key: str) -> str:
    """The option that sets a key of the file."""
    return _OPTIONS.get(key, f"--{key}")


def in_options(text: str) -> str:
    """What is said of the file, as it is said of the options."""
    for key, name in _OPTIONS.items():
        text = text.replace(f"`{key}`", f"`{name}`")
    text = text.replace(" without quotes", "").replace(" in quotes", "").replace(",.", ".")
    return text.replace('add "flag_name": "a_name_of_yours"', "give it one: --flag NAME")
