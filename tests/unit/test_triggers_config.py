"""trigger_config.json: its three forms, and every problem of it at once, with trigger, key, line
and column."""

import json
from typing import Any

import pytest
from tests.builders import trigger
from tests.unit.trigger_files import GOOD_FIELDS, WRONG_BEYOND_TYPES, WRONG_BY_TYPE

from codespace_tracker.config.configuration import Configuration, Problem, Settings
from codespace_tracker.config.points import with_points
from codespace_tracker.config.triggers import triggers_from
from codespace_tracker.config.zone import zone_from_name
from codespace_tracker.core import plain_json
from codespace_tracker.core.calendar import UTC, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.trigger import Edge, Level, Trigger

QUOTA = 120 * HOUR_US


def read(content: Any) -> list[Trigger]:
    triggers, problems = triggers_from(
        content if isinstance(content, str) else json.dumps(content), QUOTA
    )
    assert problems == []
    assert triggers is not None
    return triggers


def told(content: Any, quota: int | None = QUOTA) -> list[Problem]:
    triggers, problems = triggers_from(
        content if isinstance(content, str) else json.dumps(content), quota
    )
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
    assert (found.retries, found.retry_delay_us, found.catch_up, found.enabled) == (
        1,
        30_000_000,
        True,
        True,
    )
    assert (found.script.shell, found.script.timeout_us) == (("sh", "-c"), HOUR_US)


@pytest.mark.parametrize(
    ("conditions", "levels", "edge", "scope"),
    [
        ({"current_session_minutes": 1.5}, (Level("session", 90_000_000),), None, "session"),
        ({"today_runtime_hours": 2}, (Level("today", 2 * HOUR_US),), None, "day"),
        ({"month_core_hours": 100}, (Level("month", 100 * HOUR_US),), None, "month"),
        ({"quota_percent": 75}, (Level("quota", 90 * HOUR_US),), None, "month"),
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
    scopes = {
        repeat: read(trigger(repeat=repeat))[0].scope
        for repeat in ("session", "day", "month", "once")
    }
    assert scopes == {"session": "session", "day": "day", "month": "month", "once": "ever"}


def test_triggers_of_one_flag_share_the_widest_of_their_scopes() -> None:
    found = read(
        [
            trigger(
                label="a",
                flag_name="f",
                conditions={"total_runtime_hours": 20, "minute_runtime_minutes": 170},
            ),
            trigger(label="b", flag_name="f", conditions={"total_runtime_hours": 25}),
            trigger(label="c", flag_name="g"),
        ]
    )
    assert [one.scope for one in found] == ["ever", "ever", "session"]


@pytest.mark.parametrize(("fields", "key", "said"), [*WRONG_BY_TYPE, *WRONG_BEYOND_TYPES])
def test_each_wrong_field_is_told_with_its_trigger_and_key(
    fields: dict[str, Any], key: str, said: str
) -> None:
    text = json.dumps([trigger(label="first"), {**trigger(), **fields}], indent=2)
    [problem] = told(text)
    assert problem.key.startswith("trigger 2")
    assert key in problem.key
    assert said in f"{problem.message} {problem.mend}"
    line = text.split("\n")[problem.line - 1]
    assert line[problem.column - 1] == '"'
    names = {
        *fields,
        *(name for value in fields.values() if isinstance(value, dict) for name in value),
    }
    assert any(json.dumps(name) in line for name in names)
    assert "\n" not in str(problem)


@pytest.mark.parametrize("fields", GOOD_FIELDS)
def test_what_may_stand_there_is_taken(fields: dict[str, Any]) -> None:
    [found] = read([trigger(**fields)])
    assert (found.levels or found.edge) is not None


def test_of_very_many_problems_the_first_are_told_and_that_there_are_more() -> None:
    assert [str(one) for one in told([5] * 60)[-1:]] == [
        "trigger_config.json: 10 more problems. Fix: fix these first."
    ]
    assert "950 more problems at least" in str(told([5] * 100_000)[-1])
    assert len(told([5] * 100_000)) == 51


def test_a_missing_field_is_told_at_its_trigger() -> None:
    problems = told('[\n  {"label": "x"}\n]')
    assert [(problem.line, problem.column) for problem in problems] == [(2, 3), (2, 3)]
    assert [
        "`script_command` is missing." in problems[0].message,
        "`conditions`" in problems[1].message,
    ] == [
        True,
        True,
    ]


def test_all_problems_of_all_triggers_are_told_at_once_in_their_order() -> None:
    problems = told(
        [trigger(label="a", retries=-1), trigger(label="b", x=1), 7, trigger(label="c", repeat=3)]
    )
    assert [problem.key.partition(",")[0] for problem in problems] == [
        'trigger 1 "a"',
        'trigger 2 "b"',
        "trigger 3",
        'trigger 4 "c"',
    ]


def test_a_key_that_stands_twice_is_told_at_its_second_place() -> None:
    [problem] = told(
        '{"label": "a",\n'
        ' "label": "b",\n'
        ' "script_command": "x", "conditions": {"every_minutes": 1}}'
    )
    assert (problem.line, problem.column, problem.key) == (2, 2, "label")
    assert "twice (also on line 1, column 2)" in problem.message


def test_one_flag_made_from_two_labels_is_told() -> None:
    [problem] = told([trigger(label="Back up"), trigger(label="back-up"), trigger(label="Back_up")])
    assert "flag would be `back_up`, as that of trigger 1" in problem.message


def test_one_flag_with_differing_repeats_is_told() -> None:
    [problem] = told(
        [
            trigger(label="a", flag_name="f", repeat="day"),
            trigger(label="b", flag_name="f", repeat="once"),
        ]
    )
    assert problem.key == 'trigger 1 "a", repeat'
    assert 'repeat differently ("once")' in problem.message


def test_a_repeat_that_another_trigger_of_the_flag_would_widen_is_told() -> None:
    wide = trigger(label="b", flag_name="f", conditions={"total_runtime_hours": 25})
    [problem] = told([trigger(label="a", flag_name="f", repeat="session"), wide])
    assert problem.key == 'trigger 1 "a", repeat'
    assert read([trigger(label="a", flag_name="f", repeat="once"), wide])


def test_one_label_twice_in_one_flag_is_told_and_in_two_it_is_not() -> None:
    [problem] = told([trigger(flag_name="f"), trigger(flag_name="f")])
    assert "another trigger of the flag `f` has the same label" in problem.message
    assert read([trigger(flag_name="f"), trigger(flag_name="g")])


def test_a_part_of_no_quota_is_told() -> None:
    [problem] = told(trigger(conditions={"quota_percent": 50}), None)
    assert "set `plan`" in problem.mend


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "empty"),
        ("  \n ", 1, "empty"),
        ("[\n  {,}]", 2, "not JSON"),
        ('[{"a": 1,}]', 1, "remove that comma"),
        ("[\n// mine\n]", 2, "JSON has no comments"),
        ("[{'a': 1}]", 1, "double quotes"),
        ('[{"a": 1}', 1, "ends in the middle"),
        ('["a" "b"]', 1, "a comma is missing before"),
        ('[\n"a\nb"]', 2, "write \\n for a new line"),
        ('["C:\\dir"]', 1, "for one backslash"),
        ('["a]', 1, "add the closing quote"),
        ("[]\n[]", 2, "should end here"),
        ("[{label: 1}]", 1, "write the key in double quotes"),
        ("[True]", 1, "in small letters"),
        ("[\u00a0]", 1, "invisible character here (\\xa0)"),
        ("\0\0", 1, "invisible character here (\\x00)"),
        ('\n[{"label": NaN}]', 2, "NaN is not possible"),
        ("[\n-Infinity]", 2, "-Infinity is not a trigger"),
        ('[{"conditions": {"every_minutes": 1e400}}]', 1, "is missing"),
        ("[" * 100_000, 1, "nested too deeply"),
        ("[\n" + '{"a":' * 100_000, 2, "nested too deeply"),
        ("7", 1, "7 is not possible"),
        ("null", 1, "null is not possible"),
        ('"text"', 1, "not possible"),
        ('{"triggers": {}}', 1, "a list of triggers in brackets"),
        ('{"triggers": [], "x": 1}', 1, "no such key"),
        ('{"$schema": 5, "triggers": []}', 1, "5 is not possible"),
        ('{"$schema": 5, "label": "x"}', 1, "`script_command` is missing"),
        ("[1" + "0" * 5000 + "]", 1, "000… is not a trigger"),
        ('["\\ud800"]', 1, '"\\ud800" is not a trigger'),
        ('[{"\\ud800": 1}]', 1, "no such key"),
    ],
)
def test_what_is_no_list_of_triggers_is_told(text: str, line: int, said: str) -> None:
    assert [problem for problem in told(text) if problem.line == line and said in str(problem)]


