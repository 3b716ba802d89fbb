"""Each file and folder of a state directory, and all that can be done to it while the daemon runs.

After each: the clock has gone on, what was saved is still there, nothing outside was touched, the
daemon sleeps, and what it cannot mend by itself it tells.
"""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from tests.builders import trigger
from tests.simulation.disturbing import (
    DISTURBANCES,
    look_at,
    may_read,
    outside,
    readable,
    remove,
)
from tests.simulation.machine import SimulatedMachine
from tests.simulation.world import begun, crash, rows

from codespace_tracker.core.clock import MINUTE_US, SECOND_US
from codespace_tracker.daemon.loop import BEGIN_AGAIN, Daemon
from codespace_tracker.ledger.backup import copy_to
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.machine.file_names import DRAWN

HANGS_AFTER_SECONDS = 60


class Stormy:
    """A tracker with a trigger that has fired, and a place outside."""

    def __init__(self, folder: Path) -> None:
        self.directory = folder / "state"
        self.machine = SimulatedMachine()
        self.outside = outside(folder / "outside")
        self.directory.mkdir()
        conditions = [{"minute_runtime_minutes": 1}, {"every_minutes": 1}]
        triggers = [trigger(f"t{n}", conditions=one) for n, one in enumerate(conditions)]
        (self.directory / "trigger_config.json").write_text(json.dumps(triggers))
        (self.directory / "config.toml").write_text("metrics = true\nheartbeat_seconds = 30\n")
        self.daemon = self._begin()
        self.live(3 * MINUTE_US)
        self.session_id = self.daemon.session.session_id
        self.before = look_at(self.outside)

    def _begin(self) -> Daemon:
        return begun(self.directory, self.machine)

    def live(self, microseconds: int) -> None:
        """Let the tracker run for so long, begun again as the keeper would; it may wake about as
        often as it beats."""
        until, woken = self.machine.now.mono_us + microseconds, 0
        while self.machine.now.mono_us < until:
            self.daemon.step(
                self.machine.wait(min(self.daemon.until_due(), until - self.machine.now.mono_us))
            )
            woken += 1
            if self.daemon.exit_code is not None:
                assert self.daemon.exit_code == BEGIN_AGAIN
                self.begin_again()
        assert woken < 20 + 3 * microseconds // (30 * SECOND_US), "the daemon does not sleep"

    def begin_again(self) -> None:
        crash(self.daemon)
        self.daemon = self._begin()

    def draw_everything(self) -> None:
        """Let the tracker draw all files, and go on."""
        self.daemon.step(signal.SIGHUP)
        self.live(2 * MINUTE_US)

    def told(self) -> str:
        """All that the daemon says is wrong now."""
        return "\n".join(self.daemon.problems.all())

    def tells_of(self, name: str) -> bool:
        """Whether the daemon says that this file could not be written, and what to do."""
        return any(
            text.startswith(f"{name}: ") and "Fix:" in text for text in self.daemon.problems.all()
        )

    def assert_well(self) -> None:
        """One session that has not lost a second, in memory and in the ledger, and nothing outside
        touched."""
        [(session_id, running_us, mono_us)] = rows(
            self.directory, "SELECT session_id, running_us, last_mono_us FROM session"
        )
        assert session_id == self.daemon.session.session_id == self.session_id
        assert running_us == mono_us
        assert mono_us >= self.machine.now.mono_us - 30 * SECOND_US
        numbers = [seq for (seq,) in rows(self.directory, "SELECT seq FROM journal ORDER BY seq")]
        assert numbers == list(range(1, len(numbers) + 1))
        self.assert_nothing_touched()

    def assert_nothing_touched(self) -> None:
        assert look_at(self.outside) == self.before


@pytest.fixture
def stormy(tmp_path: Path) -> Iterator[Stormy]:
    """Fails, instead of waiting for ever, where something holds the daemon up."""

    def too_long(number: int, frame: FrameType | None) -> None:
        raise AssertionError("the daemon is held up")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(HANGS_AFTER_SECONDS)
    made = Stormy(tmp_path)
    try:
        yield made
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        crash(made.daemon)


