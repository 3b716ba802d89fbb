"""The files in flags/: ours say when the trigger fired and in which scope; any other is a user's."""

import os
import re
from typing import Literal, NamedTuple

from codespace_tracker.core.calendar import Zone
from codespace_tracker.machine.files import read_small, replace, stamp

FOLDER = "flags"
_OURS = re.compile(rb"\S+T\S+ (session:\d+|day:[\d-]+|month:[\d-]+|ever)\n")
_LIMIT = 200
_MARK = ".drawn"


class Found(NamedTuple):
    """What lies in the folder: flags of ours with their scopes, and flags of the user."""

    ours: dict[str, str]
    users: frozenset[str]


class FlagFiles:
    """The folder of flags of one state directory. Raises OSError where it cannot be read or written."""

    def __init__(self, directory: str) -> None:
        self.path = os.path.join(directory, FOLDER)

    def look(self) -> tuple[int, int, int] | None:
        """What changes when a flag comes or goes; None if the folder is gone."""
        return stamp(self.path)

    def touch(self) -> None:
        """Have the daemon look at the folder at its next heartbeat, also where no signal of ours can reach it."""
        os.utime(self.path)

    def is_ours(self) -> bool:
        """Whether the folder is the one that we drew flags into, and not made anew since."""
        return os.path.lexists(os.path.join(self.path, _MARK))

    def make_ours(self) -> None:
        """All flags that should be in the folder are."""
        replace(os.path.join(self.path, _MARK), b"Without this file, all flags of codespace-tracker are drawn anew.\n")

    def found(self) -> Found:
        """All that lies there."""
        ours: dict[str, str] = {}
        users = set()
        for name in os.listdir(self.path):
            if name.startswith(".") or name.endswith(".tmp"):
                continue
            scope = self._scope(name)
            if scope is None:
                users.add(name)
            else:
                ours[name] = scope
        return Found(ours, frozenset(users))

    def place(self, flag: str, at: int, scope: str, zone: Zone) -> None:
        """Put a flag of ours there, on the disk."""
        replace(os.path.join(self.path, flag), f"{zone.iso(at)} {scope}\n".encode(), durable=True)

    def is_there(self, flag: str) -> bool:
        """Whether anything of that name lies in the folder."""
        return os.path.lexists(os.path.join(self.path, flag))

    def remove(self, flag: str) -> Literal["removed", "gone", "not ours"]:
        """Take a flag of ours away, and nothing else."""
        if self._scope(flag) is None:
            return "not ours" if self.is_there(flag) else "gone"
        os.unlink(os.path.join(self.path, flag))
        return "removed"

    def _scope(self, name: str) -> str | None:
        """The scope in a file that we wrote; None for any other."""
        found = _OURS.fullmatch(read_small(os.path.join(self.path, name), _LIMIT) or b"")
        return None if found is None else found[1].decode()
