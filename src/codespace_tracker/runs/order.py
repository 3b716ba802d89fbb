"""What one run is to do: everything that it needs to know, because it asks no other process."""

import errno
import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

from codespace_tracker.core.trigger import Script
from codespace_tracker.machine import directory

_MIB = 1 << 20


class Order(NamedTuple):
    """One run of a script: its name in runs/, the script, its place (variables), and the limit of
    its output."""

    directory: str
    name: str
    script: Script
    variables: tuple[tuple[str, str], ...]
    output_limit: int
    workspace: str


def output_limit(mib: int) -> int:
    """The setting in bytes."""
    return mib * _MIB


def environment(order: Order, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that the script gets: the tracker's own, those of the trigger's `env`, and what
    the run is told.

    The folder of our own command comes last on its PATH: scripts find `codespace-tracker` however
    it was started.
    """
    found = {**environ, **dict(order.script.env), **dict(order.variables)}
    ours, path = os.path.dirname(sys.executable), found.get("PATH", os.defpath)
    if ours not in path.split(os.pathsep):
        found["PATH"] = f"{path}{os.pathsep}{ours}"
    return found


def working_folder(order: Order, environ: Mapping[str, str]) -> str:
    """Where the script runs: `cwd` with `~` and variables expanded, else the workspace folder."""
    if not order.script.cwd:
        return order.workspace
    known = environment(order, environ)
    home = directory.home(known)
    text = order.script.cwd
    if text == "~" or text.startswith("~/"):
        text = home + text[1:]
    return os.path.join(order.workspace, _expanded(text, known))


def shown_folder(order: Order) -> str:
    """The same for people: as written in the trigger, since a variable in it may be a secret."""
    return order.script.cwd or order.workspace


def program(name: str, environ: Mapping[str, str]) -> str:
    """The file that a command is in: looked for in PATH, if it has no slash. Raises
    FileNotFoundError.

    Entries that begin at the current folder are passed over: that is a repository, as a rule.
    """
    if "/" in name:
        return name
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isabs(path) and os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    raise FileNotFoundError(errno.ENOENT, "it is not in PATH", name)


def _expanded(text: str, known: Mapping[str, str]) -> str:
    """The text with $NAME and ${NAME} replaced; those that are not known are left, so that the
    error names them."""
    import re

    return re.sub(
        r"\$(?:\{(\w+)\}|(\w+))", lambda found: known.get(found[1] or found[2], found[0]), text
    )
