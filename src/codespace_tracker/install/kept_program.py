"""The copy of the program in the state directory, from which it is reinstalled if the home
directory is gone.

`program/` holds a wheel of what is installed, and setup.sh, which installs it; `shell-hook`, empty,
where set-up put the block into the shells' startup files; `devcontainers`, which files our line was
put into, one on each line.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator

import codespace_tracker
from codespace_tracker.install import wheel
from codespace_tracker.machine import lock
from codespace_tracker.machine.files import (
    DIRECTORY_MODE,
    beside,
    make_directory,
    read_small,
    replace,
)
from codespace_tracker.machine.rooted import rooted

FOLDER = "program"

HEAL = (
    f'[ "$(find . {FOLDER} {FOLDER}/setup.sh -prune -user "$(id -u)" ! -perm /22 | wc -l)" = 3 ]'
    ' && [ "$(find . -prune ! -perm /77)" ]'
    f" && sh {FOLDER}/setup.sh --heal"
)
"""What a shell whose current folder is the state directory does to have the kept program installed
again.

It runs nothing unless the directory, `program/` and the script belong to this user, are not links
(`find` does not follow them, and the mode of a link is 777) and cannot be written by others, and
the directory is closed to them. As the shell stands in the directory, it does not matter who can
rename it meanwhile. There is no single quote in it.
"""

_SETUP = os.path.join(os.path.dirname(__file__), "setup.sh")
_HOOK, _DEVCONTAINERS, _LOCK = "shell-hook", "devcontainers", "heal.lock"
_LIMIT = 64 << 20  # bytes
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def setup_script(directory: str) -> str:
    """The path of the setup.sh that is kept."""
    return os.path.join(directory, FOLDER, "setup.sh")


def keep(directory: str, *, hook: bool) -> None:
    """Keep what is installed, and whether set-up put the shell hook. Raises OSError.

    A program whose parts cannot be found (it was started from a folder of sources) raises
    FileNotFoundError.
    """
    folder = rooted(_make_folder(directory))
    _write(os.path.join(folder, wheel.FILE_NAME), wheel.packed(_parts()))
    with open(_SETUP, "rb") as file:
        _write(setup_script(directory), file.read())
    for name in os.listdir(folder):
        if name.startswith(f"{wheel.NAME}-") and name.endswith(".whl") and name != wheel.FILE_NAME:
            os.unlink(os.path.join(folder, name))
    marker = os.path.join(folder, _HOOK)
    if hook:
        _write(marker, b"")
    elif os.path.lexists(marker):
        os.unlink(marker)


def is_kept(directory: str) -> bool:
    """Whether this version is kept."""
    return _has_folder(directory) and os.path.exists(
        rooted(os.path.join(directory, FOLDER, wheel.FILE_NAME))
    )


def keep_unless_kept(directory: str) -> None:
    """Keep what is installed, unless this version is kept already. Raises OSError."""
    if not is_kept(directory):
        keep(directory, hook=os.path.exists(rooted(os.path.join(directory, FOLDER, _HOOK))))


def renew(directory: str) -> None:
    """Keep this version where another one is kept: the ledger may be newer than that knows. Raises
    OSError."""
    if _has_folder(directory):
        keep_unless_kept(directory)


def forget(directory: str) -> bool:
    """Delete what is kept, so that nothing installs it again; whether there was something. Raises
    OSError."""
    folder = rooted(os.path.join(directory, FOLDER))
    if os.path.islink(folder):
        os.unlink(folder)
        return True
    if not os.path.isdir(folder):
        return False
    shutil.rmtree(folder)
    return True


def is_installing(directory: str) -> bool:
    """Whether the kept program is being reinstalled at this moment."""
    return (
        _has_folder(directory) and lock.holder(os.path.join(directory, FOLDER, _LOCK)) is not None
    )


def devcontainers(directory: str) -> list[str]:
    """The files that our line was put into."""
    if not _has_folder(directory):
        return []
    content = read_small(os.path.join(directory, FOLDER, _DEVCONTAINERS), 1 << 16) or b""
    return [path for path in os.fsdecode(content).split("\n") if os.path.isabs(path)]


def remember_devcontainers(directory: str, paths: list[str]) -> None:
    """Write down which files have our line. Raises OSError."""
    place = os.path.join(_make_folder(directory), _DEVCONTAINERS)
    _write(place, os.fsencode("".join(f"{path}\n" for path in paths)))


def _has_folder(directory: str) -> bool:
    """Whether the folder is there. A link in its place is not followed: what it leads to is not the
    tracker's."""
    folder = rooted(os.path.join(directory, FOLDER))
    return os.path.isdir(folder) and not os.path.islink(folder)


def _make_folder(directory: str) -> str:
    """The folder, made where it is missing or a link is in its place; only this user can look into
    it.

    Raises OSError, also where it is another user's.
    """
    folder = rooted(os.path.join(directory, FOLDER))
    if os.path.islink(folder):
        os.unlink(folder)
    make_directory(folder)
    status = os.lstat(folder)
    if status.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, f"belongs to user {status.st_uid}: move it away", folder)
    if status.st_mode & ~DIRECTORY_MODE & 0o777:
        os.chmod(folder, DIRECTORY_MODE)
    return folder


def _write(path: str, content: bytes) -> None:
    """Make a file with this content that only this user can use, and replace what is at its
    path."""
    if read_small(path, _LIMIT) != content or not _is_ours_alone(path):
        replace(path, content, durable=True, by=beside(path))


def _is_ours_alone(path: str) -> bool:
    found = os.lstat(rooted(path))
    is_file = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
    return is_file and found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_WRITE


def _parts() -> Iterator[tuple[str, bytes]]:
    """The files of a wheel of what is installed: the package, its metadata, and the script beside
    its commands."""
    import importlib.metadata

    yield from wheel.package(os.path.dirname(codespace_tracker.__file__))
    installed = importlib.metadata.distribution("codespace-tracker")
    for name in ("METADATA", "entry_points.txt", "licenses/LICENSE"):
        yield f"{wheel.ABOUT}/{name}", (installed.read_text(name) or "").encode()
    for installed_file in installed.files or []:
        if installed_file.name == "ghadi.sh" and wheel.NAME not in installed_file.parts:
            place = f"{wheel.SCRIPTS}/ghadi.sh"
            yield place, installed_file.locate().read_bytes()  # type: ignore[attr-defined]
