"""The commands that prompts, hooks and scripts call are as quick as what they import is small; and
they print the same with and without click."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.histories import History, make

import codespace_tracker
from codespace_tracker.cli import frame
from codespace_tracker.cli.program import called, program
from codespace_tracker.config.configuration import FILES, Configuration, Loaded, Problem, Settings
from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.core.notice_text import Notice
from codespace_tracker.core.trigger import Edge, Level, Script, Trigger
from codespace_tracker.daemon import begin
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger, StoredConfiguration
from codespace_tracker.machine import clock, environment, lock, stopped
from codespace_tracker.machine.files import stamp

DEAR = {
    *("click", "typing", "re", "json", "datetime", "dataclasses", "inspect", "sqlite3"),
    *("zoneinfo", "contextlib", "enum", "signal", "tempfile", "traceback"),
    *("shlex", "textwrap", "locale", "unicodedata", "runpy", "resource", "pydantic"),
}
"""What takes long to import, and what brings such a module along. Not `functools` and what that
imports (in some versions `collections.abc` too): SQLite's module in C asks for it."""

SOURCE = os.path.dirname(os.path.dirname(codespace_tracker.__file__))
# without `site`, which may import anything for the sake of other packages
PROGRAM = (
    "import sys; sys.path.append(sys.argv.pop(1)); from codespace_tracker.cli.frame import run; "
    "code = run(sys.argv[1:]); print(*sys.modules, file=sys.stderr); sys.exit(code)"
)
ASKED = [
    [command, *flags]
    for command in ("status", "sessions", "quota", "triggers")
    for flags in ([], ["--json"])
] + [["prompt"]]
TRIGGERS = (
    Trigger(
        "Save it",
        "save_it",
        (Level("session", 8 * HOUR_US), Level("month", 90 * HOUR_US)),
        None,
        "session",
        Script("true", ("sh", "-c"), "", "", "", (), MINUTE_US),
        fingerprint="1",
    ),
    Trigger(
        "It's every hour",
        "trigger_1",
        (),
        Edge("every", HOUR_US),
        "edge",
        Script("true", ("sh", "-c"), "", "", "", (("A", "b"),), MINUTE_US),
        fingerprint="2",
    ),
    Trigger(
        "Idle",
        "idle",
        (),
        Edge("idle", HOUR_US),
        "edge",
        Script("true", ("sh", "-c"), "", "", "", (), MINUTE_US),
        fingerprint="3",
    ),
)
DRAWN = """{"problems": ["one of the daemon's"], "triggers": {"counts": {}, "running": [
    {"label": "Idle", "flag": "idle", "attempt": 1, "started_at": "2026-11-25T01:00:00.000+00:00"}],
  "next": [{"label": "It's every hour", "flag": "trigger_1", "due_in_us": 1,
            "due_at": "2126-11-25T01:00:00.000+00:00", "clock": "running"}],
  "last": [{"label": "It's every hour", "flag": "trigger_1", "attempt": 1, "result": "failed",
            "started_at": "2026-11-25T01:00:00.000+00:00",
            "ended_at": "2026-11-25T01:00:00.000+00:00"}]}}"""


