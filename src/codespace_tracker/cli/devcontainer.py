"""`devcontainer`: the line in a project's devcontainer.json that starts the tracker with the container."""

import os
import re
import shlex

import click

from codespace_tracker.cli import kept_program, show
from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.init import check_place
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.project_file import ProjectFile, opened
from codespace_tracker.config import devcontainer
from codespace_tracker.config.jsonc import Text
from codespace_tracker.machine import directory as directories
from codespace_tracker.machine import environment
from codespace_tracker.machine.environment import CODESPACE
from codespace_tracker.machine.state_directory import prepare

_USUAL = (".devcontainer/devcontainer.json", ".devcontainer.json")
_LIMIT = 1 << 20  # bytes
_SAFE = re.compile(r"[\w./-]+")


@click.command()
@click.argument("folder", required=False)
@click.option("--remove", is_flag=True, help="Take the line away again.")
@directory_option
def command(folder: str | None, remove: bool, dir_: str | None) -> None:
    """Have the container start the tracker, by a line in the devcontainer.json of a project.

    FOLDER is the project's, or that file itself; without it, the project of this codespace, elsewhere the current
    folder. Comments and all else in the file stay as they are.
    """
    directory = state_directory(dir_)
    path = _file_of(folder or _project())
    if remove:
        if not os.path.exists(path) or not _take_away(path):
            click.echo(f"There is no line of ours in {show.printable(path)}.")
        _remember(directory, path, there=False)
        return
    check_place(directory)
    prepare(directory)
    kept_program.keep_unless_kept(directory)
    _put(path, line_for(directory))
    _remember(directory, path, there=True)


def line_for(directory: str) -> str:
    """The command: it heals what a rebuild took, where the state directory is; else it starts what is installed.

    It may lie in a repository that others use, who have no tracker: it is silent and never fails. It runs nothing of
    a state directory that is not this user's alone.
    """
    heal = f"cd {_portable(directory)} && {kept_program.HEAL}"
    return f"{{ {heal} || codespace-tracker ensure --quiet; }} >/dev/null 2>&1 || true"


def refresh(directory: str) -> None:
    """Bring our line up to date in the files that it was put into from here; what cannot be changed is said."""
    line = line_for(directory)
    for path in kept_program.devcontainers(directory):
        try:
            if os.path.exists(path):
                _put_again(path, line)
        except (Failure, OSError) as error:
            click.echo(f"Our line could not be brought up to date: {show.printable(str(error))}", err=True)


def take_away_all(directory: str) -> bool:
    """Take our line out of every file that it was put into from here; whether there was one. Raises OSError."""
    found = False
    for path in kept_program.devcontainers(directory):
        try:
            found |= os.path.exists(path) and _take_away(path)
        except Failure as failure:
            click.echo(f"Our line stays there: {show.printable(str(failure))}", err=True)
    return found


def _project() -> str:
    seen = environment.detect(os.environ)
    if seen.kind == CODESPACE and seen.repository:
        return environment.workspace(os.environ)
    return os.getcwd()


def _file_of(place: str) -> str:
    """The devcontainer.json that is meant. Raises Failure where there are several, or no such place."""
    place = os.path.abspath(os.path.expanduser(place))
    if os.path.isfile(place):
        return place
    if not os.path.isdir(place):
        raise Failure(f"{place}: there is no such folder. Mend: name the project's folder, or its devcontainer.json.")
    found = [name for name in _USUAL if os.path.isfile(os.path.join(place, name))]
    inner = os.path.join(place, ".devcontainer")
    for name in sorted(os.listdir(inner)) if os.path.isdir(inner) else []:
        one = os.path.join(".devcontainer", name, "devcontainer.json")
        if os.path.isfile(os.path.join(place, one)):
            found.append(one)
    if len(found) > 1:
        raise Failure(
            f"{place}: it has {len(found)} dev containers: {', '.join(found)}. Mend: name the file, as in"
            f" `codespace-tracker devcontainer {shlex.quote(os.path.join(place, found[0]))}`."
        )
    return os.path.join(place, *(found or _USUAL[:1]))


def _read(file: ProjectFile) -> Text:
    content = file.read(_LIMIT)
    if content is None:
        raise Failure(f"{file.path}: cannot be read. Mend: look at its permissions; it may have 1 MiB at most.")
    try:
        whole = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Failure(f"{file.path}, line {line}: this is not UTF-8. Mend: save the file as UTF-8.") from None
    text, problem = devcontainer.read(whole, file.path)
    if text is None:
        raise Failure(str(problem))
    return text


def _put(path: str, line: str) -> None:
    said = f"Dev container: {show.printable(path)}"
    with opened(path) as file:
        if not file.is_there:
            file.write(devcontainer.new_file(line).encode())
            click.echo(f"{said} (new)\n  Commit it, so that every new codespace of this repository has it.")
            return
        text = _read(file)
        problem = devcontainer.not_ours(text, path)
        if problem is not None:
            raise Failure(str(problem))
        after = devcontainer.with_line(text, line)
        if after == text.whole:
            click.echo(f"{said} (unchanged)")
            return
        file.write(after.encode())
    click.echo(f"{said}\n  Commit it, so that a rebuild and every new codespace has it.")


def _put_again(path: str, line: str) -> None:
    """Put our line where another one of ours stands."""
    with opened(path) as file:
        text = _read(file)
        after = devcontainer.with_line(text, line) if devcontainer.has(text) else text.whole
        if after != text.whole:
            file.write(after.encode())
            said = "(our line was brought up to date)\n  Commit it."
            click.echo(f"Dev container: {show.printable(path)} {said}")


def _take_away(path: str) -> bool:
    """Take our line out, and the file where nothing else was ever in it; whether it was there."""
    with opened(path) as file:
        text = _read(file)
        if not devcontainer.has(text):
            return False
        if devcontainer.is_new_file(text):
            file.delete()
            click.echo(f"Removed {show.printable(path)}: it was made for our line alone.")
        else:
            file.write(devcontainer.without_line(text).encode())
            click.echo(f"Removed our line from {show.printable(path)}.")
    return True


def _remember(directory: str, path: str, *, there: bool) -> None:
    known = kept_program.devcontainers(directory)
    after = [one for one in known if one != path] + [path] * there
    if after != known:
        kept_program.remember_devcontainers(directory, after)


def _portable(path: str) -> str:
    """A path as a shell takes it, by $HOME where it lies there: the next container may have another user."""
    home = directories.home(os.environ)
    if home != "/" and path.startswith(f"{home}/"):
        rest = path[len(home) :]
        return f'"$HOME"{rest if _SAFE.fullmatch(rest) else shlex.quote(rest)}'
    return shlex.quote(path)