def test_runtime_files_that_are_disturbed_are_drawn_again_or_told(stormy: Stormy) -> None:
    drawn = [*DRAWN, "metrics.prom"]
    beside = [
        "notice.txt",
        "status.json.tmp",
        "prompt.txt.tmp",
        ".session_logs.json.spare",
        ".session_logs.json.leaving",
    ]
    paths = [stormy.directory / name for name in drawn + beside]
    for what, disturb in DISTURBANCES.items():
        for path in paths:
            disturb(path, stormy.outside)
        stormy.draw_everything()
        stormy.assert_well()
        for path in paths:
            if path.name in drawn and not stormy.tells_of(path.name):
                assert path.is_file(), what
                assert not path.is_symlink(), what
                assert path.read_bytes().endswith(b"\n"), what
                if path.suffix == ".json":
                    json.loads(path.read_bytes())
        if stormy.told():
            assert what in ("is a folder", "may not be read"), f"{what}: {stormy.told()}"
            for path in paths:
                remove(path)
            stormy.live(2 * MINUTE_US)
            assert stormy.told() == "", what
        assert all((stormy.directory / name).is_file() for name in drawn), what


@pytest.mark.parametrize(
    "name", ["config.toml", "trigger_config.json", "trigger_config.schema.json"]
)
def test_a_configuration_that_is_disturbed_leaves_the_last_good_plan_in_force(
    stormy: Stormy, name: str
) -> None:
    path = stormy.directory / name
    good = path.read_bytes()
    for what, disturb in DISTURBANCES.items():
        disturb(path, stormy.outside)
        fired = len(stormy.machine.lines)
        stormy.live(2 * MINUTE_US)
        stormy.assert_well()
        if stormy.told():
            assert name in stormy.told(), what
            assert len(stormy.machine.lines) >= fired + 1, f"{what}: the triggers go on"
        remove(path)
        path.write_bytes(good)
        stormy.live(2 * MINUTE_US)
        assert stormy.told() == "", what


def test_a_ledger_that_is_disturbed_loses_no_second_of_the_session(stormy: Stormy) -> None:
    path = stormy.directory / "ledger.db"
    for what, disturb in DISTURBANCES.items():
        disturb(path, stormy.outside)
        stormy.live(2 * MINUTE_US)
        assert path.is_file(), what
        assert not path.is_symlink(), what
        stormy.assert_well()


def test_a_write_ahead_log_that_is_disturbed_loses_no_second_of_the_session(stormy: Stormy) -> None:
    path = stormy.directory / "ledger.db-wal"
    for what, disturb in DISTURBANCES.items():
        disturb(path, stormy.outside)
        stormy.live(2 * MINUTE_US)
        assert (stormy.directory / "ledger.db").is_file(), what
        readable(path)  # or we could not look
        stormy.assert_well()


def test_a_link_to_another_sound_ledger_is_not_followed_while_the_tracker_runs(
    stormy: Stormy,
) -> None:
    path = stormy.directory / "ledger.db"
    other = stormy.outside / "ledger.db"
    copy_to(stormy.daemon.ledger.connection, str(other))
    stormy.before = look_at(stormy.outside)
    path.unlink()
    path.symlink_to(other)
    stormy.live(2 * MINUTE_US)
    assert not path.is_symlink()
    stormy.assert_well()


@pytest.mark.parametrize(
    "name", ["ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db-journal", "ledger.db.tmp"]
)
def test_a_ledger_that_is_disturbed_between_two_lives_of_the_daemon_loses_no_second(
    stormy: Stormy, name: str
) -> None:
    path = stormy.directory / name
    for what, disturb in DISTURBANCES.items():
        crash(stormy.daemon)
        disturb(path, stormy.outside)
        if what == "may not be read" and name.startswith("ledger.db") and not may_read(path):
            with pytest.raises(LedgerError, match=r"Fix: check the permissions"):
                begun(stormy.directory, stormy.machine)
            readable(path)  # what was counted is still in it
        stormy.begin_again()
        stormy.live(MINUTE_US)
        assert not path.is_symlink() or name.endswith(".tmp"), what
        stormy.assert_well()


@pytest.mark.parametrize(
    "name", ["flags", "runs", "backups", "flags/t0", "flags/.drawn", "debug.log", "debug.log.1"]
)
def test_disturbed_folders_cost_no_second_and_fire_nothing_twice(stormy: Stormy, name: str) -> None:
    path = stormy.directory / name
    for what, disturb in DISTURBANCES.items():
        disturb(path, stormy.outside)
        stormy.live(2 * MINUTE_US)
        stormy.assert_well()
        assert stormy.told() == "" or name.partition("/")[0] in stormy.told(), what
        remove(path)
        stormy.live(2 * MINUTE_US)
        assert stormy.told() == "", what