def test_the_plan_is_handed_over_as_it_is() -> None:
    triggers = read(
        [
            trigger(env={"B": "2", "A": "1"}),
            trigger(label="b", conditions={"at": "* * * * *"}),
            trigger(label="c", conditions={"event": "session_end"}),
        ]
    )
    plan = Configuration(Settings(), UTC, tuple(with_points(triggers, UTC, 1_790_000_000_000_000)))
    assert Configuration.from_json(plan.to_json()) == plan
    assert plan.without_points().triggers == tuple(triggers)


def test_triggers_of_a_stored_configuration_are_read_once_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quoted = read([trigger(label='says "triggers": [{"a": [1]}]}', env={"A": '"triggers": ['})])
    plan = Configuration(Settings(user='"triggers": [7]}'), UTC, tuple(quoted))
    read_texts = list[str]()
    loads = plain_json.loads

    def noted(text: str) -> Any:
        read_texts.append(text)
        return loads(text)

    monkeypatch.setattr(plain_json, "loads", noted)
    stored = Configuration.stored(plan.to_json())
    assert stored.settings == plan.settings
    assert not any("script" in text or "says" in text for text in read_texts)
    assert len(stored.triggers) == 1
    assert stored == plan
    broken = Configuration.stored(plan.to_json().replace('"triggers": [[', '"triggers": [[7, '))
    assert list(broken.triggers) == []
    assert broken.settings == plan.settings


def test_any_edit_changes_the_fingerprint_and_nothing_else_does() -> None:
    same = {
        read(content)[0].fingerprint for content in (trigger(), [trigger()], [trigger(retries=1)])
    }
    assert len(same) == 1
    assert read(trigger(script_command="false"))[0].fingerprint not in same


def at(expression: str, zone: str, now: str) -> list[str]:
    wall_us = parse_iso(now)
    table = zone_from_name(zone, wall_us - 400 * DAY_US, wall_us + 400 * DAY_US)
    [one] = with_points(read(trigger(conditions={"at": expression})), table, wall_us)
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
    assert at("0 0 29 2 *", "UTC", "2026-11-24T00:00:00Z")[:2] == [
        "2024-02-29T00:00",
        "2028-02-29T00:00",
    ]


def test_so_many_triggers_share_the_points() -> None:
    many = [trigger(label=f"t{n}", conditions={"at": "* * * * *"}) for n in range(1000)]
    found = with_points(read(many), UTC, 1_790_000_000_000_000)
    assert {len(one.points) for one in found} == {101}
