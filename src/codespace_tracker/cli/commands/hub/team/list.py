"""`hub team list`: list the teams."""

import click

from codespace_tracker.cli import hub_database, show
from codespace_tracker.cli.hub_database import database_option
from codespace_tracker.views import wording


@click.command()
@database_option
def command(database: str) -> int:
    """List the teams, with how many people and codespaces each has."""
    teams = hub_database.with_store(database, lambda store: store.teams())
    if not teams:
        click.echo("There is no team yet. Add one: codespace-tracker hub team add TEAM")
    for team, name, people, streams in teams:
        called = "" if name == team else f" ({wording.printable(name)})"
        counts = f"{wording.count(people, 'member')}, "
        counts += wording.count(streams, "codespace")
        click.echo(show.fitted("", f"{team}{called}: {counts}"))
    return 0
