"""What went wrong at a meeting place, in our words: by what git and ssh say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codespace_tracker.sync.git import shown

if TYPE_CHECKING:
    from codespace_tracker.sync.address import Address
    from codespace_tracker.sync.git import GitFailed


class MeetingError(Exception):
    """The meeting place could not be used. The text says what happened and how to fix it; `refused`
    that it did not let us in, and `is_unknown` that it does not know the secret."""

    def __init__(
        self,
        text: str,
        *,
        refused: bool = False,
        is_unknown: bool = False,
        failed: GitFailed | None = None,
    ) -> None:
        super().__init__(text)
        self.refused = refused
        self.is_unknown = is_unknown
        self.failed = failed


class _Kind(NamedTuple):
    """A kind of failure: the signs of it in what git, ssh or the server say, and what we say, with
    their words for {said}; `refused` and `is_unknown` as in MeetingError; `only`: with that
    protocol alone."""

    signs: tuple[str, ...]
    words: str
    refused: bool = False
    is_unknown: bool = False
    only: str = ""


_LATER = (
    ("Fix: nothing; it is tried again later.", "Fix: check the address, and try again."),
    ("; it is tried again later.", ", check the address, and try again."),
    (" It is tried again later.", " Fix: check the address, and try again."),
)
"""What is said where the triggers try again, and what to people who try it by hand."""

_SLOW = _Kind(
    ("Operation too slow", "Operation timed out", "Timeout, server"),
    "it did not answer in time. Fix: nothing; it is tried again later.",
)
_UNKNOWN = _Kind(
    ("could not read Username", "Authentication failed", "error: 401"),
    "it does not take your name and secret. Fix: give it another token (docs/fleet.md).",
    refused=True,
    is_unknown=True,
)
_UNREACHABLE = _Kind(
    (
        *("Could not resolve", "Failed to connect", "Couldn't connect", "Could not connect"),
        *("Connection refused", "Connection reset", "Connection closed", "Network is unreachable"),
        *("No route to host", "Connection timed out", "CONNECT tunnel failed", "Proxy CONNECT"),
        "kex_exchange_identification",  # sshd is too busy
    ),
    "it cannot be reached. Fix: check the network; it is tried again later.",
)
_FULL = _Kind(
    ("No space left", "Disk quota"),
    "a disk is full, here or there. Fix: make room; it is tried again later.",
)
_TOO_LARGE = _Kind(
    (),  # GitFailed.was_too_large tells
    "it sends more than is taken. Fix: delete branches there that are not of your codespaces.",
)
_OTHER = _Kind((), "git failed ({said}). It is tried again later.")

_KINDS = (
    _SLOW,
    _Kind(
        ("archived", "read-only", "Read-only", "read only"),  # GitHub says that with 403
        "it is archived or can only be read. Fix: unarchive it, or use another one "
        "(`codespace-tracker sync setup URL`).",
    ),
    _Kind(
        ("error: 403",),
        "it refuses this to your token. Fix: give the token the right to write to this repository "
        "(docs/fleet.md).",
        refused=True,
    ),
    _UNKNOWN,
    _Kind(
        ("Permission denied (publickey", "Host key verification failed"),
        "ssh does not let you in ({said}). Fix: `ssh -T` to that host shows why.",
        refused=True,
    ),
    _Kind(
        ("cannot run ssh",),
        "ssh is not installed. Fix: install it (the package openssh-client), or use an https "
        "address.",
    ),
    _Kind(
        ("does not exist", "does not appear to be a git repository"),
        "there is no git repository in this folder. Fix: check the path, or make one with `git init"
        " --bare`.",
        only="file",
    ),
    _Kind(
        ("not found", "does not appear to be a git repository"),
        "there is no such repository, or your key may not see it. Fix: check the address, and what "
        "the key may do.",
        refused=True,
        only="ssh",
    ),
    _Kind(
        ("not found", "does not appear to be a git repository"),
        "there is no such repository, or your token may not see it. Fix: check the address, and "
        "the token's rights (docs/fleet.md).",
        refused=True,
    ),
    _Kind(
        ("hook declined", "protected branch", "GH006", "GH013", "insufficient permission"),
        "it forbids this push ({said}). Fix: let branches whose names begin with "
        "`codespace-tracker/` be written there.",
    ),
    _Kind(
        ("redirect", "error: 30"),
        "it has moved. Fix: `codespace-tracker sync setup` with the new address.",
    ),
    _Kind(
        ("certificate",),
        "its certificate is not accepted ({said}). Fix: check the clock of this machine (`date`) "
        "and its certificates (the package ca-certificates).",
    ),
    _UNREACHABLE,
    _Kind(
        (".lock': File exists",),
        "a crash there left a lock on this codespace's branch. Fix: remove the file that ends in "
        ".lock, or let the one who runs that server do it.",
    ),
    _Kind(
        ("unable to create temporary object directory",),
        "the server cannot write to its disk. Fix: look for room there, and at the permissions of "
        "the repository; it is tried again later.",
    ),
    _FULL,
    _TOO_LARGE,
    _Kind(
        (
            *("unexpectedly", "early EOF", "transfer closed", "unexpected disconnect"),
            *("Empty reply", "Recv failure", "Send failure"),
        ),
        "the connection was cut off. Fix: nothing; it is tried again later.",
    ),
)
"""The first of these that fits is said: several signs may come at once, and a cut connection comes
with most."""


def explained(error: GitFailed, where: Address) -> MeetingError:
    """What went wrong there, and what to do about it."""
    said = _without_names(_told(error), where)
    kinds = (kind for kind in _KINDS if kind.only in ("", where.protocol))
    kind = next((kind for kind in kinds if _fits(kind, error, said)), _OTHER)
    text = kind.words.format(said=shown(error))
    return MeetingError(
        f"{where.url}: {text}", refused=kind.refused, is_unknown=kind.is_unknown, failed=error
    )


def for_people(text: str) -> str:
    """What went wrong, for someone who tries it by hand: no one else tries it again."""
    for later, now in _LATER:
        text = text.replace(later, now)
    return text


def failed_here(error: GitFailed, directory: str) -> str:
    """What went wrong in our own repository, in the state directory, and what to do about it."""
    if _has(_told(error), _FULL.signs):
        return f"{directory}: the disk is full. Fix: make room; it is tried again later."
    return _OTHER.words.format(said=shown(error))


def is_of_connection(error: GitFailed, where: Address) -> bool:
    """Whether it was the way there that failed, and not what came."""
    signs = (*_SLOW.signs, *_UNREACHABLE.signs, *_UNKNOWN.signs)
    also = ("unable to access", "not found", "Could not read")
    said = _without_names(_told(error), where)
    return error.took_too_long or _has(said, (*signs, *also))


def _fits(kind: _Kind, error: GitFailed, said: str) -> bool:
    if kind is _TOO_LARGE:
        return error.was_too_large
    return (kind is _SLOW and error.took_too_long) or _has(said, kind.signs)


def _has(said: str, signs: tuple[str, ...]) -> bool:
    return any(sign in said for sign in signs)


def _told(error: GitFailed) -> str:
    return f"{error.said}\n{error.output.decode('utf-8', 'replace')}"


def _without_names(said: str, where: Address) -> str:
    """What was said, without the repository's names, which may hold any of the signs."""
    path = where.path.lstrip("/")
    for name in (where.url, f"'{path}", f"/{path}", f":{path}"):
        said = said.replace(name, "")
    return said
