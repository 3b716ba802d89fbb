"""Files that readers see whole or not at all, and folders that only their owner can look into."""

from __future__ import annotations

import errno
import os
import stat

from codespace_tracker.core.suppress import suppress
from codespace_tracker.machine.rooted import at, look, path_of, rooted

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600

SAFELY = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
"""How to open what others could have put in the place of a file: a link is not followed, a pipe
does not hold us up, and a terminal does not become that of the daemon, which leads a session and
would get its signals."""

_READING = os.O_RDONLY | SAFELY
LINKS = 40  # one after the other, as for Linux
_AT_ONCE = 1 << 16  # bytes


class ForeignLink(PermissionError):
    """What lies in the place of a file is a link that another user made."""


def beside(path: str) -> str:
    """A path beside another that no other process uses: containers that share a folder have the
    same process numbers."""
    return f"{path}.{os.urandom(8).hex()}"


def replace(
    path: str,
    content: bytes,
    *,
    durable: bool = False,
    like: os.stat_result | None = None,
    by: str | None = None,
    dir_fd: int | None = None,
) -> None:
    """Put `content` at `path` in one step: a reader sees the whole old file or the whole new one.

    `durable` also waits until it is on the disk; a file that can be drawn again from the ledger
    need not. It gets the permissions and the owner of `like`; else it is its owner's alone. `by` is
    the path beside it that it is written under first: `path` with `.tmp` by default, which takes
    what a crash left there, and is for files that only the tracker writes. What several programs
    may write at once needs a name of its own (`beside`). With `dir_fd` both are names in that open
    folder. A link at `path` is replaced itself, not followed. Raises OSError, and leaves the old
    file as it was.
    """
    waiting = by or f"{path}.tmp"
    if dir_fd is not None:
        _replace(path, waiting, dir_fd, content, like, durable=durable)
        return
    (name, folder), (waiting, _) = at(path), at(waiting)
    try:
        _replace(name, waiting, folder, content, like, durable=durable)
    except OSError as error:
        if isinstance(error.filename, str):
            error.filename = path_of(error.filename, folder)
        raise


