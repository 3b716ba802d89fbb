"""`hub stream list`: list the streams of a team."""

import click

from codespace_tracker.cli import hub_database, show
from codespace_tracker.cli.hub_database import database_option, team_argument
from codespace_tracker.views import wording


@click.command()
@team_argument
@database_option
def command(team: str, database: str) -> int:
    """List the streams of TEAM: the id, the codespace, whose it is, and when it told something."""
    at = hub_database.now()
    for one in hub_database.with_store(database, lambda store: store.streams(team)):
        parts = [wording.printable(one.codespace or "no name"), wording.printable(one.person)]
        told = (
            f"told {wording.about(max(0, at - one.told_at))} ago" if one.told_at else "told nothing"
        )
        parts.append(told)
        if not one.tokens:
            parts.append("revoked")
        click.echo(show.fitted("", f"{one.stream_id}  {', '.join(parts)}"))
    return 0
