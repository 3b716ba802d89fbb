"""The options that several verbs take, and the state directory that they mean."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from codespace_tracker.machine import directory, environment
from codespace_tracker.machine.directory import Location
from codespace_tracker.machine.environment import CODESPACE

_F = TypeVar("_F", bound=Callable[..., Any])


def directory_option(function: _F) -> _F:
    """`--dir`, given to the verb as `dir_`: turn it into a place with `location` or `state_directory`."""
    return click.option("--dir", "dir_", metavar="DIR", help="The state directory, if not the recorded one.")(function)


def json_option(function: _F) -> _F:
    """`--json`, given to the verb as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def label_argument(function: _F) -> _F:
    """A trigger's LABEL (or flag), completed by the shell."""
    return click.argument("label", shell_complete=_triggers)(function)


def optional_label_argument(function: _F) -> _F:
    """LABEL as `label_argument` has it, None where it is left out."""
    return click.argument("label", required=False, shell_complete=_triggers)(function)


def _triggers(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[Any]:
    """What the word may become: labels, or flags for those that a shell would have to be told of in quotes."""
    from click.shell_completion import CompletionItem

    from codespace_tracker.cli.triggers.completion import names

    try:
        found = names(state_directory(ctx.params.get("dir_")), incomplete)
    except Exception:  # noqa: BLE001 - a shell that asks gets nothing, and no error between its lines
        return []
    return [CompletionItem(name, help=help_) for name, help_ in found]


def location(dir_: str | None) -> Location:
    """The state directory and who chose it."""
    return directory.locate(dir_, os.environ, environment.detect(os.environ).kind == CODESPACE)


def state_directory(dir_: str | None) -> str:
    """The state directory's path."""
    return location(dir_).path
