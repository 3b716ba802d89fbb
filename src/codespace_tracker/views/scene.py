"""A state directory at one moment: what all that is shown together is drawn from, so that it fits
together."""

from __future__ import annotations

import os

from codespace_tracker.config.configuration import DEFAULT_CONFIGURATION, Configuration, Loaded
from codespace_tracker.core.clock import Reading
from codespace_tracker.core.record import Record
from codespace_tracker.ledger import apart
from codespace_tracker.ledger.connect import NAME, LedgerDamaged, LedgerError, LedgerForeign
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock, liveness
from codespace_tracker.machine.files import identity, open_files
from codespace_tracker.machine.liveness import Running
from codespace_tracker.machine.lock import Holder
from codespace_tracker.machine.rooted import is_rooted

NOTHING_LOADED = Loaded(None, ())
"""Before the files were loaded for the first time."""


class Scene(Record):
    """A state directory at one moment.

    `ledger` is open for reading, in a snapshot. `reading` is what the clocks said just after the
    snapshot was taken. `trackers` are those that hold the locks, and `daemon` is the one that
    counts what the ledger has: another machine's, where ours waits for it. `configuration` is the
    configuration in force, and `loaded` says what is wrong with the files."""

    directory: str
    ledger: Ledger
    reading: Reading
    trackers: Running
    daemon: Holder | None
    configuration: Configuration
    loaded: Loaded


class scene:  # noqa: N801 - a `with` block
    """The scene of a state directory now. Raises LedgerError.

    The clocks are read after the snapshot is taken: a heartbeat between the two would lie in the
    future otherwise.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def __enter__(self) -> Scene:
        self._ledger = open_ledger(self._directory)
        try:
            self._snapshot = self._ledger.snapshot()
            self._snapshot.__enter__()
            try:
                return scene_at(self._directory, self._ledger, clock.read())
            except BaseException:
                self._snapshot.__exit__()
                raise
        except BaseException:
            self._ledger.close()
            raise

    def __exit__(self, *_: object) -> None:
        with self._ledger:
            self._snapshot.__exit__()


def scene_at(directory: str, ledger: Ledger, reading: Reading) -> Scene:
    """The scene by an open ledger and a reading of the clocks. Raises LedgerError."""
    trackers = liveness.running(directory, reading)
    daemon = liveness.counting(directory, trackers, reading)
    return Scene(directory, ledger, reading, trackers, daemon, *configuration_in_force(ledger))


def open_ledger(directory: str) -> Ledger:
    """The ledger of a state directory, for reading. Raises LedgerError."""
    path = os.path.join(directory, NAME)
    try:
        ledger = Ledger.open_reader(path)
    except LedgerDamaged as error:
        mend = (
            "Fix: `codespace-tracker restart` sets it aside and rebuilds it from the newest good "
            "backup."
        )
        raise LedgerDamaged(f"{error} {mend}") from error
    try:
        if is_rooted(directory) and not apart.is_needed(directory):
            _check_is_held(path)
    except LedgerError:
        ledger.close()
        raise
    return ledger


def _check_is_held(path: str) -> None:
    """Raises LedgerForeign where SQLite, which takes a path, opened the ledger or a log of another
    directory."""
    opened = open_files()
    for one in (path, f"{path}-wal", f"{path}-shm"):
        held = identity(one)
        if held not in opened and (held is not None or one == path):
            raise LedgerForeign(f"{one}: another directory was put in its place. Fix: try again.")


def configuration_in_force(ledger: Ledger) -> tuple[Configuration, Loaded]:
    """The configuration that the daemon works from, and what is wrong with the files as they
    are."""
    stored = ledger.stored_configuration()
    try:
        return (
            (Configuration.stored(stored.configuration), Loaded.from_json(stored.problems))
            if stored
            else (DEFAULT_CONFIGURATION, NOTHING_LOADED)
        )
    except ValueError:
        return DEFAULT_CONFIGURATION, NOTHING_LOADED


def last_configuration(directory: str) -> Configuration:
    """The configuration that was in force last; the default where there is no ledger, or none that
    can be read."""
    try:
        ledger = open_ledger(directory)
    except LedgerError:
        return DEFAULT_CONFIGURATION
    with ledger:
        return configuration_in_force(ledger)[0]
