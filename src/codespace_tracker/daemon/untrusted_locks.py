"""Keeping to one tracker a directory where locks cannot be trusted: signs of life, read and
written.

The decisions are those of `core/signs_of_life.py`. On a local file system the lock decides: this
module is not even imported, and no file is written. See docs/recovery.md.
"""

import contextlib
import os

from codespace_tracker import __version__
from codespace_tracker.core import signs_of_life
from codespace_tracker.core.clock import SECOND_US, Reading
from codespace_tracker.core.signs_of_life import UNKNOWN_HEARTBEAT_US, Seen, Sign, Slot, Step
from codespace_tracker.daemon import surroundings
from codespace_tracker.daemon.host import Host, RealHost
from codespace_tracker.daemon.loop import BEGIN_AGAIN, DONE, ENDINGS, Daemon
from codespace_tracker.ledger.connect import NAME as LEDGER
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.machine import alive, file_system
from codespace_tracker.machine.chance import new_id
from codespace_tracker.machine.files import stamp
from codespace_tracker.machine.lock import DAEMON_LOCK, last_holder, say

_ROUND_US = SECOND_US // 4
"""How often a claim is looked at until it stands, in µs."""

_LOOKS = 4
"""How often the signs of others are looked at in one heartbeat of our own, while we wait."""


class Claim:
    """The claim of this process to a directory, by its sign of life. `heartbeat_us` is what the
    sign says."""

    def __init__(self, directory: str, host: Host, heartbeat_us: int | None) -> None:
        self._directory = directory
        self._host = host
        self._seen: tuple[Seen, ...] = ()
        self._written_us: int | None = None
        self._claimed_us: int | None = None
        reading = host.reading()
        beat = heartbeat_us or UNKNOWN_HEARTBEAT_US
        self.sign = Sign(
            new_id(), alive.this_process(), reading.wall_us, reading.mono_us, reading.boot_us, beat
        )

    def enter(self, *, patiently: bool) -> bool:
        """Wait until no other tracker is alive, then claim the directory; False if a signal asked
        us to end first, or if there is one and we are not to wait.

        Writes nothing but the sign. Raises OSError where that cannot be written.
        """
        while (step := self.step(self._host.reading())) != "begin":
            if step == "wait" and not patiently:
                return False
            if not self._rest(self.round_us):
                self.end()
                return False
        return True

    def step(self, reading: Reading) -> Step:
        """One look on the way in, and what follows from it; "begin" when the claim stands. Raises
        OSError."""
        self._look(reading, with_ledger=self._claimed_us is None)
        step = signs_of_life.next_step(self.sign, self._claimed_us, self._seen, reading.mono_us)
        if step == "claim":
            self._claimed_us = reading.mono_us
            self._write(reading)
        elif step == "give way":
            self._claimed_us = None
            self.end()
        return step

    @property
    def round_us(self) -> int:
        """How long it is to the next look on the way in, in µs."""
        return _ROUND_US if self._claimed_us is not None else self.sign.heartbeat_us // _LOOKS

    def goes_on(self, reading: Reading, heartbeat_us: int) -> bool:
        """Whether this process may go on to write; says at each heartbeat that it is alive. Never
        raises.

        A sign that cannot be written (a server that is gone, a full disk) is tried again the next
        time.
        """
        self._look(reading, with_ledger=False)
        if signs_of_life.must_stop(self.sign, self._seen, reading.mono_us):
            return False
        is_in_place = any(
            signs_of_life.is_of(other.found, self.sign.tracker) for other in self._seen
        )
        is_due = (
            self._written_us is None
            or reading.mono_us - self._written_us >= heartbeat_us - _ROUND_US
        )
        if is_due or heartbeat_us != self.sign.heartbeat_us or not is_in_place:
            self.sign = self.sign._replace(heartbeat_us=heartbeat_us)
            self._written_us = None
            with contextlib.suppress(OSError):
                self._write(reading)
        return True

    def end(self) -> None:
        """Mark our sign as ended, if it is there, so that the next tracker need not wait. Never
        raises."""
        reading = self._host.reading()
        self._look(reading, with_ledger=False)
        for slot, one in enumerate(self._seen):
            if signs_of_life.is_of(one.found, self.sign.tracker):
                with contextlib.suppress(OSError):
                    alive.write(
                        self._directory, slot, self.sign.at(reading)._replace(has_ended=True)
                    )

    def leave_no_trace(self) -> bool:
        """Delete the signs of a directory that is on a local file system now, unless a tracker that
        never said that it ended may come back; whether that was done."""
        if self.sign.instead_of:
            return False
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(self._directory, alive.NAME))
            return True
        return False

    def _look(self, reading: Reading, *, with_ledger: bool) -> None:
        found = alive.read(self._directory)
        if with_ledger:
            found += (self._ledger_of_another(found),)
        self._seen = signs_of_life.look(self._seen, found, reading.mono_us)

    def _ledger_of_another(self, found: tuple[Slot, ...]) -> Slot:
        """The stamp of the ledger's log, in place of the sign of a tracker that leaves none: to its
        machine the file system may be a local one, or it is of version 0.1.0. Free if the lock file
        names no such tracker."""
        said = last_holder(os.path.join(self._directory, DAEMON_LOCK))
        if not said.is_elsewhere or any(one.sign is not None for one in found):
            return Slot(b"")
        return Slot(repr(stamp(os.path.join(self._directory, f"{LEDGER}-wal"))).encode())

    def _write(self, reading: Reading) -> None:
        slots = self._seen[: alive.SLOTS]
        gone = {
            *self.sign.instead_of,
            *signs_of_life.replaced(slots, self.sign.tracker, reading.mono_us),
        }
        self.sign = self.sign._replace(instead_of=tuple(sorted(gone)))
        slot = signs_of_life.slot_for(self.sign.tracker, slots, reading.mono_us)
        alive.write(self._directory, slot, self.sign.at(reading))
        self._written_us = reading.mono_us

    def _rest(self, microseconds: int) -> bool:
        """Sleep for `microseconds`; False if a signal asked us to end."""
        until = self._host.reading().mono_us + microseconds
        while (left := until - self._host.reading().mono_us) > 0:
            if self._host.wait(left) in ENDINGS:
                return False
        return True


