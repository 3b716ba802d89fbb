"""`hub stream revoke`: refuse what a codespace tells."""

import click

from codespace_tracker.cli import hub_database
from codespace_tracker.cli.hub_database import database_option, team_argument
from codespace_tracker.failure import Failure


@click.command()
@team_argument
@click.argument("stream_id")
@database_option
def command(team: str, stream_id: str, database: str) -> int:
    """Refuse what the codespace with STREAM_ID tells from now on. What it told stays."""
    from codespace_tracker.hub.store.interface import NotThere

    try:
        hub_database.with_store(
            database, lambda store: store.revoke(team, stream_id, hub_database.now())
        )
    except NotThere:
        raise Failure(f"the team {team} has no such stream, or it is revoked.") from None
    click.echo("Revoked. To let it tell again, its person needs a new code.")
    return 0
