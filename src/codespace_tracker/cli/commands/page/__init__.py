"""`page`: all figures as one HTML file."""

import os

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.machine.file_names import PAGE
from codespace_tracker.machine.files import beside, replace

_DAYS = 28


@click.command()
@click.option(
    "--output",
    metavar="FILE",
    help="Write to this file instead of page.html in the state directory; - for the terminal.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=_DAYS,
    show_default=True,
    help="How many days the average week, the repositories and the machines are of.",
)
@directory_option
def command(output: str | None, days: int, dir_: str | None) -> None:
    """Write all figures into one HTML file, with charts: what is left, when it ends, what was
    wasted.

    The file makes no request, needs no JavaScript, and is of this moment.
    """
    from codespace_tracker.cli.commands.page.rendering import rendered  # imports Jinja2

    directory = state_directory(dir_)
    page = rendered(directory, days)
    if output == "-":
        show.echo(page.rstrip("\n"))
        return
    path = os.path.join(directory, PAGE)
    replace(path, page.encode(), by=beside(path))
    click.echo(path)
