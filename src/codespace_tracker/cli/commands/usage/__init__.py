"""`usage`: GitHub's own figures of all codespaces of a user. Each command of the group is a file of
its own."""

import click

from codespace_tracker.cli.loader import LazyGroup

_COMMANDS = {
    "show": (
        "Show GitHub's figures of a month, by repository, person, machine, organization or "
        "day. (The default command.)"
    ),
    "import": "Read a usage report that was downloaded from GitHub.",
    "fetch": "Ask GitHub's API, with your token.",
    "forget": "Forget GitHub's figures of a day, a month, or all of them.",
}


@click.group(
    cls=LazyGroup, package="codespace_tracker.cli.commands.usage", listed=_COMMANDS, default="show"
)
def command() -> None:
    """Show, import or fetch GitHub's own figures. All your codespaces share the quota, but the
    tracker sees only this one.

    After an import or fetch, `quota` and triggers with --month or --quota use GitHub's figures, and
    add the time that the tracker has counted since then. Without a command, the figures are shown
    (options: `usage show --help`).
    """
