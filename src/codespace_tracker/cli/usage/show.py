"""`usage show`: what GitHub says that all codespaces of a user used, and what was counted here."""

import os

import click

from codespace_tracker.cli import fuel, show
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.cli.quota import gauge_line
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.ledger.billing import Billing, Line
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger


@click.command()
@directory_option
@json_option
def command(dir_: str | None, as_json: bool) -> None:
    """Show what GitHub says that your codespaces used in this billing month."""
    directory = state_directory(dir_)
    found = fuel.look(directory)
    now, zone = found.gauge, found.now.plan.zone
    ledger = Ledger.open_reader(os.path.join(directory, NAME))
    try:
        lines = Billing(ledger).lines(now.month_start, now.month_end)
    finally:
        ledger.close()
    if as_json:
        as_of = None if now.as_of is None else zone.iso(now.as_of)
        click.echo(show.json_text({"as_of": as_of, "lines": [_content(line) for line in lines]}))
        return
    if now.as_of is None:
        click.echo(show.fitted("", "GitHub's figures for this month are not known here."))
        counted = f"{gauge_line(now)}." if now.used else "nothing in this month yet."
        click.echo(show.fitted("", f"Counted here since {show.day(now.month_start, UTC)}: {counted}"))
        click.echo(show.fitted("", "Add them: codespace-tracker usage import FILE, or: codespace-tracker usage fetch"))
        return
    rows = [
        (name, cores, show.core_hours(us), f"${net / 1e6:.2f}") for (name, cores), (us, net) in _summed(lines).items()
    ]
    click.echo(show.fitted("", f"GitHub's figures as of {show.moment(now.as_of, zone)}"))
    head = ("Repository", "Machine", "Core-hours", "Charged")
    click.echo(show.table(head, rows, frozenset({2, 3}), (1, 3), show.columns()))
    click.echo(show.fitted("", f"With what was counted here and is not in them yet: {gauge_line(now)}."))


def _summed(lines: list[Line]) -> dict[tuple[str, str], tuple[int, int]]:
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for line in lines:
        key = (
            show.printable(line.repository) or "(not told)",
            show.count(line.cores, "core") if line.cores else "storage",
        )
        core_us, net = found.get(key, (0, 0))
        found[key] = core_us + line.core_us, net + line.net_micros
    return dict(sorted(found.items(), key=lambda one: -one[1][0]))


def _content(line: Line) -> dict[str, object]:
    return {
        "date": UTC.date(line.day),
        "cores": line.cores,
        "repository": line.repository,
        "core_hours": round(line.core_us / HOUR_US, 4),
        "charged_dollars": line.net_micros / 1e6,
    }
