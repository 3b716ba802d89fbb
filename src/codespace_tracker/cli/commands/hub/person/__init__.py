"""`hub person`: the people of a team. Each command of the group is a file of its own."""

import click

from codespace_tracker.cli.loader import LazyGroup

_COMMANDS = {
    "add": "Add a person, and print a code for one codespace.",
    "code": "Print a code for another codespace of a person.",
    "list": "List the people of a team.",
    "remove": "Delete a person and all that their codespaces told.",
}


@click.group(cls=LazyGroup, package="codespace_tracker.cli.commands.hub.person", listed=_COMMANDS)
def command() -> None:
    """Add, list and remove the people of a team, and give them codes."""
