"""`chalu`: recover the last session if it was cut off, and begin this one."""

import click

from codespace_tracker.cli.journal import in_words
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.outcome import words
from codespace_tracker.cli.tracker import show_status, start
from codespace_tracker.ledger.connect import LedgerMissing
from codespace_tracker.views.scene import open_ledger


@click.command()
@directory_option
def command(dir_: str | None) -> None:
    """Recover the last session if it was cut off, and begin this one.

    The original tool's name for `start`. Also prints what happened to the sessions.
    """
    directory = state_directory(dir_)
    before = _journal_end(directory)
    outcome = start(directory, resume=True)
    click.echo(words(outcome, directory))
    if outcome == "prebuild":
        return
    with open_ledger(directory) as ledger:
        for entry in ledger.journal(after=before):
            if entry.session is not None and not entry.kind.startswith("config_"):
                click.echo(f"Session {entry.session}: {in_words(entry)}")
    show_status(directory)


def _journal_end(directory: str) -> int:
    try:
        ledger = open_ledger(directory)
    except LedgerMissing:
        return 0
    with ledger:
        return ledger.journal_end()
