"""What several trackers, of several versions, say in one collector must agree."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.simulation.machine import SimulatedMachine
from tests.simulation.world import begun, crash

from codespace_tracker import metrics
from codespace_tracker.core.clock import SECOND_US
from codespace_tracker.ledger.occurrences import RunTotal
from codespace_tracker.views.presence import PresenceNow
from codespace_tracker.views.status import Status

HEADS = """\
info gauge What counts, and where.
last_heartbeat_timestamp_seconds gauge When all of this was measured.
session_open gauge Whether the session goes on (1) or has ended (0).
session_start_timestamp_seconds gauge When the session began.
session_running_seconds gauge Running time of the session.
today_running_seconds gauge Running time of today, all sessions.
running_seconds_total counter Running time of all sessions.
sessions_total counter Sessions so far.
cores gauge Cores of the machine.
month_core_seconds gauge Core-time of this billing month, with GitHub's figures where imported.
month_quota_core_seconds gauge Core-time that the plan includes each month.
month_storage_gigabyte_months gauge Storage of this billing month by GitHub's figures.
month_storage_quota_gigabyte_months gauge Storage that the plan includes each month.
month_end_timestamp_seconds gauge When the billing month is over.
present gauge Whether someone is there (1) or no one is (0).
month_unattended_core_seconds gauge Core-time of this billing month with no one there.
month_presence_unknown_core_seconds gauge Core-time of this billing month of which it is unknown.
problems gauge Problems that status names.
trigger_runs_total counter Runs of triggers that have ended, by result.
trigger_run_duration_seconds summary How long runs of triggers took.
trigger_last_run_duration_seconds gauge How long the last run of a trigger took.
trigger_last_run_timestamp_seconds gauge When the last run of a trigger ended.
"""
"""A release never changes a line: a collector drops the samples of a file whose text is another
one."""

AT = 1_700_000_000 * SECOND_US
RUNS = [
    RunTotal("backup", "Back up", "failed", 2, 7 * SECOND_US, AT, 3 * SECOND_US),
    RunTotal("backup", "Back up", "succeeded", 5, 10_500_000, AT + SECOND_US, 1_500_000),
    RunTotal("odd", 'a "b" \\n\\ \n \r é {x="1"}', "timed_out", 1, SECOND_US, AT, SECOND_US),
]


@pytest.fixture
def status(tmp_path: Path) -> Status:
    daemon = begun(tmp_path, SimulatedMachine("codespaces"))
    found = daemon.status()
    crash(daemon)
    month = found.gauge._replace(storage=1, storage_quota=2)
    unattended = found.unattended._replace(now=PresenceNow("present", 0))
    return found._replace(gauge=month, unattended=unattended)


def test_help_and_type_stay_as_they_were_released(status: Status) -> None:
    drawn = metrics.text(status, RUNS)
    heads = re.findall(
        r"^# HELP codespace_tracker_(\w+) (.*)\n# TYPE \S+ (\w+)$", drawn, re.MULTILINE
    )
    assert [f"{name} {kind} {text}" for name, text, kind in heads] == HEADS.splitlines()


def test_every_series_says_whose_it_is(status: Status) -> None:
    whose = {"tracker": status.tracker.tracker_id[:8], "codespace": status.tracker.codespace_name}
    for family in text_string_to_metric_families(metrics.text(status, RUNS)):
        for sample in family.samples:
            assert sample.labels.items() >= whose.items(), sample
            assert "repository" in sample.labels


def test_two_trackers_have_no_series_in_common(status: Status) -> None:
    other = status._replace(tracker=status.tracker._replace(tracker_id="ffffffff-0000"))
    series = [
        re.sub(r" \S+$", "", line)
        for one in (status, other)
        for line in metrics.text(one, RUNS).split("\n")
        if line
    ]
    found = [line for line in series if not line.startswith("#")]
    assert len(set(found)) == len(found)


def test_runs_are_told_by_trigger_and_result(status: Status) -> None:
    found = {
        (
            sample.name.removeprefix("codespace_tracker_trigger_"),
            sample.labels.get("result", ""),
        ): sample.value
        for family in text_string_to_metric_families(metrics.text(status, RUNS))
        for sample in family.samples
        if sample.labels.get("flag") == "backup"
    }
    assert found == {
        ("runs_total", "succeeded"): 5,
        ("runs_total", "failed"): 2,
        ("runs_total", "timed_out"): 0,
        ("runs_total", "interrupted"): 0,
        ("run_duration_seconds_sum", ""): 17.5,
        ("run_duration_seconds_count", ""): 7,
        ("last_run_duration_seconds", ""): 1.5,
        ("last_run_timestamp_seconds", ""): AT / SECOND_US + 1,
    }


def test_any_label_of_a_trigger_is_a_label(status: Status) -> None:
    families = text_string_to_metric_families(metrics.text(status, RUNS).replace("\r", " "))
    labels = {sample.labels.get("trigger") for family in families for sample in family.samples}
    assert RUNS[-1].label.replace("\r", " ") in labels
