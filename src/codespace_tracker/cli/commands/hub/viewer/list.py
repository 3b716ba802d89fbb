"""`hub viewer list`: list who sees a team."""

import click

from codespace_tracker.cli import hub_database, show
from codespace_tracker.cli.hub_database import database_option, team_argument
from codespace_tracker.views import wording


@click.command()
@team_argument
@database_option
def command(team: str, database: str) -> int:
    """List who sees TEAM."""
    for name in hub_database.with_store(database, lambda store: store.viewers(team)):
        click.echo(show.fitted("", wording.printable(name)))
    return 0
