"""`fleet`: all codespaces of a person together. Each command of the group is a file of its own."""

import click

from codespace_tracker.cli.loader import LazyGroup

_COMMANDS = {
    "show": "Show all codespaces, by codespace, repository, person, day or month. (The default.)",
    "accept": "Count the time of other codespaces in the quota and in triggers.",
    "rename": "Choose what a codespace is called here.",
    "stop": "Stop one of your codespaces.",
}


@click.group(
    cls=LazyGroup, package="codespace_tracker.cli.commands.fleet", listed=_COMMANDS, default="show"
)
def command() -> None:
    """Show all your codespaces together: this one, and what the others told with `sync`.

    A codespace that is new here is shown. It counts in the quota and in triggers once you accept
    it. Without a command, the codespaces are shown (options: `fleet show --help`).
    """
