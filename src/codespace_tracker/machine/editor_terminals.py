"""The terminals that are in an editor: whose servers they are of.

A terminal is its server's if the process that it was made for descends from the server.
"""

from __future__ import annotations

import os

from codespace_tracker.machine.editor_servers import read_stat
from codespace_tracker.machine.terminals import FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codespace_tracker.core.presence import ServerId
    from codespace_tracker.machine.editor_servers import EditorServers

_TRIES = 3  # looks at which a terminal may have no process yet
_DEEP = 64  # ancestors


class EditorTerminals:
    """Knows each terminal from its first use on, for as long as it and its server are there: until
    it becomes another program, a child of a server looks like one itself.

    To find whose it is takes a look at all processes, and programs open many terminals in which
    nothing is ever typed. The access time of such a one is that of its birth.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, ServerId | None]] = {}
        self._tries: dict[str, int] = {}

    def within(
        self, terminals: Mapping[str, tuple[int, int]], servers: EditorServers
    ) -> dict[str, ServerId]:
        """Of these terminals (their times by their names) those in an editor that were used, each
        with the server."""
        if not servers.last:
            return {}
        self._known = {
            name: one
            for name, one in self._known.items()
            if terminals.get(name, (0, 0))[1] == one[0] and one[1] in (None, *servers.last)
        }
        new = [
            name
            for name, (accessed, born) in terminals.items()
            if accessed != born and name not in self._known
        ]
        if new:
            leaders = _leaders(new)
            by_pid = {pid: (pid, started) for pid, started in servers.last}
            for name in new:
                self._learn(name, terminals[name][1], leaders.get(name), by_pid)
        return {name: one[1] for name, one in self._known.items() if one[1] is not None}

    def _learn(
        self, name: str, born: int, leader: int | None, servers: Mapping[int, ServerId]
    ) -> None:
        self._tries[name] = self._tries.get(name, 0) + 1
        if leader is None and self._tries[name] < _TRIES:
            return
        del self._tries[name]
        self._known[name] = born, None if leader is None else _above(leader, servers)


def _leaders(names: Iterable[str]) -> dict[str, int]:
    """The process that each of these terminals was made for: the first of its session."""
    devices = {}
    for name in names:
        try:
            device = os.stat(os.path.join(FOLDER, name)).st_rdev
        except OSError:
            continue
        minor = os.minor(device)
        # as /proc writes it
        devices[minor & 0xFF | os.major(device) << 8 | (minor & ~0xFF) << 12] = name
    found = {}
    try:
        pids = os.listdir("/proc")
    except OSError:
        return {}
    for pid in pids:
        stat = read_stat(int(pid)) if pid.isdecimal() else []
        if stat and int(stat[4]) in devices and stat[3] == pid.encode():
            found[devices[int(stat[4])]] = int(pid)
    return found


def _above(pid: int, servers: Mapping[int, ServerId]) -> ServerId | None:
    """The nearest of these servers that a process descends from."""
    for _ in range(_DEEP):
        if pid in servers:
            return servers[pid]
        stat = read_stat(pid)
        if not stat or pid <= 1:
            return None
        pid = int(stat[1])
    return None
