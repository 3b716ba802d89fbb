"""Changing and removing triggers by verbs, and what is said of a command that does not exist."""

import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.integration.real_tracker import RealTracker, wait_until
from tests.integration.trigger_commands import (
    AT_ONCE,
    config,
    dialogue,
    err,
    last_state,
    listed,
    listing,
    out,
    started,
    trigger,
)


def flat(text: str) -> str:
    return " ".join(text.split())


def in_file(tracker: RealTracker) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(config(tracker).read_text())
    return found


# --- remove


def test_a_removed_trigger_is_out_of_the_file_and_out_of_force(tracker: RealTracker) -> None:
    started(tracker, trigger("First"), trigger("Second try"))
    text = (
        "[\n"
        '  {"label": "Mine",  "script_command": "true", "conditions": {"every_minutes": 7}},\n'
        "  %s\n"
        "]\n"
    )
    mine = text.replace(",\n  %s", "")
    config(tracker).write_text(text % json.dumps(trigger("Second try")))
    assert out(tracker, "remove", "second_try") == "Removed Second try.\n"
    assert config(tracker).read_text() == mine
    assert [one["label"] for one in listing(tracker)] == ["Mine"]
    assert "Did you mean `Mine`" in err(tracker, "remove", "mien")
    assert config(tracker).read_text() == mine
    assert out(tracker, "remove", "Mine", "--yes") == "Removed Mine.\n"
    assert in_file(tracker) == listing(tracker) == []


@pytest.mark.parametrize(("answer", "left"), [("n", ["Here"]), ("y", [])])
def test_in_a_terminal_it_is_asked_before_a_trigger_is_removed(
    tracker: RealTracker, answer: str, left: list[str]
) -> None:
    started(tracker, trigger("Here"))
    told = dialogue(
        tracker,
        ["triggers", "remove", "Here"],
        {r"Remove it from\s+trigger_config\.json\?": [answer]},
    )
    assert "Here: it fires every 1666h 40m of running time." in flat(told)
    assert [one["label"] for one in in_file(tracker)] == left
    assert ("Nothing was changed." in told) is bool(left)


# --- edit


def test_an_edit_changes_what_is_given_and_leaves_the_rest(tracker: RealTracker) -> None:
    other = trigger("Other")
    started(tracker, other, trigger("Back up", "true", retries=3, env={"A": "b"}))
    told = out(
        tracker, "edit", "back_up", "--every", "2h", "--timeout", "90m", "--retry-delay", "2m"
    )
    assert told.splitlines() == [
        "Changed Back up: it fires every 2h of running time.",
        "Its intervals start from zero, and it does not run for set times that it missed.",
        "Next: in 2h 00m.",
        "Try it now: codespace-tracker triggers run 'Back up'",
    ]
    assert in_file(tracker) == [
        other,
        {
            **trigger("Back up", "true", retries=3, env={"A": "b"}),
            "conditions": {"every_minutes": 120},
            "timeout_minutes": 90,
            "retry_delay_seconds": 120,
        },
    ]
    assert "at 18:30" in out(tracker, "edit", "Back up", "--at", "30 18 * * *")
    assert in_file(tracker)[1]["conditions"] == {"at": "30 18 * * *"}, (
        "a moment takes the place of another"
    )
    before = config(tracker).read_text()
    assert "nothing to change" in out(tracker, "edit", "Back up", "--retries", "3")
    for words, said in (
        (
            ["--every", "2x"],
            "'2x' is not a length of time. Write one such as 2h, 90m, 1d12h or 45s",
        ),
        (["--every", "-5"], "--every: -5 is not possible"),
        (["--every", "2h", "--idle", "5"], "there is `--every`"),
        ([], "say what to change, such as --every 2h"),
    ):
        assert said in flat(err(tracker, "edit", "Back up", *words, code=2)), words
    assert "Did you mean `Other`" in err(tracker, "edit", "othr", "--every", "2h")
    assert config(tracker).read_text() == before


def test_a_renamed_trigger_is_the_same_one_and_does_not_run_again(
    tracker: RealTracker, tmp_path: Path
) -> None:
    started(tracker, trigger("Once", f"echo x >> {tmp_path}/ran", conditions=AT_ONCE))
    wait_until(lambda: last_state(tracker, "once") == "succeeded", "it has run")
    told = out(tracker, "edit", "Once", "--label", "Only once", "--retries", "2")
    assert told.splitlines()[:2] == [
        "Changed Only once: it fires at once, once a session.",
        "Next: has fired in this session.",
    ]
    assert in_file(tracker)[0]["flag_name"] == "once"
    assert list(listed(tracker)) == ["once"]
    assert (tmp_path / "ran").read_text() == "x\n"
    told = flat(out(tracker, "edit", "once", "--flag", "anew"))
    assert "Its flag was once and is now anew, so it counts as a new trigger" in told
    wait_until(lambda: (tmp_path / "ran").read_text() == "x\nx\n", "it runs as a new one")


