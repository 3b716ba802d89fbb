"""The original tool's block in the startup files, which its `injection.sh` wrote.

It changes into the tool's folder and starts it. Once that folder is gone, `cd … || exit` ends every
new shell; with our scripts in its place it prints the status into each. It is the user's: it is
removed only when the user says so.
"""

import os
import re
import shlex

from codespace_tracker.install import shell_hook
from codespace_tracker.machine.files import read_small

_TAG = "Codespace Tracker Auto Start with Delay"
_BLOCK = re.compile(rf"\n?^# >>> {_TAG} <<<$.*?^# <<< {_TAG} <<<$\n?", re.MULTILINE | re.DOTALL)
_FILES = (".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc")
_LIMIT = 1 << 20  # bytes

COPY = ".before-codespace-tracker"
"""What the name of the copy ends with that is kept of a file."""


def holders(home: str) -> list[str]:
    """The startup files that have the block."""
    return [
        path for path in (os.path.join(home, name) for name in _FILES) if _BLOCK.search(_read(path))
    ]


def remove(path: str) -> str:
    """Take the block out of a file; the path of the copy that is kept. Raises OSError."""
    copy = f"{path}{COPY}"
    before = _read(path)
    with open(copy, "x", encoding="utf-8", errors="surrogateescape", newline="") as file:
        os.fchmod(file.fileno(), os.stat(path).st_mode & 0o777)
        file.write(before)
    shell_hook.write(path, before, _BLOCK.sub("", before))
    return copy


def command(path: str) -> str:
    """What a user can type to take the block out of a file; sed keeps a copy."""
    lines = f"/^# >>> {_TAG}/,/^# <<< {_TAG}/d"
    return f"sed -i{COPY} --follow-symlinks {shlex.quote(lines)} {shlex.quote(path)}"


def _read(path: str) -> str:
    content = read_small(path, _LIMIT) if os.path.exists(path) else None
    return "" if content is None else content.decode("utf-8", "surrogateescape")
