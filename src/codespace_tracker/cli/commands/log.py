"""`log`: the journal, in words."""

import os
from typing import TYPE_CHECKING, cast

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.journal import in_words
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.core.calendar import Zone
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.store import Entry
from codespace_tracker.machine import debug_log
from codespace_tracker.machine.files import read_own
from codespace_tracker.views import wording
from codespace_tracker.views.scene import configuration_in_force, open_ledger

if TYPE_CHECKING:
    from codespace_tracker.views.json_types.sessions import DetailJson, EntryJson

_DEBUG_LIMIT = 8 << 20  # bytes: far more than debug.log has


@click.command()
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000_000),
    default=30,
    show_default=True,
    metavar="N",
    help="Show only the newest N lines.",
)
@click.option("--debug", is_flag=True, help="Show debug.log instead: the tracker's own messages.")
@directory_option
@json_option
def command(limit: int, debug: bool, dir_: str | None, as_json: bool) -> None:
    """Show what happened to sessions, triggers and settings, newest last."""
    directory = state_directory(dir_)
    if debug and as_json:
        raise click.UsageError("--debug prints plain text: it cannot be combined with --json.")
    if debug:
        click.echo("\n".join(_debug_lines(directory, limit)))
        return
    with open_ledger(directory) as ledger:
        configuration, _ = configuration_in_force(ledger)
        entries = ledger.journal(limit=limit)
    if as_json:
        content = [_content(entry, configuration.zone) for entry in entries]
        click.echo(show.json_text(content))
        return
    for entry in entries:
        session = f"session {entry.session}: " if entry.session is not None else ""
        click.echo(
            f"{wording.moment(entry.at, configuration.zone)}  {session}"
            f"{wording.printable(in_words(entry))}"
        )


def _content(entry: Entry, zone: Zone) -> "EntryJson":
    return {
        "seq": entry.seq,
        "at": zone.iso(entry.at),
        "kind": entry.kind,
        "session": entry.session,
        "detail": cast("DetailJson", entry.detail),
    }


def _debug_lines(directory: str, limit: int) -> list[str]:
    path = os.path.join(directory, debug_log.NAME)
    content = read_own(path, _DEBUG_LIMIT)
    if content is None:
        raise Failure(
            f"{path}: there is no such log yet. Fix: `codespace-tracker start` creates it."
        )
    return [wording.printable(line) for line in content.decode("utf-8", "replace").splitlines()][
        -limit:
    ]
