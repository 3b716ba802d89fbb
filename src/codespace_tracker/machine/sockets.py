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
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    Place: TypeAlias = "tuple[int, int | bytes]"

_ORDER = sys.byteorder
_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG; its one kind of request is 20
_BY_FAMILY = 20
_ONE = 0x1  # NLM_F_REQUEST
_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_ERROR, _DONE = 2, 3
_UNIX, _INET, _INET6 = 1, 2, 10
_TCP = 6
_ESTABLISHED, _LISTEN = 1, 10
_PATIENCE_SECONDS = 2.0  # the kernel answers at once
_ROOM = 1 << 16

_LISTENS, _CONNECTED = "0A", "01"  # in /proc/net/tcp
_UNIX_CONNECTED, _UNIX_LISTENS = b"03", 0x10000  # in /proc/net/unix: a state, and a flag


class Connection(Record):
    """A connection: the kind of its socket, and the kernel's name of it, which no other ever
    has."""

    kind: int
    name: bytes


class Clients(Record):
    """How many are connected, and one of these connections; None where there is none, or the kernel
    did not name it."""

    number: int
    witness: Connection | None


class Sockets(Record):
    """`listening` has by inode where a socket listens; `clients` how many are connected there;
    `witnesses` one connection of each place, where the kernel names them.

    A place is the kind of a socket with a TCP port, or with the name of a Unix socket.
    """

    listening: dict[int, Place]
    clients: dict[Place, int]
    witnesses: dict[Place, Connection]

    def clients_of(self, inodes: frozenset[int]) -> Clients | None:
        """Who is connected to a process that has these sockets open; None if none is known to
        listen."""
        places = {self.listening[inode] for inode in inodes if inode in self.listening}
        if not places:
            return None
        witnesses = [self.witnesses[place] for place in places if place in self.witnesses]
        number = sum(self.clients.get(place, 0) for place in places)
        return Clients(number, witnesses[0] if witnesses else None)


def read(inodes: frozenset[int]) -> Sockets | None:
    """Those that listen now, and who is connected to these ones; None if this cannot be had
    here."""
    for source in (_from_kernel, _from_proc):
        try:
            return source(inodes)
        except (OSError, ValueError, IndexError):
            continue
    return None


def still_there(witnesses: Iterable[Connection | None]) -> set[Connection | None]:
    """The connections among these that are still there. To find one that it has named, the kernel
    does not walk through all sockets, as it does to count them."""
    named = {one for one in witnesses if one is not None}
    if not named:
        return set()
    try:
        channel = _channel()
        try:
            return {one for one in named if _is_there(channel, one)}
        finally:
            channel.close()
    except OSError:
        return set()


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


def _channel() -> _socket.socket:
    """Raises OSError."""
    import _socket  # only the part in C: `socket` is half a megabyte

    how = _socket.SOCK_RAW | _socket.SOCK_CLOEXEC
    channel = _socket.socket(_socket.AF_NETLINK, how, _SOCK_DIAG)
    channel.settimeout(_PATIENCE_SECONDS)
    return channel


def _from_kernel(inodes: frozenset[int]) -> Sockets:
    """Raises OSError."""
    channel = _channel()
    found = Sockets({}, {}, {})
    try:
        for kind in (_INET, _INET6, _UNIX):
            found.listening.update((inode, place) for inode, place, _ in _dump(channel, kind, True))
        # what is connected is of the kind of what listened
        for kind in {found.listening[one][0] for one in inodes if one in found.listening}:
            for _, place, name in _dump(channel, kind, False):
                found.clients[place] = found.clients.get(place, 0) + 1
                found.witnesses[place] = Connection(kind, name)
    finally:
        channel.close()
    return found


def _dump(
    channel: _socket.socket, kind: int, is_listening: bool
) -> Iterator[tuple[int, Place, bytes]]:
    """The sockets of a kind that listen, or that are connected: the inode, the place and the
    kernel's name of each. Raises OSError."""
    state = _u32(1 << (_LISTEN if is_listening else _ESTABLISHED))
    if kind == _UNIX:
        # kind, protocol, nothing, states, an inode that stands for all, names, cookies
        asked = bytes((_UNIX, 0, 0, 0)) + state + _u32(0) + _u32(1) + bytes(8)
        for message in _answers(channel, asked, _DUMP):
            path = _path(message[16:])
            if path:
                name = message[4:16]  # the inode and a number of the kernel
                yield int.from_bytes(name[:4], _ORDER), (_UNIX, path), name
        return
    # kind, protocol, 2 × nothing, states, and a name that stands for all
    for message in _answers(channel, bytes((kind, _TCP, 0, 0)) + state + bytes(48), _DUMP):
        name = message[4:52]  # both ends and a number of the kernel
        port = int.from_bytes(name[:2], "big")
        yield int.from_bytes(message[68:72], _ORDER), (kind, port), name


def _is_there(channel: _socket.socket, one: Connection) -> bool:
    """Raises OSError."""
    states = _u32(1 << _ESTABLISHED)
    if one.kind == _UNIX:
        asked = bytes((_UNIX, 0, 0, 0)) + states + one.name[:4] + _u32(1) + one.name[4:]
    else:
        asked = bytes((one.kind, _TCP, 0, 0)) + states + one.name
    try:
        [message] = _answers(channel, asked, _ONE)
    except FileNotFoundError:
        return False
    return message[2 if one.kind == _UNIX else 1] == _ESTABLISHED


def _answers(channel: _socket.socket, asked: bytes, how: int) -> Iterator[bytes]:
    """Raises OSError, which is FileNotFoundError if there is no such connection."""
    head = _u32(16 + len(asked)) + _u16(_BY_FAMILY) + _u16(how) + bytes(8)
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
                number = -int.from_bytes(received[16:20], _ORDER, signed=True)
                raise OSError(number, "the kernel does not tell of sockets")
            yield received[16:length]
            if how == _ONE:
                return
            received = received[(length + 3) & ~3 :]


def _path(attributes: bytes) -> bytes:
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


def _from_proc(_: frozenset[int]) -> Sockets:
    """Raises OSError, ValueError or IndexError."""
    found = Sockets({}, {}, {})
    for kind, name in ((_INET, "tcp"), (_INET6, "tcp6")):
        if kind == _INET6 and not os.path.exists("/proc/net/tcp6"):
            continue  # a kernel without IPv6
        with open(f"/proc/net/{name}", encoding="ascii") as file:
            next(file)
            for line in file:
                words = line.split()
                place = kind, int(words[1].rpartition(":")[2], 16)
                if words[3] == _LISTENS:
                    found.listening[int(words[9])] = place
                elif words[3] == _CONNECTED:
                    found.clients[place] = found.clients.get(place, 0) + 1
    with open("/proc/net/unix", "rb") as unix:
        next(unix)
        for row in unix:
            fields = row.rstrip(b"\n").split(None, 7)
            if len(fields) < 8:
                continue  # it has no name
            named = _UNIX, fields[7]
            if int(fields[3], 16) & _UNIX_LISTENS:
                found.listening[int(fields[6])] = named
            elif fields[5] == _UNIX_CONNECTED:
                found.clients[named] = found.clients.get(named, 0) + 1
    return found
