"""What a condition is called and may be is in one table, and everything else is made from it."""

import ast
from pathlib import Path
from typing import get_args

import click
import pytest

from codespace_tracker.cli import trigger_fields
from codespace_tracker.cli.commands.triggers.add import _MENU, command
from codespace_tracker.config.conditions import (
    CONDITIONS,
    EVENTS,
    REPEATS,
    SCOPES,
    Condition,
    expected,
)
from codespace_tracker.config.expected import instead
from codespace_tracker.config.trigger_types import Conditions
from codespace_tracker.views.json_types.words import EdgeKind, EventName, Measure, Scope

SOURCE = Path(trigger_fields.__file__).parents[1]
DOCS = SOURCE.parents[1] / "docs"
OWNERS = {"core/trigger.py", "config/conditions.py"}


def test_the_table_has_every_measure_edge_scope_and_event_of_the_core() -> None:
    measures = {one.measure for one in CONDITIONS if one.measure}
    edges = {one.edge for one in CONDITIONS if one.edge}
    assert measures == set(get_args(Measure))
    assert edges == set(get_args(EdgeKind))
    assert tuple(SCOPES) == get_args(Scope)
    assert tuple(EVENTS) == get_args(EventName)
    assert all(bool(one.measure) != bool(one.edge) for one in CONDITIONS)
    assert all(one.option.name.isalpha() for one in CONDITIONS if one.option)


def test_the_fields_keep_the_order_by_which_edits_are_told() -> None:
    assert tuple(Conditions.model_fields) == tuple(one.key for one in CONDITIONS)
    assert tuple(Conditions.model_fields)[:11] == (
        "minute_runtime_minutes",
        "current_session_minutes",
        "today_runtime_hours",
        "month_core_hours",
        "quota_percent",
        "total_runtime_hours",
        "total_runtime_minutes",
        "every_minutes",
        "at",
        "idle_minutes",
        "event",
    )


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda one: one.key)
def test_a_condition_says_its_range_in_its_fix_and_is_on_its_page(condition: Condition) -> None:
    fix = instead(condition.key, 3)
    assert fix == f"write {expected(condition)}."
    if condition.noun:
        assert f"from {condition.least:.12g} to {condition.most:.12g}" in fix
    assert f"`{condition.key}`" in (DOCS / "triggers.md").read_text()


def test_every_option_of_a_condition_can_be_given_and_asked_for() -> None:
    options = [one.name for one in command.params if isinstance(one, click.Option)]
    ours = [name for name in options if name in trigger_fields.OPTIONS]
    assert ours == list(trigger_fields.OPTIONS)
    assert [one.place for one in trigger_fields.OPTIONS.values()] == list(range(1, len(ours) + 1))
    assert list(_MENU) == [str(n) for n in range(1, len(_MENU) + 1)]
    for asked in _MENU.values():
        assert asked.when
        assert asked.question or asked.kind in ("minutes", "hours")


def test_no_other_module_lists_the_conditions_or_the_events() -> None:
    keys = {one.key for one in CONDITIONS}
    for path in SOURCE.rglob("*.py"):
        if str(path.relative_to(SOURCE)) in OWNERS:
            continue
        strings = {
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert len(strings & keys) <= 4, f"{path} lists conditions"  # normal_form has special ones
        assert len(strings & set(EVENTS)) <= 2, f"{path} lists the events"


def test_every_repeat_names_a_scope_of_its_own() -> None:
    assert {"session", "day", "month", "once"} <= {*REPEATS}, "those of 0.1.0 stay"
    assert len(set(REPEATS.values())) == len(REPEATS) == len(SCOPES) - 1
