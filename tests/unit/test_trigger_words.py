"""How triggers are told to people: their conditions, how an attempt ended, which one is meant by a
name."""

from typing import Any

import pytest

from codespace_tracker.config.triggers import triggers_from
from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.trigger import Level, Trigger
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.occurrences import Occurrence, Run
from codespace_tracker.views import trigger_words as words
from codespace_tracker.views.naming import flag_of, place_of, typed


def trigger(conditions: dict[str, Any], **fields: Any) -> Trigger:
    import json

    written = {"label": "a", "script_command": "true", "conditions": conditions, **fields}
    [found] = triggers_from(json.dumps([written]), 120 * HOUR_US)[0] or []
    return found


@pytest.mark.parametrize(
    ("conditions", "fields", "said"),
    [
        ({"minute_runtime_minutes": 6}, {}, "after 6m of each session"),
        (
            {"minute_runtime_minutes": 90},
            {"repeat": "day"},
            "after 1h 30m of the session, once a day",
        ),
        (
            {"minute_runtime_minutes": 90},
            {"repeat": "once"},
            "after 1h 30m of the session, only once",
        ),
        ({"today_runtime_hours": 8}, {}, "after 8h of each day"),
        ({"month_core_hours": 96.5}, {}, "after 96.5 core-hours of each billing month"),
        ({"quota_percent": 80}, {}, "after 96 core-hours of each billing month"),
        ({"total_runtime_hours": 24}, {}, "after 24h in all, only once"),
        ({"total_runtime_hours": 24}, {"repeat": "session"}, "after 24h in all, once a session"),
        (
            {"total_runtime_hours": 20, "minute_runtime_minutes": 170},
            {},
            "after 2h 50m of the session and 20h in all, once a session",
        ),
        ({"minute_runtime_minutes": 0}, {}, "at once, once a session"),
        (
            {"minute_runtime_minutes": 0, "today_runtime_hours": 2},
            {},
            "after 2h of the day, once a session",
        ),
        ({"every_minutes": 120}, {}, "every 2h of running time"),
        ({"every_minutes": 0.5}, {}, "every 30s of running time"),
        ({"every_minutes": 1.5}, {"repeat": "day"}, "every 1m 30s of running time, once a day"),
        (
            {"every_minutes": 5, "minute_runtime_minutes": 20, "total_runtime_hours": 5},
            {},
            "every 5m of running time, if past 20m of the session and 5h in all",
        ),
        ({"idle_minutes": 20}, {}, "after 20m with no activity"),
        ({"event": "session_start"}, {}, "when a session starts"),
        ({"event": "session_recovered"}, {}, "when a lost session was recovered"),
        ({"event": "session_end"}, {}, "when the machine goes away"),
        (
            {"at": "30 18 * * 1-5"},
            {"repeat": "month"},
            "Monday to Friday at 18:30, once a billing month",
        ),
    ],
)
def test_the_conditions_of_a_trigger_are_told_in_words(
    conditions: dict[str, Any], fields: dict[str, Any], said: str
) -> None:
    assert words.conditions(trigger(conditions, **fields)) == said


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("30 3 * * *", "every day at 03:30"),
        ("5 18 * * 1-5", "Monday to Friday at 18:05"),
        ("0 0 * * 0", "every Sunday at 00:00"),
        ("0 0 * * 7", "every Sunday at 00:00"),
        ("0 9 * * 5-7", "Friday to Sunday at 09:00"),
        ("7 * * * *", "every hour at :07"),
        ("*/15 * * * *", "every 15 minutes of the clock"),
        ("*/7 * * * *", 'at "*/7 * * * *"'),
        ("*/1 * * * *", 'at "*/1 * * * *"'),
        ("0 9 1 * *", 'at "0 9 1 * *"'),
        ("0 9 * * MON", 'at "0 9 * * MON"'),
        ("0 9 * * 1,3", 'at "0 9 * * 1,3"'),
        ("0 9-17 * * *", 'at "0 9-17 * * *"'),
        ("* * * * *", 'at "* * * * *"'),
    ],
)
def test_a_cron_expression_is_told_in_words_only_where_they_say_the_same(
    expression: str, said: str
) -> None:
    assert words.cron(expression) == said


