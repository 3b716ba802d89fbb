"""`hub viewer add`: let someone see a team."""

import click

from codespace_tracker.cli import hub_database
from codespace_tracker.cli.hub_database import database_option, person_argument, team_argument
from codespace_tracker.failure import Failure


@click.command()
@team_argument
@person_argument
@database_option
def command(team: str, person: str, database: str) -> int:
    """Let PERSON, or a program, see TEAM. Prints the secret for it, which is shown only now."""
    from codespace_tracker.hub import teams
    from codespace_tracker.hub.store.interface import AlreadyThere, NotThere

    name = hub_database.checked_name(person)
    try:
        token = hub_database.with_store(
            database, lambda store: teams.new_viewer(store, team, name, hub_database.now())
        )
    except AlreadyThere:
        raise Failure(
            f"{name} sees the team already. Fix: for a new secret, remove {name} first."
        ) from None
    except NotThere:
        raise hub_database.no_team(team) from None
    click.echo(f"{name} sees the team {team} with this secret, which is kept nowhere:", err=True)
    click.echo(token)
    return 0
