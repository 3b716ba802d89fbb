"""Changing which codespaces count, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codespace_tracker.daemon import control
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.fleet import Fleet, FleetError
from codespace_tracker.sync import exchange, state
from codespace_tracker.sync.fleet_update import FleetWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from codespace_tracker.sync.state import SyncState


def change(directory: str, how: Callable[[SyncState], SyncState]) -> None:
    """Change what is remembered of streams, and the sums with it. Raises Failure."""
    with state.alone(directory):
        known = state.load(directory)
        if known is None:
            raise exchange.no_place()
        known = how(known)
        state.keep(directory, known)
        try:
            with Fleet.open_to_write(directory) as fleet, FleetWriter(fleet) as writer:
                writer.apply(known.accepted, known.names)
        except FleetError as error:
            raise Failure(f"{error} Fix: `codespace-tracker sync` makes it again.") from error
    control.reload(directory)
