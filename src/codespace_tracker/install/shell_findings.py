"""What `doctor` says about the user's shells: whether a new one brings the tracker back, asked of
the shell itself."""

import os
from collections.abc import Iterator, Mapping
from typing import Literal

from codespace_tracker.install import login_shell, original_block, startup_files
from codespace_tracker.install.login_shell import ShellSetup
from codespace_tracker.install.places import command as our_command
from codespace_tracker.machine.directory import foreign_folder

Level = Literal["ok", "warning", "problem"]
ShellFinding = tuple[Level, str, str, str]
"""The parts of a finding: level, subject, message, mend."""

_SUBJECT = "shell hook"
_MEND = "codespace-tracker init --shell-hook"


def findings(directory: str, home: str, environ: Mapping[str, str]) -> Iterator[ShellFinding]:
    """What there is to say. Shells are not asked while the original's block is there: each would
    start that tool."""
    originals = original_block.holders(home)
    foreign = foreign_folder(environ)
    for path in originals:
        message = (
            f"{path} has the original tool's block: it ends each new shell once that tool's "
            "folder is gone"
        )
        yield "warning", _SUBJECT, message, original_block.command(path)
    for name, path in login_shell.shells(environ).items():
        if name not in login_shell.SERVED:
            yield _not_served(name, home, our_command(home, environ))
        elif foreign is not None and not originals:
            why = f"{foreign.variable} is {foreign.path}, which belongs to user {foreign.owner}"
            message = f"{name} is not asked: {why}"
            yield (
                "warning",
                _SUBJECT,
                message,
                f"env -u {foreign.variable} codespace-tracker doctor",
            )
        elif not originals:
            yield from _of_shell(name, path, directory, home, environ)


def _of_shell(
    name: str, path: str, directory: str, home: str, environ: Mapping[str, str]
) -> Iterator[ShellFinding]:
    """What a shell reads as a terminal starts it, and as a login (ssh, tmux, JupyterLab) does."""
    judged = [
        _judged(kind, login_shell.ask(path, home, environ, login=login), directory)
        for kind, login in ((f"a new {name}", False), (f"a login shell ({name} -l)", True))
    ]
    if all(level == "ok" for level, *_ in judged):
        judged = [
            (
                "ok",
                _SUBJECT,
                f"{name} reads it, also as a login shell, and finds codespace-tracker",
                "",
            )
        ]
    yield from judged


def _judged(kind: str, answer: ShellSetup | None, directory: str) -> ShellFinding:
    if answer is None:
        seconds = int(login_shell.PATIENCE_SECONDS)
        message = (
            f"{kind} could not be asked: it ended, or started another program, or took more than "
            f"{seconds} s"
        )
        return (
            "warning",
            _SUBJECT,
            message,
            "check its startup files; a new terminal shows what they do",
        )
    if not answer.directory:
        finds = "" if answer.command else ", nor finds codespace-tracker"
        return (
            "warning",
            _SUBJECT,
            f"{kind} does not read it: it does not bring the tracker back{finds}",
            _MEND,
        )
    if os.path.normpath(answer.directory) != os.path.normpath(directory):
        return (
            "warning",
            _SUBJECT,
            f"{kind} brings back the tracker of another directory, {answer.directory}",
            _MEND,
        )
    if not answer.command:
        message = (
            f"{kind} does not find codespace-tracker: PATH is set after the block of the shell hook"
        )
        return "warning", _SUBJECT, message, "put what sets PATH in front of that block"
    return "ok", _SUBJECT, f"{kind} reads it, and finds codespace-tracker", ""


def _not_served(name: str, home: str, command: str) -> ShellFinding:
    path, advice = startup_files.by_hand(name, home, command)
    if path:
        return (
            "ok",
            _SUBJECT,
            f"{name} starts the tracker again through your own line in {path}",
            "",
        )
    return (
        "warning",
        _SUBJECT,
        f"your shell is {name}, for which there is no shell hook: it does not start the tracker "
        "again",
        advice,
    )
