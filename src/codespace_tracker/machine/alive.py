"""The file of signs of life, `alive`: for directories whose locks cannot be trusted.

Two slots, each in a block of its own of 4,096 bytes, so that two trackers never write into the same
page. A slot is a line of text, filled up with zeros:

    CHECKSUM {"tracker": …, "process": […], …}

The checksum is the CRC-32 of what follows the space, in 8 hexadecimal digits; the fields are those
of `core.signs_of_life.Sign`. A torn write has a wrong checksum, and counts as a tracker that is
just writing.
"""

from __future__ import annotations

import os
import stat

from codespace_tracker.core import plain_json
from codespace_tracker.core.clock import HOUR_US, Reading
from codespace_tracker.core.signs_of_life import STILL_HEARTBEATS, Process, Sign, Slot
from codespace_tracker.machine import file_system, lock
from codespace_tracker.machine.files import FILE_MODE, SAFELY
from codespace_tracker.machine.processes import sees_its_own, start_time
from codespace_tracker.machine.rooted import rooted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = file_system.SIGNS
SLOTS = 2
BLOCK = 4096

LONGEST_US = HOUR_US
"""The longest that a sign may stand still, in µs. One that claims more is not from a tracker, and
must not hold anything up."""

_SLACK_US = 15_000_000  # how much later than it is due a sign may be, in µs, where one look must do


def this_process() -> Process:
    """This process, as a sign names it."""
    pid = os.getpid()
    return Process(lock.boot_id(), lock.namespace_name(), pid, start_time(pid) or 0)


def read(directory: str) -> tuple[Slot, ...]:
    """What the slots hold now; both are empty where there is no such file. Never raises."""
    try:
        # opened each time: only then does a network file system ask its server for what others
        # wrote
        fd = os.open(rooted(os.path.join(directory, NAME)), os.O_RDONLY | SAFELY)
    except OSError:
        return (Slot(b""),) * SLOTS
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return (Slot(b""),) * SLOTS
        return tuple(_found(os.pread(fd, BLOCK, n * BLOCK)) for n in range(SLOTS))
    except OSError:
        return (Slot(b"?"),) * SLOTS  # cannot be read now: as if someone was writing
    finally:
        os.close(fd)


def write(directory: str, slot: int, sign: Sign) -> None:
    """Write a sign into a slot, and wait until it is on the disk. Raises OSError."""
    path = os.path.join(directory, NAME)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | SAFELY, FILE_MODE)
    try:
        os.pwrite(fd, encode(sign), slot * BLOCK)
        os.fdatasync(fd)
    finally:
        os.close(fd)


def encode(sign: Sign) -> bytes:
    """A sign as the block that it is written as."""
    import json

    text = json.dumps(sign._asdict(), separators=(",", ":")).encode()
    return (b"%08x %s\n" % (_checksum(text), text)).ljust(BLOCK, b"\0")


def decode(block: bytes) -> Sign | None:
    """The sign in a block; None if it is none, or not all of one."""
    checksum, _, text = block.rstrip(b"\0").removesuffix(b"\n").partition(b" ")
    try:
        if int(checksum, 16) != _checksum(text):
            return None
        return _sign(plain_json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _sign(fields: dict[str, Any]) -> Sign:
    """Raises ValueError, TypeError or KeyError for what is no sign. Fields that a later version
    adds are left out."""
    boot, namespace, pid, started = fields["process"]
    wall, mono, since_boot, heartbeat = (
        fields[name] for name in ("wall_us", "mono_us", "boot_us", "heartbeat_us")
    )
    numbers = (pid, started, wall, mono, since_boot, heartbeat)
    if not all(type(number) is int for number in numbers) or not 0 < heartbeat <= LONGEST_US:
        raise ValueError("not a number where one should be")
    others = tuple(str(name) for name in fields["instead_of"])
    process = Process(str(boot), str(namespace), pid, started)
    ended = bool(fields["has_ended"])
    return Sign(str(fields["tracker"]), process, wall, mono, since_boot, heartbeat, ended, others)


def _checksum(text: bytes) -> int:
    from binascii import crc32  # a library of its own, and only such directories need it

    return crc32(text)


def _found(block: bytes) -> Slot:
    if not block.strip(b"\0"):
        return Slot(b"")
    sign = decode(block)
    return Slot(block, sign, sign is not None and _is_gone(sign.process))


def _is_gone(process: Process) -> bool:
    """Whether the process is certainly dead: it is of this boot and PID namespace, and not to be
    seen."""
    if (process.boot_id, process.namespace) != (
        lock.boot_id(),
        lock.namespace_name(),
    ) or not process.boot_id:
        return False
    if not sees_its_own() or _hides_processes():
        return False
    started = start_time(process.pid)
    return started is None or (process.started != 0 and started != process.started)


def _hides_processes() -> bool:
    """Whether /proc may leave out processes of other users (mount option hidepid)."""
    return not os.path.exists("/proc/1/stat")


def seen_alive(directory: str, reading: Reading) -> Sign | None:
    """The sign of another tracker that seems to be alive, by one look; None if there is none.

    One look cannot tell whether a sign still moves, so it is judged by the wall clocks of both
    machines; a clock that is wrong by more than a few heartbeats deceives it. What may be written
    is never decided by this.
    """
    for one in unended(directory):
        if abs(reading.wall_us - one.wall_us) <= STILL_HEARTBEATS * one.heartbeat_us + _SLACK_US:
            return one
    return None


def unended(directory: str) -> list[Sign]:
    """The signs that no tracker has marked as ended, and whose processes are not known to be
    dead."""
    return [one.sign for one in read(directory) if one.sign is not None and not one.is_free]


def is_ours(directory: str) -> bool:
    """Whether the tracker that has claimed a directory is one of this container, and reached it
    through the same mount as we do: with it, locks can be trusted."""
    found = lock.holder(os.path.join(directory, lock.DAEMON_LOCK))
    if found is None or found.is_elsewhere:
        return False
    ours = (lock.boot_id(), lock.namespace_name(), found.pid)
    return any(sign.process[:3] == ours for sign in unended(directory))
