"""Where setup.sh puts what, so that `uninstall` and `doctor` know it. setup.sh names the same places."""

import os
import sys
from collections.abc import Mapping

COMMANDS = ("codespace-tracker", "cst", "ghadi.sh")


def environment_folder(home: str, environ: Mapping[str, str]) -> str:
    """The virtual environment that setup.sh makes."""
    share = environ.get("XDG_DATA_HOME", "")
    share = share if os.path.isabs(share) else os.path.join(home, ".local", "share")
    return os.path.join(share, "codespace-tracker", "venv")


def links(home: str) -> list[str]:
    """The links that setup.sh makes."""
    return [os.path.join(home, ".local", "bin", name) for name in COMMANDS]


def command(home: str, environ: Mapping[str, str]) -> str:
    """The path of our command that hooks are to call: the link if it is ours, else beside the Python that runs this."""
    link = links(home)[0]
    if is_ours(link, environment_folder(home, environ)):
        return link
    return os.path.join(os.path.dirname(sys.executable), COMMANDS[0])


def is_ours(link: str, folder: str) -> bool:
    """Whether a link leads into the virtual environment of setup.sh."""
    try:
        return os.readlink(link).startswith(f"{folder}/")
    except OSError:
        return False
