"""How far something has come that takes longer than a second: on stderr, and only where somebody looks at it."""

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
    """The things as they are; while they are taken it is told how many of them there were (`of` how many, if known).

    `what` is what is done, such as "lines read". In the end nothing is left of it.
    """
    out = sys.stderr if stream is None else stream
    if not out.isatty():
        yield from things
        return
    next_at, told = clock() + _FIRST_SECONDS, False
    try:
        for number, thing in enumerate(things):
            now = clock()
            if now >= next_at:
                share = f" of {of:,}" if of else ""
                out.write(f"{_CLEAR}{number:,}{share} {what}")
                out.flush()
                next_at, told = now + _EVERY_SECONDS, True
            yield thing
    finally:
        if told:
            out.write(_CLEAR)
            out.flush()