def test_lengths_of_time_are_taken_by_every_option_that_asks_for_one(tracker: RealTracker) -> None:
    started(tracker)
    for words, key, value in (
        (["--every", "90m"], "every_minutes", 90),
        (["--after", "1d12h"], "minute_runtime_minutes", 2160),
        (["--today", "90m"], "today_runtime_hours", 1.5),
        (["--total", "1d"], "total_runtime_hours", 24),
        (["--total", "24"], "total_runtime_hours", 24),
        (["--idle", "20m"], "idle_minutes", 20),
        (["--idle", "20"], "idle_minutes", 20),
    ):
        out(
            tracker,
            "add",
            "--label",
            "x",
            "--command",
            "true",
            *words,
            "--retry-delay",
            "45s",
            "--timeout",
            "1h",
        )
        assert in_file(tracker)[0]["conditions"] == {key: value}, words
        assert (
            in_file(tracker)[0]["retry_delay_seconds"],
            in_file(tracker)[0]["timeout_minutes"],
        ) == (45, 60)
        out(tracker, "remove", "x")


# --- a command that does not exist


def test_of_a_command_that_does_not_exist_it_is_warned(
    tracker: RealTracker, tmp_path: Path
) -> None:
    started(tracker)
    (tmp_path / "backup.sh").write_text("true\n")
    folder = str(tmp_path)

    def warned(command: str, *more: str) -> str:
        told = out(tracker, "add", "--label", "x", "--command", command, "--every", "2h", *more)
        out(tracker, "remove", "x")
        assert "triggers run x" in told
        return flat(told)

    for command, more, said in (
        ("no-such-program --now", (), "sh finds no command no-such-program on the PATH"),
        ("backup.sh", ("--cwd", folder), "The folder has a file with that name: write ./backup.sh"),
        ("./nothing.sh", ("--cwd", folder), f"sh finds no command ./nothing.sh in {folder}"),
        ("echo hi", ("--cwd", f"{folder}/none"), f"Warning: there is no folder {folder}/none"),
        (
            "echo hi",
            ("--shell", "no-such-shell -c"),
            "no-such-shell, which should run the command, was not found",
        ),
        ("no-such-program", ("--shell", "bash -lc"), "bash finds no command no-such-program"),
    ):
        assert said in warned(command, *more), command
    for command, more in (
        ("cd / && ls", ()),
        ("if true; then no-such-program; fi", ()),
        ("NAME=value no-such-program", ()),
        ("( no-such-program )", ()),
        ('"$HOME/no such"', ()),
        ("$NOTHING", ()),
        ("f () { true; }; f", ()),
        ("f() { true; }; f", ()),
        ("# a comment\ntrue", ()),
        ("[ -e x ] || true", ()),
        ("2>&1 echo", ()),
        (". ./later.sh", ()),
        ("codespace-tracker quota", ()),
        ("sh backup.sh", ("--cwd", folder)),
        ("import os", ("--shell", "python3 -c")),
        ("./fetched.sh", ("--url", "https://example.com/fetched.sh")),
    ):
        assert "Warning" not in warned(command, *more), command
    out(tracker, "add", "--label", "x", "--command", "true", "--every", "2h")
    assert "no-such-program on the PATH" in flat(
        out(tracker, "edit", "x", "--command", "no-such-program")
    )


# --- the file as it is now


def test_before_the_first_start_a_file_can_be_looked_at_and_simulated(tracker: RealTracker) -> None:
    tracker.verb("init")
    config(tracker).write_text(json.dumps([trigger("Hourly", conditions={"every_minutes": 60})]))
    told = out(tracker, "simulate", "--hours", "1d1h")
    assert re.findall(r"Hourly", told) == ["Hourly"] * 24
    assert "trigger_config.json is not in force yet. To start: codespace-tracker start" in told
    assert len(json.loads(out(tracker, "simulate", "--hours", "30.5", "--json"))) == 30
    told = flat(out(tracker, "explain", "Hourly"))
    assert "Next in 1h 00m" in told or "Next in 59m" in told
    assert "this edit is not in force yet" in told
    assert json.loads(out(tracker, "explain", "Hourly", "--json"))["in_force"] is False
    assert (
        "1 trigger, no problems.\n"
        "It is not in force yet. Start the tracker: codespace-tracker start"
        in out(tracker, "check")
    )
    assert not (tracker.directory / "ledger.db").exists(), "nothing was written"
    config(tracker).write_text(json.dumps([trigger("Say", "echo here", cwd=str(tracker.home))]))
    assert out(tracker, "run", "Say") == "here\n"
    config(tracker).write_text('[{"label": "x"}]')
    assert "`script_command` is missing" in flat(err(tracker, "simulate"))


