"""Whether the user is active: when a terminal or the editor was last used, as far as this shows
here.

Typing reads from a terminal's device, which sets its access time (the kernel rounds it to 8
seconds). An editor in a browser or a window elsewhere types through its server: nothing of that
shows here, unless something touches the activity file.
"""

import errno
import os
import stat

from codespace_tracker.core.idle import Activity
from codespace_tracker.machine.files import FILE_MODE, SAFELY
from codespace_tracker.machine.rooted import rooted

NAME = "activity"
"""The file in the state directory that an editor's extension, or `codespace-tracker activity`,
touches."""

_TERMINALS = "/dev/pts"
_TOLD_US = 12 * 3_600_000_000
_SERVERS = (
    b".vscode-server/",
    b".vscode-remote/",
    b"/vscode-server",
    b"code-server",
    b"openvscode-server",
    b"codium-server",
    b"cursor-server",
    b"remote-dev-server",
    b"jetbrains_client",
)
"""Parts of the command lines of editors' servers: VS Code in its forms, and the JetBrains IDEs."""


def read(directory: str, wall_us: int) -> Activity:
    """The last activity by the terminals and the activity file, at most now (`wall_us`, UTC µs), 0
    for none.

    It is known unless an editor's server runs and nothing has touched the activity file in this
    half of a day.
    """
    told = _stamp_us(os.path.join(directory, NAME), accessed=False)
    last = max([told, *(_stamp_us(path, accessed=True) for path in _terminals())])
    known = wall_us - told < _TOLD_US or not _editor_runs()
    return Activity(min(last, wall_us), known)


def touch(directory: str) -> None:
    """Report activity. Raises OSError."""
    path = os.path.join(directory, NAME)
    what = OSError(errno.EINVAL, "is not a file, but must be one: move it away", path)
    try:
        # not blocking: a pipe in its place is an error, and does not hold us up
        fd = os.open(rooted(path), os.O_WRONLY | os.O_CREAT | SAFELY, FILE_MODE)
    except OSError as error:
        raise what if error.errno in (errno.ENXIO, errno.ELOOP, errno.EISDIR) else error from None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise what
        os.utime(fd)
    finally:
        os.close(fd)


def _terminals() -> list[str]:
    try:
        return [
            os.path.join(_TERMINALS, name) for name in os.listdir(_TERMINALS) if name.isdecimal()
        ]
    except OSError:
        return []


def _stamp_us(path: str, *, accessed: bool) -> int:
    try:
        found = os.stat(rooted(path))
    except OSError:
        return 0
    return (found.st_atime_ns if accessed else found.st_mtime_ns) // 1000


def _editor_runs() -> bool:
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    line = file.read(4096)
            except OSError:
                continue
            if any(part in line for part in _SERVERS):
                return True
    return False
