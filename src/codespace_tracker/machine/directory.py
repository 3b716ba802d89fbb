"""Which state directory: the one asked for, the one recorded for this user or for the whole
machine, or the default.

It is never found by walking up from the current directory: what lies in a cloned repository is not
ours. Nothing here makes a state directory (`state_directory.py` does).
"""

from __future__ import annotations

import os

from codespace_tracker.core.record import Record
from codespace_tracker.core.suppress import suppress
from codespace_tracker.machine.environment import CODESPACE
from codespace_tracker.machine.files import is_ours, make_folders, read_own, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, TypeAlias

NAME = ".codespace-tracker"
VARIABLE = "CODESPACE_TRACKER_DIR"

Source: TypeAlias = (
    "Literal['--dir', '$CODESPACE_TRACKER_DIR', 'recorded', 'system-wide', 'workspaces', 'home']"
)
"""Who chose the directory, in order of precedence."""

if not TYPE_CHECKING:
    Source = str  # other modules may ask for `X | None`

_WORKSPACES = "workspaces"  # the only folder of a codespace that outlives a rebuild
_FOLDER = "codespace-tracker"
_RECORD = "directory"
_TRUSTED = "trusted"
_HOOKS = "shell-hooks"
_COMMAND = "command"
_SYSTEM_RECORD = "etc/codespace-tracker/directory"
_RECORD_LIMIT = 1 << 13  # bytes: twice the longest path that Linux takes
_TRUSTED_LIMIT = 1 << 16
_LEAD_TO_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "ZDOTDIR", "USER_ZDOTDIR")


class Location(Record):
    """The state directory's absolute path, which need not exist yet, and who chose it."""

    path: str
    source: Source


class ForeignFolder(Record):
    """A variable that leads to a folder of another user's."""

    variable: str
    path: str
    owner: int


def foreign_folder(environ: Mapping[str, str]) -> ForeignFolder | None:
    """The first variable by which shells and hooks would get at another user's files (`sudo -E`
    hands them to root): the folder that it names, or the one that it would be made in, is another
    user's, or a link of theirs."""
    for variable in _LEAD_TO_FOLDERS:
        path = environ.get(variable, "")
        if not os.path.isabs(path):
            continue
        there = _normal(path)
        while not os.path.exists(there):
            there = os.path.dirname(there)
        for found in (os.lstat(there), os.stat(there)):
            if not is_ours(found):
                return ForeignFolder(variable, path, found.st_uid)
    return None


def locate(
    option: str | None, environ: Mapping[str, str], in_codespace: bool, root: str = "/"
) -> Location:
    """The state directory by the order of `Source`.

    `option` is the argument of --dir, None without one; it and the variable count as not given when
    empty, and may be relative to the current directory. The record for the whole machine is one
    line, like a user's own, and may begin with ~/, each user's home. A recorded directory whose
    parent is gone (a rebuild took it) is passed over: the source then says which default stands in.
    Raises OSError for a relative path where the current directory is gone.
    """
    if option:
        return Location(_absolute(option, environ), "--dir")
    wanted = environ.get(VARIABLE)
    if wanted:
        return Location(_absolute(wanted, environ), "$CODESPACE_TRACKER_DIR")
    records: tuple[tuple[Source, str | None], ...] = (
        ("recorded", recorded(environ)),
        ("system-wide", _recorded_for_all(environ, root)),
    )
    for source, kept in records:
        if kept is not None and os.path.isdir(os.path.dirname(kept)):
            return Location(kept, source)
    workspaces = os.path.join(root, _WORKSPACES)
    if in_codespace and os.path.isdir(workspaces) and os.access(workspaces, os.W_OK | os.X_OK):
        return Location(os.path.join(workspaces, NAME), "workspaces")
    return Location(os.path.join(home(environ), NAME), "home")


def record(path: str, environ: Mapping[str, str]) -> None:
    """Write down, for this user, which state directory was set up, in one step; several may do so
    at once.

    Raises ValueError for a path that `recorded` would not give back, OSError where it cannot be
    written; what was recorded before is then still valid.
    """
    content = os.fsencode(path) + b"\n"
    if _path_in(content) is None or len(content) > _RECORD_LIMIT:
        raise ValueError(f"not an absolute path on one line: {path!r}")
    _write(_place(_RECORD, environ), content)


def record_command(command: str, environ: Mapping[str, str]) -> None:
    """Write down, for this user, the path of the command that is installed: the extension for
    editors runs that and no other. Raises OSError."""
    content = os.fsencode(command) + b"\n"
    place = _place(_COMMAND, environ)
    if _path_in(content) is not None and read_own(place, _RECORD_LIMIT) != content:
        _write(place, content)


def trust(path: str, environ: Mapping[str, str]) -> None:
    """Write down that this user wants triggers to run from a directory whose file system keeps no
    modes.

    Raises ValueError for a path that does not fit on one line, OSError where it cannot be written.
    """
    real = os.path.realpath(path)
    if _path_in(os.fsencode(real)) is None:
        raise ValueError(f"not an absolute path on one line: {real!r}")
    if not is_trusted(path, environ):
        before = _trusted(environ)
        _write(
            _place(_TRUSTED, environ), b"".join(os.fsencode(one) + b"\n" for one in (*before, real))
        )


