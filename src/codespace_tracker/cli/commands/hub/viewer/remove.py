"""`hub viewer remove`: let someone no longer see a team."""

import click

from codespace_tracker.cli import hub_database
from codespace_tracker.cli.hub_database import database_option, person_argument, team_argument
from codespace_tracker.failure import Failure


@click.command()
@team_argument
@person_argument
@database_option
def command(team: str, person: str, database: str) -> int:
    """Let PERSON no longer see TEAM, at once."""
    from codespace_tracker.hub.store.interface import NotThere

    try:
        hub_database.with_store(database, lambda store: store.remove_viewer(team, person))
    except NotThere:
        raise Failure(f"{person} is no viewer of the team {team}.") from None
    click.echo(f"{person} no longer sees the team {team}.")
    return 0
