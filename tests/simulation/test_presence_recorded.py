"""What the tracker records of who was there: by the real loop and ledger on a simulated machine."""

import pytest
from tests.simulation.world import World, rows

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US

QUARTERS = (
    "SELECT quarter_at, present_us, absent_us, unknown_us FROM presence UNION ALL"
    " SELECT quarter_at, present_us, absent_us, unknown_us FROM session"
    " WHERE quarter_at IS NOT NULL ORDER BY 1"
)


def split(world: World) -> tuple[int, int, int]:
    """Minutes present, absent and unknown, rounded."""
    found = rows(world.directory, QUARTERS)
    present, absent, unknown = (sum(row[n] for row in found) for n in (1, 2, 3))
    return round(present / MINUTE_US), round(absent / MINUTE_US), round(unknown / MINUTE_US)


def test_an_hour_with_a_person_for_ten_minutes_and_an_editor_for_twenty(world: World) -> None:
    world.live(10 * MINUTE_US)
    for _ in range(10):
        world.machine.types()
        world.live(MINUTE_US)
    world.live(15 * MINUTE_US)
    world.machine.serves(1)
    world.live(20 * MINUTE_US)
    world.machine.servers.clear()
    world.live(5 * MINUTE_US)
    present, absent, unknown = split(world)
    assert present == 14, "from the first minute to five minutes after the last"
    assert 20 <= unknown <= 22
    assert present + absent + unknown in (59, 60), "the last minute is not decided yet"


def test_a_crash_of_the_tracker_loses_no_time_and_what_it_did_not_see_is_unknown(
    world: World,
) -> None:
    world.live(30 * MINUTE_US)
    world.crash()
    world.machine.run(10 * MINUTE_US)
    world.live(20 * MINUTE_US)
    present, absent, unknown = split(world)
    assert present == 0
    assert absent + unknown in (59, 60)
    assert unknown in (10, 11)


def test_what_is_decided_adds_up_to_the_running_time_of_each_session(world: World) -> None:
    for _ in range(3):
        world.live(40 * MINUTE_US)
        world.machine.set_wall_clock(-HOUR_US)
        world.machine.suspend(DAY_US)
        world.live(40 * MINUTE_US)
        world.off()
    for number, running_us, decided_us in rows(
        world.directory, "SELECT number, running_us, decided_us FROM session"
    ):
        assert running_us - MINUTE_US - SECOND_US <= decided_us <= running_us
        sums = rows(
            world.directory,
            f"SELECT (SELECT sum(present_us + absent_us + unknown_us) FROM presence WHERE session ="
            f" {number}) + present_us + absent_us + unknown_us FROM session WHERE number={number}",
        )
        assert sums == [(decided_us,)]


def test_a_quiet_hour_writes_four_rows(world: World) -> None:
    world.live(HOUR_US)
    assert 4 <= rows(world.directory, "SELECT count(*) FROM presence")[0][0] <= 5


@pytest.mark.parametrize("off", ["presence = false\n", "presence = false\npresent_minutes = 9\n"])
def test_it_can_be_turned_off(world: World, off: str) -> None:
    world.config(off)
    world.machine.types()
    world.live(HOUR_US)
    assert rows(world.directory, QUARTERS) == []


def test_how_long_a_sign_of_a_person_counts_can_be_set(world: World) -> None:
    world.config("present_minutes = 20\n")
    world.live(MINUTE_US)
    world.machine.types()
    world.live(HOUR_US)
    assert split(world)[0] == 20
