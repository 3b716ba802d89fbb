"""`usage import`: a usage report that was downloaded from GitHub."""

import codecs
import os
import stat
from typing import TextIO

import click

from codespace_tracker.cli.keep_usage_report import keep, tell_broken
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.progress import counted
from codespace_tracker.cli.times import moment
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.failure import Failure
from codespace_tracker.github.usage_report import NoReport, read
from codespace_tracker.machine import clock
from codespace_tracker.views.scene import configuration_in_force, open_ledger

_LIMIT = 256 << 20  # bytes
_EARLIEST_AT = parse_iso("2000-01-01")
BROKEN = 1
_AGAIN = "Fix: download the report again, and import the file as GitHub gave it."


@click.command()
@click.argument("file")
@click.option("--as-of", metavar="TIME", help="When the report was made; default: the file's time.")
@directory_option
def command(file: str, as_of: str | None, dir_: str | None) -> int:
    """Read FILE, a usage report downloaded from GitHub (CSV), or the JSON of its API.

    On GitHub: Settings, Billing and licensing, Usage, Get usage report. You can import the same
    report again, or a later one: nothing is counted twice. For each month, the command says
    whether the report has days, or one sum for the whole month. To undo an import, use `usage
    forget`. Exits with 1 if a line could not be read; the others are kept.
    """
    if not file:
        raise click.UsageError("FILE has no name.")
    directory = state_directory(dir_)
    now_us = clock.read().wall_us
    with _opened(file) as opened:
        made = min(now_us, os.fstat(opened.fileno()).st_mtime_ns // 1000)
        if as_of is not None:
            made = _moment(directory, as_of, now_us)
        try:
            report = read(opened, now_us, lambda rows: counted(rows, "lines read"))
        except NoReport as error:
            raise Failure(
                f"{file}: is not GitHub's usage report: {error}. Nothing was changed. {_AGAIN}"
            ) from error
        except UnicodeDecodeError as error:
            raise Failure(f"{file}: is not text in UTF-8 (nor in UTF-16). {_AGAIN}") from error
    tell_broken(report, file)
    keep(
        directory,
        report,
        made,
        file,
        "the file's time; --as-of says another" if as_of is None else "as you say",
    )
    return BROKEN if report.broken else 0


def _opened(file: str) -> TextIO:
    """The file, opened. Raises Failure where it is none that a report could be in."""
    try:
        status = os.stat(file)
        if not stat.S_ISREG(status.st_mode):
            raise Failure(
                f"{file}: cannot be read (it is not a file). Fix: save the report, and name the "
                "file."
            )
        if status.st_size > _LIMIT:
            raise Failure(
                f"{file}: has more than {_LIMIT >> 20} MiB, which no usage report has. {_AGAIN}"
            )
        with open(file, "rb") as beginning:
            is_utf16 = beginning.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        return open(file, encoding="utf-16" if is_utf16 else "utf-8-sig", newline="")
    except OSError as error:
        raise Failure(
            f"{file}: cannot be read ({error.strerror}). Fix: look at its name and its permissions."
        ) from error


def _moment(directory: str, text: str, now_us: int) -> int:
    """The moment that `--as-of` means, not later than now. Raises click.BadParameter,
    LedgerError."""
    ledger = open_ledger(directory)
    try:
        made = min(now_us, moment(text, configuration_in_force(ledger)[0].zone, "--as-of", now_us))
    finally:
        ledger.close()
    if made < _EARLIEST_AT:
        raise click.BadParameter("no report was made before the year 2000.", param_hint="--as-of")
    return made