def test_an_edit_that_is_not_in_force_yet_is_shown_and_told(tracker: RealTracker) -> None:
    started(tracker, trigger("Old", conditions={"every_minutes": 60}))
    assert json.loads(out(tracker, "check", "--json"))["in_force"] is True
    assert "not in force" not in out(tracker, "simulate") + out(tracker, "explain", "Old") + out(
        tracker, "check"
    )
    tracker.verb("stop")
    config(tracker).write_text(json.dumps([trigger("New", conditions={"every_minutes": 60})]))
    said = (
        "trigger_config.json was edited since the tracker ran, and is not in force: "
        "codespace-tracker start"
    )
    for words in (["simulate"], ["explain", "New"], ["check"]):
        assert said in flat(out(tracker, *words)), words
    assert "New" in out(tracker, "simulate")
    assert "Old" not in out(tracker, "simulate")
    assert "there is no trigger" in err(tracker, "explain", "Old")
    assert json.loads(out(tracker, "check", "--json"))["in_force"] is False
    broken = '[{"label": "x"}]'
    config(tracker).write_text(broken)
    told = flat(out(tracker, "simulate"))
    assert "Old" in told
    assert "trigger_config.json has problems, and the last good settings are in force" in told


def test_an_edit_that_a_running_tracker_has_not_taken_yet_is_told(tracker: RealTracker) -> None:
    started(tracker, trigger("Old"))
    daemon = tracker.running().daemon
    assert daemon is not None
    os.kill(daemon.pid, signal.SIGSTOP)  # so that it cannot take the edit meanwhile
    try:
        config(tracker).write_text(json.dumps([trigger("New", conditions={"every_minutes": 60})]))
        for words in (["simulate"], ["explain", "New"], ["check"]):
            told = flat(out(tracker, *words))
            assert (
                "trigger_config.json was edited just now, and is not in force yet: within 10s."
                in told
            ), words
        config(tracker).unlink()
        assert "there is no trigger" in err(tracker, "explain", "New")
        assert "trigger_config.json has problems" in flat(out(tracker, "simulate"))
    finally:
        os.kill(daemon.pid, signal.SIGCONT)


# --- the file is deleted


def test_a_deleted_file_is_told_and_its_triggers_stay_until_it_says_none(
    tracker: RealTracker,
) -> None:
    started(tracker, trigger("First"), trigger("Second"))
    config(tracker).unlink()
    gone = (
        "trigger_config.json: is gone; its 2 triggers stay in force as they were. Fix: put the "
        "file back"
    )
    assert gone in err(tracker, "add", "--label", "x", "--command", "true", "--every", "5")
    assert gone in err(tracker, "check")
    tracker.verb("restart")
    wait_until(lambda: gone in str(tracker.status()["problems"]), "it is told")
    assert gone in flat(tracker.verb("init").stderr)
    tracker.verb("quota", "--plan", "pro", code=None)
    assert not config(tracker).exists(), "no sample takes its place"
    assert [one["label"] for one in listing(tracker)] == ["First", "Second"]
    assert "trigger_config.json has problems" in out(tracker, "list")
    config(tracker).write_text("[]")
    tracker.verb("restart")
    wait_until(lambda: listing(tracker) == [], "they are dropped")
    wait_until(lambda: not tracker.status()["problems"], "nothing is wrong any more")
    config(tracker).unlink()
    tracker.verb("restart")
    wait_until(config(tracker).exists, "where there was none to drop, the sample is put there")


# --- what else is told


def test_a_failed_one_time_alert_names_the_verb_that_lets_it_fire_again(
    tracker: RealTracker,
) -> None:
    once = trigger("24 hours", "exit 1", conditions={"total_runtime_hours": 0}, retries=0)
    hard = {**once, "label": 'Say "$HOME"', "flag_name": "say"}
    started(tracker, once, hard)
    wait_until(lambda: len(tracker.status()["problems"]) == 2, "both have failed for good")
    told = flat(str(tracker.status()["problems"]))
    assert 'to let it fire again: `codespace-tracker triggers rearm "24 hours"`' in told
    assert "`codespace-tracker triggers rearm say`" in told


@pytest.mark.parametrize("is_codespace", [True, False])
def test_stop_says_that_the_codespace_keeps_running_and_costs(
    tracker: RealTracker, is_codespace: bool
) -> None:
    if is_codespace:
        tracker.be_in_codespace()
    tracker.verb("start")
    told = tracker.verb("stop").stdout
    assert told.startswith("The tracker was stopped")
    said = "The codespace itself still runs. To stop it: codespace-tracker stop-codespace"
    assert (said in told) is is_codespace
