"""An outlook is a value; words are made from it, and nothing is decided by the words."""

import ast
from pathlib import Path
from typing import get_args

import pytest

import codespace_tracker
from codespace_tracker.cli.journal import in_words as journal_words
from codespace_tracker.config.conditions import EVENTS, SCOPES
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import HOUR_US, SECOND_US
from codespace_tracker.ledger.store import Entry
from codespace_tracker.views import trigger_words
from codespace_tracker.views.json_types.words import Reason
from codespace_tracker.views.outlook import Outlook, in_words
from codespace_tracker.views.outlook_kind import Kind

SOURCE = Path(codespace_tracker.__file__).parent
NAMES: dict[str, list[str]] = {"fired": list(map(str, SCOPES))[1:], "event": [*EVENTS]}


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_outlook_has_words_of_its_own(kind: Kind) -> None:
    for name in NAMES.get(kind, [""]):
        found = Outlook(kind, 2 * HOUR_US, label="other", name=name)
        assert in_words(found, UTC)
    others = {
        in_words(Outlook(one, 2 * HOUR_US, label="other", name="day"), UTC)
        for one in get_args(Kind)
        if one not in ("event", kind)
    }
    assert in_words(Outlook(kind, 2 * HOUR_US, label="other", name=name), UTC) not in others


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Outlook("due", 2 * HOUR_US), "in 2h 00m"),
        (Outlook("due", 2 * HOUR_US, at=2 * HOUR_US), "in 2h 00m: Thu 1 Jan 02:00"),
        (Outlook("due", 0), "now"),
        (Outlook("idle", None), "presence unknown"),
        (Outlook("idle", 0), "the next time you are idle"),
        (Outlook("idle", HOUR_US), "in 1h 00m, if idle"),
        (Outlook("retry", HOUR_US), "retry in 1h 00m"),
        (Outlook("running", HOUR_US), "running for 1h 00m"),
        (Outlook("fired_with", label="running tests"), "fired with running tests"),
    ],
)
def test_an_outlook_says_what_it_is(found: Outlook, said: str) -> None:
    assert in_words(found, UTC) == said


def test_only_what_is_due_later_is_ahead() -> None:
    assert Outlook("due", SECOND_US).is_ahead
    assert not Outlook("due", SECOND_US - 1).is_ahead
    assert not Outlook("idle", HOUR_US).is_ahead


@pytest.mark.parametrize("reason", get_args(Reason))
def test_a_reason_is_said_in_the_same_words_everywhere(reason: Reason) -> None:
    said = trigger_words.skipped(reason)
    assert said != reason
    entry = Entry(1, 0, "trigger_due", 1, {"label": "a", "skipped": reason})
    assert said in journal_words(entry)


def test_nothing_reads_the_words_of_an_outlook_back() -> None:
    makers = {"in_words", "with_bar", "outlook", "day", "moment", "short_moment", "length"}
    for path in [*SOURCE.rglob("cli/**/*.py"), *SOURCE.rglob("views/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
                called = getattr(node.value.func, "id", getattr(node.value.func, "attr", ""))
                reads = ("startswith", "split", "partition", "replace", "removeprefix")
                assert called not in makers or node.attr not in reads, f"{path}:{node.lineno}"
