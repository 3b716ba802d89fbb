"""`hub team add`: add a team."""

import click

from codespace_tracker.cli import hub_database
from codespace_tracker.cli.hub_database import database_option, team_argument
from codespace_tracker.failure import Failure


@click.command()
@team_argument
@click.option("--name", help="What the team is called; by default as its key.")
@database_option
def command(team: str, name: str | None, database: str) -> int:
    """Add a team by its key TEAM: small letters, digits and hyphens."""
    from codespace_tracker.hub.store.interface import AlreadyThere

    shown = hub_database.checked_name(name or team)
    try:
        hub_database.with_store(
            database, lambda store: store.add_team(team, shown, hub_database.now())
        )
    except AlreadyThere:
        raise Failure(f"the team {team} is there already.") from None
    click.echo(f"Added the team {team}. Next: codespace-tracker hub person add {team} NAME")
    return 0
