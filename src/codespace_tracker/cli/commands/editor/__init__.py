"""`editor`: the extension in the editor. Each command of the group has its own file."""

import click

from codespace_tracker.cli.loader import LazyGroup

_COMMANDS = {
    "status": "Show whether the extension is installed (default).",
    "install": "Install the extension, or update it.",
    "uninstall": "Remove the extension.",
}


@click.group(
    cls=LazyGroup,
    package="codespace_tracker.cli.commands.editor",
    listed=_COMMANDS,
    default="status",
)
def command() -> None:
    """Install, update or remove the extension for VS Code and its forks.

    The extension shows the running time and the quota in the editor, and tells the tracker that you
    are there. Run these commands in a terminal of the editor. docs/editors.md describes the
    extension.
    """
