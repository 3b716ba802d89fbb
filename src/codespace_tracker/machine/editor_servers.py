"""The servers of editors that run here, and whether anyone is connected to them.

A server is recognised by the words of its command line: the program, and where that runs a script,
the script. Words elsewhere do not count: a `tail` of a file in a folder named code-server is no
editor. Whose children they are does not matter: VS Code's servers are `server-main.js` in each of
its forks.
"""

from __future__ import annotations

import os

from codespace_tracker.core.presence import Server
from codespace_tracker.core.record import Record
from codespace_tracker.machine import reporters, sockets
from codespace_tracker.machine.processes import sees_its_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codespace_tracker.core.presence import ServerId


class Kind(Record):
    """What sort of server it is. `name` is for people.

    `hides` tells that no one may be connected at a look although someone is there: such a server
    is asked again and again, over connections that end, or is reached through another server.
    `is_host` tells that it is the part of VS Code in which extensions run, a child of the server.
    """

    name: str
    hides: bool = False
    is_host: bool = False


_CODE = Kind("a server of VS Code or one of its forks")
_HOST = Kind("the extensions of VS Code or one of its forks", is_host=True)
_CODE_SERVER = Kind("code-server")
_JUPYTER = Kind("Jupyter")
_HUB = Kind("Jupyter, of a hub", hides=True)
_THEIA = Kind("Theia")
_RSTUDIO = Kind("RStudio Server", hides=True)
_JETBRAINS = Kind("an IDE of JetBrains")
_ZED = Kind("Zed's remote server")
_NEOVIM = Kind("Neovim without a screen")

_NODE = frozenset({"node", "nodejs"})
_NODE_TAKES = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader"})
_PYTHON_TAKES = frozenset({"-W", "-X", "--check-hash-based-pycs"})
_SHELLS = frozenset({"sh", "bash", "dash"})
_JUPYTERS = {
    "jupyter-lab": _JUPYTER,
    "jupyter-server": _JUPYTER,
    "jupyter-notebook": _JUPYTER,
    "jupyter-labhub": _HUB,
    "jupyterhub-singleuser": _HUB,
}
_MODULES = {
    "jupyterlab": _JUPYTER,
    "jupyter_server": _JUPYTER,
    "notebook": _JUPYTER,
    "jupyterlab.labhubapp": _HUB,
    "jupyterhub.singleuser": _HUB,
}
_JETBRAINS_MAIN = "com.intellij.idea.Main"
_JETBRAINS_MODES = frozenset({"cwmHost", "cwmHostNoLobby", "remoteDevHost", "serverMode"})

_FULL_TURNS = 16  # looks until all processes are listed,
_AGAIN_TURNS = 4  # and how often they are listed until the command line of each is read again
_LOAD = "/proc/loadavg"
_FEW = 50  # numbers that are tried before all processes are listed
_LINE = 4096  # bytes of a command line: what tells a server comes first


def kind_of(words: Sequence[str]) -> Kind | None:
    """What sort of server a process is, by its command line; None if it is none."""
    if not words:
        return None
    program, rest = os.path.basename(words[0]), words[1:]
    if program in _NODE:
        return _of_node(rest)
    if program.startswith("python"):
        return _of_python(rest)
    if program in _JUPYTERS:
        return _JUPYTERS[program]
    if program in ("rserver", "rsession"):
        return _RSTUDIO
    if program.startswith("zed-remote-server"):
        return _ZED
    if program == "nvim" and "--headless" in rest:
        return _NEOVIM
    script = os.path.basename(rest[0]) if program in _SHELLS and rest else program
    if script in ("remote-dev-server", "remote-dev-server.sh"):
        return _JETBRAINS
    if program == "java" and _JETBRAINS_MAIN in rest:
        after = rest[rest.index(_JETBRAINS_MAIN) + 1 :]
        return _JETBRAINS if after and after[0] in _JETBRAINS_MODES else None
    return None


def _script(words: Sequence[str], taking: frozenset[str]) -> Sequence[str]:
    """The words from the script on: those before it are options, of which some take a word."""
    n = 0
    while n < len(words) and words[n].startswith("-") and words[n] != "-m":
        n += 2 if words[n] in taking else 1
    return words[n:]


def _of_node(words: Sequence[str]) -> Kind | None:
    script = _script(words, _NODE_TAKES)
    if not script:
        return None
    path, name = script[0], os.path.basename(script[0])
    if name == "server-main.js":
        return _CODE
    if name in ("bootstrap-fork", "bootstrap-fork.js") and "--type=extensionHost" in script:
        return _HOST
    parts = path.split("/")
    if parts[-3:] == ["out", "node", "entry"]:
        return _CODE_SERVER
    return _THEIA if parts[-2:] == ["backend", "main.js"] else None


