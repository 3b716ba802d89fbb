"""The bytes of presence in a meeting place: as the user chose, and gone when that is taken back."""

import json
import subprocess
from pathlib import Path

import pytest
from tests.codespaces import Codespace, bare_repository, branches

from codespace_tracker.config.configuration import Settings
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.presence import QUARTER_US, Part
from codespace_tracker.core.shared_presence import BY_DAY, BY_HOUR
from codespace_tracker.ledger import presence
from codespace_tracker.ledger.fleet import Fleet
from codespace_tracker.sync import state

DAY = parse_iso("2026-11-10T08:00:00Z")
NOW = DAY + DAY_US


@pytest.fixture
def place(tmp_path: Path) -> str:
    return bare_repository(tmp_path)


@pytest.fixture
def one(tmp_path: Path, place: str) -> Codespace:
    """Two hours on four cores, of which no one was there for half an hour."""
    made = Codespace(tmp_path, "one", NOW)
    made.ran(DAY, 2 * HOUR_US, 4)
    there = [Part(DAY + n * QUARTER_US, QUARTER_US, 0) for n in range(6)]
    alone = [Part(DAY + n * QUARTER_US, 0, QUARTER_US) for n in (6, 7)]
    with made.ledger() as ledger, ledger.transaction():
        presence.put(ledger, 1, (*there, *alone))
    made.join(place)
    return made


def told(one: Codespace, place: str, level: str) -> dict[str, str]:
    """All files there after a sync at a level."""
    one.settings = Settings(share_presence=level)
    assert one.sync().problem == ""
    branch = branches(place)[one.stream_id]

    def git(*words: str) -> str:
        command = ["git", "--git-dir", place, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    names = git("ls-tree", "-r", "--name-only", branch).split()
    return {name: git("show", f"{branch}:{name}") for name in names}


def test_by_default_nothing_of_it_is_there(one: Codespace, place: str) -> None:
    files = told(one, place, "no")
    assert set(files) == {"header.json", "2026-11.jsonl"}
    allowed = {"session_id", "revision", "ending", "spans"}
    [line] = map(json.loads, files["2026-11.jsonl"].splitlines())
    assert set(line) == allowed


def test_by_day_there_is_unattended_machine_time_alone(one: Codespace, place: str) -> None:
    files = told(one, place, BY_DAY)
    assert set(files) == {"header.json", "2026-11.jsonl", "2026-11.unattended.jsonl"}
    assert json.loads(files["2026-11.unattended.jsonl"]) == {
        "day": "2026-11-10",
        "unattended_us": HOUR_US // 2,
        "unattended_core_us": 2 * HOUR_US,
    }


def test_by_hour_each_hour_is_there(one: Codespace, place: str) -> None:
    lines = told(one, place, BY_HOUR)["2026-11.presence.jsonl"].splitlines()
    assert [(line["hour"], line["present_us"]) for line in map(json.loads, lines)] == [
        ("2026-11-10T08", HOUR_US),
        ("2026-11-10T09", HOUR_US // 2),
    ]


def test_what_is_taken_back_is_gone_from_the_branch(one: Codespace, place: str) -> None:
    assert "2026-11.presence.jsonl" in told(one, place, BY_HOUR)
    assert set(told(one, place, BY_DAY)) == {
        *("header.json", "2026-11.jsonl", "2026-11.unattended.jsonl")
    }
    assert set(told(one, place, "no")) == {"header.json", "2026-11.jsonl"}


def test_nothing_is_sent_again_while_nothing_is_new(one: Codespace, place: str) -> None:
    told(one, place, BY_HOUR)
    assert not one.sync().told


@pytest.mark.parametrize(("level", "sum_"), [("no", None), (BY_DAY, 2), (BY_HOUR, 2)])
def test_others_know_as_much_as_is_told(
    one: Codespace, place: str, tmp_path: Path, level: str, sum_: int | None
) -> None:
    told(one, place, level)
    other = Codespace(tmp_path, "other", NOW)
    other.ran(DAY)
    other.join(place, accepts=(one.stream_id,))
    assert other.sync().problem == ""
    with Fleet.open(other.directory) as fleet:
        [found] = fleet.sums("day", DAY - DAY_US, NOW)
    assert found.unattended_core_us == (None if sum_ is None else sum_ * HOUR_US)
    assert state.load(other.directory) is not None
