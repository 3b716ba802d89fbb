"""`sessions`: the list of sessions."""

import click

from codespace_tracker.cli.answers.sessions import LIMIT, answer
from codespace_tracker.cli.options import directory_option, json_option


@click.command()
@click.option("--since", metavar="TIME", help="Only sessions that ran at or after this time.")
@click.option(
    "--until",
    metavar="TIME",
    help="Only sessions that began before this time. A date includes that whole day.",
)
@click.option(
    "--limit",
    type=click.IntRange(0, 1_000_000),
    default=LIMIT,
    show_default=True,
    metavar="N",
    help="List at most this many; 0 lists all.",
)
@directory_option
@json_option
def command(
    since: str | None, until: str | None, limit: int, dir_: str | None, as_json: bool
) -> int:
    """List the sessions, newest first.

    TIME is a date (2026-11-23), a date and time (2026-11-23T14:00), `today`, `yesterday` or a
    number of days ago (`7d`). It is in the configured time zone unless it has an offset (+05:30).
    Imported sessions are numbered i1, i2, …, oldest first.
    """
    return answer(dir_, as_json, since, until, limit)
