"""`sync now`: one exchange with the meeting place."""

import os

import click

from codespace_tracker.cli import show, sync_exchange
from codespace_tracker.cli.options import directory_option, state_directory


@click.command()
@click.option("--dry-run", is_flag=True, help="Only print every byte that would be sent.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
@directory_option
def command(dry_run: bool, quiet: bool, dir_: str | None) -> int:
    """Tell what is new here, and take what is new there.

    --dry-run contacts no one. Exits with 1 if something did not work; the next `sync` tries again,
    and nothing is lost.
    """
    directory = state_directory(dir_)
    if dry_run:
        for name, content in sync_exchange.files(directory, os.environ).items():
            click.echo(f"==> {name} <==")
            click.echo(content.decode(), nl=False)
        return 0
    done = sync_exchange.now(directory, os.environ)
    if not quiet:
        for line in sync_exchange.summary(done):
            click.echo(show.fitted("", line))
    if done.second_writer:
        click.echo(show.fitted("", sync_exchange.PARTED), err=True)
    if done.problem:
        click.echo(done.problem, err=True)
    return 1 if done.problem else 0
