"""`devcontainer`: the line in a project's devcontainer.json that starts the tracker."""

import os

import click

from codespace_tracker.cli.devcontainer import file_of, line_for, put, take_away
from codespace_tracker.cli.options import check_place, directory_option, state_directory
from codespace_tracker.install import kept_program
from codespace_tracker.machine import environment
from codespace_tracker.machine.environment import CODESPACE
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.views import wording


@click.command()
@click.argument("folder", required=False)
@click.option("--remove", is_flag=True, help="Remove the line.")
@directory_option
def command(folder: str | None, remove: bool, dir_: str | None) -> None:
    """Add a line to devcontainer.json that starts the tracker whenever the container starts.

    FOLDER is the project folder, or the file itself. In a codespace, the default is its project.
    Elsewhere, it is the current folder. The rest of the file, comments included, is kept.
    """
    directory = state_directory(dir_)
    path = file_of(folder or _project())
    if remove:
        if not os.path.exists(path) or not take_away(path):
            click.echo(f"{wording.printable(path)} does not start the tracker: nothing to remove.")
        _remember(directory, path, there=False)
        return
    check_place(directory)
    prepare(directory)
    kept_program.keep_unless_kept(directory)
    put(path, line_for(directory))
    _remember(directory, path, there=True)


def _project() -> str:
    seen = environment.detect(os.environ)
    if seen.kind == CODESPACE and seen.repository:
        return environment.workspace(os.environ)
    return os.getcwd()


def _remember(directory: str, path: str, *, there: bool) -> None:
    known = kept_program.devcontainers(directory)
    after = [one for one in known if one != path] + [path] * there
    if after != known:
        kept_program.remember_devcontainers(directory, after)
