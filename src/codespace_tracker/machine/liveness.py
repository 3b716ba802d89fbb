"""Who runs for a state directory now, and where."""

from __future__ import annotations

import os

from codespace_tracker.core.clock import Reading
from codespace_tracker.core.record import Record
from codespace_tracker.machine import clock, file_system, lock
from codespace_tracker.machine.lock import Holder


class Running(Record):
    """The keeper and the daemon of a state directory; None for one that is not running."""

    keeper: Holder | None
    daemon: Holder | None

    @property
    def is_waiting(self) -> bool:
        """Whether our tracker is there, and waits until that of another machine is gone."""
        return self.daemon is not None and self.daemon.is_waiting

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is the tracker of another container or machine: not ours to end, nor to
        replace."""
        return any(holder is not None and holder.is_elsewhere for holder in self)

    @property
    def place(self) -> str:
        """Where it runs, in words; empty if that is here."""
        return next((holder.place for holder in self if holder is not None and holder.place), "")


def running(directory: str, reading: Reading | None = None) -> Running:
    """Who runs for a state directory, and where: by who holds the two locks, and where these cannot
    tell, by the signs of life that trackers of other machines leave. `reading` is what the clocks
    say, where they were read already."""
    found = holders(directory)
    if found == (None, None):
        return Running(None, _seen_elsewhere(directory, reading or clock.read()))
    if _waits(directory, found.daemon):
        return found._replace(daemon=found.daemon and found.daemon._replace(is_waiting=True))
    return found


def holders(directory: str) -> Running:
    """Who holds the two locks."""
    return Running(
        lock.holder(os.path.join(directory, lock.KEEPER_LOCK)),
        lock.holder(os.path.join(directory, lock.DAEMON_LOCK)),
    )


def _seen_elsewhere(directory: str, reading: Reading) -> Holder | None:
    """The tracker that no lock tells of, by its sign of life; its number and version mean nothing
    here."""
    if not file_system.needs_signs(directory):
        return None
    from codespace_tracker.machine import alive  # most directories need none of it

    sign = alive.seen_alive(directory, reading)
    if sign is None:
        return None
    return Holder(
        0, "", is_up=True, is_elsewhere=True, has_other_boot=sign.process.boot_id != lock.boot_id()
    )


def _waits(directory: str, daemon: Holder | None) -> bool:
    """Whether our daemon is there and has not begun, for fear of another tracker: then it took its
    lock silently, and the lock file says something else."""
    if (
        daemon is None
        or daemon.is_up
        or daemon.is_elsewhere
        or not file_system.needs_signs(directory)
    ):
        return False
    said = lock.last_holder(os.path.join(directory, lock.DAEMON_LOCK))
    return said.pid != daemon.pid or said.is_elsewhere


def counting(directory: str, found: Running, reading: Reading) -> Holder | None:
    """Of those that run the daemon that counts what the ledger has: one elsewhere, where ours waits
    for that."""
    return _seen_elsewhere(directory, reading) if found.is_waiting else found.daemon


def certain_pids(directory: str) -> list[int]:
    """The processes of this container that certainly hold the tracker's locks: they may be named to
    a person."""
    named = zip((lock.KEEPER_LOCK, lock.DAEMON_LOCK), holders(directory), strict=True)
    return [
        holder.pid
        for name, holder in named
        if holder is not None
        and not holder.is_elsewhere
        and lock.held_by(os.path.join(directory, name), holder.pid) is True
    ]
