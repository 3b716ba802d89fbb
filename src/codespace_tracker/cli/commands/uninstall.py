"""`uninstall`: remove everything that setup.sh added."""

import contextlib
import os
import shlex
import shutil
import sys

import click

from codespace_tracker.cli import devcontainer, editor_extension, show
from codespace_tracker.cli.options import check_places, directory_option, state_directory
from codespace_tracker.cli.tracker import does_not_end
from codespace_tracker.daemon import collector, control, trackers
from codespace_tracker.failure import Failure
from codespace_tracker.install import (
    editor,
    extension_places,
    kept_program,
    our_files,
    startup_files,
)
from codespace_tracker.install.places import command as our_command
from codespace_tracker.install.places import environment_folder, is_of_a_feature, is_ours, links
from codespace_tracker.install.setup_lock import alone, delete_installation
from codespace_tracker.ledger.backup import is_sound
from codespace_tracker.machine import directory as directories
from codespace_tracker.machine import liveness, server_variables
from codespace_tracker.machine.file_names import FOLDERS, LEDGER, MEETING
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.machine.state_directory import MADE_BY_FEATURE, is_prepared
from codespace_tracker.machine.trusted_directory import is_own_directory
from codespace_tracker.views.wording import printable

_NAMED = 5  # files named among those that are kept
_EDITOR_SECONDS = 10.0  # for a window of the editor to answer


@click.command()
@click.option(
    "--delete-data",
    is_flag=True,
    help="Also delete the state directory with all your data. This cannot be undone.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@directory_option
def command(delete_data: bool, yes: bool, dir_: str | None) -> None:
    """Remove the program, its commands and its lines in your shells and devcontainer.json. Your
    data is kept unless you use --delete-data."""
    check_places()
    path = state_directory(dir_)
    if delete_data and not yes:
        if not sys.stdin.isatty():
            raise Failure(
                "--delete-data deletes every session forever. Fix: add --yes if that is what you "
                "want."
            )
        if not click.confirm(f"Delete {path} with every session in it, forever?"):
            raise Failure("nothing was removed.")
    with alone(directories.home(os.environ), os.environ):  # a second uninstall waits for this one
        _take_all_away(path, delete_data)


def _take_all_away(path: str, delete_data: bool) -> None:
    if kept_program.is_installing(path):
        raise Failure("a reinstall is running in the background. Fix: try again in a minute.")
    if delete_data and os.path.isdir(path):
        _check_is_state_directory(path)
    stopped = _stop_all(path)
    taken = [bool(stopped), *(_take_away_metrics(directory) for directory in {path, *stopped})]
    taken += [devcontainer.take_away_all(path), _take_away_hooks(), _take_away_installation()]
    taken.append(kept_program.forget(path) | _take_away_extension())
    server_variables.forget(path)
    if is_of_a_feature():
        click.echo(
            "The program came with this container. To remove it too, remove the Feature from\n"
            "devcontainer.json; otherwise the tracker starts again."
        )
    if not os.path.isdir(path):
        if not any(taken) and not is_of_a_feature():
            click.echo("Nothing to remove: setup.sh added nothing here.")
    elif delete_data:
        _delete(path)
    else:
        click.echo(
            f"Your data is kept in {path}.\n"
            f"To use it again: bash setup.sh --dir {shlex.quote(path)}"
        )


def _stop_all(path: str) -> list[str]:
    """Stop all trackers of this installation, the one of `path` included, and return their
    directories. Raises Failure."""
    others = {one for one in trackers.all_directories() if one != path and is_own_directory(one)}
    running = [one for one in (path, *others) if liveness.running(one) != (None, None)]
    for one in running:
        if not control.stop(one):
            raise does_not_end(one)
        click.echo(
            "The tracker was stopped."
            if one == path
            else f"The tracker of {one} was stopped; its data is kept."
        )
    return running


def _take_away_metrics(path: str) -> bool:
    """Remove the metrics from collectors' folders; whether there were any."""
    taken, problems = collector.take_away_all(path)
    for one in taken:
        click.echo(f"Removed {one}.")
    for problem in problems:
        click.echo(problem, err=True)
    return bool(taken)


def _take_away_hooks() -> bool:
    """Remove the shell hooks; whether there was one."""
    taken = startup_files.take_away_everywhere(directories.home(os.environ), os.environ)
    for path, problem in taken.items():
        if problem is None:
            click.echo(f"Removed the shell hook from {path}.")
        else:
            click.echo(
                f"{path}: the shell hook could not be removed ({problem.strerror}). Fix: remove "
                "it by hand.",
                err=True,
            )
    return bool(taken)


def _take_away_extension() -> bool:
    """Remove the extension from the editor of this terminal, or say how; whether it was removed."""
    told = ""
    with contextlib.suppress(Failure):  # where it cannot be removed from here, it is looked for
        found = editor.of_terminal(os.environ)
        told = editor_extension.take_away(found, _EDITOR_SECONDS) if found else ""
    if told:
        click.echo(told)
    for place in extension_places.found(directories.home(os.environ)):
        click.echo(
            f"The extension in {printable(place)} is kept: remove it in the Extensions view of the"
            " editor."
        )
    return bool(told)


def _take_away_installation() -> bool:
    """Remove the program, its links and the record of the directory; whether there was any of
    it."""
    home = directories.home(os.environ)
    folder = environment_folder(home, os.environ)
    ours = [link for link in links(home) if is_ours(link, folder)]
    for link in ours:
        os.unlink(link)
        click.echo(f"Removed {link}.")
    was_recorded = directories.forget(os.environ)
    if was_recorded:
        click.echo("Removed the record of the state directory.")
    is_installed = os.path.isdir(folder)
    if is_installed:
        # this program runs from there: what it still needs is in memory already
        delete_installation(os.path.dirname(folder))
        click.echo(f"Removed {folder}.")
    elif not sys.executable.startswith(f"{folder}/"):
        place = os.path.dirname(our_command(home, os.environ))
        kept = (
            f"The program in {place} is kept: remove it with what installed it (pip, pipx, uv, a "
            "Feature)."
        )
        click.echo(show.fitted("", kept))
    return bool(ours) or was_recorded or is_installed


def _check_is_state_directory(path: str) -> None:
    if os.path.islink(path):
        raise Failure(
            f"{path}: is a link. Nothing was removed. Fix: give the folder it leads to with --dir."
        )
    ledger = os.path.join(path, LEDGER)
    is_ours = is_sound(ledger) if os.path.lexists(ledger) else is_prepared(path)
    if {*os.listdir(rooted(path))} - {MADE_BY_FEATURE} and not is_ours:
        raise Failure(
            f"{path}: holds no ledger of codespace-tracker. Fix: check it, and delete it yourself."
        )


def _delete(path: str) -> None:
    """Delete our files in a state directory, and the directory itself if nothing else is in it."""
    held = rooted(path)
    for name in os.listdir(held):
        place = os.path.join(held, name)
        if name in (*FOLDERS, MEETING) and os.path.isdir(place) and not os.path.islink(place):
            shutil.rmtree(place)
        elif our_files.is_ours(name) and not os.path.isdir(place):
            os.unlink(place)
    left = sorted(os.listdir(held))
    if left:
        rest = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
        names = f"{', '.join(left[:_NAMED])}{rest}"
        click.echo(
            f"Deleted the tracker's files in {path}.\nKept, as they are not the tracker's: {names}"
        )
    else:
        os.rmdir(path)
        click.echo(f"Deleted {path}.")
