"""GitHub's own list of a user's codespaces: what each is, and when it is deleted."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.text import showable
from codespace_tracker.github.api import CODESPACES_A_PAGE, ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codespace_tracker.github.api import Api

PAGES = 20
"""How many pages are asked for at most."""
_TEXT = 200


class GithubCodespace(NamedTuple):
    """A codespace by GitHub's list. Texts are empty and moments (UTC µs) are None if GitHub does
    not tell."""

    name: str
    shown_name: str
    repository: str
    state: str
    cores: int
    started_at: int | None
    idle_minutes: int
    payer: str
    deleted_at: int | None
    unpushed: bool
    uncommitted: bool

    @property
    def runs(self) -> bool:
        """Whether it is running."""
        return self.state in ("Available", "Starting", "Awaiting", "Provisioning")

    @property
    def has_work(self) -> bool:
        """Whether work would be lost with it."""
        return self.unpushed or self.uncommitted


class Listed(NamedTuple):
    """The list, and the entity tag for the next time, where all of it came in one answer."""

    codespaces: tuple[GithubCodespace, ...]
    etag: str


def ask(api: Api, etag: str = "") -> Listed | None:
    """The list; None if it has not changed since the answer with that entity tag. Raises
    ApiError."""
    found: list[GithubCodespace] = []
    first_etag = ""
    for page in range(1, PAGES + 1):
        answer = api.codespaces(page, etag if page == 1 else "")
        if answer.status == 304:
            return None
        items = answer.content.get("codespaces") if isinstance(answer.content, dict) else None
        if not isinstance(items, list):
            raise ApiError(
                0, "GitHub's answer holds no list `codespaces`: it is not the list of codespaces."
            )
        found += from_items(items)
        if len(items) < CODESPACES_A_PAGE:
            first_etag = answer.etag if page == 1 else ""
            break
    return Listed(tuple(found), first_etag)


def from_items(items: Sequence[Any]) -> list[GithubCodespace]:
    """The codespaces in a list of GitHub's; what is not one is left out."""
    return [_codespace(one) for one in items if isinstance(one, dict) and _text(one, "name")]


def _codespace(found: dict[str, Any]) -> GithubCodespace:
    work = _dict(found, "git_status")
    cores = _dict(found, "machine").get("cpus")
    idle = found.get("idle_timeout_minutes")
    return GithubCodespace(
        _text(found, "name"),
        _text(found, "display_name"),
        _text(_dict(found, "repository"), "full_name"),
        _text(found, "state"),
        cores if isinstance(cores, int) else 0,
        _moment(found, "last_used_at"),
        idle if isinstance(idle, int) else 0,
        _text(_dict(found, "billable_owner"), "login"),
        _moment(found, "retention_expires_at"),
        work.get("has_unpushed_changes") is True,
        work.get("has_uncommitted_changes") is True,
    )


def _dict(found: dict[str, Any], key: str) -> dict[str, Any]:
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _text(found: dict[str, Any], key: str) -> str:
    value = found.get(key)
    return showable(value, _TEXT) if isinstance(value, str) else ""


def _moment(found: dict[str, Any], key: str) -> int | None:
    with contextlib.suppress(ValueError, TypeError):
        return parse_iso(found[key]) if isinstance(found.get(key), str) else None
    return None