def test_how_far_a_level_has_come_is_told() -> None:
    assert (
        words.level(Level("session", 2 * HOUR_US), 18 * MINUTE_US)
        == "18m 00s of 2h of the session: not yet"
    )
    assert words.level(Level("today", HOUR_US), 2 * HOUR_US) == "2h 00m of 1h of the day: holds"
    assert words.level(Level("month", 96 * HOUR_US), HOUR_US // 2) == (
        "0.50 of 96 core-hours of the billing month: not yet"
    )


def run(**fields: Any) -> Run:
    return Run("name", 1, 0, 1, 1_200_000, "failed", None, None, "")._replace(**fields)


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (run(result="succeeded", exit_code=0), "succeeded after 1.2s"),
        (run(result="succeeded", exit_code=0, duration_us=99_999), "succeeded"),
        (run(exit_code=3, duration_us=90 * SECOND_US), "failed with exit code 3 after 1m"),
        (run(exit_code=127, duration_us=0), "failed with exit code 127 (command not found)"),
        (run(signal=9), "failed, ended by signal 9 after 1.2s"),
        (run(result="timed_out", detail="it was ended"), "timed out after 1.2s: it was ended"),
        (run(result=None), "running"),
    ],
)
def test_how_an_attempt_ended_is_told(ended: Run, said: str) -> None:
    assert words.result(ended) == said


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        ("queued", "", "waits for its turn"),
        ("waiting", "", "failed, to be tried again"),
        ("skipped", "running", "skipped: an earlier run was not over"),
        ("skipped", "missed", "skipped: its moment had passed"),
        ("timed_out", "superseded", "timed out: it was not tried again"),
        ("skipped", "superseded", "skipped: its turn did not come"),
    ],
)
def test_how_an_occurrence_stands_is_told(state: Any, reason: Any, said: str) -> None:
    assert (
        words.state(Occurrence(1, "f", "l", 0, "edge", 0, 1, 0, 0, state, reason, 0, None)) == said
    )


# --- which trigger is meant


def named(*names: tuple[str, str]) -> list[Trigger]:
    return [trigger({"every_minutes": 1})._replace(label=label, flag=flag) for label, flag in names]


def test_a_trigger_is_named_by_its_label_or_else_by_its_flag() -> None:
    triggers = named(("Backup", "backup"), ("backup", "other"), ("Build it", "build_it"))
    assert place_of("Backup", triggers) == 0
    assert place_of("backup", triggers) == 1, "a label goes before a flag"
    assert place_of("build_it", triggers) == 2
    assert flag_of("Build it", triggers) == "build_it"


def test_what_is_meant_is_guessed_and_said_as_it_is_to_be_typed() -> None:
    triggers = named(("Build it", "build_it"), ("Café", "cafe"))
    with pytest.raises(Failure, match=r"Did you mean `'Build it'`\?"):
        place_of("BUILD IT", triggers)
    with pytest.raises(Failure, match=r"Did you mean `Café`\?"):
        place_of("cafés", triggers)
    with pytest.raises(Failure, match="`codespace-tracker triggers` lists them"):
        place_of("quite another", triggers)
    with pytest.raises(Failure, match="nor any other"):
        place_of("any", [])


def test_a_name_that_several_have_is_not_guessed() -> None:
    triggers = named(("Same", "one"), ("Same", "two"), ("A", "shared"), ("B b", "shared"))
    with pytest.raises(
        Failure, match=r"2 triggers have that label. Fix: name one by its flag: one, two."
    ):
        place_of("Same", triggers)
    with pytest.raises(
        Failure, match=r"2 triggers share that flag. Fix: name one by its label: A, 'B b'."
    ):
        place_of("shared", triggers)
    assert flag_of("shared", triggers) == "shared", "what is done with the flag is done for both"
    assert typed(triggers[0], triggers) == "one"


@pytest.mark.parametrize(
    ("label", "to_type"),
    [
        ("Backup", "Backup"),
        ("Build it", "'Build it'"),
        ("it's", "'it'\"'\"'s'"),
        ("-x", "-- -x"),
        ("- x", "-- '- x'"),
    ],
)
def test_a_name_is_told_as_a_shell_takes_it(label: str, to_type: str) -> None:
    triggers = named((label, "flag"))
    assert typed(triggers[0], triggers) == to_type
