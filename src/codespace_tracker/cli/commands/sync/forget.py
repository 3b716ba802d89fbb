"""`sync forget`: stop sharing."""

import os
import sys

import click

from codespace_tracker.cli import sync_triggers
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.daemon import control
from codespace_tracker.failure import Failure
from codespace_tracker.sync import exchange, state
from codespace_tracker.sync.address import address
from codespace_tracker.sync.failures import MeetingError
from codespace_tracker.sync.state import SyncState


@click.command()
@click.option("--stream", is_flag=True, help="Also delete this codespace's branch there.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@directory_option
def command(stream: bool, yes: bool, dir_: str | None) -> int:
    """Stop sharing: disable the triggers of `sync`, and delete what came from other codespaces.

    What was counted here stays. What was told stays at the meeting place, unless you use --stream.
    """
    directory = state_directory(dir_)
    known = state.load(directory)
    if known is None:
        raise exchange.no_place()
    if stream and known.kind == state.HUB:
        raise Failure(
            "a token can only write its stream at a hub. Fix: your team's administrator can delete"
            " it (`hub person remove`); leave out --stream."
        )
    if not yes:
        if not sys.stdin.isatty():
            raise Failure("this deletes figures of other codespaces. Fix: add --yes.")
        there = (
            "This codespace's branch there is deleted too."
            if stream
            else "What this one told stays there (--stream deletes it, and only now)."
        )
        click.echo(there)
        if not click.confirm("Stop sharing, and delete here what other codespaces told?"):
            raise Failure("nothing was changed.")
    if stream:
        _delete_branch(directory, known)
    note = sync_triggers.switch(directory, on=False)
    with state.alone(directory):
        exchange.forget(directory)
    control.reload(directory)
    click.echo(f"Sharing is off. {known.url} is not contacted any more.")
    if note:
        click.echo(note)
    return 0


def _delete_branch(directory: str, known: SyncState) -> None:
    """Delete this codespace's branch there. Raises Failure."""
    where = address(known.url)
    try:
        with state.alone(directory), exchange.place_of(where, directory, os.environ) as place:
            at = place.branches().get(known.stream_id, "")
            if at and at not in (known.noted, *known.made):
                raise Failure(f"{known.url}: another tracker wrote the branch: it is kept.")
            if at:
                place.push(known.stream_id, "", at)
    except MeetingError as error:
        raise Failure(f"{error} Nothing was changed.") from error
