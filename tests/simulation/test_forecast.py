"""What `triggers simulate` and `explain` foresee is what the real loop then does, to the
microsecond."""

import json
from typing import Any

import pytest
from hypothesis import Phase, example, given
from hypothesis import strategies as st
from tests.builders import trigger
from tests.examples import examples
from tests.simulation.foreseeing import fired_since, foreseen
from tests.simulation.world import World, world_in_memory

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US

pytestmark = pytest.mark.usefixtures("seldom_drawn")

SELDOM = "heartbeat_seconds = 300\n"
ZONES = ("UTC", "Asia/Kolkata", "America/New_York")


def near_the_months_end(world: World) -> None:
    """The simulated machine starts on 21 September: now on the 30th. And it is a codespace, so
    there is a quota."""
    machine = world.machine
    machine.now = machine.now._replace(wall_us=machine.now.wall_us + 9 * DAY_US)
    machine.seen = machine.seen._replace(kind="codespaces")


def check(world: World, before_us: int, hours: float = 30) -> list[tuple[str, int]]:
    """Live for a while, foresee, live on; what was foreseen, which is what came. Somebody may be in
    an editor, so nothing comes by idleness."""
    world.machine.serves(1)
    world.live(before_us)
    ahead, at = foreseen(world, hours), world.machine.now.wall_us
    world.live(int(hours * HOUR_US))
    assert ahead == fired_since(world, at, hours)
    return ahead


@pytest.fixture
def world(world: World) -> World:
    world.config(SELDOM)
    return world


@pytest.mark.parametrize(
    ("conditions", "count"),
    [
        ({"minute_runtime_minutes": 90}, 1),
        ({"today_runtime_hours": 2}, 2),
        ({"today_runtime_hours": 0}, 1),
        ({"total_runtime_hours": 5}, 1),
        ({"month_core_hours": 10}, 2),
        ({"quota_percent": 10}, 2),
        ({"every_minutes": 37}, 48),
        ({"every_minutes": 100, "total_runtime_hours": 6}, 15),
        ({"at": "0 0 * * *"}, 1),
        ({"at": "*/20 * * * *", "today_runtime_hours": 3}, 73),
        ({"idle_minutes": 20}, 0),
        ({"event": "session_start"}, 0),
    ],
)
def test_what_is_foreseen_of_one_trigger_is_what_comes(
    world: World, conditions: dict[str, Any], count: int
) -> None:
    near_the_months_end(world)
    world.config(SELDOM)
    world.write(trigger(conditions=conditions))
    assert len(check(world, 10 * MINUTE_US)) == count


def test_a_moment_at_the_very_end_of_a_day_is_foreseen(world: World) -> None:
    world.live(SECOND_US)
    to_midnight = DAY_US - world.machine.now.wall_us % DAY_US
    period = to_midnight - 10 * MINUTE_US
    world.live(10 * MINUTE_US - 100_000)  # a plan takes a tenth of a second
    world.write(trigger(conditions={"every_minutes": period / MINUTE_US}))
    found = check(world, SECOND_US)
    assert any(at % DAY_US < 1000 for _, at in found)


def test_triggers_of_one_flag_are_foreseen_together(world: World) -> None:
    near_the_months_end(world)
    world.config(SELDOM)
    world.write(
        trigger(
            "a",
            flag_name="shared",
            conditions={"total_runtime_hours": 3, "minute_runtime_minutes": 170},
        ),
        trigger("b", flag_name="shared", conditions={"total_runtime_hours": 5}),
        trigger("c", flag_name="other", conditions={"today_runtime_hours": 4}),
        trigger("d", flag_name="other", conditions={"today_runtime_hours": 3}),
    )
    assert [label for label, _ in check(world, 10 * MINUTE_US)] == ["a", "d", "d"]


def test_edges_of_one_flag_at_one_moment_are_foreseen_once(world: World) -> None:
    world.write(
        trigger("a", flag_name="shared", conditions={"at": "0 0 * * *"}),
        trigger("b", flag_name="shared", conditions={"at": "0 */12 * * *"}),
        trigger("c", flag_name="other", conditions={"every_minutes": 600}),
        trigger("d", flag_name="other", conditions={"every_minutes": 900}),
    )
    found = [label for label, _ in check(world, 10 * MINUTE_US, hours=31)]
    assert found == ["a", "b", "c", "c", "c", "d"]


