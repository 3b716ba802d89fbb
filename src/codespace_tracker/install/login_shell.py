"""The user's shells, and what they really read: each is started as a terminal starts it, and asked.

A shell that is asked has no terminal, no input and limited time. It writes its answer to a file, so
what its startup files print and leave running does not matter. Our block only tells which state
directory it is for (`shell_hook.ASKED`). No shell is asked that would run another user's startup
files, by HOME, ZDOTDIR or XDG_CONFIG_HOME.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from typing import NamedTuple

from codespace_tracker.install.fish_hook import quoted as fish_quoted
from codespace_tracker.install.shell_hook import ASKED
from codespace_tracker.machine.directory import foreign_folder
from codespace_tracker.machine.trusted_directory import changeable_by_others

PATIENCE_SECONDS = 10.0
"""How long the startup files of a shell may take."""

SERVED = ("bash", "zsh", "fish")
_NOBODYS = {"", "nologin", "false", "git-shell", "sync"}  # an account without logins
_FOLDERS = ("/bin", "/usr/bin", "/usr/local/bin")
_LIMIT = 1 << 14  # bytes of an answer

_COMMAND = """printf '%s\\n' "${}" "$(command -v codespace-tracker)" >>{}"""
_FISH_COMMAND = """printf '%s\\n' "${}" (command -s codespace-tracker; or echo) >>{}"""


class ShellSetup(NamedTuple):
    """What a shell has after its startup files: the state directory of our block (empty: it read
    none, or an old one), and where it finds our command (empty: nowhere)."""

    directory: str
    command: str


def shells(environ: Mapping[str, str]) -> dict[str, str]:
    """The user's shells by name, each with its path: that of the account, and $SHELL if it is
    another one, and no other user could have put it there (`sudo -E` hands root the user's)."""
    import pwd

    try:
        of_account = pwd.getpwuid(os.geteuid()).pw_shell or "/bin/sh"
    except KeyError:
        of_account = ""  # a user without an account
    by_name: dict[str, str] = {}
    shell = environ.get("SHELL", "")
    for path in (of_account, shell):
        name = os.path.basename(path)
        is_safe = path == of_account or not changeable_by_others(path)
        if os.path.isabs(path) and is_safe and name not in _NOBODYS:
            by_name.setdefault(name, path)
    return by_name


def path_of(name: str, environ: Mapping[str, str]) -> str | None:
    """Where a shell is; None where it is not installed. No folder that begins at the current one is
    looked into."""
    wanted = [shells(environ).get(name, ""), *(os.path.join(folder, name) for folder in _FOLDERS)]
    return next((path for path in wanted if path and os.access(path, os.X_OK)), None)


def ask(shell: str, home: str, environ: Mapping[str, str], *, login: bool) -> ShellSetup | None:
    """What a new interactive shell reads and finds; None where it did not come as far as its
    prompt, or in time."""
    is_fish = os.path.basename(shell) == "fish"
    text = _FISH_COMMAND if is_fish else _COMMAND
    variables = {**environ, ASKED: "asked"}
    if environ.get("TERM", "dumb") == "dumb":
        variables["TERM"] = "xterm"  # many startup files end early for a dumb one
    lines = _answer([shell, *(["-l"] if login else []), "-i"], text, home, variables)
    if lines is None or len(lines) != 2:
        return None
    return ShellSetup("" if lines[0] == "asked" else lines[0], lines[1])


def zsh_folder(home: str, environ: Mapping[str, str]) -> str:
    """Where zsh looks for its startup files: $ZDOTDIR as zsh itself sets it, else the home
    directory.

    VS Code starts zsh with a ZDOTDIR of its own, and keeps the user's in another variable.
    """
    named = environ.get("USER_ZDOTDIR") or environ.get("ZDOTDIR", "")
    if not os.path.isabs(named) or (
        os.path.dirname(named) == tempfile.gettempdir() and named.endswith("-zsh")
    ):
        named = ""
    if foreign_folder(environ) is not None:
        return home
    shell = path_of("zsh", environ)
    variables = {name: value for name, value in environ.items() if name != "ZDOTDIR"}
    if named:
        variables["ZDOTDIR"] = named
    lines = (
        None
        if shell is None
        else _answer([shell], "printf '%s\\n' \"${{ZDOTDIR-}}\" >>{1}", home, variables)
    )
    folder = lines[0] if lines else named
    return folder if os.path.isabs(folder) else home


def _answer(
    words: list[str], text: str, home: str, variables: Mapping[str, str]
) -> list[str] | None:
    """The lines that a shell writes by a command, which gets the name of a variable and of a file;
    None if it fails."""
    quote = fish_quoted if os.path.basename(words[0]) == "fish" else shlex.quote
    with tempfile.TemporaryDirectory(prefix="codespace-tracker-") as folder:
        place = os.path.join(folder, "answer")
        with open(
            place, "x", encoding="utf-8"
        ):  # there already, for a shell that is set not to overwrite files
            pass
        try:
            if os.stat(home).st_uid != os.geteuid() or foreign_folder(variables) is not None:
                return None
            process = subprocess.Popen(
                [*words, "-c", text.format(ASKED, quote(place))],
                cwd=home,
                env={**variables, "HOME": home},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # without a terminal: nothing can read from ours, or stop us
                start_new_session=True,
            )
        except OSError:
            return None
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None
        with open(place, encoding="utf-8", errors="surrogateescape") as file:
            return file.read(_LIMIT).splitlines()
