"""What a hub does as time goes by: months are made ahead, and what is too old is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codespace_tracker.core.calendar import month_of
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.hub.store.interface import month_day, month_name

if TYPE_CHECKING:
    from codespace_tracker.hub.store.portable import Store


def first_day_kept(now: int, months: int) -> int:
    """The first day (since 1970) of what is kept at the instant now (UTC µs): whole months, and the
    current one."""
    day = month_day(month_of(now))
    for _ in range(months):
        day = month_day(month_name(day - 1))
    return day


async def prune(store: Store, day: int, team: str | None = None) -> dict[str, int]:
    """Delete what is older than a day (since 1970), of a team or of all; how many sessions that
    were, by team. Raises NotThere."""
    teams = [team] if team else [name for name, *_ in await store.teams()]
    gone = {name: await store.forget_before(name, day) for name in teams}
    kept = [await store.kept_since(name) for name, *_ in await store.teams()]
    if kept:
        await store.drop_months(min(kept))
    return gone


async def make_months(store: Store, now: int) -> None:
    """Make room for the month of the instant now (UTC µs), and for those that follow."""
    await store.make_months(now // DAY_US)
