"""`hub prune`: delete what is older than some months."""

import sys

import click

from codespace_tracker.cli import hub_database
from codespace_tracker.cli.hub_database import database_option
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.failure import Failure
from codespace_tracker.views import wording


@click.command()
@click.option(
    "--months",
    type=click.IntRange(1, 600),
    required=True,
    help="How many whole months are kept, beside the current one.",
)
@click.option("--team", metavar="TEAM", help="Only of this team.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@database_option
def command(months: int, team: str | None, yes: bool, database: str) -> int:
    """Delete sessions, sums and unattended time that are older than some months.

    The hub takes nothing of that time any more, so trackers do not bring it back. A session that
    went on until later stays. A codespace that told nothing since is deleted with its token.
    Backups of the database still have all of it.
    """
    from codespace_tracker.hub import ageing
    from codespace_tracker.hub.store.interface import NotThere

    day = ageing.first_day_kept(hub_database.now(), months)
    date = UTC.date(day * DAY_US)
    if not yes:
        if not sys.stdin.isatty():
            raise Failure("this deletes what was told. Fix: add --yes.")
        whose = f"of the team {team}" if team else "of all teams"
        if not click.confirm(f"Delete what is {whose} and older than {date}?"):
            raise Failure("nothing was changed.")
    try:
        gone = hub_database.with_store(database, lambda store: ageing.prune(store, day, team))
    except NotThere:
        raise hub_database.no_team(team or "") from None
    for name, sessions in gone.items():
        click.echo(f"{name}: deleted {wording.count(sessions, 'session')} from before {date}.")
    return 0
