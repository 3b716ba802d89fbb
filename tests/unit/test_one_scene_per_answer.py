"""One answer, one moment: the ledger is opened once, the clocks are read once, the locks are asked
once."""

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from codespace_tracker.cli.commands.watch.follow import Rest
from codespace_tracker.cli.commands.watch.picture import picture
from codespace_tracker.cli.program import program
from codespace_tracker.daemon import begin
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock, environment, liveness, lock
from codespace_tracker.machine.state_directory import prepare

ONCE = {"ledger": 1, "clocks": 1, "locks": 1}


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[str]:
    """A state directory with a session, and somebody who holds the daemon's lock."""
    path = str(tmp_path / "state")
    prepare(path)
    with contextlib.closing(Ledger.open_writer(os.path.join(path, NAME))) as ledger:
        begin.begin(ledger, clock.read(), environment.cores, environment.detect({}))
        held = lock.acquire(os.path.join(path, lock.DAEMON_LOCK), "0.1.0")
        assert held is not None
        lock.say_up(held, "0.1.0")
        (tmp_path / "state" / "trigger_config.json").write_text('{"triggers": []}')
        yield path
        os.close(held)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> "Counter[str]":
    """How often each was asked."""
    counted: Counter[str] = Counter()

    def counting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any, **named: Any) -> Any:
            counted[name] += 1
            return function(*arguments, **named)

        return count

    monkeypatch.setattr(Ledger, "open_reader", counting("ledger", Ledger.open_reader))
    monkeypatch.setattr(clock, "read", counting("clocks", clock.read))
    monkeypatch.setattr(liveness, "holders", counting("locks", liveness.holders))
    return counted


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["status", "--json"],
        ["quota"],
        ["quota", "--json"],
        ["triggers"],
        ["triggers", "list", "--json"],
        ["sessions"],
        ["report"],
        ["page", "--output", "-"],
        ["usage"],
        ["usage", "show", "--by", "day"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_a_command_shows_one_moment(
    words: list[str], directory: str, asked: "Counter[str]"
) -> None:
    shown = CliRunner().invoke(program, [*words, "--dir", directory])
    assert shown.exit_code in (0, 1), shown.output
    assert shown.output
    assert asked == ONCE, shown.output


def test_a_picture_of_watch_shows_one_moment(directory: str, asked: "Counter[str]") -> None:
    assert "Session" in "\n".join(picture(directory, (80, 24), Rest(60, 60)))
    assert asked == ONCE


def test_the_log_of_a_trigger_reads_one_moment_of_the_ledger(
    directory: str, asked: "Counter[str]"
) -> None:
    shown = CliRunner().invoke(program, ["triggers", "log", "--dir", directory])
    assert shown.exit_code == 0, shown.output
    assert asked["ledger"] == 1
