"""Real shells in a home of their own, started as terminals start them, beside a tracker of real
processes."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, PROGRAM, RealTracker


def program_of(name: str) -> str:
    """The path of a program; the test is skipped where it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


class Shells:
    """A user's home with our command in ~/.local/bin, as set-up leaves it, and that user's
    shells."""

    def __init__(self, tracker: RealTracker) -> None:
        self.tracker, self.home = tracker, tracker.home
        self.more: dict[str, str] = {}
        self.command = self.home / ".local/bin/codespace-tracker"
        self.command.parent.mkdir(parents=True)
        python, option, program = PROGRAM
        program = f"import sys; sys.argv[0] = {str(self.command)!r}; {program}"
        words = shlex.join([python, option, program])
        self.command.write_text(f'#!/bin/sh\n# codespace_tracker\nexec {words} "$@"\n')
        self.command.chmod(0o755)

    def environment(self) -> dict[str, str]:
        """What a terminal starts a shell with: our command is not on its PATH."""
        path = ":".join(
            folder for folder in ("/usr/local/bin", "/usr/bin", "/bin") if os.path.isdir(folder)
        )
        return {
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "PATH": path,
            **self.more,
        }

    def run(self, *words: str, code: int | None = 0) -> str:
        """Run a program in its own session; what it printed."""
        done = subprocess.run(
            ["setsid", "--wait", *words], env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip
        assert code is None or done.returncode == code, (words, done.stdout)
        assert "Traceback" not in done.stdout
        return done.stdout

    def verb(self, *words: str, code: int | None = 0) -> str:
        """Run our command; what it said."""
        return self.run(str(self.command), *words, "--dir", str(self.tracker.directory), code=code)

    def new(self, shell: str, *options: str, command: str = "true") -> str:
        """What a new interactive shell prints, without what bash says of a terminal that is not
        there."""
        said = self.run(program_of(shell), *options, "-i", "-c", command)
        return "".join(
            line
            for line in said.splitlines(keepends=True)
            if "job control" not in line and "process group" not in line
        )

    def verb_free_program(self) -> None:
        """From now on a hook that would start the tracker starts nothing."""
        self.command.write_text("#!/bin/sh\n# codespace_tracker\n")
        self.command.chmod(0o755)

    def set_up(self) -> str:
        """Make the state directory, and put the hook; what was said."""
        return self.verb("init", "--timezone", "UTC", "--shell-hook")

    def hook_lines(self) -> list[str]:
        """What `doctor` says of the shells, with what it advises."""
        lines = self.verb("doctor", code=None).splitlines()
        told = [n for n, line in enumerate(lines) if "shell hook:" in line]
        return [
            " ".join(" ".join(lines[n:end]).split())
            for n in told
            for end in [next_finding(lines, n)]
        ]

    def files(self) -> dict[str, bytes]:
        """Everything in the home but our command, by path."""
        found = (path for path in self.home.rglob("*") if path.is_file() and path != self.command)
        return {str(path.relative_to(self.home)): path.read_bytes() for path in found}


def next_finding(lines: list[str], number: int) -> int:
    """The line at which the finding after that of a line begins."""
    marks = ("✓", "!", "✗")
    later = (n for n in range(number + 1, len(lines)) if lines[n].startswith(marks))
    return next(later, len(lines))


def write(path: Path, text: str) -> None:
    """Write a file, and make the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
