"""Whether a directory and the files in it are ours: what another user wrote is neither obeyed nor
read.

A user who may rename entries in the folder above can put another directory in its place at
any time. So a long-running process opens the directory once, holds it, and compares the path with
what it holds. A parent folder that others can write is no reason to refuse: in a codespace
/workspaces has mode 0757.
"""

from __future__ import annotations

import errno
import os
import stat

from codespace_tracker.core.suppress import suppress
from codespace_tracker.machine.files import (
    DIRECTORY_MODE,
    LINKS,
    SAFELY,
    ForeignLink,
    is_ours,
    open_by_own_links,
    open_files,
    read_own,
)
from codespace_tracker.machine.rooted import is_rooted, rooted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal, TypeAlias

Verdict: TypeAlias = "Literal['ours', 'another own', 'swapped', 'moved', 'foreign', 'gone']"
"""What a path leads to, compared with the directory that is held. `swapped` is another directory
that belongs to us but that another user could have put there, such as a cloned repository with
content we did not write. `moved` is the step before that: nothing is at the path, the directory
lies elsewhere, and another user could have moved it."""

if not TYPE_CHECKING:
    Verdict = str  # other modules may ask for `X | None`

_MADE, _MADE_LIMIT = "/etc/codespace-tracker/made", 1 << 13  # install.sh of the Feature writes it

_OPENING = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
TO_HOLD = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
"""How to open one that this process only goes through, also where it may not read it."""

_FOR_OTHERS = 0o077
WRITABLE_BY_OTHERS = 0o022


class NotOurs(PermissionError):
    """What lies at a path belongs to another user, or others could have written it. The text says
    so, and the fix."""

    def __init__(self, path: str, what: str, mend: str = "") -> None:
        super().__init__(errno.EPERM, f"{what} Fix: {mend}" if mend else what, path)
        self.what = what
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.filename}: {self.strerror}"


class TrustedDirectory:
    """Our own directory, held open as `fd`. `path` is how it was asked for, and may lead through
    links.

    Raises NotOurs where it belongs to another user, OSError where it cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.fd = open_directory(path)
        found = os.fstat(self.fd)
        self._identity = found.st_dev, found.st_ino
        self._closed: int | None = None
        self.keeps_modes = True
        """Whether only its owner can write to it. False where its file system lets every user write
        and keeps no modes: Windows drives under WSL (drvfs, 9p), cifs, vfat, some FUSE."""
        self._close_to_others(found)

    def close(self) -> None:
        """Let it go."""
        os.close(self.fd)

    def look(self) -> Verdict:
        """What the path leads to now. A directory that was opened to others meanwhile is closed to
        them again."""
        try:
            status = os.stat(self.path)
        except OSError:
            is_deleted = os.fstat(self.fd).st_nlink == 0
            return "gone" if is_deleted or only_we_rename(self.path) else "moved"
        if not stat.S_ISDIR(status.st_mode):
            return "gone"
        if status.st_uid != os.geteuid():
            return "foreign"
        if (status.st_dev, status.st_ino) != self._identity:
            return "another own" if only_we_rename(self.path) else "swapped"
        if status.st_mode & _FOR_OTHERS and self.keeps_modes:
            self._close_to_others(status)
        return "ours"

    def has_open(self, *names: str) -> bool:
        """Whether this process has these files of the directory open: it opened them by a path."""
        opened = open_files()
        found = (os.stat(name, dir_fd=self.fd, follow_symlinks=False) for name in names)
        try:
            return all((one.st_dev, one.st_ino) in opened for one in found)
        except OSError:
            return False

    def take_closed(self) -> int | None:
        """The mode that the directory had before it was closed to others, once after each time;
        else None. Others could have written there if it has a bit of WRITABLE_BY_OTHERS."""
        closed, self._closed = self._closed, None
        return closed

    def _close_to_others(self, found: os.stat_result) -> None:
        if not found.st_mode & _FOR_OTHERS:
            return
        with suppress(
            OSError
        ):  # a file system without modes refuses it, or says yes and changes nothing
            os.fchmod(self.fd, DIRECTORY_MODE)
        now = os.fstat(self.fd)
        self.keeps_modes = not now.st_mode & WRITABLE_BY_OTHERS
        if not now.st_mode & _FOR_OTHERS:
            self._closed = stat.S_IMODE(found.st_mode)


def open_directory(path: str, how: int = _OPENING) -> int:
    """Open our directory; its descriptor. Raises NotOurs where it is another user's, OSError."""
    where = rooted(path) if is_rooted(path) else os.path.realpath(path)
    fd = os.open(where, how | os.O_NOFOLLOW)
    owner = os.fstat(fd).st_uid
    if owner != os.geteuid():
        os.close(fd)
        raise foreign_directory(path, owner)
    return fd


def only_we_rename(path: str) -> bool:
    """Whether only this user and root could have changed what an absolute path leads to, or that
    nothing is there."""
    try:
        return not any(_open_to_others(folder, name) for folder, name in _way(path))
    except OSError:
        return False


def changeable_by_others(program: str) -> str:
    """By what another user could change a program at an absolute path, or put another one there:
    the file, or an entry or a folder on the way to it. Empty if only this user and root could, or
    if nothing is there."""
    try:
        ways = (_open_to_others(folder, name) for folder, name in _way(program))
        if found := next(filter(None, ways), ""):
            return found
        return program if os.stat(program).st_mode & WRITABLE_BY_OTHERS else ""
    except FileNotFoundError:
        return ""
    except OSError:
        return program


