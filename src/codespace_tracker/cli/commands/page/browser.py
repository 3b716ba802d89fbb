"""Opens a file in a browser of this machine, if there is one that can show it."""

import os
import shutil
import subprocess
from collections.abc import Mapping

_PROGRAMS = ("xdg-open", "wslview", "sensible-browser", "firefox", "chromium", "google-chrome")
_ELSEWHERE = "/helpers/browser.sh"
"""The end of what VS Code sets BROWSER to: it opens addresses on the user's own machine, which has
not the files of this one."""


def browser(environ: Mapping[str, str]) -> str | None:
    """The program that opens a file; None where there is no screen, or none is installed."""
    named = environ.get("BROWSER", "")
    if named and not named.endswith(_ELSEWHERE) and (found := _found(named)):
        return found
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return None
    return next(filter(None, map(_found, _PROGRAMS)), None)


def _found(name: str) -> str | None:
    """Where a program is; None if only an entry of PATH that begins at the current folder has
    it."""
    found = shutil.which(name)
    return found if found is not None and os.path.isabs(found) else None


def open_file(path: str, program: str) -> None:
    """Open a file, without waiting. The only argument is the path: other users can read arguments.
    Raises OSError."""
    subprocess.Popen(
        [program, os.path.abspath(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
