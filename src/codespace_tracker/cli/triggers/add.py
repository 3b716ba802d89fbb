"""`triggers add`: a trigger, by options or by answers."""

import sys
from typing import Any

import click

from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.triggers import words
from codespace_tracker.cli.triggers.edit import change
from codespace_tracker.cli.triggers.list import next_in_words
from codespace_tracker.cli.triggers.standing import Standing, look
from codespace_tracker.core.schedule import Armed
from codespace_tracker.core.trigger import Trigger, all_hold_at
from codespace_tracker.ledger.connect import LedgerError

_CONDITIONS = {
    "after": "minute_runtime_minutes",
    "today": "today_runtime_hours",
    "month": "month_core_hours",
    "quota": "quota_percent",
    "total": "total_runtime_hours",
    "every": "every_minutes",
    "at": "at",
    "idle": "idle_minutes",
    "event": "event",
}
_ASKED = {
    "1": ("every", "Every how many minutes of running time"),
    "2": ("after", "After how many minutes of each session"),
    "3": ("today", "After how many hours of a day"),
    "4": ("total", "After how many hours in all"),
    "5": ("at", 'At which times (cron, such as "30 18 * * 1-5")'),
    "6": ("idle", "After how many minutes without anybody"),
    "7": ("quota", "At how many percent of the month's quota"),
    "8": ("event", "At which event (session_start, session_recovered, session_end)"),
}


@click.command()
@click.option("--label", metavar="TEXT", help="The name shown to people.")
@click.option("--command", "script", metavar="TEXT", help="The command to run.")
@click.option("--every", type=float, metavar="MINUTES", help="Each so many minutes of running time.")
@click.option("--after", type=float, metavar="MINUTES", help="When a session has run for so long.")
@click.option("--today", type=float, metavar="HOURS", help="When today has run for so long.")
@click.option("--total", type=float, metavar="HOURS", help="When all sessions together have run for so long.")
@click.option("--month", type=float, metavar="CORE-HOURS", help="When the billing month has used so much.")
@click.option("--quota", type=float, metavar="PERCENT", help="When so much of the month's quota is used.")
@click.option("--at", metavar="CRON", help='At these times, such as "30 18 * * 1-5".')
@click.option("--idle", type=float, metavar="MINUTES", help="When nobody has been here for so long.")
@click.option("--event", type=click.Choice(["session_start", "session_recovered", "session_end"]))
@click.option("--repeat", type=click.Choice(["session", "day", "month", "once"]), help="How often it may fire.")
@click.option("--url", metavar="URL", help="Download this into the folder first.")
@click.option("--cwd", metavar="FOLDER", help="Where the command runs; default: the workspace folder.")
@click.option("--flag", metavar="NAME", help="Its identity; default: made of the label.")
@directory_option
def command(dir_: str | None, **options: Any) -> None:
    """Add a trigger to trigger_config.json, by options or by answering questions; what is there stays as it is.

    Several conditions must all hold.
    """
    directory = state_directory(dir_)
    conditions = {key: options[name] for name, key in _CONDITIONS.items() if options[name] is not None}
    label, script = options["label"], options["script"]
    if not (label and script and conditions):
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise Failure("give --label, --command and a condition, such as --every 120; `--help` lists them.")
        label = label or click.prompt("What is it called")
        script = script or click.prompt("What is to be run (a shell command)")
        conditions = conditions or _ask_condition()
    entry: dict[str, Any] = {"label": label, "script_command": script}
    for name, key in (("url", "script_url"), ("cwd", "cwd"), ("flag", "flag_name"), ("repeat", "repeat")):
        if options[name]:
            entry[key] = options[name]
    entry["conditions"] = {key: _whole(value) for key, value in conditions.items()}

    from codespace_tracker.config.edit import with_trigger

    _, after = change(directory, lambda text: with_trigger(text, entry))
    click.echo(f"Added {label}: it fires {words.conditions(after[-1])}.")
    _tell_when(directory, after[-1])


def _ask_condition() -> dict[str, Any]:
    for key, (_, question) in _ASKED.items():
        click.echo(f"  {key}  {question}")
    name, question = _ASKED[click.prompt("When", type=click.Choice(list(_ASKED)), show_choices=False)]
    return {_CONDITIONS[name]: click.prompt(question, type=str if name in ("at", "event") else float)}


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _tell_when(directory: str, trigger: Trigger) -> None:
    """Say when it will fire, or that it fires at once."""
    try:
        standing = look(directory)
    except (LedgerError, Failure):
        click.echo("The tracker has not counted anything yet: `codespace-tracker start`.")
        return
    now = standing.now
    if trigger.edge is None and all_hold_at(trigger.levels, now.measures) <= now.measures.total:
        click.echo("Its conditions hold already: it fires at once.")
        return
    fresh = Armed(now.measures.total, now.at, now.session)
    alone: Standing = standing._replace(armed=[(trigger, fresh)], spent={}, held=frozenset())
    wait = alone.waits().get(0)
    if wait is not None:
        click.echo(f"Next: {next_in_words(alone, trigger, wait)}")
