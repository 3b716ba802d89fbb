"""Other codespaces as a tracker knows them once they have met: a fleet.db, without a meeting
place."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.shared_presence import BY_HOUR, Attended, Shared
from codespace_tracker.core.stream import Header, Stream, Stretch, Told, revision
from codespace_tracker.ledger.fleet import Fleet
from codespace_tracker.sync.fleet_update import FleetWriter


class Other(NamedTuple):
    """Another codespace: its name, the sessions that it told (start, running time, cores; UTC µs
    and µs), whether the last one is open, and whether it counts; `presence` is what it told of that
    by hour."""

    name: str
    told: Sequence[Stretch]
    is_open: bool = False
    is_accepted: bool = True
    user: str = "octocat"
    repository: str = "octocat/website"
    presence: tuple[Attended, ...] = ()


def meet(directory: str, others: Sequence[Other], at: int) -> None:
    """Let a state directory know these codespaces at the instant `at` (UTC µs)."""
    accepted = {_id(n) for n, other in enumerate(others) if other.is_accepted}
    with Fleet.open_to_write(directory) as fleet, FleetWriter(fleet) as writer:
        for n, other in enumerate(others):
            writer.put(_stream(n, other), f"{n:040x}", at)
        writer.apply(accepted, {})


def _id(n: int) -> str:
    return str(uuid.UUID(int=n + 1, version=4))


def _stream(n: int, other: Other) -> Stream:
    header = Header(_id(n), "codespaces", other.name, other.user, other.repository, "me")
    last = len(other.told) - 1
    told = tuple(
        Told(
            str(uuid.UUID(int=(n << 64) + number, version=4)),
            revision(stretch[1], is_open=other.is_open and number == last),
            (stretch,),
            None if other.is_open and number == last else "clean",
        )
        for number, stretch in enumerate(other.told)
    )
    return Stream(header, told, Shared(BY_HOUR, other.presence) if other.presence else Shared())


def three(now: int) -> list[Other]:
    """One that runs, one that was not heard of for two days, and one that does not count."""
    return [
        Other("shiny-disco", [(now - 9 * HOUR_US, 2 * HOUR_US, 2), _until(now, 5)], is_open=True),
        Other("old-parakeet", [_until(now - 48 * HOUR_US, 3, 4)], is_open=True),
        Other("new-memory", [_until(now - 24 * HOUR_US, 1)], is_accepted=False),
    ]


def _until(end: int, hours: int, cores: int = 2) -> Stretch:
    return end - hours * HOUR_US, hours * HOUR_US, cores
