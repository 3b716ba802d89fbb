"""The command line as a whole: its commands, and how their errors are reported."""

import io
import os
import signal
import sys
import time

import click

from codespace_tracker import __version__
from codespace_tracker.cli.loader import LazyGroup
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.machine import rooted
from codespace_tracker.machine.trusted_directory import NotOurs

DONE, FAILED, USAGE, CRASHED, INTERRUPTED = 0, 1, 2, 3, 130

_COMMANDS = {
    "status": "Show how long this session, today and all sessions have run.",
    "sessions": "List the sessions.",
    "log": "Show what happened, newest last.",
    "quota": "Show the core-hours left this month, and when they will run out.",
    "watch": "Live dashboard: session, month, triggers and runs.",
    "usage": "Show, import or fetch GitHub's own figures.",
    "report": "Show running time and core-hours per day, month, repository and more.",
    "export": "Print all sessions as JSON lines or CSV.",
    "import": "Add sessions that were counted elsewhere.",
    "triggers": "Show, add, edit, check, explain and run triggers.",
    "notice": "Show a message once in each new shell, and in `status`.",
    "activity": "Say that you are active, so that idle triggers start their wait again.",
    "doctor": "Check for problems with the tracker, and say how to fix them.",
    "stop-codespace": "Stop this codespace.",
    "start": "Start the tracker in the background.",
    "stop": "Stop the tracker, not the codespace.",
    "restart": "Stop the tracker and start it again.",
    "ensure": "Start the tracker if it is not running (for hooks).",
    "chalu": "Recover the last session if it was cut off, and begin this one.",
    "ghadi": "Run the tracker in the foreground.",
    "init": "Create the state directory with sample files.",
    "devcontainer": "Make devcontainer.json start the tracker.",
    "uninstall": "Remove everything that setup.sh added.",
    "completion": "Print shell completion for bash, zsh or fish.",
    "version": "Show the version.",
}
"""The commands in the order of the help page, with their short help, so that the help page imports
none of them."""


@click.group(
    cls=LazyGroup,
    package="codespace_tracker.cli.commands",
    listed=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="codespace-tracker %(version)s")
def program() -> None:
    """Track how long this codespace runs and what is left of the quota, and run scripts on
    conditions.

    Start with `status`, `quota`, `report` and `doctor`. `COMMAND --help` explains a command.
    """


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code.

    A traceback is never printed: it goes to a file, which the message names.
    """
    _have_streams()
    _have_children()
    try:
        return _run(arguments)
    except (Failure, LedgerError, NotOurs) as error:
        return _say(str(error), FAILED)
    except click.UsageError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        error.show()
        return FAILED
    except (KeyboardInterrupt, click.Abort):
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # the reader of our output is gone; Python must not complain about it when it flushes at
        # exit
        _drop_output()
        return DONE
    except OSError as error:
        if _output_is_stuck():
            return _say(
                f"the output could not be written: {error.strerror}. Fix: check where it is "
                "redirected to.",
                FAILED,
            )
        place = f"{error.filename}: " if error.filename else ""
        return _say(
            f"{place}{error.strerror or error}. Fix: check its permissions and the disk.", FAILED
        )
    except Exception:  # noqa: BLE001 - a bug: one line is printed, the traceback goes to a file
        return _crashed(arguments)


def _have_children() -> None:
    """Stop ignoring SIGCHLD. A caller may have, it is inherited, and then we could not wait for the
    processes we start."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _have_streams() -> None:
    """Replace closed streams by /dev/null, and print `?` for characters that a terminal does not
    know."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115 - for as long as we live
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _run(arguments: list[str]) -> int:
    result = program.main(arguments, prog_name="codespace-tracker", standalone_mode=False)
    sys.stdout.flush()
    return result if isinstance(result, int) else DONE


def _output_is_stuck() -> bool:
    """Whether the output cannot be written, as on a full disk. It is dropped then, or Python would
    try again at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        _drop_output()
        return True
    return False


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(text: str, code: int) -> int:
    from codespace_tracker.views import wording

    # it contains names of files and folders, which others may have chosen
    lines = "\n".join(map(wording.printable, rooted.shown(text).split("\n")))
    click.echo(f"codespace-tracker: {lines}", err=True)
    return code


def _crashed(arguments: list[str]) -> int:
    import tempfile  # slow to import, and needed only here
    import traceback

    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    head = (
        f"{moment} codespace-tracker {__version__}, Python {sys.version.split()[0]}, command "
        f"{arguments[:1]}\n"
    )
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="codespace-tracker-crash-", suffix=".log", delete=False
        ) as file:
            file.write(head + traceback.format_exc())
        where = f"Please attach {file.name} to an issue."
    except OSError:
        where = (
            "The report could not be saved: "
            f"{traceback.format_exc(limit=-1).strip().splitlines()[-1]}"
        )
    text = f"this is a bug in codespace-tracker. {where} Your counted time is not affected."
    return _say(text, CRASHED)
