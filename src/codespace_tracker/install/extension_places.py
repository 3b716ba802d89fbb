"""Where editors keep the extension, and whether the shell hook has offered it.

These are the usual places. An editor may have been started with another one, so that nothing is
there says little.
"""

import glob
import json
import os

from codespace_tracker.core.suppress import suppress
from codespace_tracker.install.vsix import ID
from codespace_tracker.machine.file_names import EDITOR_OFFERED
from codespace_tracker.machine.files import beside, read_own, replace
from codespace_tracker.machine.rooted import rooted

PATTERNS = (f".*/extensions/{ID}-*", f".local/share/code-server/extensions/{ID}-*")
"""What is looked for in the home directory: the folders of VS Code's servers (`.vscode-server`,
`.vscode-remote` in a codespace) and of those of its forks, and that of code-server."""

_REMOVED, _LIMIT = ".obsolete", 1 << 20
"""The file in which an editor names what it will delete later, and how large it may be (bytes)."""


def found(home: str) -> dict[str, str]:
    """The versions that are there, by their folders; of an editor that has several the newest,
    which it will take once its window is reloaded."""
    newest: dict[str, tuple[str, str]] = {}
    for pattern in PATTERNS:
        for path in glob.glob(f"{glob.escape(home)}/{pattern}"):
            folder, name = os.path.split(path)
            version = name[len(ID) + 1 :].partition("-")[0]  # from a marketplace: -universal
            before = newest.get(folder, ("", ""))[1]
            if name not in _removed(folder) and numbers(version) >= numbers(before):
                newest[folder] = path, version
    return dict(sorted(newest.values()))


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, for comparing."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def note_offer(directory: str, home: str) -> None:
    """After the extension was installed or removed: have the shell hook offer it again only when it
    is lost, as by a rebuild of the container."""
    path = os.path.join(directory, EDITOR_OFFERED)
    with suppress(OSError):
        if not os.path.isdir(rooted(directory)):
            return
        if found(home):
            os.unlink(rooted(path))
        else:
            replace(path, b"", by=beside(path))


def _removed(folder: str) -> set[str]:
    content = read_own(os.path.join(folder, _REMOVED), _LIMIT) or b"{}"
    try:
        named = json.loads(content)
    except ValueError:
        return set()
    return {*named} if isinstance(named, dict) else set()
