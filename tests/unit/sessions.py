"""A tracker, its sessions and readings of its clocks, as ledgers under test get them."""

from codespace_tracker.core.clock import SECOND_US, Reading
from codespace_tracker.core.session import Session, begin
from codespace_tracker.ledger.store import Tracker

START = 1_790_000_000 * SECOND_US
TRACKER = Tracker("tracker-1", "codespaces", "name", "user", "owner/repository", 0)


def reading(seconds: float, wall_step: int = 0) -> Reading:
    us = int(seconds * SECOND_US)
    return Reading(START + us + wall_step, us, us, "boot-1", 0)


def session(number: int = 1, at: float = 0) -> Session:
    return begin(f"session-{number}", number, reading(at), 2, age_us=0, running_us=0, not_before=0)
