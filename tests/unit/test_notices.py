"""Notices: what they may hold, which of them stand, and the file that shells read."""

import sqlite3
from pathlib import Path

import pytest
from tests.simulation.machine import SimulatedMachine
from tests.simulation.world import begun, crash, live

from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.notice_text import LONGEST, Notice, clean
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger

NOW = 1_790_000_000 * SECOND_US


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("deploy is done", "deploy is done"),
        ("  two\n\tlines \r\n", "two lines"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\x07b\x00c", "a\\x07b\\x00c"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\udcff", "\\udcff"),
        ("Prüfung läuft ✓", "Prüfung läuft ✓"),
        (" \n ", ""),
    ],
)
def test_a_notice_is_one_line_that_works_no_terminal(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("text", ["x" * (LONGEST + 1), "\x00" * LONGEST, "word " * 100_000])
def test_a_notice_is_not_endless(text: str) -> None:
    assert len(clean(text)) == LONGEST
    assert clean(text).endswith("…")
    assert clean("x" * LONGEST) == "x" * LONGEST


@pytest.fixture
def notices(tmp_path: Path) -> Notices:
    return Notices(Ledger.open_writer(str(tmp_path / "ledger.db")))


def give(notices: Notices, text: str, at: int = NOW, hours: int = 24, subject: str = "") -> None:
    notices.give(subject or text, Notice(text, at, at + hours * HOUR_US))


def test_a_notice_of_any_origin_has_no_control_characters(notices: Notices) -> None:
    give(notices, "import '/a\x1b]0;owned\x07\n/b'", subject="originals")
    [given] = notices.standing(NOW)
    assert given.text == "import '/a\\x1b]0;owned\\x07\\x0a/b'"


def test_a_notice_kept_raw_by_an_older_version_is_shown_harmless(tmp_path: Path) -> None:
    ledger = Ledger.open_writer(str(tmp_path / "ledger.db"))
    with ledger.transaction():
        ledger.change("INSERT INTO notice VALUES ('', 'a\x1bb', ?, ?)", NOW, NOW + HOUR_US)
    assert [one.text for one in Notices(ledger).standing(NOW)] == ["a\\x1bb"]


def test_the_newest_five_stand_in_the_order_in_which_they_came(notices: Notices) -> None:
    for n in range(7):
        give(notices, f"notice {n}", NOW + n)
    assert [one.text for one in notices.standing(NOW + 10)] == [f"notice {n}" for n in range(2, 7)]


def test_the_same_text_twice_is_one_and_a_newer_one_of_a_subject_takes_its_place(
    notices: Notices,
) -> None:
    give(notices, "backup failed")
    give(notices, "50 %", NOW + 1, subject="quota")
    give(notices, "backup failed", NOW + 2)
    give(notices, "75 %", NOW + 3, subject="quota")
    assert [(one.text, one.at - NOW) for one in notices.standing(NOW + 10)] == [
        ("backup failed", 2),
        ("75 %", 3),
    ]


def test_a_notice_is_gone_when_its_hours_are_over(notices: Notices) -> None:
    give(notices, "short", hours=1)
    give(notices, "long")
    assert [one.text for one in notices.standing(NOW + HOUR_US - 1)] == ["long", "short"]
    assert [one.text for one in notices.standing(NOW + HOUR_US)] == ["long"]
    give(notices, "later", NOW + 25 * HOUR_US)
    assert notices.standing(NOW) == (Notice("later", NOW + 25 * HOUR_US, NOW + 49 * HOUR_US),)


def test_all_are_taken_away_at_once(notices: Notices) -> None:
    give(notices, "one")
    give(notices, "two")
    assert notices.clear() == 2
    assert notices.standing(NOW) == ()


def test_the_file_for_shells_is_there_as_long_as_a_notice_stands(tmp_path: Path) -> None:
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    file = tmp_path / "notice.txt"
    assert not file.exists()
    at = machine.now.wall_us
    connection = sqlite3.connect(tmp_path / "ledger.db")
    connection.execute("INSERT INTO notice VALUES ('a', 'first', ?, ?)", (at, at + 10 * MINUTE_US))
    connection.execute(
        "INSERT INTO notice VALUES ('b', 'second', ?, ?)", (at + 1, at + 20 * MINUTE_US)
    )
    connection.commit()
    live(daemon, machine, 2 * MINUTE_US)
    first, second = file.read_text().splitlines()
    assert first.startswith(f"{(at + 10 * MINUTE_US) // SECOND_US} codespace-tracker, ")
    assert first.endswith(": first")
    live(daemon, machine, 10 * MINUTE_US)
    assert file.read_text() == f"{second}\n"
    live(daemon, machine, 10 * MINUTE_US)
    assert not file.exists()
    crash(daemon)
