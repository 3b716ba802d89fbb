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


def location(dir_: str | None) -> Location:
    """The state directory and who chose it."""
    return directory.locate(dir_, os.environ, environment.detect(os.environ).kind == CODESPACE)


def state_directory(dir_: str | None) -> str:
    """The state directory's path."""
    return location(dir_).path
