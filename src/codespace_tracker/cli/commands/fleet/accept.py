"""`fleet accept`: count the time of other codespaces."""

import click

from codespace_tracker.cli import fleet_changes, show
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.machine import clock
from codespace_tracker.sync import exchange, state
from codespace_tracker.sync.state import SyncState
from codespace_tracker.views import fleet, wording


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1)
@click.option("--all", "accepts_all", is_flag=True, help="All that are known now.")
@click.option("--not", "takes_back", is_flag=True, help="Do not count them any more.")
@directory_option
def command(names: tuple[str, ...], accepts_all: bool, takes_back: bool, dir_: str | None) -> int:
    """Count the time of other codespaces in the quota and in triggers.

    NAME is a codespace's name, or the beginning of its id. Accept only what you know: anyone who
    may push to the meeting place can put any figures there.
    """
    if names and accepts_all:
        raise click.UsageError("give either names or --all.")
    if not names and not accepts_all:
        raise click.UsageError("give the names of codespaces, or --all.")
    directory = state_directory(dir_)
    if state.load(directory) is None:
        raise exchange.no_place()
    members = fleet.members_of(directory, clock.read().wall_us)
    found = [*members] if accepts_all else [fleet.named(members, name) for name in names]
    ids = {one.stream.stream_id for one in found}

    def how(known: SyncState) -> SyncState:
        kept = set(known.accepted)
        return known._replace(accepted=tuple(sorted(kept - ids if takes_back else kept | ids)))

    fleet_changes.change(directory, how)
    shown = ", ".join(wording.printable(one.stream.shown_name) for one in found) or "nothing"
    verb = "Not counted any more" if takes_back else "Counted from now on"
    click.echo(show.fitted("", f"{verb}: {shown}."))
    return 0