@pytest.fixture(params=["running", "not running"])
def directory(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A state directory with a history, triggers, notices, problems, a crash, a zone that is not
    UTC; and with a tracker that seems to run, or none."""
    path = str(tmp_path / "state")
    now = clock.read()
    make(path, History(sessions=30), now.wall_us - 3 * 24 * HOUR_US)
    zone = Zone("Asia/Kolkata", ((0, 19_800),))
    configuration = Configuration(Settings(time_zone=zone.name), zone, TRIGGERS)
    problem = Problem("config.toml", "plan", 3, 1, "is not one.", "leave it out.")
    said = f"{zone.iso(now.wall_us)[:4]}-01-01T00:00:00Z [1] crashed: one\n  a line of it\n"
    (tmp_path / "state" / "debug.log").write_text(said)
    (tmp_path / "state" / "status.json").write_text(DRAWN)
    (tmp_path / "state" / "flags" / "by_hand").write_text("")
    with contextlib.closing(Ledger.open_writer(os.path.join(path, NAME))) as ledger:
        with ledger.transaction():
            ledger.store_configuration(
                StoredConfiguration(
                    configuration.to_json(), Loaded(configuration, (problem,)).to_json()
                )
            )
            Notices(ledger).give(
                "a", Notice("Soon it is full. " * 12, now.wall_us, now.wall_us * 2)
            )
        if request.param == "not running":
            yield path
            return
        begin.begin(ledger, now, environment.cores, environment.detect({}))
        held = lock.acquire(os.path.join(path, lock.DAEMON_LOCK), "0.1.0")
        assert held is not None
        lock.say_up(held, "0.1.0")
        yield path
        os.close(held)


def look_at_files(directory: str) -> None:
    """Have the ledger say that the files are as they were looked at last: those that were edited
    since are read, which takes as long as they do."""
    with Ledger.open_writer(os.path.join(directory, NAME)) as ledger, ledger.transaction():
        stored = ledger.stored_configuration()
        assert stored is not None
        loaded = Loaded.from_json(stored.problems)._replace(
            stamps=tuple(stamp(os.path.join(directory, name)) for name in FILES)
        )
        ledger.store_configuration(stored._replace(problems=loaded.to_json()))


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_status_imports_nothing_that_takes_long(words: list[str], directory: str) -> None:
    look_at_files(directory)
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROGRAM, SOURCE, *words, "--dir", directory],
        capture_output=True,
        text=True,
    )
    assert found.stdout, found.stderr
    modules = set(found.stderr.split())
    assert "codespace_tracker.views.scene" in modules
    assert modules & DEAR == set()


def test_an_idle_ensure_imports_neither_a_ledger_nor_what_takes_long(directory: str) -> None:
    reading = clock.read()
    stopped.remember(directory, reading)
    found = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROGRAM, SOURCE, "ensure", "--dir", directory],
        capture_output=True,
        text=True,
    )
    assert "You stopped the tracker" in found.stdout, found.stderr
    assert set(found.stderr.split()) & {*DEAR, "_sqlite3", "shutil"} == set()


@pytest.mark.parametrize("columns", ["", "20", "80", "120"])
@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_status_prints_the_same_with_and_without_click(
    words: list[str],
    columns: str,
    directory: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    reading = clock.read()
    monkeypatch.setattr(clock, "read", lambda: reading)
    monkeypatch.setenv("COLUMNS", columns)
    words = [*words, "--dir", directory]
    codes = frame.run(words), called(words)
    printed = capfd.readouterr().out
    assert printed
    assert codes[0] == codes[1]
    assert printed[: len(printed) // 2] * 2 == printed


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["status"], ("status", None, False)),
        (["status", "--json"], ("status", None, True)),
        (["status", "--dir", "a", "--json"], ("status", "a", True)),
        (["status", "--json", "--dir", ""], ("status", "", True)),
        (["status", "--dir", "a", "--dir", "b"], ("status", "b", False)),
        (["sessions", "--json"], ("sessions", None, True)),
        (["quota"], ("quota", None, False)),
        (["triggers", "--json"], ("triggers", None, True)),
        (["ensure", "--quiet", "--dir", "a"], ("ensure", "a", True)),
        (["status", "--help"], None),
        (["status", "-h"], None),
        (["status", "--js"], None),
        (["status", "--dir"], None),
        (["status", "--dir", "--json"], None),
        (["status", "--dir=a"], None),
        (["status", "more"], None),
        (["--help", "status"], None),
        (["sessions", "--limit", "3"], None),
        (["quota", "--plan", "pro"], None),
        (["triggers", "list"], None),
        (["prompt", "--dir", "a"], ("prompt", "a", False)),
        (["prompt", ""], None),
        (["prompt", "--json"], None),
        (["ensure", "--json"], None),
        (["ensure", "--shell-hook"], None),
        (["report"], None),
        ([], None),
    ],
)
def test_only_plain_arguments_go_around_click(
    words: list[str], expected: tuple[str, str | None, bool] | None
) -> None:
    assert frame.plain(words, {}) == expected
    assert frame.plain(words, {"_CODESPACE_TRACKER_COMPLETE": "bash_source"}) is None


@pytest.mark.parametrize(
    ("command", "module", "flag"),
    [
        ("status", "status", "--json"),
        ("sessions", "sessions", "--json"),
        ("quota", "quota", "--json"),
        ("triggers", "triggers.list", "--json"),
    ],
)
def test_click_takes_the_plain_arguments_for_the_same(
    command: str, module: str, flag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[tuple[str, str | None, bool]] = []

    def answer(dir_: str | None, has_flag: bool, *_: object) -> int:
        taken.append((command, dir_, has_flag))
        return 0

    monkeypatch.setattr(f"codespace_tracker.cli.commands.{module}.answer", answer)
    for words in (["--dir", "a", flag], [flag, "--dir", ""], ["--dir", "a", "--dir", "b"]):
        assert CliRunner().invoke(program, [command, *words]).exit_code == 0
        assert frame.plain([command, *words], {}) == taken[-1]


LAUNCHER = (
    "import sys; sys.path.append(sys.argv.pop(1)); from codespace_tracker.cli import main; main()"
)
"""What the launcher of set-up has Python do (install/setup.sh)."""


def test_other_commands_of_the_launcher_have_site_and_its_prefix(directory: str) -> None:
    program = f"import atexit, sys; atexit.register(lambda: print(sys.prefix)); {LAUNCHER}"
    words = [sys.executable, "-I", "-S", "-c", program, SOURCE, "log", "--dir", directory]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == sys.prefix
    assert "30" in done.stdout


def test_set_up_and_the_feature_call_python_as_these_tests_do() -> None:
    root = Path(__file__).parents[2]
    for name in (
        "src/codespace_tracker/install/setup.sh",
        "feature/src/codespace-tracker/install.sh",
    ):
        assert LAUNCHER in (root / name).read_text()
