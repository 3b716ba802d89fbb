"""Viewers: who they are, by a bearer token or by the cookie of a login, and proofs that a form is
ours.

A login keeps nothing at the hub. The cookie has the team, which viewer, when it ends, and a proof
of these by the hash of the viewer's secret: it ends at the latest when the viewer is removed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, NamedTuple

from codespace_tracker.hub import tokens
from codespace_tracker.hub.store.interface import NotAllowed

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from codespace_tracker.hub.store.portable import Store

HOURS = 8
_SESSION, _FORM = "session", "form"
_LIFE_US = HOURS * 3_600_000_000


class Viewer(NamedTuple):
    """Who sees which team."""

    team: str
    name: str


async def by_token(store: Store, given: tokens.Secret) -> Viewer:
    """The viewer of a secret. Raises NotAllowed."""
    return Viewer(given.team, await store.viewer(given))


async def by_cookie(store: Store, request: Request, now: int) -> Viewer | None:
    """The viewer who logged in; None if that is no one, or was too long ago."""
    text = request.cookies.get(_name(request, _SESSION), "")
    head, _, proof = text.rpartition(".")
    team, _, rest = head.partition(".")
    prefix, _, until = rest.partition(".")
    is_form = tokens.TEAM.fullmatch(team) and until.isdecimal() and len(until) <= 18
    if not is_form or int(until) < now:
        return None
    for name, hash_ in await store.viewer_hashes(team):
        if tokens.prefix_of(hash_) == prefix:
            return Viewer(team, name) if _is_same(proof, _proof(hash_, head)) else None
    return None


def log_in(request: Request, answer: Response, given: tokens.Secret, now: int) -> None:
    """Give a viewer the cookie of a login."""
    head = f"{given.team}.{given.prefix}.{now + _LIFE_US}"
    _set(request, answer, _SESSION, f"{head}.{_proof(given.hash, head)}", HOURS * 3600)


def log_out(request: Request, answer: Response) -> None:
    """Take the cookie back."""
    answer.delete_cookie(_name(request, _SESSION), path="/")


def form_value(request: Request) -> str:
    """What a form must send back: the same as in the cookie that comes with it."""
    found = request.cookies.get(_name(request, _FORM), "")
    return found if len(found) == 32 and found.isalnum() else secrets.token_hex(16)


def give_form_value(request: Request, answer: Response, value: str) -> None:
    """Send the cookie that belongs to a form."""
    _set(request, answer, _FORM, value, 24 * 3600)


def check_form(request: Request, value: str) -> None:
    """Raises NotAllowed unless a form came back from one of our pages."""
    if not value or not _is_same(value, request.cookies.get(_name(request, _FORM), "")):
        raise NotAllowed


def _proof(hash_: bytes, head: str) -> str:
    return hmac.new(hash_, f"session {head}".encode(), hashlib.sha256).hexdigest()


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _set(request: Request, answer: Response, name: str, value: str, seconds: int) -> None:
    is_https = request.url.scheme == "https"
    answer.set_cookie(
        _name(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=is_https,
        httponly=True,
        samesite="lax",
    )


def _name(request: Request, name: str) -> str:
    """A cookie's name. Over https it is one that no other host of the domain can set."""
    prefix = "__Host-" if request.url.scheme == "https" else ""
    return f"{prefix}{name}"
