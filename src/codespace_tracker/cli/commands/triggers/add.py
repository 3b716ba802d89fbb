"""`triggers add`: add a trigger, with options or by answering questions."""

import os
import sys
from typing import Any

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.outlook import tell_outlook
from codespace_tracker.cli.trigger_fields import (
    CONDITION_OF,
    LENGTHS,
    OPTIONS,
    TYPES,
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

_QUESTIONS = {
    "minutes": "How long, such as 2h or 90m (a plain number means minutes)",
    "hours": "How long, such as 24h (a plain number means hours)",
}
_MENU = {
    str(one.menu): one for one in sorted(OPTIONS.values(), key=lambda one: one.menu) if one.menu
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
        raise click.UsageError("\n".join(map(str, problems)))

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
        for choice, asked in _MENU.items():
            click.echo(f"  {choice}  {asked.when}")
        first_to_last = f"Choose 1 to {len(_MENU)}"
        chosen = _MENU[
            click.prompt(first_to_last, type=click.Choice(list(_MENU)), show_choices=False)
        ]
        key, question = CONDITION_OF[chosen.name], chosen.question or _QUESTIONS[chosen.kind]
    while "conditions" in missing:
        answers["conditions"] = {key: whole(click.prompt(question, value_proc=TYPES[chosen.kind]))}
        if _will_do({**entry, **answers}, key):
            missing.remove("conditions")
    order = ("label", "script_command", *entry, "conditions")
    fields = {**entry, **answers}
    return {key: fields[key] for key in order if key in fields}


def _will_do(entry: dict[str, Any], key: str) -> bool:
    other = {"label": "x", "script_command": "true", "conditions": {"every_minutes": 1}}
    problems = [one for one in problems_of({**other, **entry}) if one.option == option(key)]
    for problem in problems:
        click.echo(problem.text)
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
