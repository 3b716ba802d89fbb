"""The user's name and secret for a meeting place: from a variable, or from git's own helpers.

It is asked for when it is needed, handed to git in a variable of one process, and never written
down. The helpers hear whether it worked, as they do from git: then one that keeps secrets keeps
this one, or forgets it.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Literal, NamedTuple

from codespace_tracker.sync.git import GitFailed, Secret, program, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codespace_tracker.sync.address import Address

VARIABLE = "CODESPACE_TRACKER_SYNC_TOKEN"
"""A token for the meeting place alone, such as a Codespaces secret."""

_ANY_USER = "x-access-token"  # GitHub takes every name with a token
_SECONDS = 20.0


class Credential(NamedTuple):
    """A secret, and what git's helpers answered that it is from; empty if it is from the
    variable."""

    secret: Secret
    by_git: bytes = b""


def credential_for(where: Address, environ: Mapping[str, str]) -> Credential | None:
    """The secret for an address; None if there is none, or if git needs none there."""
    if not where.needs_secret:
        return None
    token = environ.get(VARIABLE, "").strip()
    if token:
        return Credential(Secret(_ANY_USER, token)) if token.isprintable() else None
    return _by_git(where, environ)


def not_taken(credential: Credential | None) -> str:
    """What to say where a meeting place does not take this."""
    if credential is None:
        return (
            f"it needs a token, and there is none. Fix: put one into ${VARIABLE}, such as by a "
            "Codespaces secret of that name (docs/fleet.md)."
        )
    if credential.by_git:
        return (
            "it does not take the name and secret that git has for it. Fix: put a token into "
            f"${VARIABLE} (docs/fleet.md)."
        )
    return (
        f"it does not take the token in ${VARIABLE}: it is wrong, or has expired. Fix: make a new "
        "one (docs/fleet.md)."
    )


def tell(
    credential: Credential | None, verdict: Literal["approve", "reject"], environ: Mapping[str, str]
) -> None:
    """Tell git's helpers whether the secret that they gave was taken. What they make of it is their
    own affair."""
    if credential is None or not credential.by_git:
        return
    with contextlib.suppress(GitFailed):
        _ask(verdict, credential.by_git, environ)


def _by_git(where: Address, environ: Mapping[str, str]) -> Credential | None:
    """What git's helpers answer, by the user's own configuration; they must not ask a person."""
    asked = f"protocol={where.protocol}\nhost={where.host}\npath={where.path}\n\n"
    try:
        answer = _ask("fill", asked.encode(), environ)
    except GitFailed:
        return None
    found = dict(
        line.split("=", 1) for line in answer.decode("utf-8", "replace").splitlines() if "=" in line
    )
    if not found.get("password"):
        return None
    secret = Secret(found.get("username", _ANY_USER), found["password"])
    return Credential(secret, answer.rstrip(b"\n") + b"\n\n")


def _ask(what: str, given: bytes, environ: Mapping[str, str]) -> bytes:
    """Run `git credential` by the user's own configuration and that of no repository, whose helpers
    are someone else's code; what it prints. Raises GitFailed."""
    quiet = {**environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": ""}
    quiet["GIT_DIR"] = os.devnull
    return run(
        (program(environ), "credential", what),
        quiet,
        given=given,
        seconds=_SECONDS,
        output_limit=1 << 16,
        memory_limit=1 << 40,  # some helpers are programs that reserve much and use little
    )
