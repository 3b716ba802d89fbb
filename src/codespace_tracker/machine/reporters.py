"""Who reports presence: files in the folder `reporters` of the state directory.

A reporter is a part of an editor. Its file has the number of its process as its name, and is
touched each minute while it is alive. The file `all` is touched by `codespace-tracker activity
--reporting`, which speaks for every editor. What is in the files does not matter.
"""

from __future__ import annotations

import os
import stat

from codespace_tracker.core.record import Record
from codespace_tracker.core.suppress import suppress
from codespace_tracker.machine.file_names import REPORTERS
from codespace_tracker.machine.files import DIRECTORY_MODE
from codespace_tracker.machine.rooted import rooted

ALL = "all"

_MOST = 1000  # files that are looked at: no one has as many editors


class Reports(Record):
    """When each reporter reported last, by the number of its process, and when someone did for
    all, 0 for never (UTC µs)."""

    by_process: dict[int, int]
    for_all: int


def read(directory: str) -> Reports:
    """The reports that are there. What is no file of this user's is none."""
    by_process, for_all = {}, 0
    with suppress(OSError):
        folder = os.open(
            rooted(os.path.join(directory, REPORTERS)),
            os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC,
        )
        try:
            if os.fstat(folder).st_uid == os.geteuid():
                for name in os.listdir(folder)[:_MOST]:
                    at = _changed_at(folder, name)
                    if name == ALL:
                        for_all = at
                    elif at and name.isdecimal():
                        by_process[int(name)] = at
        finally:
            os.close(folder)
    return Reports(by_process, for_all)


def _changed_at(folder: int, name: str) -> int:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return 0
    is_ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
    return found.st_mtime_ns // 1000 if is_ours else 0


def forget_old(directory: str, before_us: int) -> None:
    """Delete the files of reporters that have not reported since an instant (UTC µs)."""
    for pid, at in read(directory).by_process.items():
        if at < before_us:
            with suppress(OSError):
                os.unlink(rooted(os.path.join(directory, REPORTERS, str(pid))))


def make_folder(directory: str) -> None:
    """Make the folder if it is not there: a tracker of an older version does not. Raises
    OSError."""
    with suppress(FileExistsError):
        os.mkdir(rooted(os.path.join(directory, REPORTERS)), DIRECTORY_MODE)
