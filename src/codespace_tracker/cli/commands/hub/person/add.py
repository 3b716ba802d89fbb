"""`hub person add`: add a person to a team."""

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
    """Add PERSON to TEAM, and print a code with which one codespace of theirs enrols, once.

    Viewers see a pseudonym, unless the person chooses otherwise (`sync setup --show-name`).
    """
    from codespace_tracker.hub import teams
    from codespace_tracker.hub.store.interface import AlreadyThere, NotThere
    from codespace_tracker.hub.store.portable import Store

    name, at = hub_database.checked_name(person), hub_database.now()

    async def work(store: Store) -> tuple[str, str]:
        pseudonym = await teams.add_person(store, team, name, at)
        return pseudonym, await teams.new_code(store, team, name, hours, at)

    try:
        pseudonym, code = hub_database.with_store(database, work)
    except AlreadyThere:
        raise Failure(
            f"{name} is in the team already. Fix: for a code, codespace-tracker hub person code"
            f" {team} {person!r}"
        ) from None
    except NotThere:
        raise hub_database.no_team(team) from None
    click.echo(f"Added {name}, shown as {pseudonym}.", err=True)
    hub_database.tell_code(code, hours)
    return 0
