"""`fleet rename`: what a codespace is called here."""

import click

from codespace_tracker.cli import fleet_changes
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.core.text import showable
from codespace_tracker.machine import clock
from codespace_tracker.sync.state import SyncState
from codespace_tracker.views import fleet, wording

_LONGEST = 60


@click.command()
@click.argument("name")
@click.argument("new_name", metavar="NEW_NAME")
@directory_option
def command(name: str, new_name: str, dir_: str | None) -> int:
    """Choose what a codespace is called here. An empty NEW_NAME takes its own name again.

    NAME is its name, or the beginning of its id.
    """
    directory = state_directory(dir_)
    found = fleet.named(fleet.members_of(directory, clock.read().wall_us), name)
    wanted = showable(" ".join(new_name.split()), _LONGEST)

    def how(known: SyncState) -> SyncState:
        names = {one: of for one, of in known.names.items() if one != found.stream.stream_id}
        if wanted:
            names[found.stream.stream_id] = wanted
        return known._replace(names=names)

    fleet_changes.change(directory, how)
    called = wanted or found.stream.codespace or found.stream.stream_id[:8]
    click.echo(f"It is called {wording.printable(called)} here.")
    return 0
