"""A state directory, and the outputs, of release 0.1.0 as they were recorded: what it left works
on, and so do readers.

`test_upgrade.py` does the same with that release itself; this part needs neither its source nor
root.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.simulation.world import crash, live, rows
from tests.upgrade import outputs, release
from tests.upgrade.recording import RECORDED, recorded
from tests.upgrade.shapes import Shape, broken
from tests.upgrade.surface import refused
from tests.upgrade.upgraded import ARMED, LASTS, OCCURRENCES, WAITS, Upgraded

from codespace_tracker import __version__
from codespace_tracker.cli.frame import run
from codespace_tracker.config import load
from codespace_tracker.core.clock import MINUTE_US
from codespace_tracker.machine import clock, lock


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    made = Upgraded(tmp_path_factory.mktemp("upgraded"))
    live(made.daemon, made.machine, 2 * MINUTE_US)
    yield made
    crash(made.daemon)
    made.machine.cut_off_scripts()


def test_no_microsecond_is_lost_and_closed_sessions_stay(upgraded: Upgraded) -> None:
    last = rows(
        upgraded.directory,
        "SELECT running_us, last_mono_us FROM session ORDER BY number DESC LIMIT 1",
    )
    [(running, mono)] = last
    assert running - upgraded.running_us == mono - upgraded.seen_mono_us
    assert mono >= upgraded.seen_mono_us + 2 * MINUTE_US
    after = rows(upgraded.directory, "SELECT * FROM session ORDER BY number")
    assert [row[: len(old)] for row, old in zip(after, upgraded.before, strict=True)][
        :-1
    ] == upgraded.before[:-1]


def test_the_waiting_retry_happens_once_and_nothing_else_fires_again(upgraded: Upgraded) -> None:
    assert upgraded.fired() == {WAITS: 1, LASTS: 1}, (
        "the script that was cut off is tried again, as it always was"
    )
    now = {tuple(row[:4]): row[4] for row in rows(upgraded.directory, OCCURRENCES)}
    for *key, state in upgraded.occurrences:
        if key[0] not in (WAITS, LASTS) and not key[2].startswith("month:"):
            assert now[tuple(key)] == state
    assert len(now) == len(upgraded.occurrences)


def test_edges_count_on_from_where_they_were_armed(upgraded: Upgraded) -> None:
    assert rows(upgraded.directory, ARMED) == upgraded.armed
    assert len(upgraded.armed) > 15


def test_flags_stay_the_trackers_and_the_users(upgraded: Upgraded) -> None:
    old = {path.name for path in (RECORDED / "state/flags").glob("[!.]*")}
    new = {path.name for path in (upgraded.directory / "flags").glob("[!.]*")}
    assert new == old | {WAITS}
    assert (upgraded.directory / "flags/users_own").read_text() == "mine\n"


def test_every_setting_and_field_of_a_trigger_is_still_taken(upgraded: Upgraded) -> None:
    loaded = load.load(str(upgraded.directory), upgraded.machine.now.wall_us)
    assert loaded.configuration is not None
    assert not [one for one in loaded.problems if one.key != "reset_day"]
    assert len(loaded.configuration.triggers) == len(
        recorded("state/trigger_config.json")["triggers"]
    )


@pytest.fixture(scope="module")
def shown(upgraded: Upgraded) -> dict[str, Shape]:
    """The shapes of all that this version prints and draws while it runs there."""

    def verb(*words: str) -> str:
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")) as said:
            run([*words, "--dir", str(upgraded.directory)])
            said.seek(0)
            return said.read()

    held = lock.acquire(str(upgraded.directory / lock.DAEMON_LOCK), __version__)
    assert held is not None
    lock.say_up(held, __version__)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "read", lambda: upgraded.machine.now)
            return outputs.printed(verb) | outputs.drawn(upgraded.directory)
    finally:
        os.close(held)


def test_all_that_was_printed_and_drawn_still_has_its_keys(shown: dict[str, Shape]) -> None:
    was = recorded("outputs.json")
    assert {name: said for name in was if (said := broken(was[name], shown[name]))} == {}


def test_what_is_compared_is_there(shown: dict[str, Shape]) -> None:
    """Or a list that is empty now would hide that its keys are gone."""
    unseen = {
        f"{name}: {path}"
        for name, was in recorded("outputs.json").items()
        for path in was.keys() - shown[name]
    }
    assert unseen == set()


def test_every_command_option_and_argument_is_still_taken() -> None:
    surface = [sys.executable, "-I", str(Path(__file__).parent / "surface.py")]
    done = subprocess.run(surface, capture_output=True, text=True, check=True)
    assert refused(recorded("commands.json"), json.loads(done.stdout)) == []


def test_a_clone_without_the_release_says_so_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "COMMIT", "0" * 40)
    with pytest.raises(release.NoRelease, match=r"fetch-depth: 0") as told:
        release.source(tmp_path / "source")
    assert "\n" not in str(told.value)
