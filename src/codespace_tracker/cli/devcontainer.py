"""Our line in the devcontainer.json of a project: put there, brought up to date, taken away."""

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


_SAFE = re.compile(r"[\w./-]+")


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
            click.echo(f"Our line could not be brought up to date: {wording.printable(str(error))}", err=True)


def take_away_all(directory: str) -> bool:
    """Take our line out of every file that it was put into from here; whether there was one. Raises OSError."""
    found = False
    for path in kept_program.devcontainers(directory):
        try:
            found |= os.path.exists(path) and take_away(path)
        except Failure as failure:
            click.echo(f"Our line stays there: {wording.printable(str(failure))}", err=True)
    return found


def _read(file: ProjectFile) -> Text:
    content = file.read(_LIMIT)
    if content is None:
        raise Failure(f"{file.path}: cannot be read. Fix: look at its permissions; it may have 1 MiB at most.")
    try:
        whole = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Failure(f"{file.path}, line {line}: this is not UTF-8. Fix: save the file as UTF-8.") from None
    text, problem = devcontainer.read(whole, file.path)
    if text is None:
        raise Failure(str(problem))
    return text


def put(path: str, line: str) -> None:
    said = f"Dev container: {wording.printable(path)}"
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
            click.echo(f"Dev container: {wording.printable(path)} {said}")


def take_away(path: str) -> bool:
    """Take our line out, and the file where nothing else was ever in it; whether it was there."""
    with opened(path) as file:
        text = _read(file)
        if not devcontainer.has(text):
            return False
        if devcontainer.is_new_file(text):
            file.delete()
            click.echo(f"Removed {wording.printable(path)}: it was made for our line alone.")
        else:
            file.write(devcontainer.without_line(text).encode())
            click.echo(f"Removed our line from {wording.printable(path)}.")
    return True


def _portable(path: str) -> str:
    """A path as a shell takes it, by $HOME where it lies there: the next container may have another user."""
    home = directories.home(os.environ)
    if home != "/" and path.startswith(f"{home}/"):
        rest = path[len(home) :]
        return f'"$HOME"{rest if _SAFE.fullmatch(rest) else shlex.quote(rest)}'
    return shlex.quote(path)
