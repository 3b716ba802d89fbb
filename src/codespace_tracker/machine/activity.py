"""The file `activity`: touched when the user is active, by `codespace-tracker activity` or by a
part of an editor."""

import errno
import os
import stat

from codespace_tracker.machine import reporters
from codespace_tracker.machine.file_names import REPORTERS
from codespace_tracker.machine.files import FILE_MODE, SAFELY
from codespace_tracker.machine.rooted import look, rooted

NAME = "activity"
"""The file in the state directory that is touched."""


def touched_at(directory: str) -> int:
    """When activity was reported last (UTC µs), 0 for never."""
    try:
        found = look(f"{directory}/{NAME}", follows=False)
    except OSError:
        return 0
    is_ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
    return found.st_mtime_ns // 1000 if is_ours else 0


def touch(directory: str) -> None:
    """Report activity. Raises OSError."""
    _touch(os.path.join(directory, NAME))


def touch_for_all(directory: str) -> None:
    """Report activity, and that all activity in every editor is reported like this. Raises
    OSError."""
    reporters.make_folder(directory)
    _touch(os.path.join(directory, REPORTERS, reporters.ALL))
    touch(directory)


def _touch(path: str) -> None:
    what = OSError(errno.EINVAL, "is not a file, but must be one: move it away", path)
    try:
        # not blocking: a pipe in its place is an error, and does not hold us up
        fd = os.open(rooted(path), os.O_WRONLY | os.O_CREAT | SAFELY, FILE_MODE)
    except OSError as error:
        raise what if error.errno in (errno.ENXIO, errno.ELOOP, errno.EISDIR) else error from None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise what
        os.utime(fd)
    finally:
        os.close(fd)
