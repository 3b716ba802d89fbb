"""The numbered SQL files that bring a database to the form that this version works with."""

from __future__ import annotations

import os
from typing import NamedTuple

from codespace_tracker.hub.store.interface import Unfit

_FOLDER = os.path.join(os.path.dirname(__file__), "migrations")


class Migration(NamedTuple):
    """A migration: its number, its name and its statements."""

    number: int
    name: str
    sql: str


def migrations(engine: str) -> list[Migration]:
    """The migrations for `sqlite` or `postgresql`, in order."""
    folder = os.path.join(_FOLDER, engine)
    found = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".sql"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                found.append(Migration(int(name[:4]), name[5:-4], file.read()))
    return found


def missing(engine: str, version: int) -> list[Migration]:
    """The migrations that a database of a version still needs. Raises Unfit for a newer one."""
    known = migrations(engine)
    if version > known[-1].number:
        raise Unfit(
            f"the database is of a newer version (its form is {version}, this one knows "
            f"{known[-1].number}). Fix: upgrade codespace-tracker."
        )
    return [one for one in known if one.number > version]


def check(engine: str, version: int, name: str) -> None:
    """Raises Unfit unless a database of a version is what this one works with. `name` says which
    one it is."""
    if missing(engine, version):
        what = "is empty" if version == 0 else "is of an older version"
        raise Unfit(
            f"the database {name} {what}. Fix: `codespace-tracker hub migrate`, if it is the right"
            " one."
        )
