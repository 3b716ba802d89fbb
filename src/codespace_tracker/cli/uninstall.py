"""`uninstall`: everything taken away that setup.sh added."""

import os
import shlex
import shutil
import sys

import click

from codespace_tracker.cli import shell_hook
from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.installation import environment_folder, is_ours, links
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.daemon import control
from codespace_tracker.machine import directory as directories


@click.command()
@click.option("--delete-data", is_flag=True, help="Also delete the state directory: every session, for ever.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@directory_option
def command(delete_data: bool, yes: bool, dir_: str | None) -> None:
    """Take away all that setup.sh added. The state directory stays, unless you say otherwise."""
    path = state_directory(dir_)
    if delete_data and not yes:
        if not sys.stdin.isatty():
            raise Failure("--delete-data deletes every session for ever. Mend: add --yes if that is what you want.")
        if not click.confirm(f"Delete {path} with every session in it, for ever?"):
            raise Failure("nothing was removed.")
    was = control.running(path) != (None, None)
    if os.path.isdir(path) and not control.stop(path):
        raise Failure(f"{path}: the tracker does not end. Mend: `codespace-tracker doctor` names its process.")
    if was:
        click.echo("The tracker was stopped.")
    _take_away_hooks()
    _take_away_installation()
    if delete_data and os.path.isdir(path):
        _check_is_state_directory(path)
        shutil.rmtree(path)
        click.echo(f"Deleted {path}.")
    elif os.path.isdir(path):
        click.echo(f"Your data stays in {path}; to go on with it later: bash setup.sh --dir {shlex.quote(path)}")


def _take_away_hooks() -> None:
    home = os.path.expanduser("~")
    for name in shell_hook.startup_files(home, os.environ):
        if shell_hook.take_away(name):
            click.echo(f"Removed the shell hook from {name}.")


def _take_away_installation() -> None:
    home = os.path.expanduser("~")
    folder = environment_folder(home, os.environ)
    for link in links(home):
        if is_ours(link, folder):
            os.unlink(link)
            click.echo(f"Removed {link}.")
    if directories.forget(os.environ):
        click.echo("Forgot which state directory it is.")
    if os.path.isdir(folder):
        # this very program runs from there: what it still needs is in memory already
        shutil.rmtree(os.path.dirname(folder))
        click.echo(f"Removed {folder}.")


def _check_is_state_directory(path: str) -> None:
    if not os.path.exists(os.path.join(path, "ledger.db")) and os.listdir(path):
        raise Failure(f"{path}: holds no ledger, so it was not deleted. Mend: look into it, and delete it yourself.")
