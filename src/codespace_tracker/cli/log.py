"""`log`: the journal in words."""

import os
from typing import Any

import click

from codespace_tracker.cli import now, show
from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.ledger.store import Entry
from codespace_tracker.machine import debug_log
from codespace_tracker.machine.files import read_own

_DEBUG_LIMIT = 8 << 20  # bytes: far more than debug.log has


@click.command()
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=30, show_default=True, help="How many lines.")
@click.option("--debug", is_flag=True, help="Show debug.log instead: what the tracker said while it worked.")
@directory_option
@json_option
def command(limit: int, debug: bool, dir_: str | None, as_json: bool) -> None:
    """Show what happened, newest last."""
    directory = state_directory(dir_)
    if debug and as_json:
        raise click.UsageError("--debug shows lines of text: it cannot be had as JSON.")
    if debug:
        click.echo("\n".join(_debug_lines(directory, limit)))
        return
    with now.open_ledger(directory) as ledger:
        plan, _ = now.plan_in_force(ledger)
        entries = ledger.journal(limit=limit)
    if as_json:
        zone = plan.zone
        content = [{**entry._asdict(), "at": zone.iso(entry.at)} for entry in entries]
        click.echo(show.json_text(content))
        return
    for entry in entries:
        session = f"session {entry.session}: " if entry.session is not None else ""
        click.echo(f"{show.moment(entry.at, plan.zone)}  {session}{show.printable(in_words(entry))}")


def _debug_lines(directory: str, limit: int) -> list[str]:
    path = os.path.join(directory, debug_log.NAME)
    content = read_own(path, _DEBUG_LIMIT)
    if content is None:
        raise Failure(f"{path}: there is none yet. Mend: `codespace-tracker start`.")
    return [show.printable(line) for line in content.decode("utf-8", "replace").splitlines()][-limit:]


def in_words(entry: Entry) -> str:
    """An entry of the journal as a person would say it."""
    detail = entry.detail

    def lasting(key: str) -> str:
        return show.length(abs(int(detail.get(key, 0))))

    def many(key: str, thing: str) -> str:
        number = detail.get(key, 0)
        return show.count(number, thing) if isinstance(number, int) else f"{number} {thing}s"

    words: dict[str, str] = {
        "tracker_minted": f"a new tracker, {detail.get('tracker_id')}",
        "environment_changed": f"this is a {detail.get('now')}, not a {detail.get('before')}",
        "session_started": f"started, {lasting('running_us')} ago ({_ROWS.get(str(detail.get('row')), '')})",
        "session_recovered": f"was lost, recovered up to its last heartbeat: {lasting('running_us')}",
        "session_ended": f"ended with the machine after {lasting('running_us')}",
        "paused": f"paused at {lasting('running_us')}",
        "continued": f"goes on; the tracker was away for {lasting('away_us')}, counted",
        "resumed": f"resumed; the tracker was away for {lasting('away_us')}, counted",
        "rebuilt": f"goes on after a rebuild of the container that took {lasting('away_us')}, counted",
        "suspended": f"the machine was suspended for {lasting('amount')}, not counted",
        "clock_stepped": f"the wall clock was set {_direction(detail)} by {lasting('amount')}",
        "cores_changed": f"the machine has {many('amount', 'core')} now",
        "config_loaded": "the configuration was loaded" + _with_triggers(detail),
        "config_refused": f"the configuration has {many('problems', 'problem')}; the last good one goes on",
        "ledger_rebuilt": f"the ledger was rebuilt: {detail.get('damage')}",
        "sessions_imported": f"{many('sessions', 'session')} counted elsewhere added{_with_corrected(detail)},"
        f" {lasting('running_us')}",
        "usage_imported": f"GitHub's figures were added: {_days(detail)}",
        "trigger_due": _due(detail),
        "trigger_rearmed": f"the flag {detail.get('flag')} may fire again in its scope",
        "run_started": f'trigger "{detail.get("label")}": started{_attempt(detail)}',
        "run_ended": f'trigger "{detail.get("label")}": {_result(detail)}{_attempt(detail)}',
    }
    return words.get(entry.kind, f"{entry.kind} {dict(detail)}")


def _with_corrected(detail: dict[str, Any]) -> str:
    replaced = detail.get("replaced")
    return f", {replaced} corrected" if replaced else ""


def _with_triggers(detail: dict[str, Any]) -> str:
    count = detail.get("triggers")
    return f", {show.count(count, 'trigger')}" if isinstance(count, int) and count else ""


def _due(detail: dict[str, Any]) -> str:
    skipped = detail.get("skipped")
    return f'trigger "{detail.get("label")}": ' + (f"skipped ({_SKIPPED.get(skipped, skipped)})" if skipped else "due")


def _attempt(detail: dict[str, Any]) -> str:
    attempt = detail.get("attempt")
    return f" (attempt {attempt})" if attempt != 1 else ""


def _result(detail: dict[str, Any]) -> str:
    how = str(detail.get("result")).replace("_", " ")
    if detail.get("exit_code"):
        return f"{how} with exit code {detail['exit_code']}"
    return f"{how}, ended by signal {detail['signal']}" if detail.get("signal") else how


def _days(detail: dict[str, Any]) -> str:
    return show.count(int(detail.get("changed", 0)), str(detail.get("unit", "day"))) + " new or changed"


def _direction(detail: dict[str, int]) -> str:
    return "back" if detail.get("amount", 0) < 0 else "forward"


_SKIPPED = {
    "missed": "a newer point came",
    "running": "it was still running",
    "flag": "your flag held it back",
    "restored": "the ledger was restored",
    "imported": "it holds by imported sessions",
}
_ROWS = {
    "first": "the first session",
    "new_boot": "another boot",
    "new_pid1": "a new container on the same machine",
    "snapshot": "the machine was restored from a snapshot",
    "copied": "this directory is a copy of another tracker's",
}
