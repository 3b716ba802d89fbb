"""Runs a verb once for each file that it opens, and exchanges its state directory for a clone at
just that moment.

usage: python swaps.py CLONE STATE_DIRECTORY WORD ...

Twice for each: the clone stays for all that follows, or is taken away again before the next file is
opened. At the end the state directory is in its place. Prints how many files there were.
"""

import ctypes
import importlib
import os
import pkgutil
import sys
from collections.abc import Callable
from typing import Any

import codespace_tracker
from codespace_tracker.cli.frame import run as run_verb

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
_EVENTS = {
    "open",
    "sqlite3.connect",
    "os.listdir",
    "os.scandir",
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.link",
}
_EVENTS |= {"os.chdir", "os.chmod", "os.utime", "os.rmdir", "os.exec"}
_FAILED = 97


class Swapper:
    """Exchanges two directories as often as it is asked to, and knows which one is at the path."""

    def __init__(self, directory: str, clone: str) -> None:
        self.directory, self._clone = directory, clone
        self._ours = os.stat(directory).st_ino
        self._libc = ctypes.CDLL(None, use_errno=True)

    def exchange(self) -> None:
        if self._libc.renameat2(
            _HERE, self.directory.encode(), _HERE, self._clone.encode(), _EXCHANGE
        ):
            os._exit(_FAILED)

    def put_back(self) -> None:
        if os.stat(self.directory).st_ino != self._ours:
            self.exchange()


def at_step(number: int, stays: bool, swapper: Swapper) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that exchanges the two at the step of this number, and back at the next one
    unless it stays."""
    count = 0

    def hook(event: str, words: tuple[Any, ...]) -> None:
        nonlocal count
        if event not in _EVENTS or not _is_of_the_directory(
            str(words[0]) if words else "", swapper.directory
        ):
            return
        if count == number or (count == number + 1 and not stays):
            swapper.exchange()
        count += 1
        sys.steps = count  # type: ignore[attr-defined]

    return hook


def _is_of_the_directory(name: str, directory: str) -> bool:
    return (
        name.startswith((directory, "/proc/self/fd/", f"b'{directory}", "file:")) or "/" not in name
    )


def run(words: list[str], number: int, *, stays: bool, swapper: Swapper) -> bool:
    """Run the verb in a process of its own; whether it came to the step of this number."""
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        sys.steps = 0  # type: ignore[attr-defined]
        sys.addaudithook(at_step(number, stays, swapper))
        run_verb(words)
        os._exit(0 if sys.steps > number else 1)  # type: ignore[attr-defined]
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    swapper.put_back()
    assert status in (0, 1), (words, number, status)
    return status == 0


def main() -> None:
    clone, directory, *words = sys.argv[1:]
    swapper, number = Swapper(directory, clone), 0
    for module in pkgutil.walk_packages(
        codespace_tracker.__path__, f"{codespace_tracker.__name__}."
    ):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)  # once, for all that are forked

    while run(words, number, stays=True, swapper=swapper) and run(
        words, number, stays=False, swapper=swapper
    ):
        number += 1
    print(number)


if __name__ == "__main__":
    main()
