"""`watch` in a real terminal: what it shows, that it rests, and that it leaves the terminal as it
was."""

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker, wait_until
from tests.integration.terminal import PseudoTerminal

from codespace_tracker.cli import show

ENTER = "\x1b[?1049h"
TRIGGERS = [
    {
        "label": "Long job",
        "script_command": "sleep 30",
        "conditions": {"minute_runtime_minutes": 0},
    },
    {
        "label": "Broken",
        "script_command": "exit 3",
        "retries": 0,
        "conditions": {"minute_runtime_minutes": 0},
    },
    {"label": "Back up 日本", "script_command": "true", "conditions": {"every_minutes": 120}},
    *(
        {
            "label": f"Trigger {n}",
            "script_command": "true",
            "conditions": {"total_runtime_hours": 10_000 + n},
        }
        for n in range(40)
    ),
]


@pytest.fixture
def busy(tracker: RealTracker) -> RealTracker:
    """A tracker with triggers, of which one runs and one has failed."""
    tracker.be_in_codespace()
    tracker.verb("init")
    (tracker.directory / "trigger_config.json").write_text(json.dumps(TRIGGERS))
    tracker.verb("start")
    tracker.verb("notice", "deploy is done")
    states = "SELECT label, state FROM occurrence ORDER BY label"
    wait_until(
        lambda: tracker.read(states) == [("Broken", "failed"), ("Long job", "running")],
        "both have begun",
    )
    return tracker


@pytest.fixture
def watching(busy: RealTracker) -> Iterator[PseudoTerminal]:
    with PseudoTerminal(busy.command("watch"), busy.environment()) as terminal:
        terminal.until(ENTER)
        terminal.until("q quits")
        yield terminal


def patient(tracker: RealTracker, seconds: float) -> list[str]:
    """The program of `watch`, with another limit than whole minutes."""
    program = (
        f"from codespace_tracker.cli.commands.watch import run; run({str(tracker.directory)!r}, "
        f"{seconds})"
    )
    return [sys.executable, "-c", program]


def test_it_shows_session_month_triggers_and_runs_on_one_screen(busy: RealTracker) -> None:
    for columns, rows in ((80, 24), (120, 40), (50, 24), (30, 8)):
        with PseudoTerminal(busy.command("watch"), busy.environment(), columns, rows) as terminal:
            lines = terminal.lines(terminal.until("q quits"))
            assert len(lines) <= rows, lines
            assert all(show.width(line) <= columns for line in lines), lines
            text = "\n".join(lines)
            assert "Session 1" in text
            if rows >= 24:
                assert re.search(r"Long job +running for \d+s", text)
            if columns >= 80:
                assert "of 120 core-hours used" in text
                assert re.search(r"✗ +Broken +failed", text)
                assert "· deploy is done" in text
                assert re.search(r"and \d+ more", text)


@pytest.mark.parametrize("key", ["q", "\x1b", "\x03"], ids=["q", "Esc", "Ctrl-C"])
def test_it_ends_at_a_key_with_the_terminal_as_it_was(watching: PseudoTerminal, key: str) -> None:
    assert not watching.is_as_before
    watching.type(key)
    assert watching.ended() == 0
    assert watching.is_as_before
    assert "Traceback" not in watching.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_the_terminal_as_it_was(
    watching: PseudoTerminal, number: signal.Signals
) -> None:
    watching.process.send_signal(number)
    assert watching.ended() == 128 + number
    assert watching.is_as_before


def test_a_mistake_of_ours_leaves_the_terminal_as_it_was(busy: RealTracker, tmp_path: Path) -> None:
    program = (
        "import codespace_tracker.cli.commands.watch.picture as p, codespace_tracker.cli as c\n"
        "p._head = lambda *_: 1 / 0\nc.main()"
    )
    command = [sys.executable, "-c", program, "watch", "--dir", str(busy.directory)]
    with PseudoTerminal(command, busy.environment(TMPDIR=str(tmp_path))) as terminal:
        assert terminal.ended() == 3
        assert terminal.is_as_before
        assert "a bug in codespace-tracker" in terminal.said.rpartition("\x1b[?1049l")[2]


def test_it_rests_without_a_key_prints_nothing_then_and_goes_on_at_one(busy: RealTracker) -> None:
    with PseudoTerminal(patient(busy, 3.0), busy.environment()) as terminal:
        terminal.until("q quits")
        assert "Any key continues" in " ".join(terminal.lines(terminal.until("q quits.")))
        statistics = Path(f"/proc/{terminal.process.pid}/schedstat")

        def rests() -> bool:
            before = statistics.read_text().split()[2]
            return terminal.read(3.0) == "" and statistics.read_text().split()[2] == before

        wait_until(rests, "it prints nothing for three seconds, and is not even awake")
        terminal.type(" ")
        assert "pauses after" in terminal.until("without a key")
        terminal.type("q")
        assert terminal.ended() == 0


def test_another_size_is_drawn_at_once(watching: PseudoTerminal) -> None:
    def fits() -> bool:
        lines = watching.lines(watching.until("q quits"))
        return len(lines) <= 12 and all(len(line) <= 40 for line in lines)

    watching.resize(40, 12)
    wait_until(fits, "it is drawn for the new size")


def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again(busy: RealTracker) -> None:
    shell = ["bash", "--norc", "--noediting", "-i"]
    with PseudoTerminal(shell, busy.environment(PS1="$ ")) as terminal:
        words = " ".join(f"'{word}'" for word in busy.command("watch"))
        terminal.type(f"{words}\n")
        terminal.until("q quits")
        terminal.type("\x1a")
        assert "\x1b[?1049l" in terminal.until("Stopped")
        terminal.type("echo $((6 * 7))\n")
        terminal.until("42")
        terminal.type("fg\n")
        terminal.until(ENTER)
        terminal.until("q quits")
        terminal.type("q")
        terminal.until("$ ")
        terminal.type("echo $((7 * 8))\n")
        terminal.until("56")


def test_without_a_terminal_it_says_what_to_take_instead(tracker: RealTracker) -> None:
    assert "watch needs a terminal. Fix:" in tracker.verb("watch", code=1).stderr
    with PseudoTerminal(tracker.command("watch"), tracker.environment(TERM="dumb")) as terminal:
        assert terminal.ended() == 1
        assert "cannot show a dashboard" in terminal.said
    with PseudoTerminal(tracker.command("watch"), tracker.environment()) as terminal:
        assert terminal.ended() == 1
        assert "Fix: `codespace-tracker start`" in terminal.said
        assert ENTER not in terminal.said


def test_colours_are_left_out_where_nobody_wants_them(busy: RealTracker) -> None:
    with PseudoTerminal(busy.command("watch"), busy.environment(NO_COLOR="1")) as terminal:
        terminal.until("q quits")
        assert not re.search(r"\x1b\[[0-9;]*\b(3[0-7]|9[0-7])[;m]", terminal.said)
        assert "\x1b[1mrunning\x1b[0m" in terminal.said, "bold is no colour"


def test_a_ledger_that_cannot_be_read_for_a_while_is_told_and_it_goes_on(busy: RealTracker) -> None:
    busy.verb("stop")
    with PseudoTerminal(busy.command("watch"), busy.environment()) as terminal:
        terminal.until("NOT RUNNING")
        os.rename(busy.directory / "ledger.db", busy.directory / "away.db")
        terminal.until("there is no ledger")
        os.rename(busy.directory / "away.db", busy.directory / "ledger.db")
        terminal.until("NOT RUNNING")
        terminal.type("q")
        assert terminal.ended() == 0
