"""trigger_config.json, whatever stands there: a plan or problems, each with a place in the file and
fit to be shown."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tests.builders import trigger
from tests.examples import examples
from tests.unit.trigger_files import GOOD_FIELDS, WRONG_BEYOND_TYPES, WRONG_BY_TYPE

from codespace_tracker.config.configuration import Configuration, Problem, Settings
from codespace_tracker.config.edit import with_field, with_trigger
from codespace_tracker.config.json_positions import places
from codespace_tracker.config.points import with_points
from codespace_tracker.config.settings import settings_from
from codespace_tracker.config.trigger_types import Conditions, Trigger
from codespace_tracker.config.triggers import triggers_from
from codespace_tracker.config.zone import zone_from_name
from codespace_tracker.core.clock import DAY_US, HOUR_US

QUOTA = 120 * HOUR_US
NOW = 1_790_000_000_000_000

characters = st.characters() | st.sampled_from('\0\x1b\x9b\u202e\ud800{}[],:"\\/ \n')
numbers = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 1e308])
texts = st.text(characters, max_size=8) | st.text(characters, min_size=100, max_size=150)
anything = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
)
fields = [name for name in Trigger.model_fields if name != "conditions"]
values = anything | st.sampled_from(
    [
        value
        for one in [*GOOD_FIELDS, *(wrong for wrong, *_ in (*WRONG_BY_TYPE, *WRONG_BEYOND_TYPES))]
        for value in one.values()
    ]
)
conditions = st.dictionaries(
    st.sampled_from(list(Conditions.model_fields)) | texts, values, max_size=4
)
triggers = st.builds(
    lambda given, when: {**trigger(), **given, **when},
    st.dictionaries(st.sampled_from(fields) | texts, values, max_size=4),
    st.fixed_dictionaries({}, optional={"conditions": conditions | values}),
)
good_triggers = st.sampled_from(GOOD_FIELDS).map(lambda given: trigger(**given))
files = st.one_of(
    anything,
    triggers,
    st.lists(triggers, max_size=4),
    st.fixed_dictionaries(
        {"triggers": st.lists(triggers | anything, max_size=4)}, optional={"$schema": anything}
    ),
)


def check(text: str, file: str, problems: list[Problem]) -> None:
    """Each problem has a place within the text, and can be shown."""
    lines = text.split("\n")
    for problem in problems:
        shown = str(problem)
        assert len(shown) <= 600
        assert shown.isprintable()
        assert all(part.isprintable() for part in (problem.key, problem.message, problem.mend))
        assert shown.startswith(file)
        assert shown.endswith(problem.mend), "nothing was cut off"
        assert 0 <= problem.line <= len(lines)
        assert 0 <= problem.column <= len(lines[problem.line - 1]) + 1 or not problem.line
        assert problem.line or "more problems" in problem.message or file == "config.toml"


def looked_at(text: str) -> bool:
    """Look at a text; whether it is good."""
    found, problems = triggers_from(text, QUOTA)
    assert (found is None) == bool(problems)
    check(text, "trigger_config.json", problems)
    for one in found or []:
        assert one.levels or one.edge
        assert one.flag not in ("", ".", "..")
        assert "/" not in one.flag
        assert one.label.strip()
    return found is not None


@given(content=files, indent=st.sampled_from([None, 0, 2]), escaped=st.booleans())
@examples(60)
def test_whatever_json_stands_there_gives_triggers_or_problems(
    content: Any, indent: int | None, escaped: bool
) -> None:
    looked_at(json.dumps(content, indent=indent, ensure_ascii=escaped))


@given(content=files, at=st.integers(0, 2000), rest=texts, cut=st.integers(0, 5))
@examples(60)
@example(content=[], at=0, rest="\ufeff", cut=0)
def test_whatever_json_like_text_stands_there_gives_triggers_or_problems(
    content: Any, at: int, rest: str, cut: int
) -> None:
    text = json.dumps(content, indent=2)
    at = min(at, len(text))
    looked_at(text[:at] + rest + text[at + cut :])


@given(
    text=st.text(characters | st.sampled_from("{}[]:,\"'0123456789eE+-.truefalsn\\"), max_size=200)
)
def test_whatever_text_stands_there_gives_triggers_or_problems(text: str) -> None:
    looked_at(text)


usual = st.sampled_from(["*", "*", "1", "2-4", "*/3", "1,5"])
unusual = st.sampled_from(
    ["5-9", "59", "31", "L", "MON", "JAN-DEC", "5#2", "0/3", "00", "?", "²", "\u0663"]
)
cron_fields = usual | usual | unusual | st.text("0123456789*/,-L#WSUN", min_size=1, max_size=6)


@given(
    expression=(st.tuples(*[cron_fields] * 5) | st.lists(usual, min_size=4, max_size=6)).map(
        " ".join
    ),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe"]),
)
@examples(60)
@example(expression="0 0 29 2 MON#5", zone="UTC")
def test_whatever_stands_for_a_cron_expression_gives_moments_or_a_problem(
    expression: str, zone: str
) -> None:
    text = json.dumps(trigger(conditions={"at": expression}))
    if looked_at(text):
        table = zone_from_name(zone, NOW - 400 * DAY_US, NOW + 400 * DAY_US)
        [one] = with_points(triggers_from(text, QUOTA)[0] or [], table, NOW)
        assert list(one.points) == sorted(set(one.points))
        assert one.points


@given(
    text=st.text(max_size=80)
    | st.builds("https://{}/{}".format, st.text(max_size=20), st.text(max_size=20))
)
@examples(60)
def test_whatever_stands_for_an_address_gives_a_trigger_or_a_problem(text: str) -> None:
    looked_at(json.dumps(trigger(script_url=text)))


@given(
    text=st.text(max_size=80)
    | st.lists(
        st.builds(
            "{} = {}".format,
            st.sampled_from(list(Settings._fields)) | st.text("abc_.\"'[]", max_size=9),
            anything.map(repr) | texts,
        ),
        max_size=5,
    ).map("\n".join)
)
@examples(60)
def test_whatever_stands_in_the_settings_gives_them_or_problems(text: str) -> None:
    found, problems = settings_from(text)
    assert (found is None) == bool(problems)
    check(text, "config.toml", problems)


@given(
    written=st.lists(good_triggers, max_size=5),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns"]),
)
def test_a_plan_is_handed_over_as_it_is(written: list[dict[str, Any]], zone: str) -> None:
    labelled = [{**one, "label": f"t{n}", "flag_name": ""} for n, one in enumerate(written)]
    found, problems = triggers_from(json.dumps(labelled), QUOTA)
    assert problems == []
    assert found is not None
    table = zone_from_name(zone, NOW - 400 * DAY_US, NOW + 400 * DAY_US)
    plan = Configuration(Settings(time_zone=zone), table, tuple(with_points(found, table, NOW)))
    text = plan.to_json()
    assert Configuration.from_json(text) == plan
    assert Configuration.stored(text) == plan
    older = json.dumps({"triggers": [], **json.loads(text)})  # not at the end
    assert Configuration.stored(older) == plan


@given(content=anything, indent=st.sampled_from([None, 0, 2]))
def test_every_value_is_found_where_it_stands(content: Any, indent: int | None) -> None:
    text = json.dumps(content, indent=indent)
    found = places(text)
    for path, place in found.values.items():
        value = content
        for part in path:
            value = value[part]
        assert json.dumps(json.loads(text[place.start : place.end])) == json.dumps(value)
        assert text.split("\n")[place.line - 1][place.column - 1] == text[place.start]
        assert places(text, {path}).values == {path: place}
    assert found.duplicates == []


@given(
    written=st.lists(good_triggers, min_size=1, max_size=3),
    indent=st.sampled_from([None, 2]),
    single=st.booleans(),
)
def test_what_an_edit_leaves_is_as_good_as_before(
    written: list[dict[str, Any]], indent: int | None, single: bool
) -> None:
    labelled = [{**one, "label": f"t{n}", "flag_name": ""} for n, one in enumerate(written)]
    text = json.dumps(labelled[0] if single else labelled, indent=indent)
    assert looked_at(with_trigger(text, trigger(label="new")))
    assert looked_at(with_field(text, () if single else (0,), "enabled", value=False))
