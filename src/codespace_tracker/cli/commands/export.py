"""`export`: all sessions as JSON lines or CSV, for other programs."""

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

from codespace_tracker.cli import session_entry
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.progress import counted
from codespace_tracker.core.calendar import Zone
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.ledger.telling import tellings
from codespace_tracker.machine.files import beside
from codespace_tracker.views.scene import configuration_in_force, open_ledger

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
_MEND = "Fix: check the folder, its permissions and the disk, or use another file."


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    show_default=True,
    help="JSON lines or CSV.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write to this file instead of the terminal.",
)
@directory_option
def command(form: str, output: str | None, dir_: str | None) -> None:
    """Print all sessions, one per line, oldest first. The running session is counted up to its last
    heartbeat.

    Times are in the configured time zone; running time and core-time are in microseconds. `import`
    can read the JSON lines back without loss.
    """
    directory = state_directory(dir_)
    if output is not None and _is_within(output, directory):
        raise Failure(
            f"{output}: is in the state directory, which belongs to the tracker. Fix: use another "
            "folder."
        )
    with _taken(directory, form) as (taken, count):
        if output is None:
            _write(taken, count, sys.stdout)
            return
        try:
            with _opened(output) as file:
                _write(taken, count, file)
        except OSError as error:
            whole = f"{output}: could not be written completely ({error.strerror}). {_MEND}"
            raise Failure(whole) from error


@contextlib.contextmanager
def _taken(directory: str, form: str) -> Iterator[tuple[TextIO, int]]:
    """The whole export in an unnamed temporary file, and the number of sessions. The ledger is
    closed.

    The reader of our output may stall for hours, and a ledger that is held open grows all that
    time.
    """
    import tempfile  # not for the other commands

    try:
        file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115
    except OSError as error:
        raise _no_room(error) from error
    with file:
        ledger = open_ledger(directory)
        try:
            zone, count = configuration_in_force(ledger)[0].zone, ledger.session_count()
            _take(ledger, zone, form, file)
        except OSError as error:
            with contextlib.suppress(OSError):
                file.close()  # the buffered remainder cannot be written either
            raise _no_room(error) from error
        finally:
            ledger.close()
        file.seek(0)
        yield file, count


def _no_room(error: OSError) -> Failure:
    why = error.strerror or error
    return Failure(
        f"$TMPDIR or /tmp: no temporary file could be written ({why}). Fix: make room there."
    )


def _is_within(path: str, directory: str) -> bool:
    folder = os.path.realpath(directory)
    return os.path.commonpath((os.path.realpath(path), folder)) == folder


@contextlib.contextmanager
def _opened(output: str) -> Iterator[TextIO]:
    """A temporary file beside `output` (or the target of a link) that replaces it once complete.

    Pipes and other non-files are written directly, and so is a file in a folder we cannot create
    files in. Raises OSError, and Failure if it cannot be opened.
    """
    path = os.path.realpath(output)
    folder = os.path.dirname(path)
    waiting = beside(os.path.join(folder, ".codespace-tracker"))
    # /dev/stdout may lead to a file that another process has open
    in_place = os.path.abspath(output).startswith(("/dev/", "/proc/"))
    try:
        before = os.stat(path) if os.path.exists(path) and not in_place else None
        if before is not None:
            in_place = not stat.S_ISREG(before.st_mode) or not os.access(folder, os.W_OK)
            if not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        place = output if in_place else waiting
        file: TextIO = open(  # noqa: SIM115
            place, "w" if in_place else "x", encoding="utf-8", newline="", opener=_opener
        )
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
    """Open a new file that others cannot write, even if a default ACL overrides the umask."""
    return os.open(path, flags, _NEW_MODE)


def _finish(file: TextIO, before: os.stat_result | None) -> None:
    """Sync the file to disk, with the owner and permissions of the file it replaces."""
    file.flush()
    if before is not None:
        with contextlib.suppress(PermissionError):
            os.fchown(file.fileno(), before.st_uid, before.st_gid)
        os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
    os.fsync(file.fileno())


def _take(ledger: Ledger, zone: Zone, form: str, file: TextIO) -> None:
    rows = (session_entry.entry(one, zone) for one in tellings(ledger))
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
