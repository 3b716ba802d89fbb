"""`triggers edit`: change a trigger in place, with the options of `add`."""

from typing import Any

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, state_directory, trigger_argument
from codespace_tracker.cli.outlook import tell_outlook
from codespace_tracker.cli.trigger_fields import LENGTHS, entry_of, field_options, problems_of
from codespace_tracker.cli.trigger_file import change
from codespace_tracker.cli.trigger_trial import tell_trial
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.views import trigger_words as words
from codespace_tracker.views import wording
from codespace_tracker.views.naming import place_of


@click.command(epilog=LENGTHS)
@trigger_argument
@field_options
@directory_option
def command(trigger: str, dir_: str | None, **options: Any) -> None:
    """Change a trigger in trigger_config.json. Options you leave out keep their value.

    A new condition is added to the existing ones. Only one of --every, --at, --idle and --event is
    possible: a new one replaces the old one. A trigger with a new --label is still the same
    trigger: if it has fired today, it will not fire again today. After an edit, its intervals start
    from zero, and it does not run for set times that it missed.
    """
    changes = entry_of(options)
    if not changes:
        raise click.UsageError(
            "say what to change, such as --every 2h; `--help` lists the options."
        )
    other = {"label": "x", "script_command": "true", "conditions": {"every_minutes": 1}}
    if problems := problems_of({**other, **changes}):
        raise click.UsageError("\n".join(map(str, problems)))

    from codespace_tracker.config.edit import with_changes

    before: list[Trigger] = []
    place: list[int] = []

    def how(text: str, triggers: list[Trigger]) -> str | None:
        n = place_of(trigger, triggers)
        before[:], place[:] = [triggers[n]], [n]
        kept = {}
        if (
            changes.get("label", triggers[n].label) != triggers[n].label
            and "flag_name" not in changes
        ):
            kept = {"flag_name": triggers[n].flag}  # which may be derived from the label
        after = with_changes(text, n, {**kept, **changes})
        return None if after == text else after

    directory = state_directory(dir_)
    changed = change(directory, how)
    edited = changed.triggers[place[0]]
    _tell(before[0], edited, is_new=changed.is_new)
    tell_outlook(directory, edited, changed.note)
    tell_trial(directory, edited, changed.triggers)


def _tell(before: Trigger, edited: Trigger, *, is_new: bool) -> None:
    name = wording.printable(edited.label)
    if not is_new:
        click.echo(f"{name}: nothing to change.")
        return
    click.echo(show.hanging("", f"Changed {name}: it fires {words.conditions(edited)}."))
    if edited.flag != before.flag:
        was = f"Its flag was {before.flag} and is now {edited.flag}, so it counts as a new trigger"
        click.echo(show.hanging("", f"{was}, which has not fired yet."))
    elif edited.edge is not None:
        click.echo(
            "Its intervals start from zero, and it does not run for set times that it missed."
        )
