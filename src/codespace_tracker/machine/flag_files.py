"""The files in flags/: ours say when the trigger fired and in which scope; any other is a
user's."""

from __future__ import annotations

import os

from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.record import Record
from codespace_tracker.core.suppress import suppress
from codespace_tracker.core.trigger import LASTING_KEY
from codespace_tracker.machine.file_names import FLAGS
from codespace_tracker.machine.files import check_folder, is_ours, read_own, replace, stamp

FOLDER = FLAGS
_OURS = rf"\S+T\S+ ({LASTING_KEY})\n".encode()
_LIMIT = 200
_MARK = ".drawn"
_WAITING = ".waiting"


class FlagsFound(Record):
    """What lies in the folder: our flags with their scopes, and the user's flags."""

    ours: dict[str, str]
    users: frozenset[str]


class FlagFiles:
    """The folder of flags of one state directory. Raises OSError where it cannot be read or
    written."""

    def __init__(self, directory: str) -> None:
        self.path = os.path.join(directory, FOLDER)

    def look(self) -> tuple[int, int, int] | None:
        """What changes when a flag comes or goes; None if the folder is gone."""
        return stamp(self.path)

    def touch(self) -> None:
        """Have the daemon look at the folder at its next heartbeat, even if no signal can reach
        it."""
        os.utime(self.path)

    def names(self) -> set[str] | None:
        """The names of all flags; None where they cannot be read."""
        try:
            return set(self._listed())
        except OSError:
            return None

    def _listed(self) -> list[str]:
        check_folder(self.path)
        with os.scandir(self.path) as found:
            return [
                one.name
                for one in found
                if one.name[0] != "." and is_ours(one.stat(follow_symlinks=False))
            ]

    def is_drawn(self) -> bool:
        """Whether the folder is the one that we drew flags into, and was not made again since."""
        return os.path.lexists(os.path.join(self.path, _MARK))

    def say_drawn(self) -> None:
        """All flags that should be in the folder are."""
        check_folder(self.path)
        replace(
            os.path.join(self.path, _MARK),
            b"Without this file, all flags of codespace-tracker are drawn again.\n",
        )

    def found(self) -> FlagsFound:
        """All that lies there."""
        scopes = {name: self._scope(name) for name in self._listed()}
        ours = {name: scope for name, scope in scopes.items() if scope is not None}
        return FlagsFound(ours, frozenset(scopes.keys() - ours.keys()))

    def place(self, flag: str, at: int, scope: str, zone: Zone) -> None:
        """Place our flag there, durably. A user's flag of that name stays."""
        check_folder(self.path)
        path = os.path.join(self.path, flag)
        if os.path.lexists(path) and self._scope(flag) is None:
            return
        waiting = os.path.join(self.path, _WAITING)  # no name that a flag may have
        replace(path, f"{zone.iso(at)} {scope}\n".encode(), durable=True, by=waiting)

    def remove(self, flag: str) -> bool:
        """Remove our flag, and nothing else. Returns whether no flag of its name is left."""
        check_folder(self.path)
        path = os.path.join(self.path, flag)
        if os.path.lexists(path) and self._scope(flag) is None:
            return False
        with suppress(FileNotFoundError):
            os.unlink(path)
        return True

    def _scope(self, name: str) -> str | None:
        """The scope in a file that we wrote; None for any other."""
        content = read_own(os.path.join(self.path, name), _LIMIT)
        if not content:
            return None
        import re  # `triggers` goes without it where none of our flags is placed

        found = re.fullmatch(_OURS, content)
        return None if found is None else found[1].decode()
