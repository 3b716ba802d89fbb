"""`triggers add`: a trigger, by options or by answers."""

import json
import math
import os
import sys
from typing import Any

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.triggers import words
from codespace_tracker.cli.triggers.edit import change, triggers_in_file
from codespace_tracker.cli.triggers.outlook import tell_outlook
from codespace_tracker.core.trigger import Trigger

_CONDITIONS = {
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
_FIELDS = {
    "url": "script_url",
    "cwd": "cwd",
    "flag": "flag_name",
    "repeat": "repeat",
    "shell": "shell",
    "timeout": "timeout_minutes",
    "retries": "retries",
}
_OPTIONS = {key: f"--{name}" for name, key in {**_CONDITIONS, **_FIELDS}.items()} | {"script_command": "--command"}
_MENU = {
    "1": ("every", "every so many minutes of running time", "How many minutes"),
    "2": ("after", "after so many minutes of each session", "How many minutes"),
    "3": ("today", "after so many hours of each day", "How many hours"),
    "4": ("total", "after so many hours in all, once", "How many hours"),
    "5": ("at", "at times of the clock", 'Which times, as cron has them, such as "30 18 * * 1-5"'),
    "6": ("idle", "when nobody has been here for some time", "How many minutes"),
    "7": ("quota", "when so much of the month's quota is used", "How many percent"),
    "8": ("event", "at an event", "Which: session_start, session_recovered or session_end"),
}


@click.command()
@click.option("--label", metavar="TEXT", help="The name shown to people.")
@click.option("--command", "script", metavar="TEXT", help="The command to run.")
@click.option("--every", type=float, metavar="MINUTES", help="Each so many minutes of running time.")
@click.option("--after", type=float, metavar="MINUTES", help="When a session has run for so long.")
@click.option("--today", type=float, metavar="HOURS", help="When today has run for so long.")
@click.option("--total", type=float, metavar="HOURS", help="When all sessions together have run for so long.")
@click.option("--month", type=float, metavar="CORE-HOURS", help="When the billing month has used so much.")
@click.option("--quota", type=float, metavar="PERCENT", help="When so much of the month's quota is used.")
@click.option("--at", metavar="CRON", help='At these times, such as "30 18 * * 1-5".')
@click.option("--idle", type=float, metavar="MINUTES", help="When nobody has been here for so long.")
@click.option("--event", type=click.Choice(["session_start", "session_recovered", "session_end"]))
@click.option("--repeat", type=click.Choice(["session", "day", "month", "once"]), help="How often it may fire.")
@click.option("--url", metavar="URL", help="Download this into the folder first.")
@click.option("--cwd", metavar="FOLDER", help="Where the command runs; default: the workspace folder.")
@click.option("--flag", metavar="NAME", help="Its identity; default: made of the label.")
@click.option("--shell", metavar="TEXT", help='What runs the command, such as "bash -lc"; default: sh -c.')
@click.option("--timeout", type=float, metavar="MINUTES", help="The longest run; default: 60, 0 for no limit.")
@click.option("--retries", type=int, metavar="N", help="Attempts after one that failed; default: 1.")
@directory_option
def command(dir_: str | None, **options: Any) -> None:
    """Add a trigger to trigger_config.json, by options or by answering questions; what is there stays as it is.

    Several conditions must all hold.
    """
    directory = state_directory(dir_)
    entry = _entry(options)
    missing = [key for key in ("label", "script_command", "conditions") if not entry.get(key)]
    if missing and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("give --label, --command and a condition, such as --every 120; `--help` lists them.")
    if missing and os.path.isdir(directory):
        triggers_in_file(directory)  # what is wrong with the file is to be told before the questions
        _ask(entry, missing)
    problems = _problems(entry)
    if problems:
        raise click.UsageError("\n".join(problems))

    from codespace_tracker.config.edit import with_trigger

    def how(text: str, triggers: list[Trigger]) -> str:
        _check_name(entry, triggers)
        return with_trigger(text, entry)

    changed = change(directory, how)
    trigger = changed.triggers[-1]
    click.echo(show.hanging("", f"Added {show.printable(trigger.label)}: it fires {words.conditions(trigger)}."))
    tell_outlook(directory, trigger, changed.note)


def _entry(options: dict[str, Any]) -> dict[str, Any]:
    """What the options say, as the file has it, in the order in which people write it."""
    for name, value in options.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise click.BadParameter(f"{value} is no number that could be waited for.", param_hint=f"--{name}")
    fields = {key: options[name] for name, key in _FIELDS.items() if options[name] is not None}
    conditions = {key: options[name] for name, key in _CONDITIONS.items() if options[name] is not None}
    return {
        "label": options["label"],
        "script_command": options["script"],
        **{key: _whole(value) for key, value in fields.items()},
        "conditions": {key: _whole(value) for key, value in conditions.items()},
    }


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _ask(entry: dict[str, Any], missing: list[str]) -> None:
    """Ask for what is missing, each until the answer will do."""
    click.echo("A new trigger. Ctrl-C leaves everything as it is.")
    for key, question in (("label", "What is it called"), ("script_command", "Which command is to run")):
        while key in missing:
            entry[key] = click.prompt(question)
            if _will_do(entry, key):
                missing.remove(key)
    if "conditions" not in missing:
        return
    click.echo("When is it to run:")
    for number, (_, when, _) in _MENU.items():
        click.echo(f"  {number}  {when}")
    name, _, question = _MENU[click.prompt("Which (1 to 8)", type=click.Choice(list(_MENU)), show_choices=False)]
    while "conditions" in missing:
        answer = click.prompt(question, type=str if name in ("at", "event") else float)
        entry["conditions"] = {_CONDITIONS[name]: _whole(answer)}
        if _will_do(entry, _CONDITIONS[name]):
            missing.remove("conditions")


def _will_do(entry: dict[str, Any], key: str) -> bool:
    other = {"label": "x", "script_command": "true", "conditions": {"every_minutes": 1}}
    known = {name: value for name, value in entry.items() if value}
    problems = [problem for problem in _problems({**other, **known}) if problem.startswith(_option(key))]
    for problem in problems:
        click.echo(problem.removeprefix(f"{_option(key)}: "))
    return not problems


def _problems(entry: dict[str, Any]) -> list[str]:
    """What is wrong with the trigger by itself, each told by its option."""
    from codespace_tracker.config.triggers import triggers_from

    _, problems = triggers_from(json.dumps([entry]), 1)
    keys = [problem.key.rpartition(", ")[2].rpartition(".")[2] for problem in problems]
    return [
        _in_options(f"{_option(key)}: {problem.message} Mend: {problem.mend}")
        for key, problem in zip(keys, problems, strict=True)
    ]


def _in_options(text: str) -> str:
    """What is said of the file, as it is said of the options."""
    for key, option in _OPTIONS.items():
        text = text.replace(f"`{key}`", f"`{option}`")
    text = text.replace(" without quotes", "").replace(" in quotes", "").replace(",.", ".")
    return text.replace('add "flag_name": "a_name_of_yours"', "give it one: --flag NAME")


def _option(key: str) -> str:
    return _OPTIONS.get(key, f"--{key}")


def _check_name(entry: dict[str, Any], triggers: list[Trigger]) -> None:
    """Raises Failure where the trigger could not be told from another."""
    if entry.get("flag_name"):
        return
    same = next((one for one in triggers if one.label == entry["label"]), None)
    if same is not None:
        raise Failure(f'there is a trigger "{same.label}" already. Mend: choose another --label.')
