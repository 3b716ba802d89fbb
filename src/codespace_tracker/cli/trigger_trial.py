"""Messages after adding or editing a trigger: how to try it, and whether its command exists."""

import os
import re
import subprocess
from collections.abc import Sequence

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.run_variables import of_runs
from codespace_tracker.core.trigger import Script, Trigger
from codespace_tracker.machine import environment
from codespace_tracker.runs import order
from codespace_tracker.runs.order import Order
from codespace_tracker.views import wording
from codespace_tracker.views.naming import typed

_FIRST_WORD = re.compile(r"\s*(?!\d+[<>])([\w./+-]+)(?=$|[\s;&|<>])(?!\s*\()", re.ASCII)
"""A command's first word, if it is plain: no quotes, no expansions, and not a function
definition."""

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh"})
"""Shells with `command -v`, which also finds builtins, keywords, functions and aliases."""

_SECONDS = 5
_NOT_FOUND = (1, 127)


def tell_trial(directory: str, trigger: Trigger, triggers: Sequence[Trigger]) -> None:
    """Say how to run the trigger now, after a warning if its command does not exist."""
    warning = missing_program(directory, trigger.script)
    if warning:
        click.echo(show.hanging("", f"Warning: {warning}"))
    click.echo(
        show.hanging("", f"Try it now: codespace-tracker triggers run {typed(trigger, triggers)}")
    )


def missing_program(directory: str, script: Script) -> str:
    """The folder, shell or program that a script needs and that cannot be found; empty if none.

    Only a plain first word of the command is checked, in the script's own shell and folder.
    """
    given = of_runs(directory)
    wanted = Order(
        directory,
        "",
        script,
        (("CODESPACE_TRACKER_DIR", directory),),
        0,
        environment.workspace(given),
    )
    folder, shown = (
        order.working_folder(wanted, given),
        wording.printable(order.shown_folder(wanted)),
    )
    variables = order.environment(wanted, given)
    if not os.path.isdir(folder):
        return f"there is no folder {shown}, where it should run."
    shell = script.shell[0]
    try:
        path = os.path.join(folder, order.program(shell, variables))
    except FileNotFoundError:
        path = ""
    if not os.access(path, os.X_OK):
        return f"{wording.printable(shell)}, which should run the command, was not found."
    first_word = _FIRST_WORD.match(script.command)
    is_asked = (
        first_word is not None
        and os.path.basename(shell) in _SHELLS
        and script.shell[-1].endswith("c")
    )
    if first_word is None or not is_asked or (script.url and "/" in first_word[1]):
        return ""
    if _is_known(first_word[1], (path, *script.shell[1:]), folder, variables):
        return ""
    hint = (
        f" The folder has a file with that name: write ./{first_word[1]}"
        if os.path.exists(f"{folder}/{first_word[1]}")
        else ""
    )
    where = f"in {shown}" if "/" in first_word[1] else "on the PATH"
    return (
        f"{shell} finds no command {first_word[1]} {where}, so the trigger will "
        f"fail.{hint if '/' not in first_word[1] else ''}"
    )


def _is_known(word: str, shell: Sequence[str], folder: str, variables: dict[str, str]) -> bool:
    """Whether a shell knows a command of that name; true if it does not answer."""
    try:
        done = subprocess.run(
            [*shell, f"command -v -- {word}"],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            start_new_session=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return True
    return done.returncode not in _NOT_FOUND
