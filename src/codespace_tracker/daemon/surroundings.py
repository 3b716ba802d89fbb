"""Whether the state directory is still the one that the daemon began with, and ours alone.

In another user's directory nothing is read, written or run: the clock goes on, and heartbeats go to
the ledger that is open, wherever it lies now.
"""

import contextlib
import os
from collections.abc import Mapping

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.notice_text import Notice
from codespace_tracker.daemon import rescue
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.ledger.connect import NAME, LedgerError
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import lock
from codespace_tracker.machine.debug_log import DebugLog
from codespace_tracker.machine.directory import is_trusted
from codespace_tracker.machine.files import read_own
from codespace_tracker.machine.lock import DAEMON_LOCK, KEEPER_LOCK
from codespace_tracker.machine.rooted import root_at, unroot
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.machine.trusted_directory import (
    WRITABLE_BY_OTHERS,
    NotOurs,
    TrustedDirectory,
    Verdict,
    only_we_rename,
)

NO_MODES = (
    "its file system gives every user the right to write here, so triggers wait."
    " Fix: if you are the only user of this machine: codespace-tracker start --trust-this-directory"
)
"""What is said of a directory whose file system keeps no modes."""

_SWAPPED: dict[Verdict, str] = {
    "foreign": "another user's directory is in the place of the tracker's.",
    "swapped": "another directory is in the place of the tracker's.",
    "moved": "the tracker's directory was moved away, and other users can put another one there.",
}
_LOCK_LIMIT = 300  # bytes
_SUBJECT, _FOREIGN = "closed to others", "foreign directory"


class NotAlone(NotOurs):
    """Another of our trackers already counts for the path, in another directory."""


def is_left_behind(directory: str) -> bool:
    """Whether the keeper that started this daemon is in our directory after its owner moved that
    away, and must enter the one at the path. Raises NotOurs where another user could have moved it:
    then nothing is begun."""
    if not _is_in_keepers():
        return False
    with contextlib.suppress(FileNotFoundError):
        if os.path.samefile(os.curdir, directory):
            return False
    if not only_we_rename(directory):
        raise _in_anothers_place(directory)
    return True


def _is_in_keepers() -> bool:
    """Whether this process is in the directory of its keeper; else it was not started by one, or
    that one's directory was deleted."""
    return lock.holder_in(read_own(KEEPER_LOCK, _LOCK_LIMIT) or b"").pid == os.getppid()


def _in_anothers_place(directory: str) -> NotOurs:
    what = f"{_SWAPPED['swapped']} That one is {os.getcwd()} now."
    return NotOurs(directory, what, "move it back; the time until then is counted.")


def hold(directory: str) -> TrustedDirectory:
    """The state directory, made where it is missing, and held open. A folder in it that cannot be
    used does not prevent the start: what needs that folder reports it. It is what this process
    reaches by the path, until `Surroundings` finds another one there. Raises NotOurs, OSError."""
    if not os.path.isdir(directory):
        prepare(directory)
    held = TrustedDirectory(directory)
    if _is_in_keepers() and not os.path.samestat(os.stat(os.curdir), os.fstat(held.fd)):
        raise _in_anothers_place(directory)  # it was put there a moment ago
    root_at(directory, held.fd)
    try:
        prepare(directory)
    except NotOurs:
        raise
    except OSError as error:
        DebugLog(directory, held.fd).write(f"problem: {error}. Time is still counted.")
    return held


def check_alone(held: TrustedDirectory) -> None:
    """Raises NotAlone where an older keeper or daemon works for the same path in another directory,
    and others could have put this one there. That one goes on; this one is to end."""
    if only_we_rename(held.path):
        return
    from codespace_tracker.daemon import trackers  # rarely needed
    from codespace_tracker.machine.processes import start_time

    oldest = trackers.oldest_at(held.path)
    if oldest is None or os.path.samestat(oldest.place, os.fstat(held.fd)):
        return
    ours = start_time(os.getppid() if _is_in_keepers() else os.getpid())
    if ours is None or oldest.started < ours:
        what = (
            f"is not the directory that your tracker has: process {oldest.pid} counts on in "
            f"{oldest.path}."
        )
        raise NotAlone(held.path, what, "move that one back.")


def open_ledger(directory: str, held: TrustedDirectory | None, wall_us: int) -> Ledger:
    """The ledger of the directory that is held, rebuilt if it was lost; `wall_us` is now (UTC µs).

    SQLite opens by path: raises OSError if another directory was at that path meanwhile. Raises
    LedgerError.
    """
    ledger = rescue.open_ledger(directory, wall_us)
    if held is not None and not held.has_open(NAME, DAEMON_LOCK):
        raise OSError("another directory was put in the place of this one meanwhile")
    return ledger


class Surroundings:
    """What may be done in the state directory that is held; without one (in a simulation)
    everything."""

    def __init__(
        self, held: TrustedDirectory | None, problems: Problems, environ: Mapping[str, str]
    ) -> None:
        self._held = held
        self._problems = problems
        self._environ = environ
        self.is_ours = True
        """Whether the path still leads to our own directory: only then is anything read or written
        by it."""
        self.may_run = True
        """Whether scripts may be started."""

    def look(self, ledger: Ledger, at: int) -> None:
        """Check the directory and report problems; `at` is now (UTC µs). Costs one stat(2) while
        all is well."""
        held = self._held
        if held is None:
            return
        place = held.look()
        self.is_ours = place not in _SWAPPED
        if place == "ours":
            root_at(held.path, held.fd)  # also if it is swapped before this wake-up is over
        else:
            unroot()
        if self.is_ours:
            self._problems.clear(_FOREIGN)
        else:
            self._problems.set(_FOREIGN, _foreign(held, _SWAPPED[place]))
        closed = held.take_closed()
        if closed is not None:
            self._tell_closed(held.path, closed, ledger, at)
        self.may_run = self.is_ours and self._keeps_out_others(held)

    def _keeps_out_others(self, held: TrustedDirectory) -> bool:
        if held.keeps_modes or is_trusted(held.path, self._environ):
            self._problems.clear("modes")
            return True
        self._problems.set("modes", f"{held.path}: {NO_MODES}")
        return False

    def _tell_closed(self, path: str, mode: int, ledger: Ledger, at: int) -> None:
        text = f"{path} was open to other users (mode {mode:04o}). It is private again (0700)."
        self._problems.note(text)
        if not mode & WRITABLE_BY_OTHERS:
            return
        text += " Fix: check that the triggers in it are yours: codespace-tracker triggers"
        try:
            with ledger.transaction():
                Notices(ledger).give(_SUBJECT, Notice(text, at, at + DAY_US))
        except LedgerError as error:
            self._problems.note(f"the notice could not be given: {error}")


def _foreign(held: TrustedDirectory, what: str) -> str:
    return (
        f"{held.path}: {what} Nothing in it is read and triggers wait, but time is still"
        f" counted.{_place_of(held)} Fix: move your directory back; or stop this tracker (kill -s"
        f" USR2 {os.getppid()}) and choose a place that other users cannot change:"
        " codespace-tracker init --dir DIR"
    )


def _place_of(held: TrustedDirectory) -> str:
    try:
        return f" The tracker's directory is now {os.readlink(f'/proc/self/fd/{held.fd}')}."
    except OSError:
        return ""
