"""One set-up or uninstall of a user's at a time, by the lock that setup.sh takes too: `setup.lock`
beside its venv."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from codespace_tracker.failure import Failure
from codespace_tracker.install.places import environment_folder
from codespace_tracker.machine import lock, lock_wait
from codespace_tracker.machine.files import FILE_MODE, SAFELY

SECONDS = 120.0
"""How long an uninstall waits: the program that holds the lock may be installing, or deleting an
installation."""

_NAME = "setup.lock"


def delete_installation(folder: str) -> None:
    """Delete what is installed in a folder, all but the lock that is held there. Raises OSError."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry)
        elif entry.name != _NAME:
            os.unlink(entry)


@contextmanager
def alone(home: str, environ: Mapping[str, str]) -> Iterator[None]:
    """Wait until no other set-up or uninstall of this user is at work. Raises Failure if that takes
    too long.

    Where the folder of the lock cannot be made there is nothing installed, and no lock is needed.
    """
    path = os.path.join(os.path.dirname(environment_folder(home, environ)), _NAME)
    made: list[str] = []
    with ExitStack() as held:
        held.callback(_take_away_folders, made)
        with contextlib.suppress(OSError):
            held.callback(os.close, _taken(path, made))
            held.callback(
                _take_away, path
            )  # as long as it is held: the next one then takes a new one
        yield


def _taken(path: str, made: list[str]) -> int:
    """A descriptor that holds the lock; `made` gets the folders made for it. Raises Failure,
    OSError."""
    while True:
        _make_folders(os.path.dirname(path), made)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | SAFELY, FILE_MODE)
        try:
            os.fchmod(fd, FILE_MODE)  # setup.sh of 0.1.0 let others open it
            if not lock_wait.take(fd, SECONDS):
                raise Failure(lock_wait.refusal(path, SECONDS))
            if lock.owned(path, fd):
                return fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)  # the uninstall that held it has deleted it


def _make_folders(path: str, made: list[str]) -> None:
    """Make a folder and those above it, and add the ones that were missing to `made`. Raises
    OSError."""
    if os.path.isdir(path):
        return
    _make_folders(os.path.dirname(path), made)
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o755)
        made.append(path)


def _take_away(path: str) -> None:
    """Delete the lock where nothing is installed beside it."""
    folder = os.path.dirname(path)
    with contextlib.suppress(OSError):
        if os.listdir(folder) == [_NAME]:
            os.unlink(path)
            os.rmdir(folder)


def _take_away_folders(made: list[str]) -> None:
    """Leave none of the folders that were made for the lock alone."""
    with contextlib.suppress(OSError):
        for folder in reversed(made):
            if os.path.isdir(folder):
                os.rmdir(folder)