def _of_python(words: Sequence[str]) -> Kind | None:
    script = _script(words, _PYTHON_TAKES)
    if len(script) > 1 and script[0] == "-m":
        return _MODULES.get(script[1])
    return _JUPYTERS.get(os.path.basename(script[0])) if script else None


def folder_of(words: Sequence[str]) -> str:
    """The folder of the program from which a server of VS Code was started, or its host of
    extensions; empty for other processes, and where it was started by a relative path."""
    kind = kind_of(words)
    script = _script(words[1:], _NODE_TAKES)[0] if kind in (_CODE, _HOST, _CODE_SERVER) else ""
    if not os.path.isabs(script):
        return ""
    above = os.path.dirname(os.path.dirname(os.path.realpath(script)))
    return os.path.dirname(above) if kind == _CODE_SERVER else above


def folders() -> set[str]:
    """`folder_of` all processes of this user; empty where processes cannot be seen."""
    if not sees_its_own():
        return set()
    pids = _all() or set()
    found = {pid: folder_of(_command_line(pid) or ()) for pid in pids}
    lives = {pid: _life(pid) for pid, folder in found.items() if folder}
    return {found[pid] for pid, life in lives.items() if life is not None and life[2]}


class Process(Record):
    """A server that was found: what sort it is, its parent, whether it is this user's."""

    kind: Kind
    parent: int
    is_ours: bool

    @property
    def shows_clients(self) -> bool:
        """Whether its connections tell if anyone is in it."""
        return self.is_ours and not self.kind.hides and not self.kind.is_host


class EditorServers:
    """The servers, look by look.

    To list all processes takes the kernel longer than the rest of a look. So a look goes by the
    number that was given last: only processes with numbers since the look before are new. At each
    sixteenth look all are listed, and at each look where these numbers turn out not to be those of
    the processes here, or there are too many, or they began again from below.

    Each command line is read at the first two looks at its process, since a script may become
    another program at once, and then at each 64th: a shell may do so any time, and a number may be
    another process's by then.

    Who is connected is counted again when the one connection is gone that was noted of a server:
    while it is there, someone may be there, and how many there are does not matter.
    """

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._kinds: dict[int, Kind] = {}
        self._once: set[int] = set()  # those that were read once
        self._newest: int | None = None  # the last number as of the look before
        self._turn = -1
        # whether the last number is one of the processes here, as far as what was listed shows:
        # another file system may tell it
        self._is_numbered = False
        self._may_be_numbered = not os.path.ismount(_LOAD)
        self._clients: dict[ServerId, sockets.Clients] = {}
        self.last: dict[ServerId, Process] = {}
        """The servers as of the last look."""

    def found(self) -> dict[ServerId, Process] | None:
        """The servers that run now; None where processes cannot be seen."""
        if not sees_its_own():
            return None
        self._turn += 1
        newest = _newest()
        new, again = self._since(newest), self._once
        if new is None:
            pids = _all()
            if pids is None:
                return None
            new = self._listed(pids)
            if self._is_full_turn:
                turn = self._turn // _FULL_TURNS % _AGAIN_TURNS
                again = again | {pid for pid in pids if pid % _AGAIN_TURNS == turn}
        self._newest, self._once = newest, set()
        for pid in new | again:
            words = _command_line(pid)
            if words is not None and pid in new:
                self._once.add(pid)
            kind = kind_of(words or ())
            if kind is None or not _is_process(pid):
                self._kinds.pop(pid, None)
            else:
                self._kinds[pid] = kind
        self._known |= new
        found: dict[ServerId, Process] = {}
        for pid, kind in list(self._kinds.items()):
            life = _life(pid)
            if life is None:
                del self._kinds[pid]
            else:
                found[(pid, life[1])] = Process(kind, life[0], life[2])
        self.last = _without_children(found)
        return self.last

    def _since(self, newest: int | None) -> set[int] | None:
        """The numbers that were given since the look before; None if all processes must be
        listed."""
        if newest is None or self._newest is None or not self._is_numbered or self._is_full_turn:
            return None
        if not 0 <= newest - self._newest <= _FEW:
            return None
        return set(range(self._newest + 1, newest + 1))

    @property
    def _is_full_turn(self) -> bool:
        return self._turn % _FULL_TURNS == 0

    def _listed(self, pids: set[int]) -> set[int]:
        """Of all processes those that are new."""
        new = pids - self._known
        self._is_numbered = self._may_be_numbered and self._shows_numbers(pids, new)
        self._known &= pids
        self._kinds = {pid: kind for pid, kind in self._kinds.items() if pid in pids}
        return new

    def _shows_numbers(self, pids: set[int], new: set[int]) -> bool:
        """Whether the last number is one of the processes here, by these that there are and those
        of them that are new."""
        last = _newest()  # again: some may have come since
        if last is None:
            return False
        if self._newest is None:
            return last >= max(pids, default=0)
        if not new:
            return self._is_numbered
        if last < self._newest:  # from below again
            return self._is_numbered and all(pid > self._newest or pid <= last for pid in new)
        # many numbers may be those of these processes by chance
        is_told = self._is_numbered or last - self._newest <= _FEW
        return is_told and all(self._newest < pid <= last for pid in new)

    def look(self, reports: reporters.Reports) -> dict[ServerId, Server]:
        """The servers that run now, who is connected, and who reports for them."""
        found = self.found()
        if found is None:
            return {(0, 0): Server(None)}
        if not found:
            return {}
        reported, blind = _by_server(reports.by_process), _by_server(reports.blind)
        self._count([one for one, process in found.items() if process.shows_clients])
        clients = {one: counted.number for one, counted in self._clients.items()}
        return {
            one: Server(clients.get(one), reported.get(one[0], 0), blind.get(one[0], 0))
            for one in found
        }

    def _count(self, servers: list[ServerId]) -> None:
        """Count who is connected to each of these servers, as far as that can be seen."""
        before = {one: self._clients[one] for one in servers if one in self._clients}
        there = sockets.still_there([clients.witness for clients in before.values()])
        counted = {one: clients for one, clients in before.items() if clients.witness in there}
        opened = {one: _sockets_of(one[0]) for one in servers if one not in counted}
        seen = sockets.read(frozenset().union(*opened.values())) if any(opened.values()) else None
        for one, own in opened.items():
            clients = None if seen is None else seen.clients_of(own)
            if clients is not None:
                counted[one] = clients
        self._clients = counted


