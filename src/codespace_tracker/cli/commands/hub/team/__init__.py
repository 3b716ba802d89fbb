"""`hub team`: the teams of a hub. Each command of the group is a file of its own."""

import click

from codespace_tracker.cli.loader import LazyGroup

_COMMANDS = {"add": "Add a team.", "list": "List the teams. (The default command.)"}


@click.group(
    cls=LazyGroup,
    package="codespace_tracker.cli.commands.hub.team",
    listed=_COMMANDS,
    default="list",
)
def command() -> None:
    """Add and list the teams of a hub."""
