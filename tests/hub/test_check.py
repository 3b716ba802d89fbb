"""`hub check` finds sums that are not those of the sessions, and streams that lost something."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from tests.hub.stores import Played, hours

from codespace_tracker.cli.program import program


def checked(hub: Played) -> tuple[int, str]:
    """The exit code and what it says."""
    words = ["hub", "check", "--database", hub.url]
    done: Result = CliRunner().invoke(program, words, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value, done.stdout


def test_what_was_told_and_replaced_is_consistent(hub: Played) -> None:
    tracker = hub.joined()
    tracker.tell(hours("2026-11-14T20:00:00Z", 1, session="a", is_open=True))
    tracker.tell(hours("2026-11-14T20:00:00Z", 9, session="a"), hours("2026-11-12T01:00:00Z", 1))
    assert checked(hub) == (0, "All sums are those of the sessions.\n")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE day SET running_us = running_us - 1 WHERE day = 20771",
        "UPDATE day SET sessions = 2 WHERE day = 20771",
        "DELETE FROM day WHERE day = 20771",
        "DELETE FROM telling WHERE session_id = 'a'",
    ],
)
def test_a_sum_that_is_wrong_is_named_with_its_day(hub: Played, damage: str) -> None:
    tracker = hub.joined("ada", codespace="fuzzy")
    tracker.tell(hours("2026-11-14T20:00:00Z", 1, session="a"), hours("2026-11-12T01:00:00Z", 1))
    hub.rows(f"{damage} RETURNING 1")
    code, said = checked(hub)
    assert code == 1
    assert said == "✗ acme, fuzzy: the sum of 2026-11-14 is not that of its sessions.\n"


def test_a_session_in_two_months_is_found(hub: Played) -> None:
    tracker = hub.joined("ada", codespace="fuzzy")
    tracker.tell(hours("2026-11-14T20:00:00Z", 1, session="a"))
    tracker.tell(hours("2026-10-14T20:00:00Z", 1, session="a"))
    assert checked(hub)[0] == 1
    assert "two months" in checked(hub)[1]


def test_streams_that_were_cut_back_or_set_aside_are_listed(hub: Played) -> None:
    tracker = hub.joined("ada", codespace="fuzzy")
    tracker.tell(hours("2019-11-14T20:00:00Z", 1), hours("2026-11-14T20:00:00Z", 1))
    hub.rows("UPDATE stream SET cut_back_at = 1 RETURNING 1")
    code, said = checked(hub)
    assert code == 0
    assert "lost something" in said
    assert "1 of its tellings are set aside" in said
