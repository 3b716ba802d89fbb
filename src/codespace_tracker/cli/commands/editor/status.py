"""`editor status`: whether the extension is installed in the editor of this terminal."""

import click

from codespace_tracker import __version__
from codespace_tracker.cli.editor_extension import look, of_terminal


@click.command()
def command() -> int:
    """Show whether the extension is installed in the editor of this terminal.

    Exits with 1 unless it is, in the version of this program or a newer one.
    """
    editor = of_terminal()
    installed = look(editor)
    if installed.compared == "none":
        click.echo(
            f"The extension is not installed in {editor.name}.\n"
            "To install it: codespace-tracker editor install"
        )
    elif installed.compared == "older":
        click.echo(
            f"The extension is installed in {editor.name}, in version {installed.version}.\n"
            f"To update it to {__version__}: codespace-tracker editor install"
        )
    else:
        click.echo(f"The extension is installed in {editor.name}, in version {installed.version}.")
        return 0
    return 1
