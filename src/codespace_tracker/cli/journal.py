"""Journal entries in words."""

from typing import Any

from codespace_tracker.ledger.store import Entry
from codespace_tracker.views import trigger_words, wording


def in_words(entry: Entry) -> str:
    """A journal entry in words."""
    detail = entry.detail

    def lasting(key: str) -> str:
        return wording.length(abs(int(detail.get(key, 0))))

    def many(key: str, thing: str) -> str:
        number = detail.get(key, 0)
        return wording.count(number, thing) if isinstance(number, int) else f"{number} {thing}s"

    sentences: dict[str, str] = {
        "tracker_minted": f"new tracker {detail.get('tracker_id')}",
        "environment_changed": f"the environment changed from {detail.get('before')} to "
        f"{detail.get('now')}",
        "session_started": f"started, {lasting('running_us')} ago "
        f"({_ROWS.get(str(detail.get('row')), '')})",
        "session_recovered": "lost in a crash, recovered up to its last heartbeat: "
        f"{lasting('running_us')}",
        "session_ended": f"ended with the machine after {lasting('running_us')}",
        "paused": f"paused after {lasting('running_us')}",
        "continued": f"continued; the tracker was down for {lasting('away_us')}, counted",
        "resumed": f"resumed; the tracker was down for {lasting('away_us')}, counted",
        "rebuilt": f"continued after a container rebuild of {lasting('away_us')}, counted",
        "suspended": f"the machine was suspended for {lasting('amount')}, not counted",
        "clock_stepped": f"the wall clock was set {_direction(detail)} by {lasting('amount')}",
        "cores_changed": f"the machine now has {many('amount', 'core')}",
        "config_loaded": "the configuration was loaded" + _with_triggers(detail),
        "config_refused": (
            f"the configuration has {many('problems', 'problem')}; the last valid one stays in "
            "force"
        ),
        "ledger_rebuilt": f"the ledger was rebuilt: {detail.get('damage')}",
        "sessions_imported": f"imported {many('sessions', 'session')}{_with_corrected(detail)},"
        f" {lasting('running_us')}",
        "usage_imported": f"GitHub's figures were added: {_days(detail)}",
        "trigger_due": _due(detail),
        "trigger_rearmed": f"the flag {detail.get('flag')} may fire again in its scope",
        "run_started": f'trigger "{detail.get("label")}": started{_attempt(detail)}',
        "run_ended": f'trigger "{detail.get("label")}": {_result(detail)}{_attempt(detail)}',
    }
    return sentences.get(entry.kind, f"{entry.kind} {dict(detail)}")


def _with_corrected(detail: dict[str, Any]) -> str:
    replaced = detail.get("replaced")
    return f", {replaced} corrected" if replaced else ""


def _with_triggers(detail: dict[str, Any]) -> str:
    count = detail.get("triggers")
    return f", {wording.count(count, 'trigger')}" if isinstance(count, int) and count else ""


def _due(detail: dict[str, Any]) -> str:
    skipped = detail.get("skipped")
    return f'trigger "{detail.get("label")}": ' + (
        f"skipped ({trigger_words.skipped(str(skipped))})" if skipped else "due"
    )


def _attempt(detail: dict[str, Any]) -> str:
    attempt = detail.get("attempt")
    return f" (attempt {attempt})" if attempt != 1 else ""


def _result(detail: dict[str, Any]) -> str:
    how = str(detail.get("result")).replace("_", " ")
    if detail.get("exit_code"):
        return f"{how} with exit code {detail['exit_code']}"
    return f"{how}, ended by signal {detail['signal']}" if detail.get("signal") else how


def _days(detail: dict[str, Any]) -> str:
    return (
        wording.count(int(detail.get("changed", 0)), str(detail.get("unit", "day")))
        + " new or changed"
    )


def _direction(detail: dict[str, int]) -> str:
    return "back" if detail.get("amount", 0) < 0 else "forward"


_ROWS = {
    "first": "the first session",
    "new_boot": "a new boot",
    "new_pid1": "a new container on the same machine",
    "snapshot": "the machine was restored from a snapshot",
    "copied": "a copy of another tracker's directory",
}
