"""`devcontainer`: the line in a project's devcontainer.json that starts the tracker."""

import os
import shlex

import click

from codespace_tracker.cli.devcontainer import line_for, put, take_away
from codespace_tracker.cli.options import check_place, directory_option, state_directory
from codespace_tracker.failure import Failure
from codespace_tracker.install import kept_program
from codespace_tracker.machine import environment
from codespace_tracker.machine.environment import CODESPACE
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.views import wording

_USUAL = (".devcontainer/devcontainer.json", ".devcontainer.json")


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
    path = _file_of(folder or _project())
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


def _file_of(place: str) -> str:
    """The devcontainer.json of a folder. Raises Failure if there are several, or no such folder."""
    place = os.path.abspath(os.path.expanduser(place))
    if os.path.isfile(place):
        return place
    if not os.path.isdir(place):
        raise Failure(
            f"{place}: there is no such folder. Fix: give the project folder, or its "
            "devcontainer.json."
        )
    names = [name for name in _USUAL if os.path.isfile(os.path.join(place, name))]
    inner = os.path.join(place, ".devcontainer")
    for name in sorted(os.listdir(inner)) if os.path.isdir(inner) else []:
        named = os.path.join(".devcontainer", name, "devcontainer.json")
        if os.path.isfile(os.path.join(place, named)):
            names.append(named)
    if len(names) > 1:
        raise Failure(
            f"{place}: it has {len(names)} dev containers: {', '.join(names)}. Fix: give the"
            " file, as in `codespace-tracker devcontainer"
            f" {shlex.quote(os.path.join(place, names[0]))}`."
        )
    return os.path.join(place, *(names or _USUAL[:1]))


def _remember(directory: str, path: str, *, there: bool) -> None:
    known = kept_program.devcontainers(directory)
    after = [one for one in known if one != path] + [path] * there
    if after != known:
        kept_program.remember_devcontainers(directory, after)
