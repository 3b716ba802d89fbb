"""`sessions`: the list of sessions."""

from typing import TYPE_CHECKING

import click

from codespace_tracker.cli import session_entry, show
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.cli.times import moment
from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.session import Session
from codespace_tracker.ledger.sums import sessions_between
from codespace_tracker.ledger.telling import Telling, telling
from codespace_tracker.views import wording
from codespace_tracker.views.scene import scene

if TYPE_CHECKING:
    from codespace_tracker.views.json_types.sessions import ListedSessionJson

_FOREVER = 1 << 62
_HEAD = ("#", "Started", "Ended", "Running", "How it ended")
_SPARE = (4, 2)  # columns that a narrow terminal leaves out, in this order


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
    default=20,
    show_default=True,
    metavar="N",
    help="List at most this many; 0 lists all.",
)
@directory_option
@json_option
def command(
    since: str | None, until: str | None, limit: int, dir_: str | None, as_json: bool
) -> None:
    """List the sessions, newest first.

    TIME is a date (2026-11-23), a date and time (2026-11-23T14:00), `today`, `yesterday` or a
    number of days ago (`7d`). It is in the configured time zone unless it has an offset (+05:30).
    Imported sessions are numbered i1, i2, …, oldest first.
    """
    with scene(state_directory(dir_)) as here:
        ledger, configuration, now_us = here.ledger, here.configuration, here.reading.wall_us
        first = -_FOREVER if since is None else moment(since, configuration.zone, "--since", now_us)
        last = (
            _FOREVER
            if until is None
            else moment(until, configuration.zone, "--until", now_us, end_of_day=True)
        )
        sessions = ledger.sessions(first, last, limit or -1)
        all_ = (
            len(sessions)
            if len(sessions) < limit or as_json
            else sessions_between(ledger, first, last)
        )
        lowest = ledger.first_number()
        content = (
            [_content(telling(ledger, listed), configuration.zone, lowest) for listed in sessions]
            if as_json
            else []
        )
    running = here.trackers.daemon is not None
    if as_json:
        click.echo(show.json_text(content))
    elif not sessions:
        click.echo("There are no sessions in that time.")
    else:
        rows = [_row(session, configuration.zone, running, lowest) for session in sessions]
        click.echo(show.table(_HEAD, rows, frozenset({0, 3}), _SPARE, show.columns()))
        for line in show.left_out(_HEAD, rows, _SPARE, show.columns()):
            click.echo(line)
        if all_ > len(sessions):
            click.echo(
                show.fitted(
                    "", f"{len(sessions)} of {wording.count(all_, 'session')}; --limit 0 shows all."
                )
            )


def _content(whole: Telling, zone: Zone, lowest: int) -> "ListedSessionJson":
    """A session as `export` prints it, plus the keys that only this list has."""
    session = whole.session
    return {
        **session_entry.entry(whole, zone),
        "recovered": session.ending == "recovered",
        "shown_as": wording.session_number(session.number, lowest),
    }


def _row(session: Session, zone: Zone, running: bool, lowest: int) -> tuple[str, ...]:
    ends = {
        "clean": "with the machine",
        "paused": "paused",
        "recovered": "lost, recovered",
        None: "still running" if running else "tracker not running",
    }
    ended = (
        "" if session.ended_at is None else wording.moment(session.ended_at, zone, seconds=False)
    )
    return (
        wording.session_number(session.number, lowest),
        wording.moment(session.began_at, zone, seconds=False),
        ended,
        wording.length(session.running_us),
        ends[session.ending],
    )
