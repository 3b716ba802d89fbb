"""`editor uninstall`: remove the extension from the editor of this terminal."""

import os

import click

from codespace_tracker.cli.editor_extension import of_terminal, take_away
from codespace_tracker.cli.options import check_home, directory_option, state_directory
from codespace_tracker.install.extension_places import note_offer
from codespace_tracker.machine import directory as directories


@click.command()
@directory_option
def command(dir_: str | None) -> None:
    """Remove the extension from the editor of this terminal."""
    check_home()
    directory = state_directory(dir_)
    editor = of_terminal()
    told = take_away(editor)
    if told:
        note_offer(directory, directories.home(os.environ))
    click.echo(told or f"The extension is not installed in {editor.name}.")
