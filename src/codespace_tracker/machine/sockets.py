"""Which sockets listen on this machine, and how many clients are connected to each: from the
kernel's `sock_diag`, or from /proc/net where that is not to be had.

Only sockets of this network namespace are seen.
"""

from __future__ import annotations

import os
import sys

from codespace_tracker.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Iterator

_ORDER = sys.byteorder
_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG; its one kind of request is 20
_BY_FAMILY = 20
_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_ERROR, _DONE = 2, 3
_UNIX, _INET, _INET6 = 1, 2, 10
_TCP = 6
_ESTABLISHED, _LISTEN = 1, 10
_STATES = 1 << _ESTABLISHED | 1 << _LISTEN
_PATIENCE_SECONDS = 2.0  # the kernel answers at once
_ROOM = 1 << 16

_LISTENS, _CONNECTED = "0A", "01"  # in /proc/net/tcp
_UNIX_CONNECTED, _UNIX_LISTENS = b"03", 0x10000  # in /proc/net/unix: a state, and a flag


class Sockets(Record):
    """`listening` has by inode where a socket listens: a TCP port, or the name of a Unix socket;
    `clients` how many are connected there."""

    listening: dict[int, int | bytes]
    clients: dict[int | bytes, int]

    def clients_of(self, inodes: frozenset[int]) -> int | None:
        """How many are connected to who has these sockets open; None if none of them is known to
        listen."""
        places = {self.listening[inode] for inode in inodes if inode in self.listening}
        return sum(self.clients.get(place, 0) for place in places) if places else None


def read() -> Sockets | None:
    """All of them now; None if this cannot be had here."""
    for source in (_from_kernel, _from_proc):
        found = Sockets({}, {})
        try:
            for is_listening, inode, place in source():
                if is_listening:
                    found.listening[inode] = place
                else:
                    found.clients[place] = found.clients.get(place, 0) + 1
        except (OSError, ValueError, IndexError):
            continue
        return found
    return None


def inodes_of(pid: int) -> frozenset[int]:
    """The sockets that a process has open. Raises OSError where one may not look."""
    found, folder = [], f"/proc/{pid}/fd"
    for name in os.listdir(folder):
        try:
            target = os.readlink(f"{folder}/{name}")
        except FileNotFoundError:  # closed meanwhile
            continue
        if target.startswith("socket:["):
            found.append(int(target[8:-1]))
    return frozenset(found)


# --- sock_diag


def _from_kernel() -> Iterator[tuple[bool, int, int | bytes]]:
    """Whether it listens, its inode, and where. Raises OSError."""
    import _socket  # the kernel's sockets and no more: `socket` is half a megabyte

    channel = _socket.socket(
        _socket.AF_NETLINK, _socket.SOCK_RAW | _socket.SOCK_CLOEXEC, _SOCK_DIAG
    )
    try:
        channel.settimeout(_PATIENCE_SECONDS)
        for family in (_INET, _INET6):
            # family, protocol, 2 × nothing, states, and an address that stands for all
            asked = bytes((family, _TCP, 0, 0)) + _u32(_STATES) + bytes(48)
            for message in _answers(channel, asked):
                yield (
                    message[1] == _LISTEN,
                    int.from_bytes(message[68:72], _ORDER),
                    int.from_bytes(message[4:6], "big"),
                )
        # family, protocol, nothing, states, an inode that stands for all, names, cookies
        asked = bytes((_UNIX, 0, 0, 0)) + _u32(_STATES) + _u32(0) + _u32(1) + bytes(8)
        for message in _answers(channel, asked):
            name = _name(message[16:])
            if name:
                yield message[2] == _LISTEN, int.from_bytes(message[4:8], _ORDER), name
    finally:
        channel.close()


def _answers(channel: _socket.socket, asked: bytes) -> Iterator[bytes]:
    head = _u32(16 + len(asked)) + _u16(_BY_FAMILY) + _u16(_DUMP) + bytes(8)
    channel.send(head + asked)
    while True:
        received = channel.recv(_ROOM)
        if not received:
            raise OSError("the kernel broke off")
        while len(received) >= 16:
            length = int.from_bytes(received[:4], _ORDER)
            kind = int.from_bytes(received[4:6], _ORDER)
            if kind == _DONE:
                return
            if kind == _ERROR or length < 16:
                raise OSError("the kernel does not tell of sockets")
            yield received[16:length]
            received = received[(length + 3) & ~3 :]


def _name(attributes: bytes) -> bytes:
    """The name of a Unix socket, of which an abstract one begins with a zero; empty if it has
    none."""
    while len(attributes) >= 4:
        length = int.from_bytes(attributes[:2], _ORDER)
        if length < 4:
            break
        if int.from_bytes(attributes[2:4], _ORDER) == 0:
            name = attributes[4:length]
            return name if name[:1] == b"\0" else name.rstrip(b"\0")
        attributes = attributes[(length + 3) & ~3 :]
    return b""


def _u16(number: int) -> bytes:
    return number.to_bytes(2, _ORDER)


def _u32(number: int) -> bytes:
    return number.to_bytes(4, _ORDER)


# --- /proc/net


def _from_proc() -> Iterator[tuple[bool, int, int | bytes]]:
    """The same. Raises OSError, ValueError or IndexError."""
    for name in ("tcp", "tcp6"):
        if name == "tcp6" and not os.path.exists("/proc/net/tcp6"):
            continue  # a kernel without IPv6
        with open(f"/proc/net/{name}", encoding="ascii") as file:
            next(file)
            for line in file:
                words = line.split()
                if words[3] in (_LISTENS, _CONNECTED):
                    port = int(words[1].rpartition(":")[2], 16)
                    yield words[3] == _LISTENS, int(words[9]), port
    with open("/proc/net/unix", "rb") as unix:
        next(unix)
        for row in unix:
            fields = row.rstrip(b"\n").split(None, 7)
            if len(fields) < 8:
                continue  # it has no name
            listens = int(fields[3], 16) & _UNIX_LISTENS != 0
            if listens or fields[5] == _UNIX_CONNECTED:
                yield listens, int(fields[6]), fields[7]
