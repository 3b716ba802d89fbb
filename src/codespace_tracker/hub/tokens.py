"""Secrets: enrolment codes, the tokens of streams and the passwords of viewers.

Each has enough random bits that its SHA-256 can be kept as it is. Of the hash, the first digits are
the prefix by which it is looked up and by which people call it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import NamedTuple

TEAM = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
"""What a team's key may be."""

PREFIX_DIGITS = 12
_SECRET_BYTES = 24
_LONGEST = 200
_SECRET = re.compile(r"[A-Za-z0-9-]{20,100}")
_KINDS = {"code": "ctc", "stream": "cts", "viewer": "ctv"}


class Secret(NamedTuple):
    """A secret that was given: of which team, and the hash of all of it."""

    team: str
    hash: bytes

    @property
    def prefix(self) -> str:
        """By which it is looked up."""
        return prefix_of(self.hash)


def made(kind: str, team: str) -> str:
    """A new secret of a kind (`code`, `stream`, `viewer`) for a team."""
    return f"{_KINDS[kind]}_{team}_{secrets.token_hex(_SECRET_BYTES)}"


def given(kind: str, text: str) -> Secret | None:
    """The secret of a kind that someone gave; None if it cannot be one."""
    head, _, rest = text[:_LONGEST].partition("_")
    team, _, random = rest.partition("_")
    if head != _KINDS[kind] or not TEAM.fullmatch(team) or not _SECRET.fullmatch(random):
        return None
    return Secret(team, hash_of(text))


def hash_of(text: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(text.encode()).digest()


def prefix_of(hash_: bytes) -> str:
    """The prefix of a secret, by its hash."""
    return hash_.hex()[:PREFIX_DIGITS]
