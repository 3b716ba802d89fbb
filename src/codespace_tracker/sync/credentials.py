"""The user's name and secret for a meeting place: from a variable, or from git's own helpers.

It is asked for when it is needed, handed to git in a variable of one process, and never written
down.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from codespace_tracker.sync.git import GitFailed, Secret, program, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codespace_tracker.sync.address import Address

VARIABLE = "CODESPACE_TRACKER_SYNC_TOKEN"
"""A token for the meeting place alone, such as a Codespaces secret."""

_ANY_USER = "x-access-token"  # GitHub takes every name with a token
_SECONDS = 20.0


def secret_for(where: Address, environ: Mapping[str, str]) -> Secret | None:
    """The secret for an address; None if there is none, or if git needs none there."""
    if not where.needs_secret:
        return None
    token = environ.get(VARIABLE, "").strip()
    if token:
        return Secret(_ANY_USER, token) if token.isprintable() else None
    return _by_git(where, environ)


def _by_git(where: Address, environ: Mapping[str, str]) -> Secret | None:
    """What git's helpers answer, by the user's own configuration; they must not ask a person."""
    asked = f"protocol={where.protocol}\nhost={where.host}\npath={where.path}\n\n"
    quiet = {**environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": ""}
    try:
        answer = run(
            (program(environ), "credential", "fill"),
            quiet,
            given=asked.encode(),
            seconds=_SECONDS,
            output_limit=1 << 16,
            memory_limit=1 << 40,  # some helpers are programs that reserve much and use little
            folder=_folder(),
        )
    except GitFailed:
        return None
    found = dict(
        line.split("=", 1) for line in answer.decode("utf-8", "replace").splitlines() if "=" in line
    )
    if not found.get("password"):
        return None
    return Secret(found.get("username", _ANY_USER), found["password"])


def _folder() -> str:
    """The current folder, whose repository may have a helper of its own."""
    try:
        return os.getcwd()
    except OSError:
        return tempfile.gettempdir()
