"""A state directory that has seen everything that release 0.1.0 could do, made by that release
itself."""

import json
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tests.integration.real_tracker import wait_until
from tests.upgrade.machine import Codespace
from tests.upgrade.release import VERSION

USERS_FLAG = "users_own"
OPEN = "SELECT count(*) FROM occurrence WHERE state IN ('queued', 'running')"

CONFIG = """\
time_zone = "Europe/Berlin"
heartbeat_seconds = 1
plan = "free"
reset_day = 15
runs_at_once = 8
output_limit_mib = 2
runs_kept = 50
stop_grace_seconds = 3
watch_minutes = 9
metrics = true
"""
"""Every setting of 0.1.0."""


def triggers(lines: Path) -> list[dict[str, Any]]:
    """Triggers of every kind, with every field. Each run writes a line."""
    script = (
        'echo "$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT" '
        f">>{lines}"
    )

    def one(
        label: str, *, command: str = script, fields: dict[str, Any] | None = None, **when: Any
    ) -> dict[str, Any]:
        return {"label": label, "script_command": command, "conditions": when, **(fields or {})}

    everything = {
        "cwd": "/",
        "flag_name": "all_fields",
        "repeat": "day",
        "timeout_minutes": 5,
        "retries": 2,
        "retry_delay_seconds": 20,
        "env": {"COLOUR": "green"},
        "shell": "bash -c",
        "enabled": True,
        "catch_up": False,
    }
    download = {"script_url": "https://example.org/x.sh", "sha256": "0" * 64, "enabled": False}
    return [
        one("Each session", minute_runtime_minutes=0),
        one("Each session, by the other name", current_session_minutes=0),
        one("Once ever", total_runtime_minutes=0),
        one("Hours ever", total_runtime_hours=0.0001),
        one("Today", today_runtime_hours=0.0001, fields=everything),
        one("This month", month_core_hours=1),
        one("Half of the quota", quota_percent=50),
        one("Not mine to run", minute_runtime_minutes=0, fields={"flag_name": USERS_FLAG}),
        one("Every ten hours", every_minutes=600),
        one("At new year", at="0 12 1 1 *"),
        one("Idle for long", idle_minutes=600),
        one("At each start", event="session_start"),
        one("After a loss", event="session_recovered"),
        one("Fails", minute_runtime_minutes=0, command=f"{script}; exit 3", fields={"retries": 0}),
        one("Rests", minute_runtime_minutes=0, fields=download),
    ]


def originals(folder: Path, now: datetime) -> Path:
    """The files of the original tool: a session that ended, and one that it recovered."""
    folder.mkdir()
    first, second = now - timedelta(days=20), now - timedelta(days=10)
    entry = {"end_time": None, "recovered": False, "date": f"{first:%Y-%m-%d}"}
    logs = [
        {**entry, "session_id": "a", "start_time": f"{first:%FT%T}", "duration_minutes": 30}
        | {"end_time": f"{first + timedelta(minutes=30):%FT%T}"},
        {**entry, "session_id": "b", "start_time": f"{second:%FT%T}", "duration_minutes": 20}
        | {"end_time": f"{second + timedelta(hours=3):%FT%T}", "recovered": True},
    ]
    (folder / "session_logs.json").write_text(json.dumps(logs))
    return folder


def usage_report(path: Path, now: datetime) -> Path:
    """GitHub's report of today: 64 core-hours, 53 % of what a free plan includes, and storage."""
    head = (
        "date,product,sku,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,net_amount,"
        "organization,repository,cost_center_name"
    )
    day = f"{now:%Y-%m-%d}"
    lines = [
        head,
        f"{day},codespaces,codespaces_compute_d32,2,hours,2.88,5.76,5.76,0,,octocat/hello,",
        f"{day},codespaces,codespaces_storage,0.5,gigabyte-hours,0.07,0.035,0.035,0,,octocat/hello,",
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def settled(codespace: Codespace, done: int) -> None:
    """Wait until so many occurrences are there and nothing is under way."""
    count = "SELECT count(*) FROM occurrence"
    wait_until(lambda: codespace.read(count)[0][0] >= done, f"{done} occurrences")
    wait_until(lambda: codespace.read(OPEN) == [(0,)], "nothing is under way")


def make(codespace: Codespace) -> None:
    """Three lives of 0.1.0; the third goes on, with a run that lasts and a retry that waits, and is
    shown as it is."""
    folder, now = codespace.folder, datetime.now(timezone.utc)
    codespace.boot(1)
    codespace.verb("init", "--shell-hook")
    (codespace.directory / "config.toml").write_text(CONFIG)
    (codespace.directory / "trigger_config.json").write_text(
        json.dumps({"triggers": triggers(folder / "lines")})
    )
    (codespace.directory / "flags" / USERS_FLAG).write_text("mine\n")
    codespace.verb("start")
    codespace.verb("quota", "--warn")
    codespace.verb("usage", "import", str(usage_report(folder / "report.csv", now)))
    codespace.verb("import", str(originals(folder / "original", now)))
    fired = (
        "SELECT count(*) FROM occurrence WHERE state='succeeded' AND label='Quota warning at 50 %'"
    )
    wait_until(lambda: codespace.read(fired) == [(1,)], "the quota warning has fired")
    settled(codespace, 10)
    codespace.signal("keeper.lock", "TERM")  # as the engine that stops a container
    codespace.kill()
    codespace.boot(2)
    codespace.verb("start")
    settled(codespace, 14)
    codespace.kill()
    codespace.boot(3)
    codespace.verb("start")
    settled(codespace, 19)
    codespace.verb("notice", "hello", "there")
    lock, lines = codespace.directory / "daemon.lock", folder / "lines"
    line = (
        'echo "$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_SESSION_ID $CODESPACE_TRACKER_ATTEMPT" '
        f">>{lines}"
    )
    hold = f"{line}; env >{folder}/variables; while [ ! -e {folder}/over ]; do sleep 0.1; done"
    codespace.verb("triggers", "add", "--label", "Lasts", "--after", "0", "--command", hold)
    fails = f"{line}; ! grep -q ' {VERSION} ' {lock} && env >{folder}/variables-now"
    text = json.loads((codespace.directory / "trigger_config.json").read_text())
    text["triggers"].append(
        {"label": "Waits", "script_command": fails, "conditions": {"minute_runtime_minutes": 0}}
        | {"retries": 9, "retry_delay_seconds": 2}
    )
    (codespace.directory / "trigger_config.json").write_text(json.dumps(text))
    waits = "SELECT count(*) FROM occurrence WHERE label='Waits' AND state='waiting'"
    wait_until(lambda: codespace.read(waits) == [(1,)], "a retry waits")


def await_long_wait(codespace: Codespace) -> int:
    """Wait until the next retry is at least two seconds away; how many attempts there were."""
    left = (
        "SELECT o.attempts, o.retry_us - t.before_us - s.running_us FROM occurrence o, tracker t,"
        " session s WHERE o.label='Waits' AND o.state='waiting' AND s.number = (SELECT"
        " max(number) FROM session)"
    )
    until = time.monotonic() + 60
    while True:
        found = codespace.read(left)
        if found and found[0][1] > 2_000_000:
            return int(found[0][0])
        assert time.monotonic() < until, found
        time.sleep(0.05)
