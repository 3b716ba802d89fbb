"""`triggers add`: add a trigger, with options or by answering questions."""

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.lengths import hours, minutes, number
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.outlook import tell_outlook
from codespace_tracker.cli.trigger_fields import (
    CONDITIONS,
    LENGTHS,
    entry_of,
    field_options,
    option,
    problems_of,
    whole,
)
from codespace_tracker.cli.trigger_file import change, triggers_in_file
from codespace_tracker.cli.trigger_trial import tell_trial
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.failure import Failure
from codespace_tracker.views import trigger_words as words
from codespace_tracker.views import wording

_MINUTES, _HOURS = (
    "How long, such as 2h or 90m (a plain number means minutes)",
    "How long, such as 24h (a plain number means hours)",
)
_MENU = {
    "1": ("every", "every N minutes of running time", _MINUTES),
    "2": ("after", "after a session has run for some time", _MINUTES),
    "3": ("today", "after some running time today", _HOURS),
    "4": ("total", "after some running time in total, once", _HOURS),
    "5": ("at", "at set times", 'Which times, as in cron, such as "30 18 * * 1-5"'),
    "6": ("idle", "after some time with no activity", _MINUTES),
    "7": ("quota", "when part of the month's quota is used", "How many percent of it"),
    "8": ("event", "at an event", "Which event: session_start, session_recovered or session_end"),
}
_TYPES: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(("every", "after", "idle"), minutes),
    **dict.fromkeys(("today", "total"), hours),
    "quota": number,
}


@click.command(epilog=LENGTHS)
@field_options
@directory_option
def command(dir_: str | None, **options: Any) -> None:
    """Add a trigger to trigger_config.json, with options or by answering questions.

    The rest of the file is kept. If you give several conditions, all of them must be met.
    """
    directory = state_directory(dir_)
    entry = entry_of(options)
    missing = [key for key in ("label", "script_command", "conditions") if not entry.get(key)]
    if missing and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(
            "give --label, --command and a condition such as --every 2h; `--help` lists them."
        )
    if missing and os.path.isdir(directory):
        triggers_in_file(directory)  # report problems with the file before asking anything
        entry = _asked(entry, missing)
    problems = problems_of(entry)
    if problems:
        raise click.UsageError("\n".join(problems))

    from codespace_tracker.config.edit import with_trigger

    def how(text: str, triggers: list[Trigger]) -> str:
        _check_name(entry, triggers)
        return with_trigger(text, entry)

    changed = change(directory, how)
    trigger = changed.triggers[-1]
    click.echo(
        show.hanging(
            "", f"Added {wording.printable(trigger.label)}: it fires {words.conditions(trigger)}."
        )
    )
    tell_outlook(directory, trigger, changed.note)
    tell_trial(directory, trigger, changed.triggers)


def _asked(entry: dict[str, Any], missing: list[str]) -> dict[str, Any]:
    """The trigger with its missing parts, each asked for until the answer is valid."""
    click.echo("A new trigger. Ctrl-C cancels.")
    answers: dict[str, Any] = {}
    for key, question in (("label", "Name"), ("script_command", "Command to run")):
        while key in missing:
            answers[key] = click.prompt(question)
            if _will_do({**entry, **answers}, key):
                missing.remove(key)
    if "conditions" in missing:
        click.echo("When should it run?")
        for choice, (_, when, _) in _MENU.items():
            click.echo(f"  {choice}  {when}")
        name, _, question = _MENU[
            click.prompt("Choose 1 to 8", type=click.Choice(list(_MENU)), show_choices=False)
        ]
    while "conditions" in missing:
        answers["conditions"] = {
            CONDITIONS[name]: whole(click.prompt(question, value_proc=_TYPES.get(name, str)))
        }
        if _will_do({**entry, **answers}, CONDITIONS[name]):
            missing.remove("conditions")
    order = ("label", "script_command", *entry, "conditions")
    fields = {**entry, **answers}
    return {key: fields[key] for key in order if key in fields}


def _will_do(entry: dict[str, Any], key: str) -> bool:
    other = {"label": "x", "script_command": "true", "conditions": {"every_minutes": 1}}
    problems = [
        problem for problem in problems_of({**other, **entry}) if problem.startswith(option(key))
    ]
    for problem in problems:
        click.echo(problem.removeprefix(f"{option(key)}: "))
    return not problems


def _check_name(entry: dict[str, Any], triggers: list[Trigger]) -> None:
    """Raises Failure if the trigger could not be told from another."""
    if entry.get("flag_name"):
        return
    same = next((one for one in triggers if one.label == entry["label"]), None)
    if same is not None:
        from codespace_tracker.views.naming import typed

        name = typed(same, triggers)
        raise Failure(
            f'there is already a trigger "{same.label}". Fix: choose another --label, change that '
            f"trigger (`codespace-tracker triggers edit {name}`) or remove it "
            f"(`triggers remove {name}`)."
        )
