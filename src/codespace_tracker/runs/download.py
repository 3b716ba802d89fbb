"""The download of a trigger's script: checked before it is put in its place in one step."""

import contextlib
import hashlib
import os
import stat

from codespace_tracker.core import address
from codespace_tracker.machine.files import beside, read_own, write_all
from codespace_tracker.machine.trusted_directory import WRITABLE_BY_OTHERS
from codespace_tracker.runs import transfer
from codespace_tracker.runs.transfer import DownloadFailed

_EXECUTABLE = 0o700


def fetch(url: str, sha256: str, folder: str, shown: str = "") -> str:
    """Put what the address gives into the folder, under the address's last part; a note for people,
    or nothing.

    `shown` is the folder as people are told of it, if otherwise. `sha256` (hexadecimal, empty for
    any) is enforced. When the download fails and an earlier copy has that hash, that copy is used,
    if no other user can change it before it is run. Raises DownloadFailed.
    """
    name = address.file_name(url)
    if not name:
        raise DownloadFailed(
            f"{address.shown(url)} does not end with a file's name. Fix: correct `script_url`"
        )
    path = os.path.join(folder, name)
    try:
        content = transfer.content_of(url)
        _check(url, content, sha256)
        _put(path, content, os.path.join(shown or folder, name))
    except DownloadFailed as error:
        if sha256 and _hash_of_own(path) == sha256:
            return f"{error}. The copy from before, with the right hash, was used"
        raise
    return ""


def hash_of_url(url: str) -> str:
    """The SHA-256 of what the address gives now. Raises DownloadFailed."""
    return hashlib.sha256(transfer.content_of(url)).hexdigest()


def _check(url: str, content: bytes, sha256: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if sha256 and found != sha256:
        raise DownloadFailed(
            f"{address.shown(url)}: its SHA-256 is {found}, not {sha256}: it was not run. Fix:"
            " look at what changed, then `codespace-tracker triggers pin`"
        )


def _hash_of_own(path: str) -> str:
    """The hash of a file that only this user and root can write; empty for any other, which may
    change at any time."""
    try:
        found = os.lstat(path)
    except OSError:
        return ""
    if not stat.S_ISREG(found.st_mode) or found.st_mode & WRITABLE_BY_OTHERS:
        return ""
    content = read_own(path, transfer.LIMIT)
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _put(path: str, content: bytes, shown: str) -> None:
    waiting = f"{beside(path)}.tmp"
    try:
        fd = os.open(
            waiting,
            os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW,
            _EXECUTABLE,
        )
        try:
            try:
                write_all(fd, content)
                os.fsync(fd)
            finally:
                os.close(fd)
            os.rename(waiting, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(waiting)
            raise
    except OSError as error:
        mend = "check the folder's permissions and the disk, or set `cwd`"
        raise DownloadFailed(
            f"{shown}: could not be written ({error.strerror}). Fix: {mend}"
        ) from error
