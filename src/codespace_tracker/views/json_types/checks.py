"""The answers of `doctor` and `version`."""

from typing import Literal, TypedDict


class FindingJson(TypedDict):
    """The result of one check."""

    level: Literal["ok", "warning", "problem"]
    """How it is."""
    subject: str
    """What was checked."""
    message: str
    """What was found."""
    mend: str
    """How to fix it; empty if there is nothing to do."""


class VersionJson(TypedDict):
    """The installed version, and the one that runs."""

    version: str
    """The installed version."""
    running: str | None
    """The version of the running tracker; null if none runs."""
    python: str
    """The version of Python."""
    sqlite: str
    """The version of SQLite."""
