"""What a quick run of the benchmarks says about its figures. That it measures, no test can tell."""

import json
from pathlib import Path

import pytest
from benchmarks import commands, curves, figures, installed, resting
from benchmarks.curves import Beat
from benchmarks.figures import Figure, figure
from benchmarks.installed import SetUp
from benchmarks.measuring import Program, Took, row
from tests.upgrade.release import ROOT

NAME = "status, no history, CPU"
RUN = (
    *("bare", "shell", "hook", "0.1.0", "tuptime", "tuptime many", "report few", "report many"),
    *("status few", "status many", "status --json", "sessions few"),
    *("sessions", "quota", "triggers", "ensure", "prompt", "page"),
)
"""The commands that are run."""


def steady(value: float, goal: float | None = None) -> Figure:
    """A figure without noise."""
    return Figure(NAME, "x", value, value, value, goal)


def test_a_figure_is_the_median_of_its_repeats_between_their_quartiles() -> None:
    found = figure(NAME, "x", [1.0, 9.0, 2.0, 3.0, 2.5], 1.6)
    assert found == (NAME, "x", 2.5, 2.0, 3.0, 1.6)
    assert figure(NAME, "MB", [5.1]) == (NAME, "MB", 5.1, 5.1, 5.1, None)


def test_each_repeat_is_compared_with_what_was_measured_beside_it() -> None:
    assert figures.ratios([3.0, 10.0], [2.0, 5.0]) == [1.5, 2.0]


@pytest.mark.parametrize(
    ("low", "value", "high", "said"),
    [
        (1.0, 1.1, 1.2, "better"),
        (1.0, 1.3, 1.4, ""),  # the middle halves touch
        (1.4, 1.5, 1.6, ""),
        (1.6, 1.7, 1.9, ""),
        (1.7, 1.8, 1.9, "worse"),
    ],
)
def test_a_figure_got_worse_or_better_if_the_middle_halves_do_not_touch(
    low: float, value: float, high: float, said: str
) -> None:
    last = Figure(NAME, "x", 1.5, 1.4, 1.6)
    assert figures.against(Figure(NAME, "x", value, low, high), last) == said


def test_two_percent_more_or_less_is_never_worse_or_better() -> None:
    assert figures.against(steady(1.019), steady(1.0)) == ""
    assert figures.against(steady(1.03), steady(1.0)) == "worse"
    assert figures.against(steady(0.981), steady(1.0)) == ""
    assert figures.against(steady(0.97), steady(1.0)) == "better"


def test_a_figure_that_was_not_committed_is_new() -> None:
    assert figures.against(steady(1.0), None) == "new"


def test_the_table_has_the_last_committed_figure_beside_the_one_of_now() -> None:
    now = [
        Figure(NAME, "x", 1.704, 1.69, 1.75, 1.6),
        Figure("status, wall", "x", 1.5, 1.4, 1.6, 1.8),
        Figure("system calls a minute", "", 1571.0, 1560.0, 1600.0),
    ]
    last = {NAME: steady(1.5), "status, wall": Figure("status, wall", "x", 5.4, 5.2, 5.5)}
    lines = figures.table(now, last)
    assert lines[0].split() == ["what", "goal", "now", "middle", "half", "last", "met", "against"]
    assert [line.split("  ")[0] for line in lines[2:]] == [one.name for one in now]
    assert lines[2].split()[4:] == ["<=", "1.6", "1.7", "x", "1.69-1.75", "1.5", "NO", "worse"]
    assert lines[3].split()[2:] == ["<=", "1.8", "1.5", "x", "1.4-1.6", "5.4", "yes", "better"]
    assert lines[4].split()[4:] == ["1571", "1560-1600", "new"]


