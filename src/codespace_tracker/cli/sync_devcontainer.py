"""What a repository's devcontainer.json must ask for so that the token that is built into its
codespaces may write to the meeting place: shown, and put there if its person agrees."""

from __future__ import annotations

import difflib
import json
import os
from typing import TYPE_CHECKING, Any

import click

from codespace_tracker.cli.devcontainer import file_of, read_project_file
from codespace_tracker.config import jsonc
from codespace_tracker.failure import Failure
from codespace_tracker.install.project_file import opened
from codespace_tracker.machine import environment
from codespace_tracker.machine.environment import CODESPACE
from codespace_tracker.views import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codespace_tracker.config.json_positions import Path
    from codespace_tracker.config.jsonc import Text
    from codespace_tracker.sync.address import Address

_HOST = "github.com"
_KEY = ("customizations", "codespaces", "repositories")
_RIGHT = {"permissions": {"contents": "write"}}


def ask_for_right(where: Address, environ: Mapping[str, str], *, yes: bool) -> None:
    """Let devcontainer.json ask for the right to write to the meeting place, in a repository of the
    user's own. The change is shown first. Raises Failure, OSError."""
    name = _name_of(where)
    folder = _own_project(environ, name.partition("/")[0])
    path = file_of(folder, "add the lines to one of them yourself (docs/fleet.md)")
    with opened(path) as file:
        if not file.is_there:
            raise Failure(
                f"{path}: there is no such file. Nothing was changed. Fix: `codespace-tracker "
                "devcontainer` makes it."
            )
        text = read_project_file(file)
        after = with_right(text, name, path)
        if after == text.whole:
            click.echo(f"Dev container: {wording.printable(path)} (unchanged)")
            return
        click.echo(f"This is changed in {wording.printable(path)}:\n")
        for line in _changes(text.whole, after):
            click.echo(f"  {wording.printable(line)}")
        click.echo()
        if not yes and not click.confirm("Change it?"):
            raise Failure("nothing was sent or changed.")
        file.write(after.encode())
    click.echo(
        f"Dev container: {wording.printable(path)}\n"
        "  Commit it. GitHub asks you to allow it when a codespace is made; those that are there"
        " already never get the right."
    )


def with_right(text: Text, name: str, path: str) -> str:
    """The text of a devcontainer.json that asks for the right to write to a repository; as it was,
    where it does. Raises Failure where it is not as the specification has it."""
    full = (*_KEY, name)
    for double, place, _ in jsonc.twice(text):
        if double == full[: len(double)]:
            raise _unusual(path, double, place.line, "it is here for the second time")
    at: Any = text.value
    for n, key in enumerate(full):
        if not isinstance(at, dict):
            place = jsonc.place_of(text, full[:n])
            raise _unusual(path, full[:n], place.line, "this is no object")
        if key not in at:
            value: Any = _RIGHT
            for inner in reversed(full[n + 1 :]):
                value = {inner: value}
            return jsonc.with_value(text, full[: n + 1], _written(text, value, n + 1))
        at = at[key]
    rights = at.get("permissions") if isinstance(at, dict) else None
    if rights == "write-all" or (isinstance(rights, dict) and rights.get("contents") == "write"):
        return text.whole
    if isinstance(rights, dict):
        return jsonc.with_value(text, (*full, "permissions", "contents"), '"write"')
    return jsonc.with_value(text, full, _written(text, _RIGHT, len(full)))


def _written(text: Text, value: Any, depth: int) -> str:
    """A value as JSON, indented for its place."""
    end, step = jsonc.newline(text), jsonc.step(text)
    lines = json.dumps(value, indent=step).split("\n")
    return f"{end}{step * depth}".join(lines)


def _changes(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _name_of(where: Address) -> str:
    """OWNER/NAME of a meeting place on GitHub. Raises Failure."""
    name = where.path.removesuffix(".git")
    if where.protocol != "https" or where.host != _HOST or name.count("/") != 1:
        raise Failure(
            "--devcontainer is for a meeting place at https://github.com/OWNER/REPOSITORY, whose "
            "right GitHub can give to a codespace. Nothing was changed. Fix: leave it out."
        )
    return name


def _own_project(environ: Mapping[str, str], owner: str) -> str:
    """The folder of the codespace's repository, if that and the meeting place are the user's own.
    Raises Failure."""
    seen = environment.detect(environ)
    if seen.kind != CODESPACE or not seen.repository or not seen.user:
        raise Failure(
            "--devcontainer changes the repository of a codespace, and this is none. Nothing was "
            "changed. Fix: leave it out."
        )
    me, theirs = seen.user.lower(), seen.repository.partition("/")[0]
    if theirs.lower() != me:
        raise Failure(
            f"{wording.printable(seen.repository)} belongs to {wording.printable(theirs)}, not to "
            "you: its devcontainer.json is not changed. Fix: use a Codespaces secret "
            "(docs/fleet.md), and leave out --devcontainer."
        )
    if owner.lower() != me:
        raise Failure(
            f"The meeting place belongs to {wording.printable(owner)}, not to you: the token of a "
            "codespace gets no right there. Nothing was changed. Fix: leave out --devcontainer."
        )
    folder = environment.workspace(environ)
    if os.path.basename(folder) != seen.repository.rpartition("/")[2]:
        raise Failure(
            f"{wording.printable(seen.repository)}: its folder was not found. Nothing was changed. "
            "Fix: add the lines yourself (docs/fleet.md)."
        )
    return folder


def _unusual(path: str, key: Path, line: int, what: str) -> Failure:
    where = ".".join(map(str, key))
    return Failure(
        f"{path}, line {line}: {where}: {what}. Nothing was changed. Fix: write it as the dev "
        "container specification has it."
    )
