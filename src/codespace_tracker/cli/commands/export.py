"""`export`: all sessions, as JSON lines or CSV, for other programs."""

import contextlib
import csv
import errno
import json
import os
import stat
import sys
from collections.abc import Iterator
from typing import TextIO

import click

from codespace_tracker.cli import told
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.progress import counted
from codespace_tracker.core.calendar import Zone
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.ledger.telling import tellings
from codespace_tracker.machine.chance import beside
from codespace_tracker.views.scene import open_ledger, plan_in_force

_FIELDS = (
    "number",
    "session_id",
    "start_time",
    "end_time",
    "last_seen",
    "state",
    "running_us",
    "core_us",
    "cores",
    "repository",
)

_NEW_MODE = 0o664
_MEND = "Fix: look at the folder, its permissions and the disk, or name another file."


@click.command()
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option(
    "--output", metavar="FILE", type=click.Path(dir_okay=False), help="Into this file, and not to the terminal."
)
@directory_option
def command(form: str, output: str | None, dir_: str | None) -> None:
    """Print all sessions, oldest first, one a line: as of the last heartbeat.

    Times are in the configured time zone; lengths are in microseconds of running time and of core-time. `import` reads
    JSON lines back, exactly.
    """
    directory = state_directory(dir_)
    if output is not None and _is_within(output, directory):
        raise Failure(f"{output}: is in the state directory, whose files are the tracker's. Fix: name another place.")
    with _taken(directory, form) as (taken, count):
        if output is None:
            _write(taken, count, sys.stdout)
            return
        try:
            with _opened(output) as file:
                _write(taken, count, file)
        except OSError as error:
            whole = f"{output}: could not be written to its end ({error.strerror}). {_MEND}"
            raise Failure(whole) from error


@contextlib.contextmanager
def _taken(directory: str, form: str) -> Iterator[tuple[TextIO, int]]:
    """All of it in a temporary file without a name, and how many sessions; by then the ledger is closed.

    Whoever reads what we print may stall for hours, and a ledger that is read for so long grows all the while.
    """
    import tempfile  # not for the other commands

    try:
        file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115
    except OSError as error:
        raise _no_room(error) from error
    with file:
        ledger = open_ledger(directory)
        try:
            zone, count = plan_in_force(ledger)[0].zone, ledger.session_count()
            _take(ledger, zone, form, file)
        except OSError as error:
            with contextlib.suppress(OSError):
                file.close()  # what is left to write cannot be written either
            raise _no_room(error) from error
        finally:
            ledger.close()
        file.seek(0)
        yield file, count


def _no_room(error: OSError) -> Failure:
    why = error.strerror or error
    return Failure(f"$TMPDIR or /tmp: no temporary file could be written ({why}). Fix: make room there.")


def _is_within(path: str, directory: str) -> bool:
    folder = os.path.realpath(directory)
    return os.path.commonpath((os.path.realpath(path), folder)) == folder


@contextlib.contextmanager
def _opened(output: str) -> Iterator[TextIO]:
    """A file beside `output`, or beside what a link there leads to, that takes its place once all is written.

    What is no file of a disk, as a pipe, is written itself, and so is a file in a folder that takes no other. Raises
    OSError, Failure where it cannot be opened.
    """
    path = os.path.realpath(output)
    folder = os.path.dirname(path)
    waiting = beside(os.path.join(folder, ".codespace-tracker"))
    # /dev/stdout may lead to a file, which somebody else has open
    in_place = os.path.abspath(output).startswith(("/dev/", "/proc/"))
    try:
        before = os.stat(path) if os.path.exists(path) and not in_place else None
        if before is not None:
            in_place = not stat.S_ISREG(before.st_mode) or not os.access(folder, os.W_OK)
            if not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        place = output if in_place else waiting
        file: TextIO = open(place, "w" if in_place else "x", encoding="utf-8", newline="", opener=_opener)  # noqa: SIM115
    except OSError as error:
        raise Failure(f"{output}: cannot be written ({error.strerror}). {_MEND}") from error
    try:
        with file:
            yield file
            if not in_place:
                _finish(file, before)
        if not in_place:
            os.rename(waiting, path)
    except BaseException:
        if not in_place:
            os.unlink(waiting)
        raise


def _opener(path: str, flags: int) -> int:
    """A new file is not for others to write, also where a default access list takes the umask's place."""
    return os.open(path, flags, _NEW_MODE)


def _finish(file: TextIO, before: os.stat_result | None) -> None:
    """Have it all on the disk, with the owner and the permissions of the file whose place it takes."""
    file.flush()
    if before is not None:
        with contextlib.suppress(PermissionError):
            os.fchown(file.fileno(), before.st_uid, before.st_gid)
        os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
    os.fsync(file.fileno())


def _take(ledger: Ledger, zone: Zone, form: str, file: TextIO) -> None:
    rows = (told.entry(one, zone) for one in tellings(ledger))
    if form == "csv":
        writer = csv.DictWriter(file, _FIELDS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    file.flush()


def _write(taken: TextIO, count: int, file: TextIO) -> None:
    lines: Iterator[str] = iter(taken)
    if not file.isatty():
        lines = counted(lines, "sessions written", count)
    for line in lines:
        file.write(line)
    file.flush()