def test_the_table_has_at_most_100_columns() -> None:
    last = figures.committed(ROOT / "docs/benchmarks.json")
    took = {name: [Took(1200.0, 1100.0)] for name in RUN}
    beats = {size: [Beat(1200.0, 11_000.0, 10_000.0)] for size in curves.ENDS}
    rows = [
        *commands.status_rows(took),
        *commands.cold_rows(took),
        *commands.other_rows(took),
        *commands.report_rows(took),
        commands.page_row(took, 83.0),
        commands.memory_row({"report many": [44.6], "quota": [44.6]}),
        commands.hook_row(took),
        *curves.rows(beats),
    ]
    measured = [one for row in rows for one in row.figures]
    assert len(last) > 20
    assert len(measured) > 40
    assert len({one.name for one in measured}) == len(measured)
    for some in (last.values(), measured):
        assert max(len(line) for line in figures.table(some, last)) <= 100


def test_what_is_written_is_read_back_as_the_committed_figures(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.json"
    path.write_text(json.dumps({"figures": figures.as_content([steady(1.5, 1.6), steady(2.0)])}))
    assert figures.committed(path) == {NAME: steady(2.0)}


def test_a_row_is_met_if_all_its_figures_are() -> None:
    met, missed = Figure("a", "x", 1.5, 1, 2, 1.6), Figure("b", "x", 3.6, 3, 4, 1.8)
    assert row("status", "", "", met, steady(9.0)).is_met
    assert row("status", "", "", met, missed).ratio == 2.0
    assert row("status", "", "", steady(9.0)).is_met is None


@pytest.mark.parametrize(
    "launcher",
    [
        "#!/bin/sh\nexec '/home/o'\\''c tocat/venv/bin/python' -I -S -c 'import sys' \"$@\"\n",
        "#!/home/o'c tocat/venv/bin/python\n# -*- coding: utf-8 -*-\n",
    ],
)
def test_the_bare_interpreter_is_the_one_that_the_launcher_calls(launcher: str) -> None:
    assert installed.interpreter(launcher) == "/home/o'c tocat/venv/bin/python"


def test_a_launcher_that_calls_no_python_is_an_error() -> None:
    with pytest.raises(ValueError, match="no Python"):
        installed.interpreter("#!/bin/sh\necho nothing\n")


def test_what_set_up_leaves_is_counted_once_whatever_its_names(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(100_000))
    once = installed.on_disk(tmp_path)
    (tmp_path / "link").hardlink_to(tmp_path / "file")
    assert once >= 100_000
    assert installed.on_disk(tmp_path) - once < 8192


def test_the_time_of_set_up_is_compared_with_the_one_beside_it() -> None:
    program = Program("", "")
    ours = [SetUp(program, 6.0, 3.0, 20_000_000), SetUp(program, 40.0, 3.0, 20_000_000)]
    before = [SetUp(program, 20.0, 6.0, 57_000_000), SetUp(program, 50.0, 6.0, 57_000_000)]
    disk, time = installed.rows(ours, before)
    assert disk.found == "20 MB (0.1.0: 57 MB)"
    assert disk.is_met
    assert [one.value for one in time.figures] == [0.55, 0.5]
    assert time.is_met is False
    assert installed.rows(ours, [])[1].is_met is None


def test_calls_are_read_from_what_strace_counts() -> None:
    counted = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000300          50         6         1 rt_sigtimedwait
 40.00    0.000200           3        64           newfstatat
------ ----------- ----------- --------- --------- ----------------
100.00    0.000500           7        70         1 total
"""
    assert resting.calls(counted) == {"rt_sigtimedwait": 6, "newfstatat": 64, "total": 70}


def test_without_root_cold_rows_say_that_they_are_left_out() -> None:
    [said] = commands.cold_rows({})
    assert said.found.startswith("left out: only root")
    assert said.is_met is None


def test_status_is_held_to_the_bare_interpreter_and_to_tuptime() -> None:
    took = {
        "bare": [Took(10.0, 10.0)],
        "tuptime": [Took(40.0, 40.0)],
        **{name: [Took(17.0, 15.0)] for name in ("status few", "status many", "status --json")},
    }
    few, *_ = commands.status_rows(took)
    assert [(one.value, one.goal) for one in few.figures] == [(1.5, 1.6), (1.7, 1.8), (0.375, 0.4)]
    assert few.is_met
    took["status few"] = [Took(19.0, 15.0)]
    few, *_ = commands.status_rows(took)
    assert few.is_met is False
