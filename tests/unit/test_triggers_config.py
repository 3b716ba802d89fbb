"""trigger_config.json: its three forms, and every problem of it at once, with trigger, key, line and column."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codespace_tracker.config.places import places
from codespace_tracker.config.plan import Plan, Problem, Settings
from codespace_tracker.config.points import with_points
from codespace_tracker.config.triggers import triggers_from
from codespace_tracker.core.calendar import UTC, parse_iso
from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.core.trigger import Edge, Level, Trigger

QUOTA = 120 * HOUR_US


def trigger(**fields: Any) -> dict[str, Any]:
    return {"label": "Backup", "script_command": "true", "conditions": {"minute_runtime_minutes": 6}, **fields}


def read(content: Any) -> list[Trigger]:
    triggers, problems = triggers_from(content if isinstance(content, str) else json.dumps(content), QUOTA)
    assert problems == []
    assert triggers is not None
    return triggers


def told(content: Any, quota: int | None = QUOTA) -> list[Problem]:
    triggers, problems = triggers_from(content if isinstance(content, str) else json.dumps(content), quota)
    assert triggers is None
    assert problems
    assert all(problem.message and problem.mend for problem in problems)
    return problems


def test_the_three_forms_mean_the_same() -> None:
    one = read([trigger()])
    assert read(trigger()) == one
    assert read({"$schema": "./x.json", "triggers": [trigger()]}) == one
    assert read({"$schema": "./x.json", **trigger()}) == one
    assert read([]) == read({"triggers": []}) == []


def test_defaults_are_those_of_the_design() -> None:
    [found] = read(trigger())
    assert found.flag == "backup"
    assert found.levels == (Level("session", 6 * MINUTE_US),)
    assert (found.edge, found.scope) == (None, "session")
    assert (found.retries, found.retry_delay_us, found.catch_up, found.enabled) == (1, 30_000_000, True, True)
    assert (found.script.shell, found.script.timeout_us) == (("sh", "-c"), HOUR_US)


@pytest.mark.parametrize(
    ("conditions", "levels", "edge", "scope"),
    [
        ({"current_session_minutes": 1.5}, (Level("session", 90_000_000),), None, "session"),
        ({"today_runtime_hours": 2}, (Level("today", 2 * HOUR_US),), None, "day"),
        ({"month_core_hours": 100}, (Level("month", 100 * HOUR_US),), None, "month"),
        ({"quota_percent": 75}, (Level("month", 90 * HOUR_US),), None, "month"),
        ({"total_runtime_hours": 20}, (Level("total", 20 * HOUR_US),), None, "ever"),
        ({"total_runtime_minutes": 0}, (Level("total", 0),), None, "ever"),
        (
            {"total_runtime_hours": 20, "minute_runtime_minutes": 170},
            (Level("session", 170 * MINUTE_US), Level("total", 20 * HOUR_US)),
            None,
            "session",
        ),
        ({"every_minutes": 120}, (), Edge("every", 120 * MINUTE_US), "edge"),
        ({"at": "30 18 * * 1-5"}, (), Edge("at", 0, "30 18 * * 1-5"), "edge"),
        ({"idle_minutes": 20}, (), Edge("idle", 20 * MINUTE_US), "edge"),
        (
            {"event": "session_end", "today_runtime_hours": 1},
            (Level("today", HOUR_US),),
            Edge("event", 0, "session_end"),
            "edge",
        ),
    ],
)
def test_conditions_become_levels_and_at_most_one_edge(
    conditions: dict[str, Any], levels: object, edge: object, scope: str
) -> None:
    [found] = read(trigger(conditions=conditions))
    assert (found.levels, found.edge, found.scope) == (levels, edge, scope)


def test_repeat_widens_or_narrows_the_scope() -> None:
    scopes = {repeat: read(trigger(repeat=repeat))[0].scope for repeat in ("session", "day", "month", "once")}
    assert scopes == {"session": "session", "day": "day", "month": "month", "once": "ever"}


def test_triggers_of_one_flag_share_the_widest_of_their_scopes() -> None:
    found = read(
        [
            trigger(label="a", flag_name="f", conditions={"total_runtime_hours": 20, "minute_runtime_minutes": 170}),
            trigger(label="b", flag_name="f", conditions={"total_runtime_hours": 25}),
            trigger(label="c", flag_name="g"),
        ]
    )
    assert [one.scope for one in found] == ["ever", "ever", "session"]


@pytest.mark.parametrize(
    ("fields", "key", "said"),
    [
        ({"conditions": {}}, "conditions", "never fire"),
        ({"conditions": []}, "conditions", "[] is not possible"),
        ({"conditions": {"minute_runtime_minutes": "6"}}, "conditions.minute_runtime_minutes", '"6" is not possible'),
        ({"conditions": {"minute_runtime_minutes": True}}, "conditions.minute_runtime_minutes", "true is not possible"),
        ({"conditions": {"minute_runtime_minutes": -1}}, "conditions.minute_runtime_minutes", "-1 is not possible"),
        ({"conditions": {"minute_runtime_minutes": None}}, "conditions.minute_runtime_minutes", "null"),
        ({"conditions": {"every_minutes": 0}}, "conditions.every_minutes", "0 is not possible"),
        ({"conditions": {"every_minute": 5}}, "conditions.every_minute", "did you mean `every_minutes`?"),
        ({"conditions": {"at": "* * *"}}, "conditions.at", "3 fields, not five"),
        ({"conditions": {"at": "61 * * * *"}}, "conditions.at", "no cron expression"),
        ({"conditions": {"at": "0 0 30 2 *"}}, "conditions.at", "no cron expression"),
        ({"conditions": {"event": "start"}}, "conditions.event", '"session_start"'),
        ({"conditions": {"event": "session_end", "at": "* * * * *"}}, "conditions.event", "one moment"),
        ({"conditions": {"minute_runtime_minutes": 1, "current_session_minutes": 1}}, "current_session", "the same"),
        ({"label": ""}, "label", '"" is not possible'),
        ({"label": "a\nb"}, "label", "on one line"),
        ({"label": "!!!"}, "label", "flag_name"),
        ({"label": 5}, "label", "5 is not possible"),
        ({"script_command": ""}, "script_command", "not empty"),
        ({"script_command": "a\0b"}, "script_command", "is not possible"),
        ({"script_comand": "x"}, "script_comand", "did you mean `script_command`?"),
        ({"flag_name": "a/b"}, "flag_name", "without `/`"),
        ({"flag_name": ".."}, "flag_name", "beginning with a dot"),
        ({"flag_name": "a\nb"}, "flag_name", "is not possible"),
        ({"repeat": "hour"}, "repeat", '"session", "day", "month" or "once"'),
        ({"retries": 1.5}, "retries", "whole number"),
        ({"retries": 21}, "retries", "from 0 to 20"),
        ({"timeout_minutes": -1}, "timeout_minutes", "no limit"),
        ({"env": {"A": 1}}, "env", "1 is not possible"),
        ({"env": {"A=B": "1"}}, "env", "is not possible"),
        ({"shell": "'"}, "shell", "cannot be split"),
        ({"shell": "  "}, "shell", "it is empty"),
        ({"enabled": "yes"}, "enabled", "true or false"),
        ({"script_url": "http://example.com/a.sh"}, "script_url", "anybody on the way"),
        ({"script_url": "ftp://example.com/a.sh"}, "script_url", "no address"),
        ({"script_url": "https://example.com/"}, "script_url", "file's name"),
        ({"script_url": "https://example.com/%2e%2e"}, "script_url", "file's name"),
        ({"script_url": "https://example.com/a%2Fb"}, "script_url", "file's name"),
        ({"sha256": "0" * 64}, "sha256", "no script_url"),
        ({"script_url": "https://example.com/a", "sha256": "12"}, "sha256", "64 hexadecimal"),
    ],
)
def test_each_wrong_field_is_told_with_its_trigger_and_key(fields: dict[str, Any], key: str, said: str) -> None:
    text = json.dumps([trigger(label="first"), {**trigger(), **fields}], indent=2)
    [problem] = told(text)
    assert problem.key.startswith("trigger 2")
    assert key in problem.key
    assert said in f"{problem.message} {problem.mend}"
    line = text.split("\n")[problem.line - 1]
    assert line[problem.column - 1] == '"'
    assert key.rpartition(".")[2] in line or key in ("env", "current_session")


def test_a_missing_field_is_told_at_its_trigger() -> None:
    problems = told('[\n  {"label": "x"}\n]')
    assert [(problem.line, problem.column) for problem in problems] == [(2, 3), (2, 3)]
    assert ["`script_command` is missing." in problems[0].message, "`conditions`" in problems[1].message] == [
        True,
        True,
    ]


def test_all_problems_of_all_triggers_are_told_at_once_in_their_order() -> None:
    problems = told([trigger(label="a", retries=-1), trigger(label="b", x=1), 7, trigger(label="c", repeat=3)])
    assert [problem.key.partition(",")[0] for problem in problems] == [
        'trigger 1 "a"',
        'trigger 2 "b"',
        "trigger 3",
        'trigger 4 "c"',
    ]


def test_a_key_that_stands_twice_is_told_at_its_second_place() -> None:
    [problem] = told('{"label": "a",\n "label": "b",\n "script_command": "x", "conditions": {"every_minutes": 1}}')
    assert (problem.line, problem.column, problem.key) == (2, 2, "label")
    assert "twice (also on line 1, column 2)" in problem.message


def test_one_flag_made_from_two_labels_is_told() -> None:
    [problem] = told([trigger(label="Back up"), trigger(label="back-up"), trigger(label="Back_up")])
    assert "flag would be `back_up`, as that of trigger 1" in problem.message


def test_one_flag_with_differing_repeats_is_told() -> None:
    [problem] = told(
        [trigger(label="a", flag_name="f", repeat="day"), trigger(label="b", flag_name="f", repeat="once")]
    )
    assert "repeat differently" in problem.message


def test_a_part_of_no_quota_is_told() -> None:
    [problem] = told(trigger(conditions={"quota_percent": 50}), None)
    assert "set `plan`" in problem.mend


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "empty"),
        ("  \n ", 1, "empty"),
        ("[\n  {,}]", 2, "not JSON"),
        ('[{"a": 1,}]', 1, "comma before the closing bracket"),
        ("[\n// mine\n]", 2, "JSON has no comments"),
        ("[{'a': 1}]", 1, "double quotes"),
        ('[{"a": 1}', 1, "missing"),
        ('[{"a": NaN}]', 0, "NaN is not a number"),
        ("[" * 100_000, 0, "nested too deeply"),
        ("7", 1, "7 is not possible"),
        ("null", 1, "null is not possible"),
        ('"text"', 1, "not possible"),
        ('{"triggers": {}}', 1, "a list of triggers in brackets"),
        ('{"triggers": [], "x": 1}', 1, "no such key"),
        ("[1" + "0" * 5000 + "]", 0, ""),
    ],
)
def test_what_is_no_list_of_triggers_is_told(text: str, line: int, said: str) -> None:
    problems = told(text)
    assert problems[0].line == line
    assert said in str(problems[0])


def test_the_plan_is_handed_over_as_it_is() -> None:
    triggers = read(
        [
            trigger(env={"B": "2", "A": "1"}),
            trigger(label="b", conditions={"at": "* * * * *"}),
            trigger(label="c", conditions={"event": "session_end"}),
        ]
    )
    plan = Plan(Settings(), UTC, tuple(with_points(triggers, "UTC", 1_790_000_000_000_000)))
    assert Plan.from_json(plan.to_json()) == plan
    assert plan.without_points().triggers == tuple(triggers)


def test_any_edit_changes_the_fingerprint_and_nothing_else_does() -> None:
    same = {read(content)[0].fingerprint for content in (trigger(), [trigger()], [trigger(retries=1)])}
    assert len(same) == 1
    assert read(trigger(script_command="false"))[0].fingerprint not in same


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(content=JSON, indent=st.sampled_from([None, 0, 2]))
def test_every_value_is_found_where_it_stands(content: Any, indent: int | None) -> None:
    text = json.dumps(content, indent=indent)
    found = places(text)
    for path, place in found.values.items():
        value = content
        for part in path:
            value = value[part]
        assert json.loads(text[place.start : place.end]) == value
        assert text.split("\n")[place.line - 1][place.column - 1] == text[place.start]
    assert found.duplicates == []


@given(content=JSON)
def test_whatever_stands_there_is_told_and_raises_nothing(content: Any) -> None:
    triggers, problems = triggers_from(json.dumps(content), QUOTA)
    assert (triggers is None) == bool(problems)


def at(expression: str, zone: str, now: str) -> list[str]:
    [one] = with_points(read(trigger(conditions={"at": expression})), zone, parse_iso(now))
    return [UTC.iso(point)[:16] for point in one.points[:4]]


def test_points_begin_with_the_last_one_before_now() -> None:
    assert at("0 * * * *", "UTC", "2026-11-24T10:30:00Z")[:3] == [
        "2026-11-24T10:00",
        "2026-11-24T11:00",
        "2026-11-24T12:00",
    ]
    assert at("0 * * * *", "UTC", "2026-11-24T10:00:00Z")[0] == "2026-11-24T10:00"


def test_points_follow_the_time_zone_over_both_changes_of_daylight_saving() -> None:
    assert at("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z") == [
        "2026-03-28T01:30",
        "2026-03-29T01:00",  # 2:30 was skipped: at 3:00, right after
        "2026-03-30T00:30",
        "2026-03-31T00:30",
    ]
    assert at("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z") == [
        "2026-10-24T00:30",
        "2026-10-25T00:30",  # 2:30 came twice: at the first
        "2026-10-26T01:30",
        "2026-10-27T01:30",
    ]


def test_a_yearly_point_is_found_though_it_is_far() -> None:
    assert at("0 0 29 2 *", "UTC", "2026-11-24T00:00:00Z")[:2] == ["2024-02-29T00:00", "2028-02-29T00:00"]


def test_so_many_triggers_share_the_points() -> None:
    many = [trigger(label=f"t{n}", conditions={"at": "* * * * *"}) for n in range(1000)]
    found = with_points(read(many), "UTC", 1_790_000_000_000_000)
    assert {len(one.points) for one in found} == {101}