def _replace(
    name: str,
    waiting: str,
    folder: int | None,
    content: bytes,
    like: os.stat_result | None,
    *,
    durable: bool,
) -> None:
    new = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        fd = os.open(waiting, new, FILE_MODE, dir_fd=folder)
    except FileExistsError:
        # One writer (the tracker or the holder of a lock): a crash left it. It is never written to:
        # it may be a link, a pipe, or another name of some other file.
        os.unlink(waiting, dir_fd=folder)
        fd = os.open(waiting, new, FILE_MODE, dir_fd=folder)
    try:
        _fill(fd, content, like, durable=durable)
        os.rename(waiting, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(waiting, dir_fd=folder)  # on a full disk it would take what room is left
        if isinstance(error, OSError) and error.filename is None:
            error.filename = name  # a write that fails does not say where
        raise
    if durable:
        _sync_directory(os.path.dirname(name) or ".", folder)


def _fill(fd: int, content: bytes, like: os.stat_result | None, *, durable: bool) -> None:
    try:
        write_all(fd, content)
        if like is not None:
            os.fchmod(fd, stat.S_IMODE(like.st_mode))
            if (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
                with suppress(OSError):
                    os.fchown(fd, like.st_uid, like.st_gid)
        if durable:
            os.fdatasync(fd)
    finally:
        os.close(fd)


def place(path: str, content: bytes) -> None:
    """Put `content` at `path` in one step, unless something is there: also if it came this moment.
    Raises OSError."""
    path = rooted(path)
    waiting = beside(path)
    replace(waiting, content)
    try:
        os.link(waiting, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        if not os.path.lexists(path):
            os.rename(waiting, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(waiting)


def write_all(fd: int, content: bytes | bytearray) -> None:
    """Write all of `content`, however little the kernel takes at a time. Raises OSError."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(fd, rest) :]


def sync_directory(path: str) -> None:
    """Wait until the names in a folder are on the disk. Raises OSError."""
    _sync_directory(*at(path))


def _sync_directory(name: str, folder: int | None) -> None:
    fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_directory(path: str) -> bool:
    """Make a folder that only its owner can look into; True if it was not there. Raises OSError."""
    umask = os.umask(0o077)  # a chmod by the path could hit what another user has put in its place
    try:
        os.mkdir(rooted(path), DIRECTORY_MODE)
    except FileExistsError:
        if os.path.isdir(rooted(path)):
            return False
        raise NotADirectoryError(
            errno.ENOTDIR, "is not a folder, but must be one: move it away", path
        ) from None
    finally:
        os.umask(umask)
    return True


def make_folders(path: str) -> None:
    """Make a folder and those above it that are missing, each for its owner alone. Raises OSError.

    In a folder with a default access list (acl(5)), the umask has no effect: others could write.
    """
    if not os.path.isdir(path):
        make_folders(os.path.dirname(path))
        make_directory(path)


def check_folder(path: str) -> None:
    """Raises OSError where our folder was replaced by a link or by another user's folder."""
    try:
        found = look(path, follows=False)
    except OSError:
        return
    if stat.S_ISLNK(found.st_mode):
        raise NotADirectoryError(
            errno.ENOTDIR, "is a link, but must be a folder: move it away", path
        )
    if not is_ours(found):
        raise PermissionError(errno.EPERM, f"belongs to user {found.st_uid}: move it away", path)


def is_ours(found: os.stat_result) -> bool:
    """Whether something belongs to us, or to root, who can do anything here in any case."""
    return found.st_uid in (0, os.geteuid())


def read_own(path: str, limit: int) -> bytes | None:
    """As `read_small`; what belongs to another user counts as not there, and so does what a link of
    theirs leads to."""
    return read_small(path, limit, own=True)


def read_small(path: str, limit: int, *, own: bool = False) -> bytes | None:
    """The content of a regular file of at most `limit` bytes; None if there is no such file or it
    cannot be read."""
    try:
        fd = (
            open_by_own_links(rooted(path))
            if own
            else os.open(rooted(path), _READING & ~os.O_NOFOLLOW)
        )
    except OSError:
        return None
    return read_opened(fd, limit, own=own)


def read_opened(fd: int, limit: int, *, own: bool = False) -> bytes | None:
    """As `read_small`, of a file that is open, and is closed."""
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_size > limit or (own and not is_ours(found)):
            return None
        content = b""
        while len(content) <= limit and (more := os.read(fd, _AT_ONCE)):
            content += more
    except OSError:
        return None
    finally:
        os.close(fd)
    return content if len(content) <= limit else None


def open_by_own_links(path: str, dir_fd: int | None = None) -> int:
    """Open a file for reading. In its place a link is followed if we or root made it. Raises
    ForeignLink, OSError."""
    for _ in range(LINKS):
        try:
            return os.open(path, _READING, dir_fd=dir_fd)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
        link = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=dir_fd)
        try:
            owner = os.fstat(link)
            if not is_ours(owner):
                raise ForeignLink(
                    errno.EPERM,
                    f"is a link that user {owner.st_uid} made, and is not followed",
                    path,
                )
            path = os.path.join(os.path.dirname(path), os.readlink("", dir_fd=link))
        finally:
            os.close(link)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)


def identity(path: str) -> tuple[int, int] | None:
    """Which file it is that a path leads to (device and inode), None if none."""
    try:
        found = look(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_files() -> set[tuple[int, int]]:
    """Which files this process has open (device and inode)."""
    try:
        numbers = [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        numbers = list(range(256))  # where there is no /proc
    found = set()
    for number in numbers:
        with suppress(OSError):
            one = os.fstat(number)
            found.add((one.st_dev, one.st_ino))
    return found


def stamp(path: str) -> tuple[int, int, int] | None:
    """What changes when a file does: inode, size and time of change. None if there is no such
    file."""
    try:
        found = look(path)
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
