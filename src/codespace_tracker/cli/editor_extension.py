"""The extension in the editor of this terminal: what commands do with it, and say of it."""

import os
import tempfile
from typing import Literal, NamedTuple

from codespace_tracker import __version__
from codespace_tracker.failure import Failure
from codespace_tracker.install import editor, extension_places, vsix
from codespace_tracker.install.editor import PATIENCE_SECONDS, Editor
from codespace_tracker.machine import directory as directories

BY_HAND = (
    "`codespace-tracker editor install --output FILE` writes the extension to a file, which an"
    ' editor installs from its Extensions view (…, "Install from VSIX...").'
)
RELOAD = 'reload the editor\'s window (press F1, "Developer: Reload Window")'


class Installed(NamedTuple):
    """The version of the extension that is installed (empty: none), compared with the version of
    this program."""

    version: str
    compared: Literal["none", "older", "same", "newer"]


def of_terminal() -> Editor:
    """The editor of this terminal. Raises Failure if there is none."""
    found = editor.of_terminal(os.environ)
    if found is None:
        raise Failure(
            "this is not a terminal of VS Code or one of its forks. Fix: run it in a terminal of"
            f" the editor. Or: {BY_HAND}"
        )
    return found


def look(found: Editor, patience: float = PATIENCE_SECONDS) -> Installed:
    """What is installed in an editor. Raises Failure."""
    return compared(found.installed(patience))


def compared(version: str) -> Installed:
    """A version, compared with that of this program."""
    if not version:
        return Installed("", "none")
    theirs, ours = map(extension_places.numbers, (version, __version__))
    if theirs == ours:
        return Installed(version, "same")
    return Installed(version, "older" if theirs < ours else "newer")


def put(found: Editor, directory: str) -> str:
    """Install the extension or update it; what to say. Raises Failure."""
    before = look(found)
    if before.compared in ("same", "newer"):
        told = (
            f"The extension is installed already (version {before.version}). Nothing was changed."
        )
    else:
        with tempfile.TemporaryDirectory(prefix="codespace-tracker-") as folder:
            package = os.path.join(folder, vsix.FILE_NAME)
            with open(package, "xb") as file:
                file.write(vsix.packed())
            found.install(package, __version__)
        told = f"The extension was installed in {found.name} (version {__version__})."
        if before.version:
            told = (
                f"The extension was updated in {found.name} from {before.version} to"
                f" {__version__}.\nTo use the new version, {RELOAD}."
            )
    extension_places.note_offer(directory, directories.home(os.environ))
    return told


def take_away(found: Editor, patience: float = PATIENCE_SECONDS) -> str:
    """Remove the extension; what to say, empty if it is not installed. Raises Failure."""
    if not found.installed(patience):
        return ""
    found.uninstall(patience)
    return f"The extension was removed from {found.name}.\nIt stays active until you {RELOAD}."
