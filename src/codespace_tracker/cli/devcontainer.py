"""The tracker's line in a project's devcontainer.json: adding, updating and removing it."""

import os
import re
import shlex

import click

from codespace_tracker.config.jsonc import Text
from codespace_tracker.failure import Failure
from codespace_tracker.install import devcontainer_line as devcontainer
from codespace_tracker.install import kept_program
from codespace_tracker.install.project_file import ProjectFile, opened
from codespace_tracker.machine import directory as directories
from codespace_tracker.views import wording

_LIMIT = 1 << 20  # bytes
_USUAL = (".devcontainer/devcontainer.json", ".devcontainer.json")


_SAFE = re.compile(r"[\w./-]+")


def line_for(directory: str) -> str:
    """The command: reinstalls the program after a rebuild if the state directory is there, or else
    starts what is installed.

    It never fails and prints nothing, because it is committed to a repository shared with people
    who may not have the tracker. It runs nothing from a state directory that others can write to.
    """
    heal = f"cd {_portable(directory)} && {kept_program.HEAL}"
    return f"{{ {heal} || codespace-tracker ensure --quiet; }} >/dev/null 2>&1 || true"


def refresh(directory: str) -> None:
    """Update our line in the files it was added to from here; report those that cannot be
    changed."""
    line = line_for(directory)
    for path in kept_program.devcontainers(directory):
        try:
            if os.path.exists(path):
                _put_again(path, line)
        except (Failure, OSError) as error:
            click.echo(
                f"The tracker's line could not be updated: {wording.printable(str(error))}",
                err=True,
            )


def take_away_all(directory: str) -> bool:
    """Remove our line from every file it was added to from here; whether there was one. Raises
    OSError."""
    found = False
    for path in kept_program.devcontainers(directory):
        try:
            found |= os.path.exists(path) and take_away(path)
        except Failure as failure:
            click.echo(
                f"The tracker's line could not be removed: {wording.printable(str(failure))}",
                err=True,
            )
    return found


def file_of(place: str, otherwise: str = "") -> str:
    """The devcontainer.json of a folder. Raises Failure if there are several, or no such folder;
    `otherwise` is what to do where there are several."""
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
        first = shlex.quote(os.path.join(place, names[0]))
        mend = otherwise or f"give the file, as in `codespace-tracker devcontainer {first}`"
        raise Failure(
            f"{place}: it has {len(names)} dev containers: {', '.join(names)}. Fix: {mend}."
        )
    return os.path.join(place, *(names or _USUAL[:1]))


def read_project_file(file: ProjectFile) -> Text:
    """The text of a devcontainer.json. Raises Failure."""
    content = file.read(_LIMIT)
    if content is None:
        raise Failure(
            f"{file.path}: cannot be read. Fix: check its permissions and its size (1 MiB at most)."
        )
    try:
        whole = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Failure(
            f"{file.path}, line {line}: this is not UTF-8. Fix: save the file as UTF-8."
        ) from None
    text, problem = devcontainer.read(whole, file.path)
    if text is None:
        raise Failure(str(problem))
    return text


def put(path: str, line: str) -> None:
    """Add our line to a devcontainer.json, or create the file. Raises Failure, OSError."""
    said = f"Dev container: {wording.printable(path)}"
    with opened(path) as file:
        if not file.is_there:
            file.write(devcontainer.new_file(line).encode())
            click.echo(
                f"{said} (new)\n"
                "  Commit it, so that every new codespace of this repository starts the tracker."
            )
            return
        text = read_project_file(file)
        problem = devcontainer.not_ours(text, path)
        if problem is not None:
            raise Failure(str(problem))
        after = devcontainer.with_line(text, line)
        if after == text.whole:
            click.echo(f"{said} (unchanged)")
            return
        file.write(after.encode())
    click.echo(f"{said}\n  Commit it, so that rebuilds and new codespaces start the tracker.")


def _put_again(path: str, line: str) -> None:
    """Replace an older version of our line."""
    with opened(path) as file:
        text = read_project_file(file)
        after = devcontainer.with_line(text, line) if devcontainer.has(text) else text.whole
        if after != text.whole:
            file.write(after.encode())
            said = "(updated)\n  Commit it."
            click.echo(f"Dev container: {wording.printable(path)} {said}")


def take_away(path: str) -> bool:
    """Remove our line, and the file if we created it; whether the line was there."""
    with opened(path) as file:
        text = read_project_file(file)
        if not devcontainer.has(text):
            return False
        if devcontainer.is_new_file(text):
            file.delete()
            click.echo(f"Removed {wording.printable(path)}, which only started the tracker.")
        else:
            file.write(devcontainer.without_line(text).encode())
            click.echo(f"Removed the tracker's line from {wording.printable(path)}.")
    return True


def _portable(path: str) -> str:
    """A path quoted for a shell, with $HOME where possible: the next container may have another
    user."""
    home = directories.home(os.environ)
    if home != "/" and path.startswith(f"{home}/"):
        rest = path[len(home) :]
        return f'"$HOME"{rest if _SAFE.fullmatch(rest) else shlex.quote(rest)}'
    return shlex.quote(path)
