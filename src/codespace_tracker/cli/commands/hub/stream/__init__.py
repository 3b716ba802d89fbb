"""`hub stream`: the codespaces of a team, as streams. Each command of the group is a file of its
own."""

import click

from codespace_tracker.cli.loader import LazyGroup

_COMMANDS = {
    "list": "List the streams of a team.",
    "revoke": "Refuse what a codespace tells from now on.",
}


@click.group(cls=LazyGroup, package="codespace_tracker.cli.commands.hub.stream", listed=_COMMANDS)
def command() -> None:
    """List the streams of a team, each of which is a codespace, and revoke their tokens."""
