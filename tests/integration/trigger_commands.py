"""The commands of `triggers`, called beside a real tracker, and what they print."""

import json
import os
import pty
import re
import select
import time
from pathlib import Path
from typing import Any

from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, wait_until

EVERY = {"every_minutes": 100_000}


AT_ONCE = {"minute_runtime_minutes": 0}


def trigger(label: str, command: str = "true", **fields: Any) -> dict[str, Any]:
    return {"label": label, "script_command": command, "conditions": EVERY, **fields}


def config(tracker: RealTracker) -> Path:
    return tracker.directory / "trigger_config.json"


def started(tracker: RealTracker, *triggers: dict[str, Any]) -> None:
    """The tracker, with these triggers in force."""
    tracker.verb("init")
    config(tracker).write_text(json.dumps(list(triggers)))
    tracker.verb("start")
    labels = [one["label"] for one in triggers]
    wait_until(
        lambda: [one["label"] for one in listing(tracker)] == labels, "the triggers are in force"
    )


def listing(tracker: RealTracker) -> list[dict[str, Any]]:
    """What `triggers --json` says."""
    found: list[dict[str, Any]] = json.loads(tracker.verb("triggers", "--json").stdout)
    return found


def listed(tracker: RealTracker) -> dict[str, dict[str, Any]]:
    """What `triggers --json` says, by flag."""
    return {one["flag"]: one for one in listing(tracker)}


def last_state(tracker: RealTracker, flag: str) -> str:
    last = listed(tracker)[flag]["last"]
    return str(last["state"]) if last else ""


def out(tracker: RealTracker, *words: str, code: int = 0) -> str:
    return tracker.verb("triggers", *words, code=code).stdout


def err(tracker: RealTracker, *words: str, code: int = 1) -> str:
    return tracker.verb("triggers", *words, code=code).stderr


def dialogue(tracker: RealTracker, words: list[str], answers: dict[str, list[str]]) -> str:
    """What a terminal of 80 columns shows while a person answers; each answer is given when its
    question is seen."""
    pid, terminal = pty.fork()
    if pid == 0:
        command = tracker.command(*words)
        os.execve(command[0], command, tracker.environment(TERM="xterm", COLUMNS="80"))
    text, seen = "", 0
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        ready, _, _ = select.select([terminal], [], [], 0.1)
        try:
            text += os.read(terminal, 65536).decode() if ready else ""
        except OSError:
            break
        for question, left in answers.items():
            found = re.search(question, text[seen:])
            if found and left and text.rstrip(" ").endswith(":"):
                seen = len(text)
                os.write(terminal, f"{left.pop(0)}\n".encode())
                break
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, text
    return text
