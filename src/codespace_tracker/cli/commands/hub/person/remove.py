"""`hub person remove`: delete a person and all that their codespaces told."""

import sys

import click

from codespace_tracker.cli import hub_database
from codespace_tracker.cli.hub_database import database_option, person_argument, team_argument
from codespace_tracker.failure import Failure
from codespace_tracker.views import wording


@click.command()
@team_argument
@person_argument
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@database_option
def command(team: str, person: str, yes: bool, database: str) -> int:
    """Delete PERSON and all that their codespaces told from the database.

    Backups of the database still have it. Their codespaces are refused from now on.
    """
    from codespace_tracker.hub.store.interface import NotThere

    if not yes:
        if not sys.stdin.isatty():
            raise Failure("this deletes what was told. Fix: add --yes.")
        if not click.confirm(f"Delete {person} and all that their codespaces told?"):
            raise Failure("nothing was changed.")
    try:
        streams = hub_database.with_store(database, lambda store: store.remove_person(team, person))
    except NotThere:
        raise Failure(f"{person} is not in the team {team}. Nothing was changed.") from None
    click.echo(f"Deleted {person}, and {wording.count(streams, 'codespace')} of theirs.")
    return 0
