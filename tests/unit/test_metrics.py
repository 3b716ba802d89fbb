"""metrics.prom, read by Prometheus' own parser, and held to what the ledger says."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from tests.simulation.machine import SimulatedMachine
from tests.simulation.world import begun, crash, live, rows

from codespace_tracker import metrics
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.daemon.loop import Daemon
from codespace_tracker.ledger.billing import Billing, Line
from codespace_tracker.ledger.occurrences import RunTotal
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.process import PAUSE

RUNS = [
    RunTotal(
        "backup", "Back up", "failed", 2, 7 * SECOND_US, 1_700_000_000 * SECOND_US, 3 * SECOND_US
    )
]


class Scene:
    """A simulated machine with a tracker that writes metrics."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.machine = SimulatedMachine("codespaces")
        (directory / "config.toml").write_text("metrics = true\n")
        self.daemon: Daemon = begun(directory, self.machine)

    @property
    def file(self) -> Path:
        return self.directory / "metrics.prom"

    def live(self, microseconds: int) -> None:
        live(self.daemon, self.machine, microseconds)

    def config(self, text: str) -> None:
        (self.directory / "config.toml").write_text(text)
        self.daemon.step(signal.SIGHUP)
        self.live(SECOND_US)

    def families(self) -> dict[str, Metric]:
        return {one.name: one for one in text_string_to_metric_families(self.file.read_text())}

    def value(self, name: str) -> float:
        [sample] = self.families()[f"codespace_tracker_{name}"].samples
        return float(sample.value)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    crash(made.daemon)


def test_the_file_says_in_seconds_what_the_ledger_says(scene: Scene) -> None:
    scene.live(95 * MINUTE_US + 500_000)
    [(running_us, started_at, seen_at)] = rows(
        scene.directory, "SELECT running_us, started_at, last_seen_at FROM session"
    )
    minute_us = running_us // MINUTE_US * MINUTE_US
    assert scene.value("session_running_seconds") * SECOND_US == minute_us
    assert scene.value("running_seconds") * SECOND_US == minute_us
    assert scene.value("session_start_timestamp_seconds") == started_at / SECOND_US
    assert 0 <= seen_at / SECOND_US - scene.value("last_heartbeat_timestamp_seconds") < 60
    assert scene.value("month_core_seconds") == 2 * scene.value("session_running_seconds")
    assert scene.value("month_quota_core_seconds") == 120 * 3600
    assert scene.value("cores") == 2
    assert scene.value("sessions") == 1
    assert scene.value("session_open") == 1


def test_every_family_has_its_help_and_type_and_counters_end_in_total(scene: Scene) -> None:
    scene.live(MINUTE_US)
    text = scene.file.read_text()
    for family in scene.families().values():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert name.startswith("codespace_tracker_")
        assert family.documentation
        assert text.count(f"# HELP {name} ") == text.count(f"# TYPE {name} {family.type}\n") == 1
        assert (family.type == "counter") == (f"\n{family.name}_total{{" in text)
    assert text.endswith("\n")


def test_the_page_names_all_of_them_and_no_others(scene: Scene) -> None:
    scene.live(MINUTE_US)
    ledger = Ledger.open_to_change(str(scene.directory / "ledger.db"))
    with ledger.transaction():
        line = Line(scene.machine.now.wall_us // DAY_US * DAY_US, 0, "", 0, 0, 2_500_000_000)
        Billing(ledger).put([line], scene.machine.now.wall_us)
    ledger.close()
    scene.config("metrics = true\n")
    scene.live(MINUTE_US)
    assert scene.value("month_storage_gigabyte_months") == 2.5
    assert scene.value("month_storage_quota_gigabyte_months") == 15
    page = (Path(__file__).parents[2] / "docs/fuel.md").read_text()
    drawn = set(re.findall(r"^# TYPE (\w+)", scene.file.read_text(), re.MULTILINE))
    of_runs = set(
        re.findall(r"^# TYPE (\w+)", metrics.text(scene.daemon.status(), RUNS), re.MULTILINE)
    )
    assert set(re.findall(r"\bcodespace_tracker_\w+", page)) == drawn | of_runs


def test_it_is_written_each_minute_and_whole(scene: Scene) -> None:
    scene.live(10 * MINUTE_US)
    before = scene.file.stat().st_ino
    scene.live(MINUTE_US)
    assert scene.file.stat().st_ino != before, "another file took its place"
    assert not list(scene.directory.glob("*.tmp"))


def test_switched_off_it_is_taken_away_and_nobody_reads_old_figures(scene: Scene) -> None:
    scene.live(MINUTE_US)
    assert scene.file.exists()
    scene.config("metrics = false\n")
    assert not scene.file.exists()
    scene.live(10 * MINUTE_US)
    assert not scene.file.exists()
    scene.config("metrics = true\n")
    assert scene.file.exists()


def test_without_the_setting_nothing_is_written(tmp_path: Path) -> None:
    daemon = begun(tmp_path, SimulatedMachine())
    assert not (tmp_path / "metrics.prom").exists()
    crash(daemon)


def test_an_ended_session_says_so(scene: Scene) -> None:
    scene.live(10 * MINUTE_US)
    scene.daemon.step(PAUSE)
    assert scene.value("session_open") == 0


def test_a_plan_without_a_quota_has_no_quota(scene: Scene) -> None:
    scene.config('metrics = true\nplan = "none"\n')
    assert "codespace_tracker_month_quota_core_seconds" not in scene.families()


def test_any_name_is_a_label(scene: Scene) -> None:
    status = scene.daemon.status()
    name = 'a "b" \\n\\ \n é {x="1"}'
    told = status._replace(tracker=status.tracker._replace(codespace_name=name))
    [family, *_] = text_string_to_metric_families(metrics.text(told))
    assert family.samples[0].labels["codespace"] == name


def test_the_months_figure_starts_anew_with_the_month(scene: Scene) -> None:
    """It is the 21st of September when the simulated machine begins."""
    scene.live(2 * HOUR_US)
    before = scene.value("month_end_timestamp_seconds")
    scene.machine.set_wall_clock(12 * DAY_US)
    scene.live(10 * MINUTE_US)
    assert scene.value("month_end_timestamp_seconds") > before
    assert 9 * 60 * 2 <= scene.value("month_core_seconds") <= 10 * 60 * 2 + 20
    assert scene.value("running_seconds") >= 2 * 3600 + 9 * 60
