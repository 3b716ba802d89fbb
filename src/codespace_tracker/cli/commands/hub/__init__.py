"""`hub`: the server at which the codespaces of a team meet. Each command of the group is a file of
its own."""

import click

from codespace_tracker.cli.loader import LazyGroup

_COMMANDS = {
    "serve": "Answer trackers and viewers.",
    "migrate": "Make the database, or bring it up to date.",
    "check": "Check the sums, and list streams that lost something.",
    "prune": "Delete what is older than some months.",
    "team": "Add and list teams.",
    "person": "Add, list and remove the people of a team, and give them codes.",
    "stream": "List the codespaces of a team, and revoke their tokens.",
    "viewer": "Add, list and remove those who see a team.",
}


@click.group(cls=LazyGroup, package="codespace_tracker.cli.commands.hub", listed=_COMMANDS)
def command() -> None:
    """Run a hub, at which the codespaces of a team meet.

    It needs the packages of the extra `hub`. docs/hub.md explains all of it.
    """
