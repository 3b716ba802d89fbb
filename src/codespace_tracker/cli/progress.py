"""Progress of what takes longer than a second, on stderr, if that is a terminal."""

import sys
import time
from collections.abc import Callable, Generator, Iterable
from typing import TextIO, TypeVar

_T = TypeVar("_T")

_FIRST_SECONDS, _EVERY_SECONDS = 1.0, 0.2
_CLEAR = "\r\x1b[K"


def counted(
    things: Iterable[_T],
    what: str,
    of: int | None = None,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[_T, None, None]:
    """Yield the things unchanged, and show how many there were so far (and `of` how many, if
    known).

    `what` is what is done, such as "lines read". The line is erased at the end.
    """
    out = sys.stderr if stream is None else stream
    if not out.isatty():
        yield from things
        return
    next_at, is_shown = clock() + _FIRST_SECONDS, False
    try:
        for number, thing in enumerate(things):
            now = clock()
            if now >= next_at:
                share = f" of {of:,}" if of else ""
                out.write(f"{_CLEAR}{number:,}{share} {what}")
                out.flush()
                next_at, is_shown = now + _EVERY_SECONDS, True
            yield thing
    finally:
        if is_shown:
            out.write(_CLEAR)
            out.flush()