def test_what_the_user_suppressed_or_disabled_is_not_foreseen(world: World) -> None:
    world.write(
        trigger("held"),
        trigger("off", enabled=False),
        trigger("edge", conditions={"every_minutes": 60}),
        trigger("on"),
    )
    world.live(SECOND_US)
    for name in ("held", "edge"):
        (world.directory / "flags" / name).write_text("not now\n")
    world.live(20 * SECOND_US)
    assert [label for label, _ in check(world, 0)] == ["on"]


def test_what_a_start_would_fire_is_foreseen_while_the_tracker_is_off(world: World) -> None:
    world.write(
        trigger("session", conditions={"minute_runtime_minutes": 90}),
        trigger("day", conditions={"today_runtime_hours": 2}),
        trigger("every", conditions={"every_minutes": 50}),
        trigger("missed", conditions={"at": "30 * * * *"}),
    )
    world.live(100 * MINUTE_US)
    world.off(11 * HOUR_US)  # over midnight
    ahead, at = foreseen(world, runs=False), world.machine.now.wall_us
    world.live(30 * HOUR_US)
    came = fired_since(world, at)
    assert {label for label, _ in ahead} == {"session", "day", "every", "missed"}
    assert [label for label, _ in ahead] == [label for label, _ in came]
    planning = max(abs(then - now) for (_, then), (_, now) in zip(ahead, came, strict=True))
    assert planning <= SECOND_US, "what is missed waits for the plan"


def test_what_the_tracker_missed_while_the_machine_ran_is_foreseen(world: World) -> None:
    world.write(trigger("every", conditions={"every_minutes": 50}), trigger("level"))
    world.live(MINUTE_US)
    world.crash()
    world.machine.run(3 * HOUR_US)
    ahead = foreseen(world, 2, runs=False)
    at = world.machine.now.wall_us
    world.live(2 * HOUR_US)
    came = fired_since(world, at, 2)
    assert (
        [label for label, _ in ahead] == [label for label, _ in came] == [*["every"] * 4, "level"]
    )


CONDITIONS = st.one_of(
    st.fixed_dictionaries({"minute_runtime_minutes": st.integers(0, 2000)}),
    st.fixed_dictionaries({"today_runtime_hours": st.integers(0, 30)}),
    st.fixed_dictionaries(
        {"total_runtime_hours": st.floats(0, 33).map(lambda hours: round(hours, 2))}
    ),
    st.fixed_dictionaries({"month_core_hours": st.integers(0, 70)}),
    st.fixed_dictionaries({"quota_percent": st.integers(0, 60)}),
    st.fixed_dictionaries(
        {"every_minutes": st.integers(20, 2000)},
        optional={"today_runtime_hours": st.integers(0, 20)},
    ),
    st.fixed_dictionaries(
        {"at": st.sampled_from(["0 0 * * *", "30 3 * * *", "*/45 * * * *", "0 0 1 * *"])},
        optional={"minute_runtime_minutes": st.integers(0, 1500)},
    ),
    st.fixed_dictionaries({"idle_minutes": st.integers(1, 60)}),
    st.fixed_dictionaries(
        {"minute_runtime_minutes": st.integers(0, 1500), "total_runtime_hours": st.integers(0, 30)},
    ),
)
REPEATS = st.sampled_from([None, None, "session", "day", "month", "once"])
TRIGGERS = st.lists(
    st.tuples(
        CONDITIONS,
        st.sampled_from([None, None, "session", "day", "month", "once"]),
        st.sampled_from("abcdefgh"),
    ),
    min_size=1,
    max_size=6,
)


@examples(4, phases=[Phase.explicit, Phase.generate])  # shrinking would take many minutes
@example(written=[({"every_minutes": 124}, "day", "c")], zone="Asia/Kolkata", before=983)
@example(
    written=[({"at": "0 0 * * *"}, None, "c"), ({"at": "0 0 * * *"}, "session", "c")],
    zone="America/New_York",
    before=800,
)
@given(written=TRIGGERS, zone=st.sampled_from(ZONES), before=st.integers(1, 20 * 60))
def test_what_is_foreseen_is_what_comes(written: list[Any], zone: str, before: int) -> None:
    repeats: dict[str, Any] = {}
    triggers = []
    for n, (conditions, repeat, flag) in enumerate(written):
        repeats.setdefault(flag, repeat)
        more = {} if repeats[flag] is None else {"repeat": repeats[flag]}
        triggers.append(trigger(f"t{n}", conditions=conditions, flag_name=flag, **more))
    with world_in_memory() as world:
        near_the_months_end(world)
        world.config(f'{SELDOM}time_zone = "{zone}"\n')
        world.write(*triggers)
        check(world, before * MINUTE_US)
        assert json.loads((world.directory / "status.json").read_text())["problems"] == []
