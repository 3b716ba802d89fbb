"""Writing our file into a folder that other users may read, and perhaps write.

No link is followed, neither for the folder nor for the file, and no existing file is written to: a
new file, made under a unique name, replaces what has the name.
"""

import contextlib
import os
from collections.abc import Iterator

from codespace_tracker.machine.files import write_all

READABLE = 0o644


def put(path: str, content: bytes) -> None:
    """Put a file that everybody can read at `path` in one step. Raises OSError.

    The folder must be there. One writer at a time: what a crash left is replaced.
    """
    name = os.path.basename(path)
    waiting = _waiting(name)
    with _opened(os.path.dirname(path)) as folder:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(waiting, dir_fd=folder)
        new = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(waiting, new, READABLE, dir_fd=folder)
        try:
            try:
                os.fchmod(fd, READABLE)  # regardless of the umask
                write_all(fd, content)
            finally:
                os.close(fd)
            os.rename(waiting, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(waiting, dir_fd=folder)
            raise


def take_away(path: str) -> bool:
    """Delete what `put` made; whether it was there. Raises OSError.

    In what is no folder, or a link to one, there is nothing that `put` made.
    """
    name = os.path.basename(path)
    is_taken = False
    try:
        with _opened(os.path.dirname(path)) as folder:
            for file in (_waiting(name), name):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(file, dir_fd=folder)
                    is_taken = True
    except (FileNotFoundError, NotADirectoryError):
        return False
    return is_taken


def _waiting(name: str) -> str:
    return f".{name}.tmp"


@contextlib.contextmanager
def _opened(folder: str) -> Iterator[int]:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)
