"""How long the machines of a team ran with no one there, of those whose people tell that: by whole
months, codespace and repository, and never by person.

A day of one codespace would say on which day someone was there, so no view shows less than a month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codespace_tracker.core.gauge import dollars
from codespace_tracker.core.stream import CODESPACE
from codespace_tracker.hub.store.interface import month_day, month_name, next_month

if TYPE_CHECKING:
    from codespace_tracker.hub.store.portable import Store


class Alone(NamedTuple):
    """How long a codespace ran unattended in a month (2026-11; µs, core-µs)."""

    month: str
    environment: str
    codespace: str
    repository: str
    running_us: int
    core_us: int

    @property
    def paid_core_us(self) -> int:
        """Its core-time that costs something: that of codespaces."""
        return self.core_us if self.environment == CODESPACE else 0

    @property
    def dollars(self) -> float:
        """What that costs at GitHub's price, in US dollars."""
        return dollars(self.paid_core_us)


async def months(store: Store, team: str, since: int, until: int) -> list[Alone]:
    """The unattended time of the whole months of the days from `since` until before `until` (days
    since 1970), by month and codespace. Where two streams tell of one codespace, of each day the
    longer time counts."""
    first = month_day(month_name(since))
    end = next_month(until - 1)
    streams = {one.stream_id: one for one in await store.streams(team)}
    days: dict[tuple[str, str, str, str, int], tuple[int, int]] = {}
    for stream_id, day, running_us, core_us in await store.unattended(team, first, end):
        if (one := streams.get(stream_id)) is None:
            continue
        alone = "" if one.codespace else stream_id
        key = (one.environment, one.codespace, one.repository, alone, day)
        days[key] = max(days.get(key, (0, 0)), (running_us, core_us))
    found: dict[tuple[str, str, str, str, str], list[int]] = {}
    for (environment, codespace, repository, alone, day), (running_us, core_us) in days.items():
        place = (month_name(day), environment, codespace, repository, alone)
        sums = found.setdefault(place, [0, 0])
        sums[0] += running_us
        sums[1] += core_us
    return [Alone(*place[:4], *sums) for place, sums in sorted(found.items())]
