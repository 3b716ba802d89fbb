"""How a command is run: what it needs of the process, and how its errors are reported.

Prompts, hooks and scripts call some commands often, and these take as long as their imports. So
`plain` knows the plain arguments of those, and `answers/` draws the answers without click. All else
is click's.
"""

from __future__ import annotations

import io
import os
import sys

from codespace_tracker import __version__
from codespace_tracker.cli import bundle

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Mapping
else:
    import _signal  # `signal` makes enumerations of all names in it, which takes long

DONE, FAILED, CRASHED, INTERRUPTED = 0, 1, 3, 130


_PLAIN = {
    "status": "--json",
    "prompt": "",
    "sessions": "--json",
    "quota": "--json",
    "triggers": "--json",
    "ensure": "--quiet",
}
"""The commands that are answered without click, each with the flag that its answer takes (empty:
none)."""


def plain(arguments: list[str], environ: Mapping[str, str]) -> tuple[str, str | None, bool] | None:
    """The command, DIR and whether its flag is there, where one of `_PLAIN` is called with nothing
    but that flag and `--dir DIR`; None for all that click has to look at: other commands and
    options, help, mistakes, completion."""
    flag = _PLAIN.get(arguments[0]) if arguments else None
    if flag is None or "_CODESPACE_TRACKER_COMPLETE" in environ:
        return None
    dir_, has_flag, rest = None, False, arguments[1:]
    while rest:
        option = rest.pop(0)
        if flag and option == flag:
            has_flag = True
        elif option == "--dir" and rest and not rest[0].startswith("-"):
            dir_ = rest.pop(0)
        else:
            return None
    return arguments[0], dir_, has_flag


class _Output(io.TextIOWrapper):
    """The standard output, which knows whether a write failed. A second flush may succeed: Python
    drops what it could not write, unless it was little."""

    has_failed = False

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError:
            self.has_failed = True
            raise

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            self.has_failed = True
            raise


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code.

    A traceback is never printed: it goes to a file, which the message names.
    """
    _have_streams()
    _have_children()
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # the reader of our output is gone; Python must not complain about it when it flushes at
        # exit
        _drop_output()
        return DONE
    except Exception as error:  # noqa: BLE001 - of a bug one line is shown, and a file has all
        return _failed(error, arguments)


def _failed(error: Exception, arguments: list[str]) -> int:
    """Say what went wrong; the exit code."""
    from codespace_tracker.failure import Failure
    from codespace_tracker.ledger.connect import LedgerError
    from codespace_tracker.machine.trusted_directory import NotOurs

    if isinstance(error, (Failure, LedgerError, NotOurs)):
        return _say(str(error), FAILED)
    if not isinstance(error, OSError):
        return _crashed(arguments)
    if isinstance(sys.stdout, _Output) and sys.stdout.has_failed:
        _drop_output()  # or Python would try again at exit
        return _say(
            f"the output could not be written: {error.strerror}. Fix: check where it is "
            "redirected to.",
            FAILED,
        )
    place = f"{error.filename}: " if error.filename else ""
    return _say(
        f"{place}{error.strerror or error}. Fix: check its permissions and the disk.", FAILED
    )


def _have_children() -> None:
    """Stop ignoring SIGCHLD. A caller may have, it is inherited, and then we could not wait for the
    processes we start."""
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)


def _have_streams() -> None:
    """Replace closed streams by /dev/null, and print `?` for characters that a terminal does not
    know."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115 - it stays open
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="replace")
    out = sys.stdout
    if out is sys.__stdout__ and isinstance(out, io.TextIOWrapper):  # not what a test put there
        sys.stdout = _Output(
            out.buffer,
            out.encoding,
            "replace",
            line_buffering=out.line_buffering,
            write_through=out.write_through,
        )


def _run(arguments: list[str]) -> int:
    asked = plain(arguments, os.environ)
    code = None if asked is None else _answered(*asked)
    if code is None:
        if sys.flags.no_site:  # set-up's launcher leaves `site` out, for the sake of plain answers
            import site

            site.main()
        from codespace_tracker.cli.program import called

        code = called(arguments)
    sys.stdout.flush()
    return code


def _answered(command: str, dir_: str | None, has_flag: bool) -> int | None:
    """A command without click, which ends in the same ways. None: it is click's after all."""
    if not (has_flag and bundle.load(command + bundle.AS_JSON)):
        bundle.load(command)
    module = __import__(f"codespace_tracker.cli.answers.{command}", fromlist=["answer"])
    try:
        code: int | None = module.answer(dir_, has_flag)
    except KeyboardInterrupt:
        from codespace_tracker.cli import show

        show.echo("", to=sys.stderr)  # below the ^C that the terminal shows
        raise
    except BrokenPipeError:
        _drop_output()
        return FAILED
    return code


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(text: str, code: int) -> int:
    from codespace_tracker.cli import show
    from codespace_tracker.machine import rooted
    from codespace_tracker.views import wording

    # it contains names of files and folders, which others may have chosen
    lines = "\n".join(map(wording.printable, rooted.shown(text).split("\n")))
    show.echo(f"codespace-tracker: {lines}", to=sys.stderr)
    return code


def _crashed(arguments: list[str]) -> int:
    import tempfile  # slow to import, and needed only here
    import time
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
