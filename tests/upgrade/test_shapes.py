"""The checks of the upgrade themselves: what they must find, and what they must let pass."""

from typing import Any

import click
import pytest
from tests.upgrade.shapes import broken, shape
from tests.upgrade.surface import commands, refused


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"a": 1}, {"b": 1}, ["a: is gone"]),
        ({"a": {"b": 1}}, {"a": {}}, ["a.b: is gone"]),
        ({"a": [{"b": 1}]}, {"a": [{"c": 1}]}, ["a[].b: is gone"]),
        ({"a": {"b": 1}}, {}, ["a: is gone"]),
        ({"a": 1}, {"a": "1"}, ["a: was integer, is string"]),
        ({"a": 1}, {"a": 1.5}, ["a: was integer, is number"]),
        ({"a": 1}, {"a": True}, ["a: was integer, is boolean"]),
        ({"a": [1]}, {"a": {"b": 1}}, ["a: was array, is object", "a[]: is gone"]),
        ([{"a": 1}], {"a": 1}, [": was array, is object", "[]: is gone"]),
    ],
)
def test_a_key_that_is_gone_or_of_another_type_is_found(
    old: Any, new: Any, said: list[str]
) -> None:
    assert broken(shape([old]), shape([new])) == said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"a": 1}, {"a": 2, "b": "more"}),
        ({"a": 1.5}, {"a": 2}),
        ({"a": None}, {"a": "known now"}),
        ({"a": "known"}, {"a": None}),
        ({"a": [{"b": 1}]}, {"a": []}),
        ({"a": {"b": 1}}, {"a": None}),
        ([{"a": 1}, {"a": None}], [{"a": None}]),
    ],
)
def test_more_keys_and_nothing_to_look_into_are_let_pass(old: Any, new: Any) -> None:
    assert broken(shape([old]), shape([new])) == []


def group(*parameters: click.Parameter, name: str = "run") -> dict[str, Any]:
    return commands(click.Group("all", commands=[click.Command(name, params=list(parameters))]))


OLD = group(
    click.Option(["--by"], type=click.Choice(["day", "week"])),
    click.Option(["--all/--none"]),
    click.Option(["--tag"], multiple=True),
    click.Argument(["file"], required=False),
)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (group(name="walk"), ["`run` is gone"]),
        (
            group(
                click.Option(["--by"], type=click.Choice(["day"])),
                click.Argument(["file"], required=True),
            ),
            [
                "`run`: --by week is gone",
                "`run`: --all is gone",
                "`run`: --none is gone",
                "`run`: --tag is gone",
                "`run`: argument 1 is required now",
            ],
        ),
        (
            group(
                click.Option(["--by"], is_flag=True),
                click.Option(["--all/--none"]),
                click.Option(["--tag"]),
            ),
            [
                "`run`: --by takes other values",
                "`run`: --tag takes other values",
                "`run`: an argument is gone",
            ],
        ),
    ],
)
def test_what_is_not_taken_any_more_is_found(new: dict[str, Any], said: list[str]) -> None:
    assert refused(OLD, new) == said


def test_more_commands_options_and_choices_are_let_pass() -> None:
    more = group(
        click.Option(["--by"], type=click.Choice(["day", "week", "month"])),
        click.Option(["--all/--none"]),
        click.Option(["--tag"], multiple=True),
        click.Option(["--more"]),
        click.Argument(["file"], required=False),
        click.Argument(["others"], nargs=-1),
    )
    assert refused(OLD, {**more, "walk": {"options": {}, "arguments": []}}) == []
