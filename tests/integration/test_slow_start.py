"""How long a start is waited for: longer where the daemon is still coming up, as on a machine that
is busy."""

import sys
import threading
import time
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker, wait_until

from codespace_tracker.daemon import control
from codespace_tracker.machine import liveness


@pytest.fixture
def interpreter(tracker: RealTracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script in the place of the Python that the keeper starts; starts are waited for a short
    time at first."""
    tracker.verb("init", "--timezone", "UTC")
    monkeypatch.setattr(control, "_WAITING_SECONDS", 0.1)
    monkeypatch.setattr(control, "_START_SECONDS", 0.2)
    made = tmp_path / "python"
    monkeypatch.setattr(sys, "executable", str(made))
    return made


def put(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_daemon_that_comes_up_slowly_is_waited_for(
    tracker: RealTracker, interpreter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, python = interpreter.with_name("ready"), Path(sys.prefix) / "bin/python3"
    put(interpreter, f'while [ ! -e {ready} ]; do :; done; exec {python} "$@"')
    monkeypatch.setattr(control, "_SLOW_START_SECONDS", 120.0)
    outcomes: list[str] = []
    asking = threading.Thread(
        target=lambda: outcomes.append(control.ensure(str(tracker.directory), resume=True))
    )
    asking.start()
    wait_until(
        lambda: liveness.running(str(tracker.directory)).keeper is not None, "the keeper is there"
    )
    time.sleep(0.5)
    assert outcomes == [], "it is still waited for"
    ready.touch()
    asking.join(120)
    assert outcomes == ["started"]


def test_a_daemon_that_cannot_start_is_not_waited_for(
    tracker: RealTracker, interpreter: Path
) -> None:
    put(interpreter, "exit 3")
    began = time.monotonic()
    assert control.ensure(str(tracker.directory), resume=True) == "failed"
    assert time.monotonic() - began < control._SLOW_START_SECONDS / 2
