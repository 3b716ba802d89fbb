"""What the forecast says will fire in a world, and what then fired."""

from tests.simulation.world import World, rows

from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.flag_files import FlagFiles
from codespace_tracker.machine.lock import Holder
from codespace_tracker.views.scene import configuration_in_force
from codespace_tracker.views.standing import Standing, standing_at


def standing(world: World, *, runs: bool = True) -> Standing:
    """What the verbs see at this moment."""
    ledger = Ledger.open_reader(str(world.directory / NAME))
    try:
        found = standing_at(
            ledger,
            world.machine.now,
            Holder(1, "", is_up=True) if runs else None,
            configuration_in_force(ledger)[0],
        )
    finally:
        ledger.close()
    assert found is not None
    return found._replace(held=FlagFiles(str(world.directory)).found().users)


def foreseen(world: World, hours: float = 30, *, runs: bool = True) -> list[tuple[str, int]]:
    """What would fire when (UTC µs), in order."""
    found = standing(world, runs=runs)
    return sorted(
        (one.due.trigger.label, found.moment.at + one.in_us)
        for one in found.foreseen(int(hours * HOUR_US), 100_000).found
    )


def fired_since(world: World, at: int, hours: float = 30) -> list[tuple[str, int]]:
    """What fired from a moment on, in so many hours: when it was claimed (UTC µs)."""
    sql = (
        f"SELECT label, claimed_at FROM occurrence WHERE state <> 'skipped' AND claimed_at >= {at}"
    )
    until = at + int(hours * HOUR_US)
    return sorted(
        (label, claimed) for label, claimed in rows(world.directory, sql) if claimed < until
    )
