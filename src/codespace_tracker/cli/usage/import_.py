"""`usage import`: a usage report that was downloaded from GitHub."""

import os

import click

from codespace_tracker.cli import now as tracker_now
from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.sessions import moment
from codespace_tracker.cli.usage.keep import keep, tell_broken
from codespace_tracker.github.usage_report import NoReport, read
from codespace_tracker.machine import clock

_LIMIT = 256 << 20  # bytes
BROKEN = 1


@click.command()
@click.argument("file")
@click.option("--as-of", metavar="TIME", help="When the report was made; default: the file's time.")
@directory_option
def command(file: str, as_of: str | None, dir_: str | None) -> int:
    """Read FILE, a usage report downloaded from GitHub (CSV), or the JSON of its API.

    On GitHub: Settings, Billing and licensing, Usage, Get usage report. Read again, or a later one read, nothing is
    counted twice. Exits with 1 when a line could not be read; the others are kept.
    """
    directory = state_directory(dir_)
    text, made = _text(file)
    now_us = clock.read().wall_us
    if as_of is not None:
        ledger = tracker_now.open_ledger(directory)
        try:
            made = moment(as_of, tracker_now.plan_in_force(ledger)[0].zone, "--as-of", now_us)
        finally:
            ledger.close()
    if made > now_us:
        made = now_us
    try:
        report = read(text)
    except NoReport as error:
        raise Failure(f"{file}: is not GitHub's usage report: {error}. Nothing was changed.") from error
    tell_broken(report, file)
    keep(directory, report, made, file)
    return BROKEN if report.broken else 0


def _text(file: str) -> tuple[str, int]:
    """The text of the file, and when it was made (UTC µs)."""
    try:
        with open(file, "rb") as opened:
            found = os.fstat(opened.fileno())
            if found.st_size > _LIMIT:
                raise Failure(f"{file}: has more than {_LIMIT >> 20} MiB, which no usage report has.")
            content = opened.read(_LIMIT + 1)
    except OSError as error:
        raise Failure(f"{file}: cannot be read ({error.strerror}).") from error
    try:
        return content.decode("utf-8-sig"), found.st_mtime_ns // 1000
    except UnicodeDecodeError as error:
        raise Failure(f"{file}: is not text in UTF-8. Mend: import the file as GitHub gave it.") from error
