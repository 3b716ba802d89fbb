"""`sessions --stats`: what the sessions come to."""

from __future__ import annotations

from codespace_tracker.cli import show
from codespace_tracker.cli.times import moment
from codespace_tracker.failure import nothing_counted
from codespace_tracker.views import tracker_state, wording
from codespace_tracker.views.hours import by_hour
from codespace_tracker.views.scene import scene
from codespace_tracker.views.session_stats import SessionStats, stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.core.calendar import Zone
    from codespace_tracker.views.json_types.sessions import SessionStatsJson

_FOREVER = 1 << 62
_ENDINGS = (
    ("clean", "with the machine"),
    ("paused", "paused"),
    ("recovered", "lost, recovered"),
    ("open", "not ended"),
)


def text(directory: str, since: str | None, until: str | None, most: int, *, as_json: bool) -> str:
    """What is printed: of the sessions that ran between two times, and of the running time between
    them; `most` of the longest. Raises LedgerError, Failure, click.BadParameter."""
    with scene(directory) as here:
        state = tracker_state.state_in(here)
        if state is None:
            raise nothing_counted(directory)
        zone, now_us = here.configuration.zone, here.reading.wall_us
        first = state.first_start if since is None else moment(since, zone, "--since", now_us)
        last = (
            state.at if until is None else moment(until, zone, "--until", now_us, end_of_day=True)
        )
        sessions = here.ledger.sessions(first, last, -1)
        lowest = here.ledger.first_number()
        begin = max(first, state.first_start)
        hours = by_hour(here.ledger, state, begin, max(begin, min(last, state.at)))
    found = stats(sessions, most, hours)
    if as_json:
        return show.json_text(_content(found, zone, lowest))
    return _text(found, zone, lowest)


def _content(found: SessionStats, zone: Zone, lowest: int) -> SessionStatsJson:
    return {
        "sessions": found.number,
        "running_us": found.running,
        "average_us": found.average,
        "median_us": found.median,
        "endings": {
            "open": found.endings["open"],
            "paused": found.endings["paused"],
            "clean": found.endings["clean"],
            "recovered": found.endings["recovered"],
        },
        "off_us": found.off,
        "longest_off_us": found.longest_off,
        "busiest_hours": [
            {"hour": hour.name, "running_us": hour.running_us} for hour in found.busiest
        ],
        "longest": [
            {
                "session_id": one.session_id,
                "number": one.number,
                "shown_as": wording.session_number(one.number, lowest),
                "start_time": zone.iso(one.began_at),
                "running_us": one.running_us,
            }
            for one in found.longest
        ],
    }


def _text(found: SessionStats, zone: Zone, lowest: int) -> str:
    if not found.number:
        return "There are no sessions in that time."
    endings = " · ".join(
        f"{found.endings[name]} {words}" for name, words in _ENDINGS if found.endings[name]
    )
    rows = [
        ("Sessions", f"{found.number}, {wording.length(found.running)} in all"),
        ("Average", f"{wording.length(found.average)} (median {wording.length(found.median)})"),
        ("Ended", endings),
    ]
    if found.off:
        off = wording.about(found.off)
        rows.append(("Off", f"{off} between sessions, {wording.about(found.longest_off)} at most"))
    if found.busiest:
        busiest = ", ".join(
            f"{hour.name} ({wording.length(hour.running_us)})" for hour in found.busiest
        )
        rows.append(("Busiest", f"{busiest} ({zone.name})"))
    lines = [show.hanging(f"{name:8}  ", value) for name, value in rows]
    if not found.longest:
        return "\n".join(lines)
    longest = show.table(
        ("#", "Longest", "Running"),
        [
            (
                wording.session_number(one.number, lowest),
                wording.moment(one.began_at, zone, seconds=False),
                wording.length(one.running_us),
            )
            for one in found.longest
        ],
        frozenset({0, 2}),
        (),
        show.columns(),
    )
    return "\n".join([*lines, "", longest])
