"""Where setup.sh and the dev container Feature put what, so that hooks, `uninstall` and `doctor`
know it."""

import os
import sys
from collections.abc import Mapping

from codespace_tracker.machine import directory as directories

COMMANDS = ("codespace-tracker", "cst", "ghadi.sh")
_SYSTEM_ENVIRONMENT = "/usr/local/share/codespace-tracker/venv"
_SYSTEM_LINKS = "/usr/local/bin"
_HEAD = 4096  # bytes of a command that tell what it runs


def environment_folder(home: str, environ: Mapping[str, str]) -> str:
    """The virtual environment that setup.sh makes."""
    share = environ.get("XDG_DATA_HOME", "")
    share = share if os.path.isabs(share) else os.path.join(home, ".local", "share")
    return os.path.join(share, "codespace-tracker", "venv")


def links(home: str) -> list[str]:
    """The links that setup.sh makes."""
    return [os.path.join(home, ".local", "bin", name) for name in COMMANDS]


def command(home: str, environ: Mapping[str, str]) -> str:
    """The path of our command for hooks to call: the most stable one there is, however it was
    installed.

    The link of setup.sh or the Feature if it is ours (its folder is put on the PATH, and holds no
    other Python); else as we were called (pipx and uv link to what may move at an update); else
    beside the Python that runs this, or where pip puts the commands of a user.
    """
    own, system = links(home)[0], os.path.join(_SYSTEM_LINKS, COMMANDS[0])
    for link, folder in ((own, environment_folder(home, environ)), (system, _SYSTEM_ENVIRONMENT)):
        if is_ours(link, folder):
            return link
    called, beside = os.path.abspath(sys.argv[0]), os.path.dirname(sys.executable)
    folders = [os.path.dirname(called)] if os.path.basename(called) in COMMANDS else []
    for folder in (*folders, beside, os.path.dirname(own)):
        if runs_us(os.path.join(folder, COMMANDS[0])):
            return os.path.join(folder, COMMANDS[0])
    return os.path.join(beside, COMMANDS[0])


def record_command(home: str, environ: Mapping[str, str]) -> None:
    """Write down which command is installed, if it is there. Raises OSError."""
    found = command(home, environ)
    if runs_us(found):
        directories.record_command(found, environ)


def has_short_name(command: str, environ: Mapping[str, str]) -> bool:
    """Whether `cst` is no other program's, on the PATH or beside our `command`."""
    folders = [folder for folder in environ.get("PATH", "").split(":") if os.path.isabs(folder)]
    places = [os.path.join(folder, COMMANDS[1]) for folder in (*folders, os.path.dirname(command))]
    found = next((place for place in places if os.access(place, os.X_OK)), None)
    return found is None or runs_us(found)


def runs_us(path: str) -> bool:
    """Whether a command runs codespace-tracker. However it was installed, it names the package."""
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        return False
    try:
        with open(path, "rb") as file:
            return b"codespace_tracker" in file.read(_HEAD)
    except OSError:
        return False


def is_of_a_feature() -> bool:
    """Whether the program that runs was installed by the dev container Feature."""
    return sys.prefix == _SYSTEM_ENVIRONMENT


def is_ours(link: str, folder: str) -> bool:
    """Whether a link leads into our virtual environment."""
    try:
        return os.readlink(link).startswith(f"{folder}/")
    except OSError:
        return False
