"""`report` and `quota` through the real verbs, against sums that were worked out by hand."""

import csv
import io
import json
import subprocess
import time
from pathlib import Path

import pytest
from tests.integration.past_sessions import HOUR, Ran, counted, plan_is_made, report, some
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker
from tests.integration.terminal import PseudoTerminal

from codespace_tracker.cli import show


def test_sessions_over_midnight_and_over_the_months_end_in_kolkata(tracker: RealTracker) -> None:
    # UTC+5:30: the 31st ends at 18:30 UTC
    counted(
        tracker,
        "Asia/Kolkata",
        Ran("2026-10-30T17:30Z", 2.5),  # 23:00 to 01:30 on the 31st
        Ran("2026-10-31T16:30Z", 4, cores=8),  # 22:00 to 02:00 on the 1st
    )
    since = ("--since", "2026-10-01", "--until", "2026-11-30")
    assert some(report(tracker, "day", *since)) == {
        "2026-10-30": (1, 1.0, 2.0),
        "2026-10-31": (1, 3.5, 3.0 + 16.0),
        "2026-11-01": (0, 2.0, 16.0),
    }
    assert some(report(tracker, "month", *since)) == {
        "2026-10": (2, 4.5, 21.0),
        "2026-11": (0, 2.0, 16.0),
    }
    assert some(report(tracker, "week", *since)) == {"2026-W44": (2, 6.5, 37.0)}


@pytest.mark.parametrize(
    ("start", "day", "hours"),
    [
        ("2026-03-07T12:00Z", "2026-03-08", 23.0),  # 02:00 to 03:00 is left out
        ("2026-10-31T12:00Z", "2026-11-01", 25.0),  # 01:00 comes twice
        ("2026-06-10T12:00Z", "2026-06-11", 24.0),
    ],
)
def test_a_day_in_st_johns_has_the_hours_that_ran(
    tracker: RealTracker, start: str, day: str, hours: float
) -> None:
    counted(tracker, "America/St_Johns", Ran(start, 72, cores=4))
    found = report(tracker, "day", "--since", "2026-01-01", "--until", "2026-12-31")
    assert found[day] == (0, hours, 4 * hours)
    assert sum(row[1] for row in found.values()) == 72


def test_by_session_repository_and_machine(tracker: RealTracker) -> None:
    counted(
        tracker,
        "UTC",
        Ran("2026-11-02T10:00Z", 2, 2, "octo/one"),
        Ran("2026-11-03T10:00Z", 1, 8, "octo/two"),
        Ran("2026-11-04T10:00Z", 3, 2, ""),
        Ran("2026-11-04T22:00Z", 4, 4, "octo/one"),
    )
    assert report(tracker, "repository") == {
        "octo/one": (2, 6.0, 20.0),
        "octo/two": (1, 1.0, 8.0),
        "(unknown)": (1, 3.0, 6.0),
    }
    assert report(tracker, "machine") == {
        "4 cores": (1, 4.0, 16.0),
        "2 cores": (2, 5.0, 10.0),
        "8 cores": (1, 1.0, 8.0),
    }
    assert list(report(tracker, "session").values()) == [
        (1, 2, 4),
        (1, 1, 8),
        (1, 3, 6),
        (1, 4, 16),
    ]
    cut = report(
        tracker, "repository", "--since", "2026-11-04T12:00", "--until", "2026-11-05T00:00"
    )
    assert cut == {"octo/one": (1, 2.0, 8.0), "(unknown)": (1, 1.0, 2.0)}


def test_csv_has_the_same_figures_and_costs_are_estimated(tracker: RealTracker) -> None:
    counted(tracker, "UTC", Ran("2026-11-02T10:00Z", 2), Ran("2026-11-02T20:00Z", 1.5, cores=4))
    text = tracker.verb(
        "report", "--format", "csv", "--since", "2026-11-02", "--until", "2026-11-02"
    ).stdout
    [row] = csv.DictReader(io.StringIO(text))
    assert row == {
        "day": "2026-11-02",
        "sessions": "2",
        "running_us": str(round(3.5 * HOUR * 1e6)),
        "hours": "3.5",
        "core_hours": "10.0",
        "estimated_dollars": "0.9",
        "present_us": "0",
        "unattended_us": "0",
        "unknown_us": str(round(3.5 * HOUR * 1e6)),
    }
    assert "Est. cost" not in tracker.verb("report").stdout, "the plan covers it"
    tracker.verb("quota", "--plan", "none")
    plan_is_made(tracker, "UTC")
    assert "Est. cost" in tracker.verb("report").stdout


def test_quota_of_the_month_that_was_counted_last(tracker: RealTracker) -> None:
    """The tracker does not run: all is as of the last heartbeat, the 30th at 22:00."""
    counted(
        tracker,
        "UTC",
        Ran("2026-10-31T22:00Z", 4, cores=8),  # two of its hours are November's
        Ran("2026-11-10T10:00Z", 10),
        Ran("2026-11-30T02:00Z", 20, cores=2),
    )
    found = json.loads(tracker.verb("quota", "--json").stdout)
    assert found["used_core_hours"] == 16 + 20 + 40
    assert found["left_core_hours"] == 120 - 76
    assert found["month_start"].startswith("2026-11-01T00:00:00")
    assert found["pace"]["week"]["core_hours_a_day"] == pytest.approx(40 / 7, abs=1e-3)
    status = tracker.status()
    assert status["month"]["core_hours"] == 76
    assert status["month"]["percent"] == pytest.approx(63.33)


