"""Entries of the journal in words."""

from typing import Any

from codespace_tracker.ledger.store import Entry
from codespace_tracker.views import wording


def in_words(entry: Entry) -> str:
    """An entry of the journal as a person would say it."""
    detail = entry.detail

    def lasting(key: str) -> str:
        return wording.length(abs(int(detail.get(key, 0))))

    def many(key: str, thing: str) -> str:
        number = detail.get(key, 0)
        return wording.count(number, thing) if isinstance(number, int) else f"{number} {thing}s"

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
    return f", {wording.count(count, 'trigger')}" if isinstance(count, int) and count else ""


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
    return wording.count(int(detail.get("changed", 0)), str(detail.get("unit", "day"))) + " new or changed"


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
