"""The editor that a terminal belongs to: its command, which installs and removes extensions.

What VS Code's command does (1.100 and 1.139) is hand its arguments to the windows of its server,
over the socket that a variable of the terminal names. Its exit code is 0 also when that failed, and
of two windows that install the same at once one fails. So only what it lists afterwards counts.
While no window is open it waits forever. So each call is limited in time.

The command is looked for on the PATH, which may have been set by others: it is run only if no other
user could have changed it, and if it belongs to an editor that this user is running already.
"""

import contextlib
import os
import re
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping

from codespace_tracker.failure import Failure
from codespace_tracker.install.vsix import ID
from codespace_tracker.machine import editor_servers
from codespace_tracker.machine.trusted_directory import changeable_by_others
from codespace_tracker.views.wording import printable

SOCKET = "VSCODE_IPC_HOOK_CLI"
"""The variable that a terminal of an editor has."""

PATIENCE_SECONDS = 20.0
"""How long a window may take to answer. It is asked for what takes it half a second."""

_FOLDER = "remote-cli"  # on the PATH, and has the command under the editor's own name
_NODE = "NODE_EXEC_PATH"  # where code-server's command finds Node.js
_PATH = "/usr/local/bin:/usr/bin:/bin"
_KEPT = ("HOME", "LANG", SOCKET)
_PORTION = 1 << 16  # bytes of what it says
_AGAIN_SECONDS = 0.5
_LISTED = re.compile(rf"^{re.escape(ID)}@(\S+)$", re.IGNORECASE | re.MULTILINE)


class EditorEnded(Failure):
    """The editor that a terminal belonged to has ended, and the terminal goes on, as in tmux."""


class Editor:
    """The editor of a terminal. Each call raises Failure if no window answers in time."""

    def __init__(self, command: str, environ: Mapping[str, str]) -> None:
        self._command, self._environ = command, dict(environ)
        self.name = os.path.basename(command)

    def installed(self, patience: float = PATIENCE_SECONDS) -> str:
        """The version of the extension that is installed, empty if none is."""
        code, said = self._ask("--list-extensions", "--show-versions", patience=patience)
        if code:
            raise self._failure("could not list its extensions", said)
        found = _LISTED.search(said)
        return found[1] if found else ""

    def install(self, package: str, version: str) -> None:
        """Install the extension from a file. Raises Failure if this version is not listed then."""
        _, said = self._ask("--install-extension", os.path.abspath(package))
        self._check(version, "could not install the extension", said)

    def uninstall(self, patience: float = PATIENCE_SECONDS) -> None:
        """Remove the extension. Raises Failure if one is still listed then."""
        _, said = self._ask("--uninstall-extension", ID, patience=patience)
        self._check("", "could not remove the extension", said, patience)

    def _check(
        self, version: str, what: str, said: str, patience: float = PATIENCE_SECONDS
    ) -> None:
        until = time.monotonic() + patience / 4
        while self.installed(patience) != version:
            if time.monotonic() > until:
                raise self._failure(what, said)
            time.sleep(_AGAIN_SECONDS)

    def _failure(self, what: str, said: str) -> Failure:
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        told = f" It says: {printable(lines[-1])}" if lines else ""
        return Failure(
            f"{self.name} {what}.{told} Fix: reload the editor's window, and try again in a new"
            " terminal."
        )

    def _ask(self, *words: str, patience: float = PATIENCE_SECONDS) -> tuple[int, str]:
        """The command's exit code, and what it says."""
        with tempfile.TemporaryFile() as said:
            try:
                process = subprocess.Popen(
                    [self._command, *words],
                    cwd="/",
                    env=self._environ,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise Failure(
                    f"{self._command}: cannot be run ({error.strerror}). Fix: open a new terminal"
                    " in the editor, and try again there."
                ) from error
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                raise Failure(
                    f"no window of the editor answered within {patience:.0f} seconds. Fix: open"
                    " the editor, and run this in a terminal of its window."
                ) from None
            finally:
                if process.poll() is None:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            said.seek(0)
            return process.returncode, said.read(_PORTION).decode(errors="replace")


def of_terminal(environ: Mapping[str, str]) -> Editor | None:
    """The editor that this terminal belongs to, None if there is none. Raises Failure if its
    command is not there, or may not be run."""
    if not os.path.isabs(environ.get(SOCKET, "")):
        return None
    _check_socket(environ[SOCKET])
    variables = {name: environ[name] for name in _KEPT if name in environ} | {"PATH": _PATH}
    node = environ.get(_NODE, "")
    if os.path.isabs(node):
        variables[_NODE] = node
    refused = ""
    for command in _commands(environ.get("PATH", "")):
        why = _why_not(command, variables)
        if not why:
            return Editor(command, variables)
        refused = refused or why
    if refused:
        raise Failure(refused)
    raise Failure(
        "the editor's command is not on the PATH of this terminal. Fix: open a new terminal in the"
        " editor, and try again there."
    )


def _commands(path: str) -> Iterator[str]:
    """The commands of editors on a PATH. A folder that begins at the current one is not looked
    into."""
    for folder in dict.fromkeys(path.split(":")):
        if not os.path.isabs(folder) or os.path.basename(folder.rstrip("/")) != _FOLDER:
            continue
        with contextlib.suppress(OSError):
            for name in sorted(os.listdir(folder)):
                command = os.path.join(folder, name)
                # beside it lie scripts for other systems, with an ending
                if "." not in name and os.path.isfile(command) and os.access(command, os.X_OK):
                    yield command


def _why_not(command: str, variables: Mapping[str, str]) -> str:
    """Why a command may not be run, empty if it may."""
    root = os.path.realpath(command)
    for _ in range(3):  # bin/remote-cli/NAME
        root = os.path.dirname(root)
    for program in (command, os.path.join(root, "out", "server-cli.js"), variables.get(_NODE, "")):
        by = changeable_by_others(program) if program else ""
        if by:
            return (
                f"{program} is not run: another user could have changed it, by {by}. Fix: `chmod"
                " go-w` that, if it is yours, and check what is in it."
            )
    if not any(root == one or root.startswith(f"{one}/") for one in editor_servers.folders()):
        return (
            f"{command} is not run: it belongs to no editor that is running. Fix: open a new"
            " terminal in the editor, and try again there."
        )
    return ""


def _check_socket(path: str) -> None:
    """Raises EditorEnded where none listens, Failure where it is not this user's."""
    try:
        found = os.lstat(path)
        if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.geteuid():
            raise Failure(
                f"${SOCKET} is {path}, which is not your socket. Fix: open a new terminal in"
                " the editor, and try again there."
            )
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(PATIENCE_SECONDS)
            one.connect(path)
    except OSError:
        raise EditorEnded(
            "the editor that opened this terminal has ended. Fix: open a new terminal in the"
            " editor, and try again there."
        ) from None
