"""`sessions`: the list of sessions."""

import click
from click.core import ParameterSource

from codespace_tracker.cli import show
from codespace_tracker.cli.answers.sessions import LIMIT, answer
from codespace_tracker.cli.options import directory_option, json_option, state_directory

_LONGEST = 5
"""How many of the longest sessions `--stats` names."""


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
@click.option(
    "--stats",
    "as_stats",
    is_flag=True,
    help="Show what they come to: how long they are, how they ended, the time between them, the "
    "busiest hours, and the longest of them (5, or as many as --limit says).",
)
@directory_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    since: str | None,
    until: str | None,
    limit: int,
    as_stats: bool,
    dir_: str | None,
    as_json: bool,
) -> int:
    """List the sessions, newest first.

    TIME is a date (2026-11-23), a date and time (2026-11-23T14:00), `today`, `yesterday` or a
    number of days ago (`7d`). It is in the configured time zone unless it has an offset (+05:30).
    Imported sessions are numbered i1, i2, …, oldest first.
    """
    if not as_stats:
        return answer(dir_, as_json, since, until, limit)
    from codespace_tracker.cli import session_stats  # not for the list

    is_default = context.get_parameter_source("limit") == ParameterSource.DEFAULT
    most = _LONGEST if is_default else limit or -1
    show.echo(session_stats.text(state_directory(dir_), since, until, most, as_json=as_json))
    return 0
