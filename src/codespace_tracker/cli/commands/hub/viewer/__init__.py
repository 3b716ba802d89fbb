"""`hub viewer`: who sees a team. Each command of the group is a file of its own."""

import click

from codespace_tracker.cli.loader import LazyGroup

_COMMANDS = {
    "add": "Let someone see a team, and print their secret.",
    "list": "List who sees a team.",
    "remove": "Let someone no longer see a team.",
}


@click.group(cls=LazyGroup, package="codespace_tracker.cli.commands.hub.viewer", listed=_COMMANDS)
def command() -> None:
    """Add, list and remove those who see a team."""
