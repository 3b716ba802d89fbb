"""Where setup.sh and the dev container Feature put what, so that hooks, `uninstall` and `doctor` know it."""

import os
import sys
from collections.abc import Mapping

COMMANDS = ("codespace-tracker", "cst", "ghadi.sh")
_SYSTEM_ENVIRONMENT = "/usr/local/share/codespace-tracker/venv"
_SYSTEM_LINKS = "/usr/local/bin"


def environment_folder(home: str, environ: Mapping[str, str]) -> str:
    """The virtual environment that setup.sh makes."""
    share = environ.get("XDG_DATA_HOME", "")
    share = share if os.path.isabs(share) else os.path.join(home, ".local", "share")
    return os.path.join(share, "codespace-tracker", "venv")


def links(home: str) -> list[str]:
    """The links that setup.sh makes."""
    return [os.path.join(home, ".local", "bin", name) for name in COMMANDS]


def command(home: str, environ: Mapping[str, str]) -> str:
    """The path of our command that hooks are to call: as stable a one as there is, whatever installed it.

    The link of setup.sh or the Feature if it is ours (its folder is put on the PATH, and holds no other Python); else
    as we were called (pipx and uv link to what may move at an update); else beside the Python that runs this, or where
    pip puts the commands of a user.
    """
    own, system = links(home)[0], os.path.join(_SYSTEM_LINKS, COMMANDS[0])
    for link, folder in ((own, environment_folder(home, environ)), (system, _SYSTEM_ENVIRONMENT)):
        if is_ours(link, folder):
            return link
    called, beside = os.path.abspath(sys.argv[0]), os.path.dirname(sys.executable)
    folders = [os.path.dirname(called)] if os.path.basename(called) in COMMANDS else []
    for folder in (*folders, beside, os.path.dirname(own)):
        if os.access(os.path.join(folder, COMMANDS[0]), os.X_OK):
            return os.path.join(folder, COMMANDS[0])
    return os.path.join(beside, COMMANDS[0])


def is_of_a_feature() -> bool:
    """Whether the program that runs was installed by the dev container Feature."""
    return sys.prefix == _SYSTEM_ENVIRONMENT


def is_ours(link: str, folder: str) -> bool:
    """Whether a link leads into a virtual environment of ours."""
    try:
        return os.readlink(link).startswith(f"{folder}/")
    except OSError:
        return False