def _without_children(found: dict[ServerId, Process]) -> dict[ServerId, Process]:
    """Without the hosts of extensions that are children of a server which is there: they are that
    server's."""
    servers = {pid for (pid, _), process in found.items() if not process.kind.is_host}
    return {
        one: process
        for one, process in found.items()
        if not (process.kind.is_host and process.parent in servers)
    }


def _by_server(stamps: Mapping[int, int]) -> dict[int, int]:
    """By the number of a process, the newest stamp of a reporter in it or in one of its children
    (UTC µs)."""
    found: dict[int, int] = {}
    for pid, at in stamps.items():
        life = _life(pid)
        if life is not None and life[2]:
            for one in (pid, life[0]):
                found[one] = max(at, found.get(one, 0))
    return found


def _sockets_of(pid: int) -> frozenset[int]:
    """The sockets that a process has open; none where one may not look."""
    try:
        return sockets.inodes_of(pid)
    except OSError:
        return frozenset()


def _command_line(pid: int) -> list[str] | None:
    """The words of a command line; None if there is no such process."""
    line = _read(f"/proc/{pid}/cmdline")
    if line is None:
        return None
    return [os.fsdecode(word) for word in line.rstrip(b"\0").split(b"\0")] if line else []


def _all() -> set[int] | None:
    """The numbers of all processes; None where they cannot be listed."""
    try:
        return {int(name) for name in os.listdir("/proc") if name.isdecimal()}
    except OSError:
        return None


def _newest() -> int | None:
    """The number that was given to a process or a thread last; None where that is not told."""
    last = (_read(_LOAD) or b"").split()[-1:]
    return int(last[0]) if last and last[0].isdigit() else None


def _is_process(pid: int) -> bool:
    """Whether it is the number of a process, and not of one of its threads, which has the same
    command line."""
    return f"\nTgid:\t{pid}\n".encode() in (_read(f"/proc/{pid}/status") or b"")


def _read(path: str) -> bytes | None:
    """The beginning of a file in /proc, empty if its process ends; None if there is none. `open`
    would take twice as long, for hundreds of processes."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(fd, _LINE)
    except OSError:
        return b""
    finally:
        os.close(fd)


def read_stat(pid: int) -> list[bytes]:
    """What the kernel says of a process, from its state and its parent on; empty if it has
    ended."""
    return (_read(f"/proc/{pid}/stat") or b"").rpartition(b")")[2].split()


def _life(pid: int) -> tuple[int, int, bool] | None:
    """A process's parent, its start (clock ticks after boot), and whether it is this user's; None
    if it has ended."""
    fields = read_stat(pid)
    if not fields or fields[0] in (b"Z", b"X"):
        return None
    try:
        is_ours = os.stat(f"/proc/{pid}").st_uid == os.geteuid()
    except OSError:
        return None
    return int(fields[1]), int(fields[19]), is_ours