def is_trusted(path: str, environ: Mapping[str, str]) -> bool:
    """Whether this user said so of the directory that the path leads to."""
    return os.path.realpath(path) in _trusted(environ)


def _trusted(environ: Mapping[str, str]) -> list[str]:
    content = read_own(_place(_TRUSTED, environ), _TRUSTED_LIMIT) or b""
    return [os.fsdecode(line) for line in content.splitlines()]


def shell_hook_places(environ: Mapping[str, str]) -> list[str]:
    """The files that a shell hook was put into and the folders that were made for it (these end
    with a slash), where they are not those that every home has."""
    content = read_own(_place(_HOOKS, environ), _TRUSTED_LIMIT) or b""
    return [path for path in map(os.fsdecode, content.split(b"\n")) if os.path.isabs(path)]


def note_shell_hook_places(paths: list[str], environ: Mapping[str, str]) -> None:
    """Write down, for this user, more of `shell_hook_places`. Raises OSError."""
    before = shell_hook_places(environ)
    after = [*before, *(path for path in paths if path not in before and "\n" not in path)]
    if after != before:
        _write(_place(_HOOKS, environ), b"".join(os.fsencode(path) + b"\n" for path in after))


def _write(place: str, content: bytes) -> None:
    from codespace_tracker.machine.files import beside  # only for who writes

    make_folders(os.path.dirname(place))
    replace(place, content, durable=True, by=beside(place))  # no lock is held here


def recorded(environ: Mapping[str, str]) -> str | None:
    """The state directory that this user recorded; None if none was, or the record is no absolute
    path on one line.

    A record that another user wrote is none: HOME may be that user's.
    """
    content = read_own(_place(_RECORD, environ), _RECORD_LIMIT)
    return None if content is None else _path_in(content)


def _recorded_for_all(environ: Mapping[str, str], root: str) -> str | None:
    content = read_own(os.path.join(root, _SYSTEM_RECORD), _RECORD_LIMIT)
    if content is not None and content.startswith(b"~/"):
        content = os.path.join(os.fsencode(home(environ)), content[2:])
    return None if content is None else _path_in(content)


def forget(environ: Mapping[str, str]) -> bool:
    """Take the record away, what was trusted, where hooks were, and the command; whether there was
    a record. Raises OSError."""
    place = _place(_RECORD, environ)
    for name in (_TRUSTED, _HOOKS, _COMMAND):
        with suppress(FileNotFoundError):
            os.unlink(_place(name, environ))
    try:
        os.unlink(place)
        was_recorded = True
    except FileNotFoundError:
        was_recorded = False
    with suppress(OSError):  # there is none, or something else lies there
        os.rmdir(os.path.dirname(place))
    return was_recorded


def survives_rebuild(path: str, kind: str, root: str = "/") -> bool | None:
    """Whether the directory outlives a rebuild of the container; None where that is not known,
    outside a codespace.

    In a codespace what really lies under /workspaces does, links followed, and nothing else.
    """
    if kind != CODESPACE:
        return None
    workspaces = os.path.realpath(os.path.join(root, _WORKSPACES))
    return os.path.commonpath((workspaces, os.path.realpath(path))) == workspaces


def _absolute(path: str, environ: Mapping[str, str]) -> str:
    if path == "~" or path.startswith("~/"):
        path = os.path.join(home(environ), path[2:])
    return _normal(os.path.abspath(os.path.expanduser(path)))  # what is left to expand is ~user


def _normal(path: str) -> str:
    """An absolute path without what means nothing in it. POSIX leaves two slashes at its beginning
    to the system, and Linux takes them for one: to SQLite they are the beginning of a host's
    name."""
    path = os.path.normpath(path)
    return path[1:] if path.startswith("//") else path


def home(environ: Mapping[str, str]) -> str:
    """The user's home: HOME, else what the system's list of users says, else the root folder."""
    found = environ.get("HOME", "")
    if os.path.isabs(found):
        return _normal(found)
    import pwd  # rarely needed

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # containers may run under a number that is not in /etc/passwd
        return "/"


def _place(name: str, environ: Mapping[str, str]) -> str:
    """The path of a file in this user's configuration folder."""
    configured = environ.get("XDG_CONFIG_HOME", "")
    # The XDG base directory specification: a relative one is invalid and to be ignored.
    folder = configured if os.path.isabs(configured) else os.path.join(home(environ), ".config")
    return _normal(os.path.join(folder, _FOLDER, name))


def _path_in(content: bytes) -> str | None:
    """The path that a record holds; None if it is empty, relative, on several lines, or could not
    be a path."""
    path = os.fsdecode(content.removesuffix(b"\n"))
    fits = os.path.isabs(path) and not any(bad in path for bad in "\n\r\0")
    return _normal(path) if fits else None
