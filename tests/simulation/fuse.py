"""A fuse that cuts the tracker's life at any point at which something outside of it changes.

There is a point before and after each commit of the ledger, each file that is replaced, linked or
deleted, each run that is started.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

from codespace_tracker.ledger.database import Database
from codespace_tracker.ledger.store import Ledger


class Cut(BaseException):
    """The process is gone at this very point."""


class Fuse:
    """Burns down with each point that the tracker comes to; once through, nothing of the tracker
    works any more."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.blown = False
        self.lit = False
        """Whether what is done now is done by the tracker, and not by the world around it."""

    def point(self) -> None:
        if not self.lit:
            return
        if self.blown:
            raise Cut
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left, self.blown = None, True
                raise Cut

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with a point before it and one after it."""

        def wrapped(*words: Any, **more: Any) -> Any:
            self.point()
            result = function(*words, **more)
            self.point()
            return result

        return wrapped


@contextlib.contextmanager
def fused(fuse: Fuse) -> Iterator[None]:
    """All that the tracker does to the world goes through the fuse."""
    kept = {name: getattr(os, name) for name in ("rename", "unlink", "link")}
    transaction, heartbeat = Ledger.transaction, Ledger.heartbeat

    @contextlib.contextmanager
    def cut_transaction(self: Database) -> Iterator[None]:
        fuse.point()
        with transaction(self):
            yield
            fuse.point()  # before the commit
        fuse.point()

    for name, function in kept.items():
        setattr(os, name, fuse.around(function))
    Ledger.transaction = cut_transaction  # type: ignore[method-assign, assignment]
    Ledger.heartbeat = fuse.around(heartbeat)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(os, name, function)
        Ledger.transaction, Ledger.heartbeat = transaction, heartbeat  # type: ignore[method-assign]
