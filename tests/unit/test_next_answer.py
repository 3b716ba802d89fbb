"""What has just happened is in the very next answer, with and without click: nothing is
remembered, the ledger is opened each time."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.histories import History, make

import codespace_tracker
from codespace_tracker.cli import frame
from codespace_tracker.cli.program import called
from codespace_tracker.config.configuration import Configuration, Loaded, Settings
from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Reading
from codespace_tracker.daemon import begin
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger, StoredConfiguration
from codespace_tracker.machine import clock, environment, liveness
from codespace_tracker.machine.liveness import Running
from codespace_tracker.machine.lock import Holder

SOURCE = os.path.dirname(os.path.dirname(codespace_tracker.__file__))
MIDNIGHT = 20_800 * DAY_US
HOLDING = """
import os, sys, time
from codespace_tracker.machine import lock
for name in (lock.KEEPER_LOCK, lock.DAEMON_LOCK):
    held = lock.acquire(os.path.join(sys.argv[1], name), "0.2.0")
    lock.say_up(held, "0.2.0")
print(flush=True)
time.sleep(1000)
"""


class Answer(NamedTuple):
    """What a command printed, and its exit code."""

    text: str
    code: int


Ask = Callable[..., Answer]


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    """The clocks stand still, one minute before midnight of UTC, as a container starts."""
    now = clock.read()
    now = now._replace(wall_us=MIDNIGHT - MINUTE_US, pid1_start_us=now.boot_us)
    monkeypatch.setattr(clock, "read", lambda: now)
    return now


def later(monkeypatch: pytest.MonkeyPatch, reading: Reading, us: int) -> None:
    """All clocks go on, and stand still again."""
    now = reading._replace(
        wall_us=reading.wall_us + us,
        mono_us=reading.mono_us + us,
        boot_us=reading.boot_us + us,
    )
    monkeypatch.setattr(clock, "read", lambda: now)


@pytest.fixture
def directory(tmp_path: Path, reading: Reading) -> str:
    """A state directory with a few sessions, of which the last has begun now."""
    path = str(tmp_path / "state")
    make(path, History(sessions=3), reading.wall_us - 3 * DAY_US)
    put_in_force(path, Zone("UTC", ((0, 0),)))
    with Ledger.open_writer(os.path.join(path, NAME)) as ledger:
        begin.begin(ledger, reading, environment.cores, environment.detect({}))
    return path


@pytest.fixture
def ask(directory: str, capfd: pytest.CaptureFixture[str]) -> Ask:
    """Ask with plain arguments, and see that click answers the same."""

    def asked(*words: str) -> Answer:
        capfd.readouterr()
        both = []
        for way in (frame.run, called):
            code = way([*words, "--dir", directory])
            both.append(Answer(capfd.readouterr().out, code))
        assert both[0] == both[1]
        return both[0]

    return asked


def put_in_force(directory: str, zone: Zone) -> None:
    """Put a configuration with a time zone into force, as the daemon does."""
    configuration = Configuration(Settings(time_zone=zone.name), zone, ())
    with Ledger.open_writer(os.path.join(directory, NAME)) as ledger, ledger.transaction():
        ledger.store_configuration(
            StoredConfiguration(configuration.to_json(), Loaded(configuration, ()).to_json())
        )


@contextmanager
def tracker(directory: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the locks, as a keeper and a daemon do."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, directory], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "\n"
        try:
            yield process
        finally:
            process.kill()


def test_that_the_tracker_was_killed(ask: Ask, directory: str) -> None:
    with tracker(directory) as process:
        assert ask("status").text.startswith("● running")
        assert ask("status", "--json").code == 0
        assert ask("prompt") == Answer("0s (today 0s)\n", 0)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert ask("status").text.startswith("○ NOT RUNNING")
        shown = ask("status", "--json")
        assert (shown.code, json.loads(shown.text)["running"]) == (1, False)
        assert ask("prompt") == Answer("not running: 0s (today 0s)\n", 1)


def test_that_sessions_were_imported(ask: Ask, directory: str, tmp_path: Path) -> None:
    before = json.loads(ask("status", "--json").text)["total"]
    other = str(tmp_path / "other")
    make(other, History(sessions=5), MIDNIGHT - 30 * DAY_US)  # three have the ids of ours
    assert called(["import", other, "--dir", directory]) == 0
    after = json.loads(ask("status", "--json").text)["total"]
    assert after["session_count"] == before["session_count"] + 2
    assert after["running_us"] > before["running_us"]
    assert f"{after['session_count']} sessions" in ask("status").text
    assert len(json.loads(ask("sessions", "--json").text)) == after["session_count"]


def test_that_midnight_is_over(
    ask: Ask, directory: str, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tracker(directory):
        later(monkeypatch, reading, 59 * SECOND_US)
        assert json.loads(ask("status", "--json").text)["today"]["running_us"] == 59 * SECOND_US
        later(monkeypatch, reading, 63 * SECOND_US)
        today = json.loads(ask("status", "--json").text)["today"]
        assert (today["running_us"], today["date"]) == (3 * SECOND_US, "2026-12-13")
        assert "13 Dec 2026 (UTC)" in ask("status").text
        assert ask("prompt").text == "1m (today 3s)\n"
    later(monkeypatch, reading, 25 * HOUR_US)
    assert ask("prompt").text == "not running: 0s (today 0s)\n"


def test_that_the_files_were_edited(ask: Ask, directory: str) -> None:
    put_in_force(directory, Zone("Asia/Kolkata", ((0, 19_800),)))
    assert "(Asia/Kolkata)" in ask("status").text
    assert json.loads(ask("status", "--json").text)["today"]["time_zone"] == "Asia/Kolkata"
    Path(directory, "trigger_config.json").write_text(
        '[{"label": "a", "script_command": "true", "conditions": {"every_minutes": 5}}]'
    )
    assert "trigger_config.json were edited" in ask("triggers").text
    assert "trigger_config.json" in ask("quota").text


def test_that_the_disk_is_full(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs

    def full(path: str) -> os.statvfs_result:
        return os.statvfs_result([*real(path)[:6], 0, 0, *real(path)[8:]])

    assert json.loads(ask("status", "--json").text)["problems"] == []
    monkeypatch.setattr(os, "statvfs", full)
    assert "no inodes left" in " ".join(ask("status").text.split())
    [problem] = json.loads(ask("status", "--json").text)["problems"]
    assert "no inodes left" in problem


def test_that_another_container_has_begun(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask("status").code == 1
    there = Holder(7, "0.2.0", is_up=True, is_elsewhere=True)
    monkeypatch.setattr(liveness, "holders", lambda _: Running(there, there))
    assert ask("status").text.startswith("● running in another container")
    shown = ask("status", "--json")
    assert (shown.code, json.loads(shown.text)["elsewhere"]) == (0, True)
    assert ask("prompt").code == 0
    assert "is already running, in another container" in ask("ensure").text


def test_an_idle_ensure_says_that_the_tracker_runs(ask: Ask, directory: str) -> None:
    with tracker(directory):
        assert ask("ensure") == Answer("The tracker is already running.\n", 0)
        assert ask("ensure", "--quiet") == Answer("", 0)


@pytest.mark.parametrize("words", [["status"], ["status", "--json"], ["prompt"]], ids=" ".join)
def test_the_ledger_is_opened_for_each_answer(words: list[str], directory: str) -> None:
    """By what the kernel saw. No other file is written that could remember an answer."""
    assert shutil.which("strace") is not None, "strace is missing: apt-get install strace"
    launcher = (
        "import sys; sys.path.append(sys.argv.pop(1)); "
        "from codespace_tracker.cli import main; main()"
    )
    traced = subprocess.run(
        [
            *("strace", "-qq", "-f", "-e", "trace=open,openat,creat,rename,renameat,renameat2"),
            *(sys.executable, "-I", "-S", "-B", "-c", launcher, SOURCE, *words, "--dir", directory),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert traced.stdout
    calls = [line for line in traced.stderr.splitlines() if " = -1 " not in line]
    ledger = os.path.join(directory, NAME)
    assert any(f'"{ledger}", O_RDONLY' in call for call in calls), traced.stderr
    writing = [call for call in calls if "O_WRONLY" in call or "O_RDWR" in call or "rename" in call]
    assert all(f'"{ledger}-' in call for call in writing), writing  # SQLite's log and its index


def test_the_prompt_of_the_readme_shows_the_line_and_starts_no_process(
    directory: str, tmp_path: Path
) -> None:
    readme = (Path(SOURCE).parent / "README.md").read_text()
    lines = [line.strip() for line in readme.splitlines() if "    P" in line and "runs" in line]
    assert [line.partition("=")[0] for line in lines] == ["PROMPT_COMMAND", "PS1"]
    script = tmp_path / "prompt.sh"
    shown = 'eval "$PROMPT_COMMAND"; printf "%s\\n" "${PS1@P}"'
    script.write_text(
        "\n".join(["PS1='$ '", *lines, shown]).replace("/workspaces/.codespace-tracker", directory)
    )
    words = ["strace", "-qq", "-f", "-e", "trace=clone,clone3,fork,vfork", "bash", str(script)]
    Path(directory, "prompt.txt").write_text("12m (today 3h 05m)\n")
    with_file = subprocess.run(words, capture_output=True, text=True, check=True)
    assert (with_file.stdout, with_file.stderr) == ("[12m (today 3h 05m)] $ \n", "")
    Path(directory, "prompt.txt").unlink()
    without = subprocess.run(words, capture_output=True, text=True, check=True)
    assert (without.stdout, without.stderr) == ("[] $ \n", "")
