"""Files that commands write where the user asks for it: whole, or not at all."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from typing import TextIO

from codespace_tracker.failure import Failure
from codespace_tracker.machine.files import beside

_MEND = "Fix: check the folder, its permissions and the disk, or use another file."


def check_output(output: str, directory: str) -> None:
    """Raises Failure if a file would be in the state directory."""
    folder = os.path.realpath(directory)
    if os.path.commonpath((os.path.realpath(output), folder)) == folder:
        raise Failure(
            f"{output}: is in the state directory, which belongs to the tracker. Fix: use another "
            "folder."
        )


@contextlib.contextmanager
def opened(output: str, mode: int = 0o664) -> Iterator[TextIO]:
    """A temporary file beside `output` (or the target of a link) that replaces it once complete.

    A new file gets the permissions `mode`, less the umask. Pipes and other non-files are written
    directly, and so is a file in a folder we cannot create files in. Raises Failure if it cannot be
    opened or written.
    """
    try:
        with _file(output, mode) as file:
            yield file
    except OSError as error:
        raise Failure(
            f"{output}: could not be written completely ({error.strerror}). {_MEND}"
        ) from error


@contextlib.contextmanager
def _file(output: str, mode: int) -> Iterator[TextIO]:
    path = os.path.realpath(output)
    folder = os.path.dirname(path)
    waiting = beside(os.path.join(folder, ".codespace-tracker"))
    # /dev/stdout may lead to a file that another process has open
    in_place = os.path.abspath(output).startswith(("/dev/", "/proc/"))
    try:
        before = os.stat(path) if os.path.exists(path) and not in_place else None
        if before is not None:
            in_place = not stat.S_ISREG(before.st_mode) or not os.access(folder, os.W_OK)
            if not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        place = output if in_place else waiting
        file: TextIO = open(  # noqa: SIM115
            place,
            "w" if in_place else "x",
            encoding="utf-8",
            newline="",
            # with its mode: a default ACL overrides the umask
            opener=lambda path, flags: os.open(path, flags, mode),
        )
    except OSError as error:
        raise Failure(f"{output}: cannot be written ({error.strerror}). {_MEND}") from error
    try:
        with file:
            yield file
            if not in_place:
                _finish(file, before)
        if not in_place:
            os.rename(waiting, path)
    except BaseException:
        if not in_place:
            os.unlink(waiting)
        raise


def _finish(file: TextIO, before: os.stat_result | None) -> None:
    """Sync the file to disk, with the owner and permissions of the file it replaces."""
    file.flush()
    if before is not None:
        with contextlib.suppress(PermissionError):
            os.fchown(file.fileno(), before.st_uid, before.st_gid)
        os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
    os.fsync(file.fileno())
