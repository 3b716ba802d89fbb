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
    """The path of our command that hooks are to call: a link if it is ours, else beside the Python that runs this.

    Its folder is put on the PATH: that of a link holds no other Python.
    """
    system_link = os.path.join(_SYSTEM_LINKS, COMMANDS[0])
    for link, folder in ((links(home)[0], environment_folder(home, environ)), (system_link, _SYSTEM_ENVIRONMENT)):
        if is_ours(link, folder):
            return link
    return os.path.join(os.path.dirname(sys.executable), COMMANDS[0])


def is_of_a_feature() -> bool:
    """Whether the program that runs was installed by the dev container Feature."""
    return sys.prefix == _SYSTEM_ENVIRONMENT


def is_ours(link: str, folder: str) -> bool:
    """Whether a link leads into a virtual environment of ours."""
    try:
        return os.readlink(link).startswith(f"{folder}/")
    except OSError:
        return False
