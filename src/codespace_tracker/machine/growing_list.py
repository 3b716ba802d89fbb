"""A JSON list in a file, one entry a line, whose cost of change does not grow with its length.

Two files take turns: the one that readers see, and a spare with an earlier state. A change brings
the end of the spare up to date and swaps the two names, so that readers see a whole file at every
moment and only the end is ever written.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Callable, Iterable

from codespace_tracker.machine.files import FILE_MODE, SAFELY, write_all

Stamp = tuple[int, int, int]
Lines = Callable[[int], Iterable[str]]
"""Gives the entries from a number on (0: all), in order: each a JSON object on one line."""

_HEAD, _SEPARATOR, _TAIL = b"[\n", b",\n", b"\n]\n"
_CHUNK = 1 << 16


class GrowingList:
    """The list at `path`, with its spare beside it."""

    def __init__(self, path: str) -> None:
        folder, name = os.path.split(path)
        self.path = path
        self.spare = os.path.join(folder, f".{name}.spare")
        self._leaving = os.path.join(folder, f".{name}.leaving")

    def draw(
        self,
        lines: Lines,
        number_of: Callable[[bytes], int],
        visible: Stamp | None,
        spare: Stamp | None,
    ) -> tuple[Stamp | None, Stamp | None]:
        """Bring the file up to date with `lines`: every entry but the last one is final once it has
        a successor.

        `visible` and `spare` say how the two files looked after the last change (None: unknown). A
        file that looks otherwise was changed by another program and is drawn again. `number_of`
        reads an entry's number from its line and raises ValueError where it cannot. Returns how the
        two look now, for the next time. Raises OSError; the visible file is then as it was.
        """
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._leaving)
        is_ours = visible is not None and _look(self.path) == visible
        fd = self._open_spare(visible, spare)
        try:
            first, offset = _last_entry(fd, number_of)
            os.ftruncate(fd, offset)
            os.lseek(fd, offset, os.SEEK_SET)
            _write(fd, lines(first), fresh=offset == 0)
            os.fdatasync(fd)
        finally:
            os.close(fd)
        self._swap()
        # what was visible is the spare now: one whose content is not known is no good as the next
        # one
        return _look(self.path), _look(self.spare) if is_ours else None

    def _open_spare(self, visible: Stamp | None, spare: Stamp | None) -> int:
        """The spare, opened for changing: as it is, or made from the visible file, or empty."""
        if spare is not None and _look(self.spare) == spare:
            fd = os.open(self.spare, os.O_RDWR | SAFELY)
            if _nobody_reads(fd):
                return fd
            os.close(fd)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.spare)
        fd = os.open(self.spare, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        try:
            if visible is not None and _look(self.path) == visible:
                _copy(self.path, fd)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def _swap(self) -> None:
        linked = False
        with contextlib.suppress(
            OSError
        ):  # nothing there yet, or something that cannot be linked: then no spare
            os.link(self.path, self._leaving, follow_symlinks=False)
            linked = True
        os.rename(self.spare, self.path)
        if linked:
            os.rename(self._leaving, self.spare)


def _write(fd: int, entries: Iterable[str], *, fresh: bool) -> None:
    waiting = bytearray(_HEAD if fresh else b"")
    separator = b""
    for text in entries:
        waiting += separator + text.encode()
        separator = _SEPARATOR
        if len(waiting) > _CHUNK:
            write_all(fd, waiting)
            waiting = bytearray()
    write_all(fd, waiting + _TAIL)


def _look(path: str) -> Stamp | None:
    """What changes when the file at a path does; None where there is none, or a link: links are not
    followed."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def _nobody_reads(fd: int) -> bool:
    """Whether no other descriptor of the file is open anywhere: fcntl(2) grants a write lease only
    then.

    A program that opened the file while it was the visible one may still be reading it.
    """
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError:
        return False
    return True


def _last_entry(fd: int, number_of: Callable[[bytes], int]) -> tuple[int, int]:
    """The last entry's number and where its line begins; (0, 0) if the end does not look like
    ours."""
    size = os.fstat(fd).st_size
    start = max(0, size - _CHUNK)
    end = os.pread(fd, size - start, start)
    if not end.endswith(_TAIL):
        return 0, 0
    line = end.rfind(b"\n", 0, len(end) - len(_TAIL)) + 1
    try:
        return number_of(end[line : -len(_TAIL)]), start + line
    except ValueError:
        return 0, 0


def _copy(path: str, fd: int) -> None:
    source = os.open(path, os.O_RDONLY | SAFELY)
    try:
        while os.sendfile(fd, source, None, 1 << 24):
            pass
    finally:
        os.close(source)
