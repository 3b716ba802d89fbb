"""The state directory itself: its folders, and what keeps it out of git."""

import os

from codespace_tracker.machine.files import check_folder, make_directory, replace

FOLDERS = ("flags", "runs", "backups")
BACKUPS = "backups"


def prepare(directory: str) -> bool:
    """Make the state directory and its folders where they are missing, for the owner's eyes only.

    Returns whether it was made. Its parents are not made: a place that does not exist is a mistake or a disk that is
    not there. Raises OSError.
    """
    made = make_directory(directory)
    for name in FOLDERS:
        check_folder(os.path.join(directory, name))
        make_directory(os.path.join(directory, name))
    ignore = os.path.join(directory, ".gitignore")
    if not os.path.lexists(ignore):
        replace(ignore, b"*\n")
    return made
