"""`hub person list`: list the people of a team."""

import click

from codespace_tracker.cli import hub_database, show
from codespace_tracker.cli.hub_database import database_option, team_argument
from codespace_tracker.views import wording


@click.command()
@team_argument
@database_option
def command(team: str, database: str) -> int:
    """List the people of TEAM, as what they are shown, and how many codespaces each has."""
    people = hub_database.with_store(database, lambda store: store.people(team))
    for one in people:
        shown = "by name" if one.shows_name else f"as {one.pseudonym}"
        counted = wording.count(one.streams, "codespace")
        click.echo(show.fitted("", f"{wording.printable(one.person)}: shown {shown}, {counted}"))
    return 0
