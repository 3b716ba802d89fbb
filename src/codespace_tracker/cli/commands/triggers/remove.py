"""`triggers remove`: remove a trigger from the file."""

import sys

import click

from codespace_tracker.cli.options import directory_option, label_argument, state_directory
from codespace_tracker.cli.trigger_file import change, in_file
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.views import trigger_words as words
from codespace_tracker.views import wording
from codespace_tracker.views.naming import place_of


@click.command()
@label_argument
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@directory_option
def command(label: str, yes: bool, dir_: str | None) -> None:
    """Remove a trigger from trigger_config.json. The rest of the file is kept.

    Its past runs stay in the log, and a script that is running continues. In a terminal it asks
    first. To keep the trigger but turn it off, use `triggers disable`.
    """
    from codespace_tracker.config.edit import without_trigger

    directory = state_directory(dir_)
    if not yes and sys.stdin.isatty() and sys.stdout.isatty():
        entry = in_file(directory, label)
        name = wording.printable(entry.label)
        question = (
            f"{name}: it fires {words.conditions(entry)}. Remove it from trigger_config.json?"
        )
        if not click.confirm(question):
            click.echo("Nothing was changed.")
            return
    removed: list[Trigger] = []

    def how(text: str, triggers: list[Trigger]) -> str:
        n = place_of(label, triggers)
        removed[:] = [triggers[n]]
        return without_trigger(text, n)

    changed = change(directory, how)
    click.echo(f"Removed {wording.printable(removed[0].label)}.")
    if changed.note:
        click.echo(changed.note)
