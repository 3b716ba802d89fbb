"""debug.log: what the tracker did, for whoever has to find out why. Never an environment value, a token, an output.

A full disk must not stop the clock: what cannot be written here is given up.
"""

import contextlib
import os
import time

from codespace_tracker.machine.files import FILE_MODE

NAME = "debug.log"
_LIMIT = 512 * 1024  # bytes; one older file of the same size is kept


class DebugLog:
    """Appends lines to debug.log in a state directory, each in one write."""

    def __init__(self, directory: str) -> None:
        self._path = os.path.join(directory, NAME)

    def write(self, text: str) -> None:
        """Append `text` under the time (UTC) and this process's number. Never raises."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = f"{moment} [{os.getpid()}] {text.rstrip()}\n"
        with contextlib.suppress(OSError):
            fd = os.open(
                self._path,
                os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK,
                FILE_MODE,
            )
            try:
                os.write(fd, line.encode("utf-8", "backslashreplace"))
                full = os.fstat(fd).st_size > _LIMIT
            finally:
                os.close(fd)
            if full:
                os.replace(self._path, f"{self._path}.1")
