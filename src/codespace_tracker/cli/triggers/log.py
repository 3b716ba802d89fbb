"""`triggers log`: what became due, how it ended, and what it printed."""

import os
import time

import click

from codespace_tracker.cli import now as tracker_now
from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.cli.triggers import words
from codespace_tracker.cli.triggers.standing import look
from codespace_tracker.core.calendar import Zone
from codespace_tracker.ledger.occurrences import Occurrence, Occurrences, Run
from codespace_tracker.runs import places

_LOOK_SECONDS = 0.5
_OUTPUT_LIMIT = 16 << 10


@click.command()
@click.argument("label", required=False)
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=20, show_default=True, help="How many occurrences.")
@click.option("--follow", is_flag=True, help="Go on and show what comes, until Ctrl-C.")
@directory_option
@json_option
def command(label: str | None, limit: int, follow: bool, dir_: str | None, as_json: bool) -> None:
    """Show what became due and how it ended; with LABEL, of one trigger and with the end of its output."""
    if follow and as_json:
        raise click.UsageError("--follow and --json do not go together.")
    directory = state_directory(dir_)
    flag = look(directory).trigger(label)[0].flag if label else None
    zone, found = _read(directory, flag, limit)
    if as_json:
        content = [
            {**one._asdict(), "due_at": zone.iso(one.due_at), "claimed_at": zone.iso(one.claimed_at)}
            | {"runs": [{**run._asdict(), "started_at": zone.iso(run.started_at)} for run in runs]}
            for one, runs in found
        ]
        click.echo(show.json_text(content))
        return
    if not found and not follow:
        click.echo("Nothing became due yet.")
    shown: dict[int, str] = {}
    _show(found, zone, directory, shown, with_output=flag is not None)
    while follow:
        time.sleep(_LOOK_SECONDS)
        zone, found = _read(directory, flag, limit)
        _show(found, zone, directory, shown, with_output=flag is not None)


def _read(directory: str, flag: str | None, limit: int) -> tuple[Zone, list[tuple[Occurrence, list[Run]]]]:
    ledger = tracker_now.open_ledger(directory)
    try:
        kept = Occurrences(ledger)
        plan, _ = tracker_now.plan_in_force(ledger)
        found = kept.newest(limit) if flag is None else list(reversed(kept.of_flag(flag, limit)))
        return plan.zone, [(one, kept.runs_of(one.id)) for one in found]
    finally:
        ledger.close()


def _show(
    found: list[tuple[Occurrence, list[Run]]], zone: Zone, directory: str, shown: dict[int, str], *, with_output: bool
) -> None:
    """Print what has not been printed as it is now."""
    for one, runs in found:
        text = "\n".join(
            [
                f"{show.moment(one.due_at, zone)}  {show.bold(one.label)}: {words.mark(words.state(one))}",
                *(f"    attempt {run.attempt}: {words.result(run)}  (runs/{run.name}.log)" for run in runs),
            ]
        )
        if shown.get(one.id) == text:
            continue
        shown[one.id] = text
        click.echo(text)
        if with_output and runs and runs[-1].result is not None:
            click.echo(_output(directory, runs[-1].name))


def _output(directory: str, name: str) -> str:
    """The end of what a run printed, indented; control characters made visible."""
    try:
        with open(places.log_path(directory, name), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _OUTPUT_LIMIT))
            text = file.read(_OUTPUT_LIMIT).decode("utf-8", "replace")
    except OSError:
        return "      (its output is no longer kept)"
    lines = [show.printable(line) for line in text.rstrip("\n").split("\n")]
    return "\n".join(f"      {line}" for line in lines) if text.strip() else "      (it printed nothing)"
