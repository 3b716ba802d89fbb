"""The command line as a whole: which commands there are, and what becomes of what goes wrong in them."""

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
    "quota": "Show what is left of this month's core-hours, and how long it lasts.",
    "watch": "Show all of it, drawn anew while you look.",
    "usage": "Add GitHub's own figures, by its report or its API.",
    "report": "Show running time and core-hours by day, week, month, session, repository or machine.",
    "export": "Print all sessions as JSON lines or CSV.",
    "import": "Add sessions that were counted elsewhere.",
    "triggers": "Show the triggers; add, check, explain, run and edit them.",
    "notice": "Show a text once in each new shell, and in `status`.",
    "activity": "Say that somebody is here: idle triggers count from now.",
    "doctor": "Look for whatever keeps the tracker from being right, and say how to fix it.",
    "stop-codespace": "Stop the codespace that this runs in.",
    "start": "Start the tracker in the background.",
    "stop": "Stop the tracker; the session is paused.",
    "restart": "Stop the tracker and start it again.",
    "ensure": "Start the tracker unless it runs (for hooks).",
    "chalu": "Recover the last session if it was lost, and begin this one.",
    "ghadi": "Run the clock in the foreground.",
    "init": "Make the state directory with sample files.",
    "devcontainer": "Start the tracker with the container, by a line in devcontainer.json.",
    "uninstall": "Take away all that setup.sh added.",
    "completion": "Print shell completion for bash, zsh or fish.",
    "version": "Show the version.",
}
"""The commands in the order of the help page, with their short help: so that the help page imports none of them."""


@click.group(
    cls=LazyGroup,
    package="codespace_tracker.cli.commands",
    listed=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="codespace-tracker %(version)s")
def program() -> None:
    """How long this codespace has been running, counted once and not lost."""


def run(arguments: list[str]) -> int:
    """Run the command line; the exit code. Nobody sees a traceback: it goes into a file that the message names."""
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
        # whoever read our output has enough; Python must not complain about it when it flushes at exit
        _drop_output()
        return DONE
    except OSError as error:
        if _output_is_stuck():
            return _say(f"what it prints could not be written: {error.strerror}. Fix: look at where it goes.", FAILED)
        place = f"{error.filename}: " if error.filename else ""
        return _say(f"{place}{error.strerror or error}. Fix: look at its permissions and at the disk.", FAILED)
    except Exception:  # noqa: BLE001 - our bug: told in one line, kept whole in a file
        return _crashed(arguments)


def _have_children() -> None:
    """Who called us may ignore SIGCHLD, which is inherited: then nobody could wait for a process that we start."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _have_streams() -> None:
    """Whoever closed a stream gets nothing on it; a terminal that knows few characters gets a `?` for the others."""
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
    """Whether what was printed cannot be got rid of, as on a full disk. It is dropped: Python would try at exit."""
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

    # names of files and folders are in it, and others may have chosen them
    lines = "\n".join(map(wording.printable, rooted.shown(text).split("\n")))
    click.echo(f"codespace-tracker: {lines}", err=True)
    return code


def _crashed(arguments: list[str]) -> int:
    import tempfile  # these two and what they import are for this alone
    import traceback

    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    head = f"{moment} codespace-tracker {__version__}, Python {sys.version.split()[0]}, command {arguments[:1]}\n"
    try:
        with tempfile.NamedTemporaryFile("w", prefix="codespace-tracker-crash-", suffix=".log", delete=False) as file:
            file.write(head + traceback.format_exc())
        where = f"what happened is in {file.name}; please send it to us."
    except OSError:
        where = f"it could not even be written down: {traceback.format_exc(limit=-1).strip().splitlines()[-1]}"
    return _say(f"this is a mistake of ours: {where} The clock is not touched by it.", CRASHED)
