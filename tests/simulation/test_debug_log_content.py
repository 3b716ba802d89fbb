"""debug.log tells of recoveries, of triggers and of flags, and of nothing that is secret or happens
all the time."""

import re

from tests.builders import trigger
from tests.simulation.machine import End
from tests.simulation.world import World

from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.machine.process import PAUSE


def said(world: World) -> list[str]:
    """The lines without their moments and process numbers, and what differs from one to the
    next."""
    lines = (world.directory / "debug.log").read_text().splitlines()
    texts = [re.sub(r"^\S+Z \[\d+\] ", "", line) for line in lines]
    return [re.sub(r"\d{8}T\d+[^\s)]+", "RUN", text) for text in texts]


def test_a_recovery_says_which_moment_and_how_long_ago(world: World) -> None:
    world.write()
    world.live(90 * MINUTE_US)
    world.off(2 * HOUR_US)
    world.live(SECOND_US)
    assert any("started: new_boot, session 2" in line for line in said(world))
    [line] = [line for line in said(world) if "recovered" in line]
    form = r"session 1 was lost and is recovered: it ran 1h 30m, last seen 2026-\S+, 2h 00m ago"
    assert re.fullmatch(form, line)


def test_a_session_that_goes_on_says_how_long_no_tracker_ran(world: World) -> None:
    world.write()
    world.live(10 * MINUTE_US)
    world.crash()
    world.machine.run(5 * MINUTE_US)
    world.live(SECOND_US)
    assert "session 1 goes on; 5m without a tracker are counted" in said(world)


def test_a_clean_end_is_not_called_a_recovery(world: World) -> None:
    world.write()
    world.live(10 * MINUTE_US)
    assert world.daemon is not None
    world.daemon.step(PAUSE)
    world.crash()
    world.off(HOUR_US)
    world.live(SECOND_US)
    [line] = [line for line in said(world) if line.startswith("session 1 has ended")]
    assert line.endswith("1h 00m ago")


def test_a_trigger_is_told_of_from_due_to_its_flag(world: World) -> None:
    ends = iter([End(2 * SECOND_US, "failed"), End(90 * SECOND_US)])
    world.machine.script = lambda _: next(ends)
    world.write(trigger(retries=1))
    world.live(10 * MINUTE_US)
    told = [line for line in said(world) if line.startswith(("trigger ", "flag "))]
    names = [re.sub(r"(starts as |\()[^ )]+", r"\1RUN", line) for line in told]
    assert names == [
        'trigger "Backup" is due',
        'trigger "Backup": attempt 1 starts as RUN',
        'trigger "Backup": attempt 1 (RUN) failed after 2.0s, exit code 1; it is tried again in '
        "30.0s",
        'trigger "Backup": attempt 2 starts as RUN',
        'trigger "Backup": attempt 2 (RUN) succeeded after 1m',
        "flag backup placed: session:1",
    ]


def test_flags_that_are_over_or_taken_away_are_told_of(world: World) -> None:
    world.write(trigger())
    world.live(8 * MINUTE_US)
    (world.directory / "flags/backup").unlink()
    world.live(MINUTE_US)
    assert "flag backup was removed: its triggers may fire again" in said(world)
    world.off()
    world.live(MINUTE_US)
    assert "flag backup removed, because its scope is over: session:1" in said(world)


def test_what_is_skipped_says_why(world: World) -> None:
    (world.directory / "flags").mkdir(parents=True)
    world.machine.script = lambda _: None
    world.write(trigger(conditions={"every_minutes": 5}))
    world.live(11 * MINUTE_US)
    assert 'trigger "Backup" is due, and is skipped: running' in said(world)


def test_no_command_and_no_variable_is_in_it_and_each_line_is_one(world: World) -> None:
    world.write(
        trigger(
            "Two words", script_command="echo hush-command", env={"NAME": "hush-value"}, cwd="/hush"
        )
    )
    world.live(10 * MINUTE_US)
    text = (world.directory / "debug.log").read_text()
    assert "hush" not in text
    assert all(re.match(r"\S+Z \[\d+\] ", line) for line in text.splitlines())
    assert 'trigger "Two words"' in text


def test_hours_without_anything_new_add_no_line(world: World) -> None:
    world.write(trigger())
    world.live(10 * MINUTE_US)
    before = said(world)
    world.live(5 * HOUR_US)
    assert said(world) == before
