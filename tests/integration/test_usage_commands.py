"""Whose usage it is, what it was taken for, and how it is undone: `usage`, `quota` and `status` as
people call them."""

import csv
import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.integration.past_sessions import Ran, counted
from tests.integration.real_tracker import RealTracker, wait_until

REPORTS = Path(__file__).parents[1] / "unit" / "reports"
AS_OF = ("--as-of", "2026-11-20T12:00Z")


def said(tracker: RealTracker, *words: str) -> str:
    """What a verb says, on one line."""
    return " ".join(tracker.verb(*words).stdout.split())


def take(tracker: RealTracker, name: str) -> str:
    return said(tracker, "usage", "import", str(REPORTS / name), *AS_OF)


def quota(tracker: RealTracker) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tracker.verb("quota", "--json").stdout)
    return found


@pytest.fixture
def november(tracker: RealTracker) -> RealTracker:
    """100 core-hours by two long sessions in November 2026, which the year's answer of the API has
    as one sum."""
    counted(tracker, "UTC", Ran("2026-11-03T10:00Z", 20), Ran("2026-11-16T10:00Z", 30), user="mira")
    return tracker


def test_the_sum_of_a_month_counts_nothing_twice_and_can_be_forgotten(
    november: RealTracker,
) -> None:
    told = take(november, "api_year.json")
    assert (
        "Nov 2026 one sum for the month; yours: 100 core-hours, 7.23 GB-months of storage" in told
    )
    assert "Oct 2026 one sum for the month; yours: 80 core-hours" in told
    assert quota(november)["used_core_hours"] == 100
    assert "one sum for the month" in said(november, "usage")
    gone = "Forgotten: GitHub's figures of 1 monthly sum. What was counted here stays."
    assert said(november, "usage", "forget", "2026-11").strip() == gone
    assert quota(november)["basis"]["github_as_of"] is None
    assert "80" in said(november, "usage", "--month", "2026-10")
    assert "Forgotten" in said(november, "usage", "forget", "--all")
    assert "not known here" in said(november, "usage", "--month", "2026-10")
    assert (
        said(november, "usage", "forget", "2026-10-01")
        == "There were no figures of GitHub's for 2026-10-01."
    )
    for words in ([], ["2026"], ["2026-11", "--all"], ["2026-13"], ["2026-1-1"]):
        november.verb("usage", "forget", *words, code=2)


def test_what_could_be_a_day_or_a_month_is_said(november: RealTracker) -> None:
    assert "taken for the sum of the month" in take(november, "api_one_month.json")
    assert quota(november)["used_core_hours"] == 100


def test_a_report_by_day_takes_the_place_of_the_months_sum(november: RealTracker) -> None:
    take(november, "api_year.json")
    assert "by day (2 to 4 Nov); yours: 1.6 core-hours" in take(november, "api_days.json")
    found = quota(november)
    assert found["basis"]["github_core_hours"] == pytest.approx(1.5721)
    assert found["used_core_hours"] == pytest.approx(1.5721 + 14 * 2 + 16 * 2, abs=1e-3), (
        "the 3rd and 4th are settled"
    )
    assert found["basis"]["not_on_bill_core_hours"] == 40


def test_other_peoples_lines_and_what_an_organisation_pays_for_are_not_my_quota(
    november: RealTracker,
) -> None:
    told = take(november, "enterprise.csv")
    assert "yours: 0 core-hours" in told
    paid = "pottery 120 core-hours and 2.00 GB-months, glaze 6 core-hours."
    assert f"Paid by an organization, so not in your quota: {paid}" in told
    assert quota(november)["used_core_hours"] == 100
    take(november, "summarized.csv")  # of my own account: it does not take the organisation's place
    rows = {
        by: {
            row[by]: row["core_hours"]
            for row in json.loads(november.verb(*_by(by), "--json").stdout)["rows"]
        }
        for by in ("person", "organization", "machine", "day", "repository")
    }
    assert rows["person"] == {"mira": 40 + 6 + 10, "jonas": 80}
    assert rows["organization"] == {"pottery": 120, "glaze": 6, "(no organization)": 10}
    assert rows["machine"] == {"4 cores": 125, "2 cores": 11, "storage": 0}
    assert rows["day"] == {"2026-11-02": 125, "2026-11-03": 11, "2026-11-04": 0}
    assert rows["repository"] == {"kiln": 120, "lamp": 10, "wheel": 6}
    table = list(
        csv.DictReader(io.StringIO(november.verb(*_by("person"), "--format", "csv").stdout))
    )
    assert [(row["person"], row["core_hours"]) for row in table] == [
        ("jonas", "80.0"),
        ("mira", "56.0"),
    ]
    assert "jonas" in said(november, *_by("person"))
    assert "Yours: 10 core-hours of these" in said(november, *_by("person"))
    mine = "Of mira's 56 core-hours, glaze and pottery pay 46."
    assert mine in said(november, *_by("person"))
    assert mine not in said(november, *_by("machine"))
    lines = json.loads(november.verb("usage", "--month", "2026-11", "--json").stdout)["lines"]
    assert {line["person"]: line["counts"] for line in lines} == {
        "": True,
        "mira": False,
        "jonas": False,
        "Mira": False,
    }
    november.verb("usage", "--month", "soon", code=2)
    november.verb("usage", "--by", "mood", code=2)


