"""`hub person code`: a code for another codespace of a person."""

import click

from codespace_tracker.cli import hub_database
from codespace_tracker.cli.hub_database import (
    database_option,
    hours_option,
    person_argument,
    team_argument,
)
from codespace_tracker.failure import Failure


@click.command()
@team_argument
@person_argument
@hours_option
@database_option
def command(team: str, person: str, hours: int, database: str) -> int:
    """Print a code with which one codespace of PERSON enrols, once."""
    from codespace_tracker.hub import teams
    from codespace_tracker.hub.store.interface import NotThere

    try:
        code = hub_database.with_store(
            database,
            lambda store: teams.new_code(store, team, person, hours, hub_database.now()),
        )
    except NotThere:
        raise Failure(
            f"{person} is not in the team {team}. Fix: `codespace-tracker hub person list {team}`"
            " shows who is."
        ) from None
    hub_database.tell_code(code, hours)
    return 0
