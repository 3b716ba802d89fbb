"""The address of a meeting place: which ones are taken, and how they are shown."""

from __future__ import annotations

import os
from typing import NamedTuple
from urllib.parse import urlsplit

from codespace_tracker.core.text import showable
from codespace_tracker.failure import Failure

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_LONGEST = 1000
_FIX = (
    "Fix: use https://HOST/OWNER/REPOSITORY, ssh://git@HOST/OWNER/REPOSITORY, "
    "git@HOST:OWNER/REPOSITORY or the path of a bare repository."
)


class Address(NamedTuple):
    """Where streams meet: the URL for git, its protocol (`https`, `http` on this machine alone,
    `ssh` or `file`), and host and path where there is a host."""

    url: str
    protocol: str
    host: str = ""
    path: str = ""

    @property
    def needs_secret(self) -> bool:
        """Whether git needs a user's name and a secret there."""
        return self.protocol in ("https", "http")

    def is_same(self, url: str) -> bool:
        """Whether another address is another spelling of this one: with a slash or `.git` at its
        end."""
        return _without_ending(self.url) == _without_ending(url)


def address(text: str) -> Address:
    """The address that a person gave. Raises Failure for one that is not taken."""
    shown = showable(text, 200)
    if not text or len(text) > _LONGEST or not text.isprintable() or " " in text:
        raise Failure(f"{shown!r} is not the address of a git repository. {_FIX}")
    if text.startswith("-"):
        raise Failure(f"{shown} is an option, not an address. {_FIX}")
    if "://" in text:
        return _by_url(text.rstrip("/"), shown)
    if text.startswith(("/", "./", "../", "~/")):
        path = os.path.abspath(os.path.expanduser(text))
        return Address(f"file://{path}", "file", "", path)
    head, colon, path = text.partition(":")
    if colon and "/" not in head and ":" not in path[:1]:
        user, _, host = head.rpartition("@")
        if path.partition("/")[0].isdecimal():
            raise Failure(
                f"{shown} has no https:// before it, or no user before its host. Fix: write "
                f"https://{shown} or, for ssh, ssh://git@{shown}."
            )
        if host and path and _is_plain(user) and _is_plain(host):
            return Address(text, "ssh", host, path)
    raise Failure(f"{shown} is not the address of a git repository. {_FIX}")


def _by_url(text: str, shown: str) -> Address:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise Failure(f"{shown} is not an address ({error}). {_FIX}") from error
    host = parts.hostname or ""
    if parts.scheme == "file":
        if host or not parts.path.startswith("/"):
            raise Failure(f"{shown} does not name a folder of this machine. {_FIX}")
        return Address(text, "file", "", parts.path)
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise Failure(f"{parts.scheme}://{host}: a secret is only sent over https. {_FIX}")
    if parts.scheme not in ("https", "http", "ssh"):
        raise Failure(f"{parts.scheme}: streams go over https, ssh or file. {_FIX}")
    if parts.password is not None or (parts.scheme != "ssh" and parts.username is not None):
        raise Failure(
            f"{parts.scheme}://{host}: the address holds a user's name or a secret, which would be "
            "kept in a file. Fix: give it without, and see docs/fleet.md for where the secret goes."
        )
    if not _is_plain(host) or (parts.username and not _is_plain(parts.username)) or port == 0:
        raise Failure(f"{shown} names no host. {_FIX}")
    if not parts.path.strip("/") or parts.query or parts.fragment:
        raise Failure(f"{shown} names no repository. {_FIX}")
    where = f"{host}:{port}" if port else host
    return Address(text, parts.scheme, where, parts.path.strip("/"))


def hub_address(text: str) -> Address:
    """The address of a hub, which needs no path. Raises Failure for one that is not taken."""
    fix = "Fix: use the address that your team's administrator gave you, as https://HOST."
    shown = showable(text, 200)
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise Failure(f"{shown} is not an address ({error}). {fix}") from error
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise Failure(f"http://{showable(host, 200)}: a token is only sent over https. {fix}")
    if "@" in parts.netloc:
        raise Failure(f"{showable(host, 200)}: the address holds a user's name or a secret. {fix}")
    is_plain = text.isprintable() and " " not in text and len(text) <= _LONGEST
    has_more = parts.query or parts.fragment or port == 0
    if parts.scheme not in ("https", "http") or not is_plain or not _is_plain(host) or has_more:
        raise Failure(f"{shown} is not the address of a hub. {fix}")
    if not host:
        raise Failure(f"{shown} names no host. {fix}")
    return Address(text.rstrip("/"), parts.scheme, parts.netloc, parts.path.strip("/"))


def is_hub(text: str) -> bool:
    """Whether an address without a path was given: no git repository has one."""
    head, sign, rest = text.partition("://")
    return head in ("https", "http") and bool(sign) and not rest.partition("/")[2].strip("/")


def _without_ending(url: str) -> str:
    return url.rstrip("/").removesuffix(".git")


def _is_plain(name: str) -> bool:
    return not name.startswith("-") and all(char.isalnum() or char in "-_.:" for char in name)
