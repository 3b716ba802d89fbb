"""`hub check`: whether the database is consistent."""

import click

from codespace_tracker.cli import hub_database, show
from codespace_tracker.cli.hub_database import database_option
from codespace_tracker.views import wording


@click.command()
@database_option
def command(database: str) -> int:
    """Check that the sums of days are those of the sessions, and list the streams that were cut
    back by a failover or a restore, or of which something is set aside.

    It only reads, stream by stream. Trackers that tell something meanwhile may make it report a
    day: run it again then. Exits with 1 if figures are wrong.
    """
    from codespace_tracker.hub import checking

    findings = hub_database.with_store(database, checking.check)
    for one in findings:
        name = wording.printable(one.stream.codespace or one.stream.stream_id)
        mark = "✗" if one.is_wrong else "!"
        click.echo(show.hanging(f"{mark} ", f"{one.team}, {name}: {one.text}."))
    wrong = sum(one.is_wrong for one in findings)
    if not wrong:
        click.echo("All sums are those of the sessions.")
    return 1 if wrong else 0
