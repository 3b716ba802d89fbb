"""What `status` says of triggers, from what the daemon drew; nothing of what is not as it draws
it."""

import json
from typing import Any

import pytest

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.views.tracker_state import Glance, glance

EARLY, LATE = "2026-11-25T01:00:00.000+05:30", "2026-11-25T02:00:00.000+05:30"


def drawn(**triggers: Any) -> Any:
    return {
        "problems": [],
        "triggers": {"counts": {}, "next": [], "running": [], "last": [], **triggers},
    }


def ended(label: str, result: str, at: str = EARLY) -> dict[str, Any]:
    return {
        "label": label,
        "flag": label.lower(),
        "attempt": 1,
        "started_at": EARLY,
        "ended_at": at,
        "result": result,
    }


def test_what_is_due_next_and_what_runs_is_seen() -> None:
    found = glance(
        drawn(
            next=[
                {"label": "A", "flag": "a", "due_at": EARLY, "clock": "running"},
                {"label": "B", "flag": "b", "due_at": LATE, "clock": "wall"},
            ],
            running=[{"label": "C", "flag": "c", "started_at": EARLY}],
        )
    )
    upcoming = (("A", parse_iso(EARLY), True), ("B", parse_iso(LATE), False))
    assert found == Glance(upcoming, ("C",), ())


def test_of_each_trigger_only_its_newest_attempt_counts() -> None:
    last = [
        ended("A", "succeeded", LATE),
        ended("B", "timed_out", LATE),
        ended("A", "failed"),
        ended("B", "succeeded"),
    ]
    assert glance(drawn(last=last)).failed == (("B", "b", parse_iso(LATE)),)


@pytest.mark.parametrize(
    "content",
    [
        *(
            None,
            [],
            7,
            "text",
            {},
            {"triggers": None},
            {"triggers": []},
            {"triggers": {"next": []}},
        ),
        *(
            drawn(next=[{}]),
            drawn(next=7),
            drawn(last=[None]),
            drawn(next=[{"label": "A", "due_at": "soon"}]),
        ),
    ],
    ids=json.dumps,
)
def test_what_is_not_as_the_daemon_draws_it_says_nothing(content: Any) -> None:
    assert glance(content) == Glance()