def _by(by: str) -> tuple[str, ...]:
    return ("usage", "--by", by, "--month", "2026-11")


def test_my_own_lines_count_whatever_the_case_of_my_name(tracker: RealTracker) -> None:
    counted(tracker, "UTC", Ran("2026-11-20T10:00Z", 1), user="MIRA")
    take(tracker, "detailed.csv")
    assert quota(tracker)["basis"]["github_core_hours"] == 4.8


def test_where_nobody_said_who_i_am_no_named_line_counts_and_that_is_said(
    tracker: RealTracker,
) -> None:
    counted(tracker, "UTC", Ran("2026-11-20T10:00Z", 1), kind="host", user="")
    assert 'write it into config.toml, such as `user = "mira"`' in take(tracker, "detailed.csv")
    assert quota(tracker)["basis"]["github_core_hours"] is None


def test_a_local_container_counts_against_no_quota_and_says_so(tracker: RealTracker) -> None:
    counted(
        tracker,
        "UTC",
        Ran("2026-11-03T10:00Z", 5),
        Ran("2026-11-20T10:00Z", 5),
        kind="container",
        user="",
    )
    found = quota(tracker)
    assert (found["quota_core_hours"], found["left_core_hours"], found["percent"]) == (
        None,
        None,
        None,
    )
    assert found["used_core_hours"] == 20
    assert "This is not a codespace (container)" in said(tracker, "quota")
    assert "of 120" not in said(tracker, "quota")
    assert "no quota: not a codespace" in " ".join(tracker.verb("status", code=1).stdout.split())
    month = tracker.status()["month"]
    assert (month["quota_core_hours"], month["counts_here"], month["core_hours"]) == (
        None,
        False,
        20,
    )
    take(tracker, "summarized.csv")
    beside = quota(tracker)
    assert (beside["quota_core_hours"], beside["used_core_hours"]) == (120, 10), (
        "GitHub's figures alone"
    )


def test_what_an_organisation_pays_for_counts_against_no_quota(tracker: RealTracker) -> None:
    config = tracker.directory / "config.toml"
    tracker.directory.mkdir()
    config.write_text('payer = "organization"\n')
    counted(tracker, "UTC", Ran("2026-11-20T10:00Z", 5))
    assert quota(tracker)["quota_core_hours"] is None
    assert "An organization pays for this codespace" in said(tracker, "quota")


def test_storage_is_shown_against_what_the_plan_includes(november: RealTracker) -> None:
    take(november, "api_year.json")
    assert "Storage at least 7.23 of 15 GB-months (48 %)" in said(november, "quota")
    assert "Your storage: at least 7.23 of 15 GB-months (48 %)." in said(november, "usage")
    assert quota(november)["storage"] == {"gb_months": 7.234838, "percent": 48.23}
    month = november.status()["month"]
    assert (month["storage_gb_months"], month["storage_quota_gb_months"]) == (7.2348, 15)


def test_a_tracker_that_came_late_says_since_when_it_knows(tracker: RealTracker) -> None:
    counted(tracker, "UTC", Ran("2026-11-29T06:00Z", 3), user="mira")
    assert "Covers since 29 Nov: what you used before in this month is not in it" in said(
        tracker, "quota"
    )
    assert "At least 6 of 120 core-hours" in said(tracker, "quota")
    status = " ".join(tracker.verb("status", code=1).stdout.split())
    assert "at least 6 of 120 core-hours since 29 Nov, counted here" in status


def test_the_plan_is_named_and_set_with_its_comments_left_alone(tracker: RealTracker) -> None:
    tracker.be_in_codespace()
    tracker.verb("init")
    config = tracker.directory / "config.toml"
    config.write_text('metrics = true  # for the wall\nplan = "free" # so far\n')
    tracker.verb("start")
    assert "Plan Free: 120 core-hours, 15 GB-months of storage" in said(tracker, "quota")
    assert (
        said(tracker, "quota", "--plan", "Pro")
        == "Plan: Pro: 180 core-hours, 20 GB-months of storage."
    )
    assert config.read_text() == 'metrics = true  # for the wall\nplan = "pro" # so far\n'
    assert quota(tracker)["quota_core_hours"] == 180, "it is in force at once"
    assert "your own figure: 300 core-hours" in said(tracker, "quota", "--plan", "300")
    for wrong in ("plus", "-3", "nan", ""):
        tracker.verb("quota", "--plan", wrong, code=2)
    config.write_text("plan = pro\n")
    refused = " ".join(tracker.verb("quota", "--plan", "pro", code=1).stderr.split())
    assert "Nothing was changed" in refused
    assert config.read_text() == "plan = pro\n"


