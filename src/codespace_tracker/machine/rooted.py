"""The state directory that a command holds open: paths below it lead into that one, even if another
directory is put in its place.

A user who can rename entries in the folder above may swap the directory between any two steps of a
command. So a command opens it once, checks that it is the tracker's, and reaches every file through
what it opened. SQLite resolves paths by itself: what it opened is compared with what lies in the
directory that is held (`files.identity`).
"""

from __future__ import annotations

import os

from codespace_tracker.core.record import Record


class _Root(Record):
    path: str
    below: str  # how a path below it begins
    place: str
    fd: int


_root: _Root | None = None  # like the current folder, it is a matter of the whole process


def root_at(path: str, fd: int) -> None:
    """From now on, reach what lies below an absolute path through the open directory `fd`, which
    stays open."""
    global _root
    _root = _Root(path, f"{path}/", f"/proc/self/fd/{fd}", fd)


def unroot() -> None:
    """From now on, take each path for what it is."""
    global _root
    _root = None


def is_rooted(path: str) -> bool:
    """Whether the directory at a path is held."""
    return _root is not None and path == _root.path


def rooted(path: str) -> str:
    """The path by which to reach what a path means."""
    if _root is None:
        return path
    if path == _root.path:
        return f"{_root.place}/."  # the directory, and not the link to it in /proc
    if path.startswith(_root.below):
        return _root.place + path[len(_root.path) :]
    return path


def at(path: str) -> tuple[str, int | None]:
    """As `rooted`, for calls that take a `dir_fd`: a name, and the open directory that it is in.
    The kernel finds it several times as fast as by the path through /proc."""
    if _root is None:
        return path, None
    if path.startswith(_root.below):
        return path[len(_root.below) :].lstrip("/") or ".", _root.fd
    return (".", _root.fd) if path == _root.path else (path, None)


def path_of(name: str, folder: int | None) -> str:
    """The path by which to reach what `at` gave a name for."""
    return name if _root is None or folder != _root.fd else f"{_root.place}/{name}"


def look(path: str, *, follows: bool = True) -> os.stat_result:
    """As os.stat, or os.lstat if it does not follow a link there. Raises OSError."""
    name, folder = at(path)
    return os.stat(name, dir_fd=folder, follow_symlinks=follows)


def shown(text: str) -> str:
    """A text with the path that a person knows instead of the internal one."""
    if _root is None:
        return text
    return text.replace(f"{_root.place}/.:", f"{_root.path}:").replace(_root.place, _root.path)


def real_path(path: str) -> str:
    """Where a file is that may be a link: what the link leads to, else the path as it is. Raises
    OSError."""
    where = rooted(path)
    if not os.path.islink(where):
        return path
    return os.path.realpath(os.path.join(os.path.dirname(path), os.readlink(where)))
