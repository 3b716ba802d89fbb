"""`editor install`: install the extension into the editor of this terminal, or update it."""

import os

import click

from codespace_tracker.cli.editor_extension import of_terminal, put
from codespace_tracker.cli.options import check_home, directory_option, state_directory
from codespace_tracker.cli.output_file import check_output, opened


@click.command()
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write the extension to this file instead, to install it by hand.",
)
@directory_option
def command(output: str | None, dir_: str | None) -> None:
    """Install the extension into the editor of this terminal, or update it.

    The extension comes with this program; nothing is downloaded. A newer one is left as it is. With
    --output, this works in any terminal.
    """
    check_home()
    directory = state_directory(dir_)
    if output is None:
        click.echo(put(of_terminal(), directory))
        return
    from codespace_tracker.install.vsix import packed

    check_output(output, directory)
    with opened(output) as file:
        file.buffer.write(packed())
    click.echo(
        f"{os.path.abspath(output)}\n"
        'To install it: in the Extensions view of the editor, open the menu "…" and choose\n'
        '"Install from VSIX...".'
    )
