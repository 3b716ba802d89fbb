"""The state directory itself: its folders, and what keeps it out of git."""

import errno
import os
import stat

from codespace_tracker.machine.directory import NAME
from codespace_tracker.machine.file_names import CONFIG, FIRST_START, FOLDERS, LEDGER
from codespace_tracker.machine.files import (
    beside,
    check_folder,
    is_ours,
    make_directory,
    read_own,
    replace,
)
from codespace_tracker.machine.lock import DAEMON_LOCK, KEEPER_LOCK
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.machine.trusted_directory import check_directory

MADE_BY_FEATURE = ".made-by-feature"
"""A file of root's that says that the dev container Feature made the directory: install.sh leaves
it there."""
_SIGNS = {LEDGER, DAEMON_LOCK, KEEPER_LOCK, FIRST_START, CONFIG, *FOLDERS}
IGNORE, _IGNORE_ALL = ".gitignore", b"*\n"


def prepare(directory: str) -> bool:
    """Make the state directory and its folders where they are missing, for the owner's eyes only.

    Returns whether it was made. Its parents are not made: a place that does not exist is a mistake
    or a disk that is not there. Raises NotOurs where it is another user's, in which nothing is
    written; OSError.
    """
    made = make_directory(directory)
    check_directory(directory)
    for name in (KEEPER_LOCK, DAEMON_LOCK):
        _check_lock(os.path.join(directory, name))
    for name in FOLDERS:
        check_folder(os.path.join(directory, name))
        make_directory(os.path.join(directory, name))
    ignore = os.path.join(directory, IGNORE)
    if not os.path.lexists(rooted(ignore)):
        replace(ignore, _IGNORE_ALL, by=beside(ignore))
    return made


def holds_other_things(directory: str) -> bool:
    """Whether a folder is in use for something else: it has content, but no state directory's
    files.

    Raises OSError where it cannot be read.
    """
    try:
        names = {*os.listdir(rooted(directory))} - {MADE_BY_FEATURE}
    except (FileNotFoundError, NotADirectoryError):
        return False
    return bool(names) and not names & _SIGNS and os.path.basename(directory) != NAME


def is_prepared(directory: str) -> bool:
    """Whether a directory looks as `prepare` leaves it, whether or not a tracker ever ran there."""
    ignore = read_own(os.path.join(directory, IGNORE), len(_IGNORE_ALL))
    folders = (rooted(os.path.join(directory, name)) for name in FOLDERS)
    return ignore == _IGNORE_ALL and all(os.path.isdir(one) for one in folders)


def _check_lock(path: str) -> None:
    """Raises OSError where what lies in the place of a lock cannot be one: the keeper could not say
    why."""
    try:
        status = os.lstat(rooted(path))
    except OSError:
        return
    what = ""
    if not stat.S_ISREG(status.st_mode):
        what = "is not a file, but must be one: move it away"
    elif status.st_nlink != 1:
        what = "has another name (a hard link), which would be written to as well: move it away"
    elif not is_ours(status):
        what = f"belongs to user {status.st_uid}: move it away"
    if what:
        raise OSError(errno.EINVAL, what, path)
