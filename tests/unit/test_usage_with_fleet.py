"""`usage` goes by all codespaces, as `quota` does."""

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests import month
from tests.fleets import Other, meet
from tests.situations import situation

from codespace_tracker.cli.program import program
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.ledger.billing import Billing, Line
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger

TODAY = month.NOW // DAY_US * DAY_US


def said(directory: str, *words: str) -> str:
    answered = CliRunner().invoke(program, [*words, "--dir", directory])
    assert answered.exit_code == 0, answered.output
    return " ".join(answered.output.split())


def import_yesterday(directory: str) -> None:
    """GitHub's figure of yesterday, 5 core-hours: less than was counted."""
    with Ledger.open_writer(os.path.join(directory, NAME)) as ledger, ledger.transaction():
        line = Line(TODAY - DAY_US, 2, "", 5 * HOUR_US, 0, 0, "octocat")
        Billing(ledger).put([line], TODAY)


@pytest.mark.parametrize("name", ["all codespaces", "others' quota"])
def test_its_days_come_to_the_figure_of_the_quota(tmp_path: Path, name: str) -> None:
    with situation(name, tmp_path) as directory:
        import_yesterday(directory)
        usage, quota = said(directory, "usage", "--by", "day"), said(directory, "quota")
    [used] = re.findall(r"At least ([\d.]+) of 120 core-hours", quota)
    assert re.search(rf" All [^A-Z]+ {used} ", usage), usage
    assert f"counted by your codespaces that is not in them yet: at least {used} of 120" in usage
    assert "what all your codespaces counted" in usage
    assert ("What runs here is not in your quota." in usage) is (name == "others' quota")


def test_without_figures_it_says_whose_the_counted_ones_are(tmp_path: Path) -> None:
    with situation("all codespaces", tmp_path) as directory:
        assert "Counted by your codespaces since 1 Nov: at least 136.2 of 120" in said(
            directory, "usage"
        )


def test_months_of_long_ago_have_what_others_told_of_them(tmp_path: Path) -> None:
    with situation("all codespaces", tmp_path) as directory:
        start = TODAY - 200 * DAY_US
        meet(directory, [Other("once", [(start, 7 * HOUR_US, 2)])], month.NOW)
        with Ledger.open_writer(os.path.join(directory, NAME)) as ledger, ledger.transaction():
            line = Line(start - DAY_US, 2, "", HOUR_US, 0, 0, "octocat")
            Billing(ledger).put([line], start - DAY_US + HOUR_US)
        shown = said(directory, "usage", "--month", "2026-05", "--by", "day")
    [(here, counts)] = re.findall(r"2026-05-07 [- ]+ ([\d.]+|-) ([\d.]+) ", shown)
    assert round(float(counts) - float(here.replace("-", "0")), 1) == 14
