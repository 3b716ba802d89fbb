"""The output of a run: passed on from a pipe into a file that stays below its limit, however much
is printed."""

import os
from collections.abc import Callable

from codespace_tracker.machine.files import write_all

_CHUNK = 1 << 16
_NOTE = b"\n[codespace-tracker: more was printed, and not kept: the limit is %d bytes]\n"


class Output:
    """Reads the pipe `source` and writes to the descriptor `log`; `also` gets everything, without a
    limit."""

    def __init__(
        self, source: int, log: int, limit: int, also: Callable[[bytes], object] | None = None
    ) -> None:
        self.source = source
        self.is_open = True
        self._log = log
        self._left = limit
        self._limit = limit
        self._also = also
        os.set_blocking(source, False)

    def pump(self) -> bool:
        """Pass on what is there now; whether something was. A disk that is full costs the output,
        not the run."""
        try:
            part = os.read(self.source, _CHUNK)
        except BlockingIOError:
            return False
        if not part:
            self.is_open = False
            return False
        if self._also is not None:
            self._also(part)
        self._keep(part)
        return True

    def _keep(self, part: bytes) -> None:
        if self._left < 0:
            return
        kept = part[: self._left]
        over = len(part) > self._left
        try:
            write_all(self._log, kept)
            if over:
                write_all(self._log, _NOTE % self._limit)
        except OSError:
            over = True
        self._left = -1 if over else self._left - len(kept)
