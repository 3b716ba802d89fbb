"""`fleet show`: all codespaces together."""

from __future__ import annotations

import click

from codespace_tracker.cli import fleet_table, github_codespaces, show
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.cli.times import moment
from codespace_tracker.core.calendar import UTC, month_bounds
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.stream import EARLIEST
from codespace_tracker.sync import state
from codespace_tracker.views import fleet
from codespace_tracker.views.scene import scene


@click.command()
@click.option(
    "--by",
    type=click.Choice(fleet.BY),
    default="codespace",
    show_default=True,
    help="What each row shows.",
)
@click.option(
    "--since",
    metavar="DATE",
    help="The first day (UTC). Default: the first of this month; by month, the first of all.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option(
    "--github", "by_github", is_flag=True, help="Ask GitHub for its own list instead, with a token."
)
@click.option(
    "--notice",
    "as_notice",
    is_flag=True,
    help="With --github: give a notice if another one runs, unless someone is known to be there, or"
    " if unpushed work is deleted soon.",
)
@click.option(
    "--remind/--no-remind",
    "reminds",
    default=None,
    help="With --github: turn a trigger that gives that notice every evening on or off.",
)
@json_option
@directory_option
def command(
    by: fleet.By,
    since: str | None,
    as_csv: bool,
    by_github: bool,
    as_notice: bool,
    reminds: bool | None,
    as_json: bool,
    dir_: str | None,
) -> int:
    """Show all codespaces together, and how old each figure is.

    Days and months are those of UTC. The rows of a table add up, except by person: there, time in
    which several codespaces ran counts once in the running time. A codespace that has not reported
    for 40 minutes is shown as last seen, not as running.
    """
    if as_csv and as_json:
        raise click.UsageError("--json and --csv do not go together.")
    if as_notice and (not by_github or as_json):
        raise click.UsageError("--notice goes with --github, and not with --json.")
    if reminds is not None and (not by_github or as_json or as_notice):
        raise click.UsageError("--remind goes with --github alone.")
    directory = state_directory(dir_)
    if reminds is not None:
        for line in github_codespaces.remind(directory, on=reminds):
            click.echo(line)
        return 0
    if by_github:
        return github_codespaces.show_list(directory, as_json=as_json, as_notice=as_notice)
    with scene(directory) as here:
        now = here.reading.wall_us
        first = EARLIEST if by == "month" else month_bounds(now)[0]
        if since is not None:
            first = moment(since, UTC, "--since", now) // DAY_US * DAY_US
        if first > now:
            raise click.UsageError("--since is in the future.")
        view = fleet.look(here, by, first, now // DAY_US * DAY_US + DAY_US)
    if as_json:
        click.echo(show.json_text(fleet_table.as_content(view)))
    elif as_csv:
        click.echo(fleet_table.as_csv(view), nl=False)
    else:
        click.echo(fleet_table.text(view))
        known = state.load(directory)
        if known is not None and known.problem:
            click.echo("The last sync did not work: codespace-tracker sync status")
    return 0