def test_an_assumed_plan_is_called_assumed(tracker: RealTracker) -> None:
    counted(tracker, "UTC", Ran("2026-11-20T10:00Z", 5))
    assert "Plan Free (assumed): 120 core-hours" in said(tracker, "quota")
    assert "if you have Pro: codespace-tracker quota --plan pro" in said(tracker, "quota")
    assert "FILE comes from GitHub: Settings, Billing and licensing, Usage" in said(
        tracker, "usage"
    )


def test_files_that_are_broken_or_not_in_force_yet_are_said_beside_the_figures(
    tracker: RealTracker,
) -> None:
    tracker.verb("init")
    config, triggers = (tracker.directory / name for name in ("config.toml", "trigger_config.json"))
    before = config.read_text()
    tracker.verb("start")
    wait_until(lambda: "in force" not in said(tracker, "quota"), "the plan is in force")
    daemon = tracker.running().daemon
    assert daemon is not None
    os.kill(daemon.pid, signal.SIGSTOP)  # so that it does not look at the files just now
    try:
        config.write_text('plan = "pro"\n')
        edited = "config.toml was edited just now, and is not in force yet: within 10s."
        assert edited in said(tracker, "quota")
        assert edited in said(tracker, "triggers")
        before_edit = triggers.read_text()
        triggers.write_text("[]")
        both = "config.toml and trigger_config.json were edited just now, and are not in force yet"
        assert both in said(tracker, "quota")
        triggers.write_text(before_edit)
        config.write_text("plan = pro\n")
        broken = "has problems, and the last good settings are in force: codespace-tracker doctor"
        assert f"config.toml {broken}" in said(tracker, "quota")
        assert f"config.toml {broken}" in said(tracker, "triggers")
        config.write_text(before)
        triggers.write_text('[{"label": "x"}]')
        assert f"trigger_config.json {broken}" in said(tracker, "quota")
        assert f"trigger_config.json {broken}" in said(tracker, "triggers")
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    wait_until(lambda: tracker.status()["problems"], "the tracker has seen it too")
    assert f"trigger_config.json {broken}" in said(tracker, "quota")


def test_a_cost_is_told_only_where_the_plan_does_not_cover_it(tracker: RealTracker) -> None:
    counted(tracker, "UTC", Ran("2026-11-10T10:00Z", 20), Ran("2026-11-16T10:00Z", 35))
    assert "$" not in said(tracker, "quota")
    assert "$" not in said(tracker, "report")
    counted_more = RealTracker(tracker.directory.parent / "more")
    counted(counted_more, "UTC", Ran("2026-11-10T10:00Z", 20), Ran("2026-11-16T10:00Z", 45))
    beyond = (
        "an estimated $0.90 for 10 core-hours beyond the quota at GitHub's $0.09 a core-hour, if "
        "you let GitHub"
    )
    assert beyond in said(counted_more, "quota")


def test_storage_that_passes_a_part_gives_one_notice_while_the_warnings_are_on(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.be_in_codespace()
    tracker.verb("start")
    first = tracker.status()["month"]["start"][:10]

    def report(gb_months: float) -> None:
        path = tmp_path / f"{gb_months}.csv"
        head = "date,product,sku,quantity,unit_type"
        path.write_text(
            f"{head}\n{first},codespaces,codespaces_storage,{gb_months},gigabyte-hours\n"
        )
        tracker.verb("usage", "import", str(path))

    report(8)
    assert tracker.verb("notice").stdout == "There are no notices.\n", "nobody asked to be warned"
    tracker.verb("quota", "--warn")
    report(8.5)
    assert "50 % of this month's storage is used or more (8.50 of 15 GB-months)." in said(
        tracker, "notice"
    )
    before = tracker.verb("notice").stdout
    report(9)
    assert tracker.verb("notice").stdout == before, "once a part"
    report(16)
    assert (
        "100 % of this month's storage is used or more (16.00 of 15 GB-months). GitHub starts"
        in said(tracker, "notice")
    )
    assert "The storage is used up" in said(tracker, "quota")


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_figures_keep_to_the_terminal(november: RealTracker, columns: str) -> None:
    take(november, "api_year.json")
    take(november, "enterprise.csv")
    november.variables = {"COLUMNS": columns}
    for words in (
        ["quota"],
        ["usage"],
        *(["usage", "--by", by] for by in ("person", "organization", "day")),
    ):
        lines = november.verb(*words).stdout.splitlines()
        assert max(map(len, lines)) <= int(columns), (words, lines)
