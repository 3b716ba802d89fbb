"""Release 0.1.0 with everything under way is upgraded in place: nothing is lost, nothing happens
twice.

Later releases keep this green. One of them may ignore `reset_day`: what had fired in the period
that it began then counts as fired in the current month, and its flags stay.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.integration.real_tracker import wait_until
from tests.upgrade import outputs
from tests.upgrade.conftest import Wheels, surface
from tests.upgrade.history import CONFIG, await_long_wait, make
from tests.upgrade.machine import Codespace
from tests.upgrade.recording import RECORDED
from tests.upgrade.release import VERSION
from tests.upgrade.shapes import Shape, broken
from tests.upgrade.surface import refused

from codespace_tracker import __version__

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

MONTHLY = ("this_month", "half_of_the_quota", "quota_warning_at_50")


class Upgrade:
    """One upgrade, with what was seen of both versions."""

    def __init__(self, codespace: Codespace, wheels: Wheels) -> None:
        self.codespace = codespace
        make(codespace)
        self.old_shapes = self.shapes()
        self.old_surface = json.loads(surface(codespace.program))
        self.old_flags = self.flags()
        self.old_log = codespace.json("triggers", "log", "--limit", "1000")
        self.old_sessions = codespace.json("sessions")
        self.before, self.asked_before = self.asked()
        codespace.program.install(wheels.new)
        self.attempts = await_long_wait(codespace)
        self.old_lines = self.lines()
        self.said = codespace.verb("ensure")
        self.after = codespace.json("status")
        wait_until(
            (codespace.folder / "variables-now").exists, "the retry happens under the new version"
        )
        self.new_shapes = self.shapes()
        (codespace.folder / "over").touch()
        wait_until(
            lambda: self.occurrence("lasts")["state"] == "succeeded",
            "the script that lasted is recorded",
        )
        wait_until(
            lambda: self.occurrence("waits")["state"] == "succeeded", "the retry is recorded"
        )
        self.later, self.asked_later = self.asked()
        self.log = codespace.json("triggers", "log", "--limit", "1000")

    def asked(self) -> tuple[Any, tuple[int, int]]:
        """What `status` says, and the kernel's clock before and after it said so, in µs."""
        began = time.monotonic_ns() // 1000
        said = self.codespace.json("status")
        return said, (began, time.monotonic_ns() // 1000)

    def shapes(self) -> dict[str, Shape]:
        """The shapes of all that is printed and drawn."""
        printed = outputs.printed(lambda *words: self.codespace.verb(*words, code=None))
        return printed | outputs.drawn(self.codespace.directory)

    def lines(self) -> list[str]:
        """What the scripts wrote: flag, session, attempt."""
        return (self.codespace.folder / "lines").read_text().splitlines()

    def flags(self) -> dict[str, str]:
        """The flags with what is in them."""
        return {
            path.name: path.read_text()
            for path in (self.codespace.directory / "flags").glob("[!.]*")
        }

    def occurrence(self, flag: str) -> Any:
        """The only occurrence of a flag."""
        [found] = [
            one
            for one in self.codespace.json("triggers", "log", "--limit", "1000")
            if one["flag"] == flag
        ]
        return found


@pytest.fixture(scope="module")
def upgrade(place: Callable[[], Codespace], wheels: Wheels) -> Upgrade:
    return Upgrade(place(), wheels)


def behind_the_clock(status: Any) -> int:
    """How far the running time is behind the kernel's clock: the same for ever where no second is
    lost or doubled."""
    return int(status["session"]["life"]["last_mono_us"] - status["session"]["running_us"])


def test_ensure_replaces_the_running_older_version(upgrade: Upgrade) -> None:
    assert (upgrade.before["tracker"]["version"], upgrade.after["tracker"]["version"]) == (
        VERSION,
        __version__,
    )
    assert upgrade.after["running"] is True
    assert upgrade.said


def test_no_second_is_lost_by_the_kernels_clock(upgrade: Upgrade) -> None:
    assert (
        behind_the_clock(upgrade.before)
        == behind_the_clock(upgrade.after)
        == behind_the_clock(upgrade.later)
    )
    ran = upgrade.later["session"]["running_us"] - upgrade.before["session"]["running_us"]
    (before_from, before_to), (later_from, later_to) = upgrade.asked_before, upgrade.asked_later
    assert later_from - before_to <= ran <= later_to - before_from, "between two calls of `status`"
    assert upgrade.after["session"]["session_id"] == upgrade.before["session"]["session_id"]


def test_earlier_sessions_and_imported_ones_stay(upgrade: Upgrade) -> None:
    new = {one["session_id"]: one for one in upgrade.codespace.json("sessions")}
    ended = [one for one in upgrade.old_sessions if one["state"] != "open"]
    assert [one["state"] for one in ended].count("recovered") == 2, (
        "one was lost here, one by the original tool"
    )
    assert len(ended) == len(new) - 1 == 4
    for one in ended:
        assert {key: new[one["session_id"]][key] for key in one} == one


def test_no_trigger_runs_twice(upgrade: Upgrade) -> None:
    assert set(Counter(upgrade.lines()).values()) == {1}
    assert but_waits(upgrade.lines()) == but_waits(upgrade.old_lines)


def but_waits(lines: list[str]) -> set[str]:
    """The lines of all but the one script that is to be tried again."""
    return {line for line in lines if not line.startswith("waits ")}


def test_the_waiting_retry_happens_once(upgrade: Upgrade) -> None:
    runs = upgrade.occurrence("waits")["runs"]
    results = [one["result"] for one in sorted(runs, key=lambda one: one["attempt"])]
    assert results == ["failed"] * (len(runs) - 1) + ["succeeded"], (
        "the script fails for as long as 0.1.0 runs"
    )
    assert len(runs) > upgrade.attempts
    tried = [attempt for flag, _, attempt in map(str.split, upgrade.lines()) if flag == "waits"]
    assert tried == [str(n + 1) for n in range(len(runs))]


def test_a_script_that_runs_meanwhile_ends_once_and_as_a_success(upgrade: Upgrade) -> None:
    found = upgrade.occurrence("lasts")
    assert [run["result"] for run in found["runs"]] == ["succeeded"]
    assert len([line for line in upgrade.lines() if line.startswith("lasts ")]) == 1


def test_what_has_fired_is_known_and_does_not_fire_again(upgrade: Upgrade) -> None:
    assert len(upgrade.log) == len(upgrade.old_log)
    now = {one["id"]: one for one in upgrade.log}
    for one in upgrade.old_log:
        if one["flag"] in ("waits", "lasts"):
            continue
        same = ("flag", "label", "state", "attempts", "due_at", "claimed_at", "session", "runs")
        assert {key: now[one["id"]][key] for key in same} == {key: one[key] for key in same}


def test_fired_quota_warnings_do_not_fire_again(upgrade: Upgrade) -> None:
    assert 50 < upgrade.before["month"]["percent"] < 75
    warnings = [one for one in upgrade.log if one["flag"].startswith("quota_warning")]
    assert [(one["label"], one["state"]) for one in warnings] == [
        ("Quota warning at 50 %", "succeeded")
    ]


def test_flags_stay_the_trackers_and_the_users(upgrade: Upgrade) -> None:
    new = upgrade.flags()
    assert new.keys() == upgrade.old_flags.keys() | {"waits", "lasts"}
    for name, content in upgrade.old_flags.items():
        if name not in MONTHLY:
            assert new[name] == content
    assert {*MONTHLY, "users_own"} < new.keys()


def test_every_json_output_and_file_has_all_keys_of_0_1_0(upgrade: Upgrade) -> None:
    new = upgrade.new_shapes
    assert {
        name: said for name, was in upgrade.old_shapes.items() if (said := broken(was, new[name]))
    } == {}


def test_every_option_of_0_1_0_is_taken(upgrade: Upgrade) -> None:
    assert refused(upgrade.old_surface, json.loads(surface(upgrade.codespace.program))) == []


def test_the_recording_is_what_0_1_0_really_does(upgrade: Upgrade) -> None:
    assert json.loads((RECORDED / "commands.json").read_text()) == upgrade.old_surface
    kept = json.loads((RECORDED / "outputs.json").read_text())
    assert {name: sorted(shape) for name, shape in kept.items()} == {
        name: sorted(shape) for name, shape in upgrade.old_shapes.items()
    }


def test_the_recording_has_every_setting_and_field_of_0_1_0(wheels: Wheels) -> None:
    source = wheels.old.parent.parent / "source/src/codespace_tracker/config"
    types = (
        source.joinpath("settings.py")
        .read_text()
        .partition("class _File")[2]
        .partition("_EXPECTED")[0]
    )
    settings = {
        line.partition(":")[0].strip()
        for line in types.splitlines()
        if line.startswith("    ") and ": " in line
    }
    assert settings == {line.partition(" ")[0] for line in CONFIG.splitlines()}


def test_scripts_get_every_variable_that_they_got(upgrade: Upgrade) -> None:
    old, new = (names(upgrade.codespace.folder / name) for name in ("variables", "variables-now"))
    assert {name for name in old if name.startswith("CODESPACE_TRACKER_")} <= new
    assert len(old) > 9


def names(variables: Path) -> set[str]:
    """The names in what `env` printed."""
    return {line.partition("=")[0] for line in variables.read_text().splitlines()}


def test_the_shell_hook_of_0_1_0_says_nothing_and_brings_the_new_version_back(
    upgrade: Upgrade,
) -> None:
    codespace = upgrade.codespace
    codespace.verb("notice", "--clear")
    wait_until(lambda: not (codespace.directory / "notice.txt").exists(), "no notice stands")
    holders = [codespace.holder(name) for name in ("keeper.lock", "daemon.lock")]
    done = codespace.within("setsid", "bash", "-i", "-c", "true")
    assert done.stdout == ""
    assert [codespace.holder(name) for name in ("keeper.lock", "daemon.lock")] == holders
    for name in ("keeper.lock", "daemon.lock"):
        codespace.signal(name, "KILL")
    codespace.within("setsid", "bash", "-i", "-c", "true")
    wait_until(partial(runs, codespace, __version__), "it is back")
    assert behind_the_clock(codespace.json("status")) == behind_the_clock(upgrade.before)


def runs(codespace: Codespace, version: str) -> bool:
    """Whether a tracker of a version counts."""
    found = json.loads(codespace.verb("status", "--json", code=None))
    return bool(found["running"]) and found["tracker"]["version"] == version


# --- one of the two is older


@pytest.fixture
def running(place: Callable[[], Codespace]) -> Iterator[Codespace]:
    """A codespace in which 0.1.0 runs with nothing to do."""
    codespace = place()
    codespace.boot(1)
    codespace.verb("init", "--timezone", "UTC")
    (codespace.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
    codespace.verb("start")
    yield codespace
    codespace.kill()


def test_a_keeper_of_0_1_0_starts_the_new_daemon_after_a_crash_and_ensure_replaces_it(
    running: Codespace, wheels: Wheels
) -> None:
    before = running.json("status")
    running.program.install(wheels.new)
    running.signal("daemon.lock", "KILL")
    wait_until(partial(runs, running, __version__), "the old keeper has started the new daemon")
    assert running.holder("keeper.lock")[1] == VERSION
    assert behind_the_clock(running.json("status")) == behind_the_clock(before)
    running.verb("ensure")
    assert running.holder("keeper.lock")[1] == running.holder("daemon.lock")[1] == __version__
    assert behind_the_clock(running.json("status")) == behind_the_clock(before)
    assert running.json("status")["total"]["session_count"] == 1


def test_a_new_keeper_waits_for_a_daemon_of_0_1_0_and_follows_it(
    running: Codespace, wheels: Wheels
) -> None:
    before = running.json("status")
    running.signal("keeper.lock", "KILL")
    running.program.install(wheels.new)
    command = (
        f"setsid -f {running.program.command} ghadi --dir {running.directory} >/dev/null 2>&1 "
        "</dev/null"
    )
    running.within("sh", "-c", command)
    wait_until(lambda: running.holder("keeper.lock")[1] == __version__, "the new keeper is there")
    assert running.holder("daemon.lock")[1] == VERSION
    assert running.json("status")["running"] is True
    running.signal("daemon.lock", "KILL")
    wait_until(partial(runs, running, __version__), "the new keeper has started the new daemon")
    assert behind_the_clock(running.json("status")) == behind_the_clock(before)


def test_ensure_replaces_a_daemon_of_0_1_0_that_has_no_keeper(
    running: Codespace, wheels: Wheels
) -> None:
    before = running.json("status")
    running.signal("keeper.lock", "KILL")
    running.program.install(wheels.new)
    running.verb("ensure")
    assert running.holder("keeper.lock")[1] == running.holder("daemon.lock")[1] == __version__
    assert behind_the_clock(running.json("status")) == behind_the_clock(before)
    assert running.json("status")["total"]["session_count"] == 1


def test_verbs_of_0_1_0_leave_the_new_tracker_alone_and_can_stop_it(
    running: Codespace, place: Callable[[], Codespace], wheels: Wheels
) -> None:
    old = place().program
    running.program.install(wheels.new)
    running.verb("ensure")
    holders = [running.holder(name) for name in ("keeper.lock", "daemon.lock")]
    running.verb("ensure", of=old)
    assert [running.holder(name) for name in ("keeper.lock", "daemon.lock")] == holders
    running.verb("status", of=old, code=None)
    running.verb("stop", of=old)
    assert running.json("status", code=None)["running"] is False
    running.verb("start")
    assert runs(running, __version__)
