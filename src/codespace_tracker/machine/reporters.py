"""Who reports presence: files in the folder `reporters` of the state directory.

A reporter is a part of an editor. Its file has the number of its process as its name, and is
touched each minute while it is alive. The file `all` is touched by `codespace-tracker activity
--reporting`, which speaks for every editor. Where a reporter cannot see whether someone is in its
window, it touches the file with `.unknown` behind its number instead. What is in the files does not
matter.
"""

from __future__ import annotations

import os
import stat

from codespace_tracker.core.record import Record
from codespace_tracker.core.suppress import suppress
from codespace_tracker.machine.file_names import REPORTERS
from codespace_tracker.machine.files import DIRECTORY_MODE
from codespace_tracker.machine.rooted import at, rooted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = "all"
BLIND = ".unknown"

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST = 1000  # files that are looked at: no one has as many editors


class Reports(Record):
    """When each reporter reported last, by the number of its process, and when someone did for
    all, 0 for never; and when each said last that it cannot see (UTC µs)."""

    by_process: Mapping[int, int]
    for_all: int
    blind: Mapping[int, int] = {}


def read(directory: str) -> Reports:
    """The reports that are there. What is no file of this user's is none."""
    by_process: dict[int, int] = {}
    blind: dict[int, int] = {}
    for_all, own = 0, os.geteuid()
    place, above = at(f"{directory}/{REPORTERS}")
    try:
        folder = os.open(place, _FOLDER, dir_fd=above)
    except OSError:
        return Reports(by_process, for_all, blind)
    try:
        names = os.listdir(folder) if os.fstat(folder).st_uid == own else []
        for name in names[:_MOST]:
            stamp = _changed_at(folder, name, own)
            pid, dot, ending = name.partition(".")
            if name == ALL:
                for_all = stamp
            elif stamp and pid.isdecimal() and f"{dot}{ending}" in ("", BLIND):
                (blind if dot else by_process)[int(pid)] = stamp
    except OSError:
        pass
    finally:
        os.close(folder)
    return Reports(by_process, for_all, blind)


def _changed_at(folder: int, name: str, own: int) -> int:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return 0
    is_ours = stat.S_ISREG(found.st_mode) and found.st_uid == own
    return found.st_mtime_ns // 1000 if is_ours else 0


def forget_old(directory: str, before_us: int) -> None:
    """Delete the files of reporters that have not reported since an instant (UTC µs)."""
    reports = read(directory)
    for ending, stamps in (("", reports.by_process), (BLIND, reports.blind)):
        for pid, stamp in stamps.items():
            if stamp < before_us:
                with suppress(OSError):
                    os.unlink(rooted(os.path.join(directory, REPORTERS, f"{pid}{ending}")))


def make_folder(directory: str) -> None:
    """Make the folder if it is not there: a tracker of an older version does not. Raises
    OSError."""
    with suppress(FileExistsError):
        os.mkdir(rooted(os.path.join(directory, REPORTERS)), DIRECTORY_MODE)
