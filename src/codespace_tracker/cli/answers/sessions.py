"""`sessions`: the list of sessions."""

from __future__ import annotations

from codespace_tracker.cli import session_entry, show
from codespace_tracker.cli.options import state_directory
from codespace_tracker.ledger.presence_sums import Split, by_session
from codespace_tracker.ledger.sums import sessions_between
from codespace_tracker.ledger.telling import Telling, telling
from codespace_tracker.views import wording
from codespace_tracker.views.scene import scene

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.core.calendar import Zone
    from codespace_tracker.core.session import Session
    from codespace_tracker.views.json_types.sessions import ListedSessionJson

LIMIT = 20
"""How many are listed if nothing else is asked for."""

_FOREVER = 1 << 62
_A_DAY_US = 86_400_000_000  # by which a wall clock that was set may have been off
_HEAD: tuple[str, ...] = ("#", "Started", "Ended", "Running", "How it ended")
_SPARE: tuple[int, ...] = (4, 2)  # columns that a narrow terminal leaves out, in this order
_SPARE_WITH_UNATTENDED = (5, 4, 2)


def answer(
    dir_: str | None,
    as_json: bool,
    since: str | None = None,
    until: str | None = None,
    limit: int = LIMIT,
) -> int:
    """Print the sessions; the exit code. Raises what `state_directory` and `scene` do, and
    click.BadParameter where a time is none."""
    with scene(state_directory(dir_)) as here:
        ledger, configuration, now_us = here.ledger, here.configuration, here.reading.wall_us
        first = (
            -_FOREVER if since is None else _moment(since, configuration.zone, "--since", now_us)
        )
        last = (
            _FOREVER
            if until is None
            else _moment(until, configuration.zone, "--until", now_us, end_of_day=True)
        )
        sessions = ledger.sessions(first, last, limit or -1)
        if len(sessions) < limit or as_json:
            all_ = len(sessions)
        elif since is None and until is None:
            all_ = ledger.session_count()  # which costs the same for any number of them
        else:
            all_ = sessions_between(ledger, first, last)
        lowest = ledger.first_number()
        oldest = min((session.started_at for session in sessions), default=0)
        splits = by_session(ledger, oldest - _A_DAY_US, _FOREVER)
        content = (
            [_content(telling(ledger, listed), configuration.zone, lowest) for listed in sessions]
            if as_json
            else []
        )
    running = here.trackers.daemon is not None
    if as_json:
        show.echo(show.json_text(content))
    elif not sessions:
        show.echo("There are no sessions in that time.")
    else:
        rows = [_row(session, configuration.zone, running, lowest) for session in sessions]
        head, spare = _HEAD, _SPARE
        if any(session.number in splits for session in sessions):  # else no one looked
            head, spare = (*head, "Unattended"), _SPARE_WITH_UNATTENDED
            rows = [
                (*row, _unattended(session, splits))
                for row, session in zip(rows, sessions, strict=True)
            ]
        show.echo(show.table(head, rows, frozenset({0, 3, 5}), spare, show.columns()))
        for line in show.left_out(head, rows, spare, show.columns()):
            show.echo(line)
        if all_ > len(sessions):
            show.echo(
                show.fitted(
                    "", f"{len(sessions)} of {wording.count(all_, 'session')}; --limit 0 shows all."
                )
            )
    return 0


def _moment(text: str, zone: Zone, option: str, now_us: int, *, end_of_day: bool = False) -> int:
    from codespace_tracker.cli.times import moment  # needs click, which tells what is wrong

    return moment(text, zone, option, now_us, end_of_day=end_of_day)


def _content(whole: Telling, zone: Zone, lowest: int) -> ListedSessionJson:
    """A session as `export` prints it, plus the keys that only this list has."""
    session = whole.session
    return {
        **session_entry.entry(whole, zone),
        "recovered": session.ending == "recovered",
        "shown_as": wording.session_number(session.number, lowest),
    }


def _unattended(session: Session, splits: dict[int, Split]) -> str:
    from codespace_tracker.views.presence import unattended  # not for JSON

    return unattended(splits.get(session.number, Split()), session.running_us)


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