def test_the_calendar_shows_the_days_of_a_year(tracker: RealTracker) -> None:
    counted(tracker, "UTC", Ran("2026-11-02T10:00Z", 0.5), Ran("2026-11-04T10:00Z", 9))
    lines = tracker.verb("report", "--format", "calendar").stdout.splitlines()
    rows = {line[:3]: line[6:] for line in lines if line[:3] in ("Mon", "Wed", "Fri")}
    assert {name: row.replace("·", "") for name, row in rows.items()} == {
        "Mon": "░",
        "Wed": "█",
        "Fri": "",
    }
    assert len(rows["Mon"]) == 53
    assert rows["Mon"].index("░") == rows["Wed"].index("█") == 52
    assert "9h 30m on 2 days" in lines[-1]
    assert "Nov" in lines[1]


@pytest.mark.parametrize(
    "words",
    [
        ("--since", "0001-01-01", "--until", "9999-12-31"),
        ("--by", "month", "--since", "0001-01-01"),
        ("--since", "7d"),
        ("--format", "calendar", "--until", "0001-01-01"),
        ("--format", "calendar", "--until", "9999-12-31"),
        ("--by", "session", "--until", "1970-01-01"),
    ],
)
def test_any_stretch_of_time_is_answered(tracker: RealTracker, words: tuple[str, ...]) -> None:
    counted(tracker, "America/St_Johns", Ran("2026-11-02T10:00Z", 2))
    done = tracker.verb("report", *words, code=None)
    assert done.returncode in (0, 2)
    assert len(done.stdout.splitlines()) < 100
    assert "Error" in done.stderr or not done.stderr


@pytest.mark.parametrize(
    "words", [("--until", "2020-01-01"), ("--since", "2025-11-20", "--until", "2025-11-20")]
)
def test_a_time_before_the_first_session_is_not_taken_for_its_day(
    tracker: RealTracker, words: tuple[str, ...]
) -> None:
    counted(tracker, "UTC", Ran("2026-11-02T10:00Z", 2))
    begun = "Nothing was counted in that time: the first session began on "
    assert tracker.verb("report", *words).stdout.startswith(begun)
    assert tracker.verb(
        "report", "--format", "calendar", "--until", "2020-01-01"
    ).stdout.startswith(begun)


def test_bad_input_is_told(tracker: RealTracker, tmp_path: Path) -> None:
    assert "Fix: `codespace-tracker start`" in tracker.verb("report", code=1).stderr
    counted(tracker, "UTC", Ran("2026-11-02T10:00Z", 2))
    for words in (
        ("--since", "soon"),
        ("--since", "2026-11-03", "--until", "2026-11-01"),
        ("--since", "2999-01-01"),
        ("--by", "fortnight"),
        ("--format", "xml"),
        ("--format", "calendar", "--by", "month"),
        ("--format", "calendar", "--since", "7d"),
    ):
        assert "Error" in tracker.verb("report", *words, code=2).stderr
    assert "Fix:" in RealTracker(tmp_path / "none").verb("quota", code=1).stderr


@pytest.mark.parametrize("columns", [40, 50, 80, 120])
def test_pictures_keep_to_the_terminal_and_pipes_get_no_colour(
    tracker: RealTracker, columns: int
) -> None:
    counted(
        tracker,
        "Asia/Kolkata",
        *(
            Ran(f"2026-11-{n:02}T10:00Z", n / 7, 2, f"octo/{'long-name-' * n}")
            for n in range(1, 20)
        ),
    )
    for words in (
        ["report"],
        ["report", "--by", "repository"],
        ["report", "--format", "calendar"],
        ["quota"],
    ):
        piped = tracker.verb(*words, code=None).stdout
        assert "\x1b" not in piped
        for variables in ({}, {"NO_COLOR": "1"}) if columns == 80 else ({},):
            command = tracker.command(*words)
            with PseudoTerminal(command, tracker.environment(**variables), columns, 50) as terminal:
                assert terminal.ended() == 0
                assert ("\x1b[" in terminal.said) == (not variables)
                lines = terminal.lines(terminal.said)
                assert max(map(len, lines)) <= columns, (words, lines)


@pytest.mark.parametrize("columns", [1, 7, 20])
@pytest.mark.parametrize("by", ["day", "month", "session", "repository"])
def test_a_terminal_that_is_too_narrow_gets_names_and_lengths_of_time(
    tracker: RealTracker, columns: int, by: str
) -> None:
    counted(tracker, "UTC", Ran("2026-11-02T10:00Z", 2.5, repository="octo/" + "long-name-" * 20))
    with PseudoTerminal(
        tracker.command("report", "--by", by), tracker.environment(), columns, 50
    ) as terminal:
        assert terminal.ended() == 0
        assert "2h 30m" in terminal.said
        assert "Est. cost" not in terminal.said


@pytest.mark.parametrize("columns", [20, 40])
def test_status_doctor_and_usage_are_wrapped_between_words(
    tracker: RealTracker, tmp_path: Path, columns: int
) -> None:
    def assert_wrapped() -> None:
        for words in (["status"], ["doctor"], ["usage"]):
            environment = tracker.environment(COLUMNS=str(columns))
            done = subprocess.run(
                tracker.command(*words),
                env=environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
            too_long = [line for line in done.stdout.splitlines() if show.width(line) > columns]
            assert done.stdout.count("\n") > 3
            assert [line for line in too_long if " " in line.strip(" →")] == []

    tracker.verb("start")
    assert_wrapped()
    report = tmp_path / "usage.csv"
    month = time.strftime("%Y-%m", time.gmtime())
    report.write_text(
        "date,sku,quantity,unit_type,repository\n"
        f"{month}-01,codespaces_compute_d2,1,hours,octo/a-long-one"
    )
    tracker.verb("usage", "import", str(report))
    tracker.verb("stop")
    assert_wrapped()