def _way(path: str) -> Iterator[tuple[str, str]]:
    """Each entry that the kernel goes through for an absolute path, with the folder that it is
    really in: /bin may be a link, which lies in the root folder and leads to another. Raises
    OSError."""
    folder, to_go, links = "/", path.split("/")[::-1], 0
    while to_go:
        name = to_go.pop()
        if name == "..":
            folder = os.path.dirname(folder)
        if name in ("", ".", ".."):
            continue
        yield folder, name
        part = os.path.join(folder, name)
        entry = _entry(part)
        if entry is None or not stat.S_ISLNK(entry.st_mode):
            folder = part
            continue
        links += 1
        if links > LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(part)
        to_go += target.split("/")[::-1]
        folder = "/" if target.startswith("/") else folder


def _open_to_others(folder: str, name: str) -> str:
    """What lets others replace an entry, or create it where it is missing: the folder, or the entry
    itself. Empty if only this user and root can."""
    above = _entry(folder)
    if above is None:
        return ""  # that nothing is there was decided above
    is_closed = not above.st_mode & WRITABLE_BY_OTHERS or bool(above.st_mode & stat.S_ISVTX)
    if not is_ours(above) or not is_closed:
        return folder
    path = os.path.join(folder, name)
    entry = _entry(path)
    return "" if entry is None or is_ours(entry) else path


def _entry(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def foreign_directory(path: str, owner: int) -> NotOurs:
    """The error for a directory of another user."""
    if _is_made_for_us(path, owner):
        import shlex  # for this error alone

        return NotOurs(
            path,
            f"belongs to user {owner}: your number before it was changed (updateRemoteUserUID of "
            "dev containers).",
            f"if it is yours: sudo chown -R -h --from={owner} {os.geteuid()} {shlex.quote(path)}",
        )
    return NotOurs(
        path,
        f"belongs to user {owner}, whose scripts are not to run as you.",
        f"run this as that user (sudo -u '#{owner}' …), or choose another place with --dir.",
    )


def _is_made_for_us(path: str, owner: int) -> bool:
    """Whether the dev container Feature made a directory for the user that we are, whose number was
    `owner` then."""
    made = read_own(_MADE, _MADE_LIMIT)
    if made is None:
        return False
    number, user, place = [*os.fsdecode(made).rstrip("\n").split(":", 2), "", ""][:3]
    if number != str(owner) or place != path:
        return False
    import pwd  # for this error alone

    try:
        return pwd.getpwuid(os.geteuid()).pw_name == user
    except KeyError:
        return False


def check_directory(path: str) -> None:
    """Raises NotOurs where a directory of another user is at an absolute path, or the path leads
    through a link that another user made, and may point elsewhere at any time. A missing one
    belongs to no user."""
    try:
        owner = os.stat(path).st_uid
        if owner != os.geteuid():
            raise foreign_directory(path, owner)
        folder = path
        while folder != os.path.dirname(folder):
            status = os.lstat(folder)
            if stat.S_ISLNK(status.st_mode) and not is_ours(status):
                mend = f"name the folder itself: --dir {os.path.realpath(path)}"
                raise NotOurs(folder, f"is a link that user {status.st_uid} made.", mend)
            folder = os.path.dirname(folder)
    except NotOurs:
        raise
    except OSError:
        return


def is_own_directory(path: str) -> bool:
    """Whether no other user's directory, nor a link of another user's, is at a path."""
    try:
        check_directory(path)
    except NotOurs:
        return False
    return True


def open_own(directory: str, name: str) -> int:
    """Open a file that the user wrote, for reading; its descriptor. `name` may be an absolute path.

    It must belong to us or to root. Others may have the right to write it only where they cannot
    get at it: directly in our directory, and if it has no other name. A link is followed if we or
    root made it. Raises NotOurs, OSError.
    """
    if os.path.isabs(name):
        return _open_by_links(name, None)
    folder = os.open(rooted(directory), _OPENING)
    try:
        owner = os.fstat(folder).st_uid
        if owner != os.geteuid():
            raise foreign_directory(directory, owner)
        return _open_in(folder, name)
    finally:
        os.close(folder)


def _open_in(folder: int, name: str) -> int:
    try:
        return _checked(os.open(name, os.O_RDONLY | SAFELY, dir_fd=folder), name, is_within=True)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
    return _open_by_links(name, folder)


def _open_by_links(name: str, folder: int | None) -> int:
    try:
        fd = open_by_own_links(name, folder)
    except ForeignLink as error:
        raise NotOurs(name, f"{error.strerror}.", f"remove {error.filename}.") from None
    return _checked(fd, name, is_within=False)


def _checked(fd: int, name: str, *, is_within: bool) -> int:
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        return fd  # a device or a folder: the caller refuses it in its own words
    try:
        if not is_ours(status):
            raise NotOurs(
                name,
                f"belongs to user {status.st_uid}, and is not read.",
                "put a file of your own in its place, once you know what is in it.",
            )
        if status.st_mode & WRITABLE_BY_OTHERS and not (is_within and status.st_nlink == 1):
            raise NotOurs(
                name, "can be written by other users, and is not read.", "chmod go-w that file."
            )
    except NotOurs:
        os.close(fd)
        raise
    return fd
