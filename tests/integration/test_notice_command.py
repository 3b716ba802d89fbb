"""Notices as people meet them: in a new shell, in `status`, from a trigger's script, and when the
quota runs low."""

import json
import re
import shutil
import subprocess
import time

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, wait_until

from codespace_tracker.install import shell_hook

SHELLS = [["bash", "--norc", "-i"], ["zsh", "-f", "-i"]]


def drawn(tracker: RealTracker) -> str:
    try:
        return (tracker.directory / "notice.txt").read_text()
    except FileNotFoundError:
        return ""


def new_shell(tracker: RealTracker, shell: list[str]) -> str:
    """What a new interactive shell prints by our hook; it starts no tracker, which would outlive
    the test."""
    if shutil.which(shell[0]) is None:
        pytest.skip(f"there is no {shell[0]} here")
    hook = shell_hook.block(str(tracker.directory), "/bin/true")
    done = subprocess.run(
        ["setsid", *shell, "-c", f"set -u\n{hook}"],
        env=tracker.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert "notice" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_each_new_shell_shows_a_notice_once(tracker: RealTracker, shell: list[str]) -> None:
    tracker.verb("start")
    assert new_shell(tracker, shell) == ""
    tracker.verb("notice", "deploy", "is\ndone \x1b[31m")
    wait_until(lambda: drawn(tracker) != "", "it is drawn")
    for _ in range(2):
        said = new_shell(tracker, shell)
        assert said.startswith("codespace-tracker, ")
        assert said.endswith(": deploy is done \\x1b[31m\n")
    tracker.verb("notice", "--clear")
    wait_until(lambda: drawn(tracker) == "", "it is taken away")
    assert new_shell(tracker, shell) == ""


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_a_shell_shows_nothing_that_is_over_however_old_the_file_is(
    tracker: RealTracker, shell: list[str]
) -> None:
    tracker.verb("init")
    file = tracker.directory / "notice.txt"
    file.write_text(
        f"{int(time.time()) - 5} old\n{int(time.time()) + 60} still true\nbroken line\n"
    )
    assert new_shell(tracker, shell) == "still true\nline\n"
    file.unlink()
    file.mkdir()
    assert new_shell(tracker, shell) == ""


def test_a_shell_that_runs_a_script_shows_nothing(tracker: RealTracker) -> None:
    tracker.verb("init")
    (tracker.directory / "notice.txt").write_text(f"{int(time.time()) + 60} hello\n")
    assert new_shell(tracker, ["bash", "--norc"]) == ""


def test_a_notice_stands_in_status_and_in_its_file(tracker: RealTracker) -> None:
    tracker.verb("start")
    assert tracker.verb("notice").stdout == "There are no notices.\n"
    assert (
        "Each new shell will show it once, until"
        in tracker.verb("notice", "the backup failed", "--hours", "1").stdout
    )
    [one] = tracker.status()["notices"]
    assert one["text"] == "the backup failed"
    assert re.search(r"the backup failed \(\d+s ago\)", tracker.verb("status").stdout)
    assert "the backup failed" in tracker.verb("notice").stdout
    wait_until(
        lambda: json.loads((tracker.directory / "status.json").read_bytes())["notices"] == [one],
        "status.json has it",
    )


def test_what_is_no_notice_is_refused(tracker: RealTracker) -> None:
    assert "Fix:" in tracker.verb("notice", "too early", code=1).stderr
    tracker.verb("start")
    for words in (
        [" \n"],
        ["--clear", "x"],
        ["x", "--hours", "0"],
        ["x", "--hours", "nan"],
        ["x", "--hours", "99999"],
    ):
        assert "Error" in tracker.verb("notice", *words, code=2).stderr
    assert tracker.verb("notice").stdout == "There are no notices.\n"


def test_given_while_the_tracker_rests_it_is_shown_from_the_next_start_on(
    tracker: RealTracker,
) -> None:
    tracker.verb("start")
    tracker.verb("stop")
    assert "The tracker is not running" in tracker.verb("notice", "by hand").stdout
    assert drawn(tracker) == ""
    tracker.verb("start")
    assert "by hand" in drawn(tracker)


def test_the_quota_warnings_give_one_notice_by_their_own_script(tracker: RealTracker) -> None:
    tracker.be_in_codespace()
    tracker.verb("init")
    config = tracker.directory / "config.toml"
    config.write_text("plan = 0.001\n")
    tracker.verb("start")
    wait_until(
        lambda: "used up" in tracker.verb("quota").stdout,
        "the quota is used up by the first seconds",
    )
    assert "codespace-tracker quota --warn" in tracker.verb("quota").stdout
    said = " ".join(tracker.verb("quota", "--warn").stdout.split())
    assert "They count this codespace only." in said
    assert "four triggers in trigger_config.json" in said
    assert "--no-warn" in said
    wait_until(lambda: "% of this month's quota is used" in drawn(tracker), "the notice is there")
    states = "SELECT count(*) FROM occurrence WHERE state='succeeded'"
    wait_until(lambda: tracker.read(states) == [(4,)], "all four have run")
    assert len(drawn(tracker).splitlines()) == 1, "only the last one is true"
    assert "unless you pay for more" in drawn(tracker)
    assert "quota --warn" not in tracker.verb("quota").stdout
    assert "Warnings    on; off: codespace-tracker quota --no-warn" in tracker.verb("quota").stdout
    tracker.verb("quota", "--no-warn")
    written = json.loads((tracker.directory / "trigger_config.json").read_text())["triggers"]
    assert [one["enabled"] for one in written] == [False] * 5
    before = (tracker.directory / "trigger_config.json").read_text()
    tracker.verb("quota", "--warn")
    tracker.verb("quota", "--no-warn")
    assert (tracker.directory / "trigger_config.json").read_text() == before
    tracker.verb("quota", "--warn", "--json", code=2)


def test_quota_warnings_can_be_switched_off_when_the_plan_includes_none_any_more(
    tracker: RealTracker,
) -> None:
    tracker.be_in_codespace()
    tracker.verb("init")
    tracker.verb("quota", "--warn")
    (tracker.directory / "config.toml").write_text('plan = "none"\n')
    checked = tracker.verb("triggers", "check", code=1)
    assert checked.stdout.count("the plan has no quota") == 4
    tracker.verb("quota", "--no-warn")
    assert "no problem" in tracker.verb("triggers", "check").stdout
    tracker.verb("start")
    assert tracker.status()["problems"] == []
    assert "disabled" in tracker.verb("triggers").stdout
    assert (
        "your plan includes none"
        in tracker.verb("triggers", "explain", "Quota warning at 50 %").stdout
    )
    refused = tracker.verb("quota", "--warn", code=1).stderr
    assert "no quota to warn of" in refused
    assert "Fix:" in refused
    (tracker.directory / "config.toml").write_text('plan = "pro"\n')
    tracker.verb("quota", "--warn")
    assert "no problem" in tracker.verb("triggers", "check").stdout
