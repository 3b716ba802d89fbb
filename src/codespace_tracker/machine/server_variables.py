"""The variables of the server that was seen last, kept in memory for the tracker that outlives it.

A tracker that was started from a server of JupyterHub goes on when that server stops, and the hub
then takes back the token that scripts have from the tracker. So each command that starts the
tracker, or finds it running, leaves the variables of its own server here, and a run takes them up.

They hold a token: the file is in memory (/dev/shm), for its owner alone (0600), and holds only in
the life of the machine that it was written in. What another user put in its place is neither read
nor written. Where there is no such folder, nothing is kept.
"""

import os
import stat
from collections.abc import Mapping

from codespace_tracker.core.suppress import suppress
from codespace_tracker.machine import clock, environment
from codespace_tracker.machine.files import SAFELY, beside, replace

_FOLDER = "/dev/shm"
_LIMIT = 1 << 20  # bytes
_FOR_OTHERS = 0o077


def keep(directory: str, environ: Mapping[str, str]) -> None:
    """Keep those of `environ` that are a server's, for the tracker of a state directory. Where
    there are none, those that were seen last stay. Never raises."""
    found = environment.of_server(environ)
    if not found:
        return
    lines = [_life(), *(f"{name}={value}" for name, value in found.items())]
    with suppress(OSError):
        path = _path(directory)
        replace(path, b"".join(os.fsencode(line) + b"\0" for line in lines), by=beside(path))


def forget(directory: str) -> None:
    """Delete what is kept for a state directory. Never raises."""
    with suppress(OSError):
        os.unlink(_path(directory))


def renewed(directory: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that scripts begin with where the tracker has `environ`: those of a server are
    taken from the one that was seen last. Never raises."""
    kept = _kept(directory)
    if not kept:
        return dict(environ)
    old = environment.of_server(environ)
    return {name: value for name, value in environ.items() if name not in old} | kept


def _kept(directory: str) -> dict[str, str]:
    try:
        fd = os.open(_path(directory), os.O_RDONLY | SAFELY)
    except OSError:
        return {}
    try:
        content = os.read(fd, _LIMIT) if _is_ours_alone(os.fstat(fd)) else b""
    except OSError:
        return {}
    finally:
        os.close(fd)
    life, *lines = content.split(b"\0")
    if os.fsdecode(life) != _life():
        return {}
    return environment.of_server(
        dict(os.fsdecode(line).partition("=")[::2] for line in lines if line)
    )


def _is_ours_alone(found: os.stat_result) -> bool:
    return (
        stat.S_ISREG(found.st_mode)
        and found.st_uid == os.geteuid()
        and not found.st_mode & _FOR_OTHERS
    )


def _path(directory: str) -> str:
    """A name that the directory has under each of its paths. Raises OSError where it is not
    there."""
    found = os.stat(directory)
    return os.path.join(
        _FOLDER, f"codespace-tracker-{os.geteuid()}-{found.st_dev:x}-{found.st_ino:x}"
    )


def _life() -> str:
    life = clock.read_life()
    return f"{life.boot_id} {life.pid1_start_us}"