def run(
    directory: str, host: RealHost, heartbeat_us: int | None, lock: int, heard: int | None
) -> int:
    """Claim the directory, whose lock is held in `lock`, and run its daemon, which counts from now
    on, as long as the claim stands; the exit code for the keeper. `heard` is a signal that has
    come.

    Raises LedgerError, OSError.
    """
    first = host.reading()
    claim = Claim(directory, host, heartbeat_us)
    if not claim.enter(patiently=heard is None):
        return DONE  # nothing was written, and nothing is to be
    say(lock, __version__)
    is_alone = file_system.of(directory).shares_locks and claim.leave_no_trace()
    ledger = surroundings.open_ledger(directory, host.held, host.reading().wall_us)
    daemon = Daemon(directory, host, ledger, heartbeat_us, lock)
    daemon.begin(signs_of_life.counted_from(daemon.ledger.last_session(), first, host.reading()))
    if heard is None:
        heard = host.wait(daemon.until_due())
    while daemon.exit_code is None:
        if not is_alone:
            _look_before_writing(daemon, claim, heard)
        daemon.step(heard)
        if daemon.exit_code is None:
            heard = host.wait(daemon.until_due())
    if not daemon.is_cut_off:
        with contextlib.suppress(LedgerError):
            daemon.ledger.close()
    if not is_alone:
        claim.end()
    if daemon.is_cut_off:
        os._exit(daemon.exit_code)
    return daemon.exit_code


def _look_before_writing(daemon: Daemon, claim: Claim, heard: int | None) -> None:
    """End this process where another tracker has the directory now."""
    is_ending = heard in ENDINGS
    grace_us = (
        daemon.configuration.settings.stop_grace_seconds * SECOND_US if is_ending else 0
    )  # then no heartbeats come
    if not claim.goes_on(daemon.host.reading(), daemon.heartbeat_us + grace_us):
        daemon.log.write(
            "another tracker uses this directory too: this one waits until that one is gone"
        )
        claim.end()
        os._exit(
            DONE if is_ending else BEGIN_AGAIN
        )  # at once: to close the ledger would write into it
