"""`export`: all sessions as JSON lines or CSV, for other programs."""

import contextlib
import csv
import json
import sys
from collections.abc import Iterator
from typing import TextIO

import click

from codespace_tracker.cli import session_entry
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.output_file import check_output, opened
from codespace_tracker.cli.progress import counted
from codespace_tracker.core.calendar import Zone
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.ledger.telling import tellings
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
    if output is not None:
        check_output(output, directory)
    with _taken(directory, form) as (taken, count):
        if output is None:
            _write(taken, count, sys.stdout)
            return
        with opened(output) as file:
            _write(taken, count, file)


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
