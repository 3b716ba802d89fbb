"""`sync status`: the meeting place, and when it last worked."""

from typing import TYPE_CHECKING

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.shared_presence import BY_DAY, BY_HOUR, NOTHING
from codespace_tracker.ledger.fleet import Fleet, FleetError
from codespace_tracker.machine import clock
from codespace_tracker.sync import exchange, own_stream, state
from codespace_tracker.sync.state import SyncState
from codespace_tracker.views import wording
from codespace_tracker.views.scene import last_configuration

if TYPE_CHECKING:
    from codespace_tracker.views.json_types.fleet import SyncStatusJson


_PRESENCE = {
    NOTHING: "not told",
    BY_DAY: "told: how long it ran each day with no one there (`share_presence` in config.toml)",
    BY_HOUR: "told: how long it ran each hour with and without someone there (`share_presence` in "
    "config.toml)",
}


@click.command()
@json_option
@directory_option
def command(as_json: bool, dir_: str | None) -> int:
    """Show the meeting place, and when it last worked. Contacts no one.

    Exits with 1 if the last `sync` did not work.
    """
    directory = state_directory(dir_)
    known = state.load(directory)
    if known is None:
        raise exchange.no_place()
    configuration = last_configuration(directory)
    is_hub = known.kind == state.HUB
    settings = configuration.settings
    shares = own_stream.level_at_hub(settings) if is_hub else settings.share_presence
    zone = configuration.zone
    try:
        with Fleet.open(directory) as fleet:
            streams = [one for one in fleet.streams() if not one.is_own]
    except FleetError:
        streams = []
    aside = {one.shown_name: one.reason for one in streams if one.reason}
    if as_json:
        content: SyncStatusJson = {
            "kind": "hub" if is_hub else "git",
            "url": known.url,
            "stream_id": known.stream_id,
            "tried_at": zone.iso(known.at) if known.at else None,
            "worked_at": zone.iso(known.worked_at) if known.worked_at else None,
            "problem": known.problem or None,
            "codespaces": len(streams),
            "accepted": sum(one.is_accepted for one in streams),
            "share_presence": shares,
            "set_aside": [{"name": name, "reason": why} for name, why in aside.items()],
        }
        click.echo(show.json_text(content))
        return 1 if known.problem else 0
    rows = [("Meeting place", known.url), ("This stream", known.stream_id)]
    rows.append(("Last sync", _last(known)))
    if not is_hub:
        accepted = sum(one.is_accepted for one in streams)
        others = f"{wording.count(len(streams), 'codespace')}, {accepted} of them accepted"
        rows.append(("Others", others))
    rows.append(("Presence", _PRESENCE[shares]))
    for name, reason in aside.items():
        rows.append(("Set aside", f"{wording.printable(name)}: {wording.printable(reason)}"))
    for name, value in rows:
        click.echo(show.hanging(f"{name:13}  ", value))
    return 1 if known.problem else 0


def _last(known: SyncState) -> str:
    now = clock.read().wall_us
    if not known.at:
        return "never"
    worked = "never worked"
    if known.worked_at:
        ago = wording.about(max(0, now - known.worked_at))
        worked = f"worked {ago} ago"
    if not known.problem:
        late = "; its triggers may be off" if now - known.worked_at > 2 * HOUR_US else ""
        return f"{worked}{late}"
    return f"{worked}. Since then: {known.problem}"
