"""debug.log: what the tracker did, for people who need to find out why.

It never contains a value of an environment variable, a token or an output.

A full disk must not stop the clock: what cannot be written here is given up.
"""

from __future__ import annotations

import os
import stat
import time

from codespace_tracker.core.suppress import suppress
from codespace_tracker.machine.files import FILE_MODE, SAFELY, is_ours
from codespace_tracker.machine.rooted import rooted

NAME = "debug.log"
_LIMIT = 512 * 1024  # bytes; one older file of the same size is kept


def opened(directory: str) -> int | None:
    """A descriptor that appends to debug.log, for what the keeper's shell has to say; None where
    that cannot be had."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | SAFELY
    try:
        fd = os.open(rooted(os.path.join(directory, NAME)), flags, FILE_MODE)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    return None


class DebugLog:
    """Appends lines to debug.log in a state directory, what belongs together in one write.

    `held` is a descriptor of the directory: what is put at its path later is then never written to.
    """

    def __init__(self, directory: str, held: int | None = None) -> None:
        self._held = held
        self._path = os.path.join(directory, NAME) if held is None else NAME

    def write(self, *texts: str) -> None:
        """Append each text under the time (UTC) and this process's number. Never raises."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        lines = "".join(f"{moment} [{os.getpid()}] {text.rstrip()}\n" for text in texts)
        if not lines:
            return
        with suppress(OSError):
            if not self._is_usable():
                self._rotate()
            fd = os.open(
                self._path,
                os.O_WRONLY | os.O_APPEND | os.O_CREAT | SAFELY,
                FILE_MODE,
                dir_fd=self._held,
            )
            try:
                os.write(fd, lines.encode("utf-8", "backslashreplace"))
                full = os.fstat(fd).st_size > _LIMIT
            finally:
                os.close(fd)
            if full:
                self._rotate()

    def _is_usable(self) -> bool:
        """Whether what lies there is a file with this name alone: a link or a pipe is moved away,
        not written to."""
        try:
            found = os.stat(self._path, dir_fd=self._held, follow_symlinks=False)
        except FileNotFoundError:
            return True
        return stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and is_ours(found)

    def _rotate(self) -> None:
        os.replace(self._path, f"{self._path}.1", src_dir_fd=self._held, dst_dir_fd=self._held)
