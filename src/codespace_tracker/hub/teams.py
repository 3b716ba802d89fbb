"""A team's people and viewers: what they are called, and the secrets that they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codespace_tracker.core.text import visible
from codespace_tracker.hub import tokens
from codespace_tracker.hub.pseudonyms import pseudonym
from codespace_tracker.hub.store.interface import AlreadyThere, NotThere

if TYPE_CHECKING:
    from codespace_tracker.hub.store.portable import Store

HOUR_US = 3_600_000_000
_LONGEST = 100
_TRIES = 20


def is_team(text: str) -> bool:
    """Whether a text may be the key of a team."""
    return tokens.TEAM.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether a text may be what someone is called."""
    return 0 < len(text) <= _LONGEST and text == visible(text) and text == text.strip()


async def add_person(store: Store, team: str, person: str, now: int) -> str:
    """Add a person under a new pseudonym, which is returned. Raises AlreadyThere, NotThere."""
    if person in {one.person for one in await store.people(team)}:
        raise AlreadyThere
    for n in range(_TRIES):
        name = pseudonym(str(n) if n > _TRIES // 2 else "")
        try:
            await store.add_person(team, person, name, now)
        except AlreadyThere:
            continue
        return name
    raise AlreadyThere


async def new_code(store: Store, team: str, person: str, hours: int, now: int) -> str:
    """A new enrolment code for a person, good for some hours. Raises NotThere."""
    code = tokens.made("code", team)
    kept = tokens.given("code", code)
    if kept is None:
        raise NotThere
    await store.add_code(kept, person, now + hours * HOUR_US)
    return code


async def new_viewer(store: Store, team: str, name: str, now: int) -> str:
    """Add a viewer; the secret by which they see the team. Raises AlreadyThere, NotThere."""
    token = tokens.made("viewer", team)
    kept = tokens.given("viewer", token)
    if kept is None:
        raise NotThere
    await store.add_viewer(kept, name, now)
    return token
