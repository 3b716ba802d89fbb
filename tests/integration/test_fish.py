"""fish: the tracker comes back with a new shell, notices are shown, commands are completed; all of
it goes again."""

import os
import re
import time
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker, wait_until
from tests.integration.shells import Shells, program_of, write
from tests.integration.terminal import PseudoTerminal


@pytest.fixture
def shells(tracker: RealTracker) -> Shells:
    made = Shells(tracker)
    made.more["SHELL"] = program_of("fish")
    return made


def in_terminal(shells: Shells, typed: str) -> str:
    """What a fish on a terminal prints, with a line typed into it that ends it."""
    with PseudoTerminal([program_of("fish")], shells.environment()) as terminal:
        terminal.type(f"{typed}; exit 0\n")
        assert terminal.ended() == 0
        return terminal.said


def test_a_new_fish_brings_the_tracker_back_and_prints_nothing(shells: Shells) -> None:
    shells.set_up()
    assert shells.new("fish", command="command -s codespace-tracker") == f"{shells.command}\n"
    wait_until(lambda: None not in shells.tracker.running(), "the tracker is there")
    shells.tracker.kill(daemon=True, keeper=True)
    said = in_terminal(shells, "jobs")
    assert "codespace" not in re.sub(r"\x1b\][^\x07]*\x07", "", said).replace(str(shells.home), "")
    wait_until(lambda: None not in shells.tracker.running(), "the tracker is back")


def test_a_new_fish_beside_a_running_tracker_starts_no_process(shells: Shells) -> None:
    shells.set_up()
    shells.verb("start")
    hook = shells.home / ".config/fish/conf.d/codespace-tracker.fish"
    shells.verb("notice", "hello")
    wait_until((shells.tracker.directory / "notice.txt").exists, "the notice is drawn")
    assert forks(shells, hook, hidden=False) == forks(shells, hook, hidden=True)
    lock = shells.tracker.directory / "keeper.lock"
    said = lock.read_text()
    lock.write_text(
        "1 0.1.0 pid:[1]\n"
    )  # a keeper that is not to be seen: the lock is asked, which is held
    assert forks(shells, hook, hidden=False) > forks(shells, hook, hidden=True)
    lock.write_text(said)


def forks(shells: Shells, hook: Path, *, hidden: bool) -> int:
    """How many processes a new fish starts, with our file or without it."""
    other = hook.with_suffix(".hidden")
    if hidden:
        hook.rename(other)
    trace = shells.home / "trace"
    calls = "trace=execve,fork,vfork,clone,clone3"
    shells.run(
        program_of("strace"),
        "-f",
        "-q",
        "-e",
        calls,
        "-o",
        str(trace),
        program_of("fish"),
        "-i",
        "-c",
        "true",
    )
    if hidden:
        other.rename(hook)
    threads = ("CLONE_THREAD", "resumed>", "exited with", "SIGCHLD {", "+++")
    return len(
        [
            line
            for line in trace.read_text().splitlines()
            if not any(word in line for word in threads)
        ]
    )


def test_a_fish_that_runs_a_script_shows_and_starts_nothing(shells: Shells) -> None:
    shells.set_up()
    write(shells.tracker.directory / "notice.txt", f"{int(time.time()) + 60} hello\n")
    assert shells.run(program_of("fish"), "-c", "true") == ""
    assert shells.tracker.running() == (None, None)


def test_a_new_fish_shows_each_notice_that_still_stands(shells: Shells) -> None:
    shells.set_up()
    shells.verb_free_program()
    now = int(time.time())
    lines = (
        f"{now - 5} old",
        f"{now + 60} bad \x1b[31m",
        f"{now + 60} bad \x9b31m",
        f"{now + 60} a  b -n 100%d \\n",
    )
    write(shells.tracker.directory / "notice.txt", "".join(f"{line}\n" for line in lines))
    assert shells.new("fish") == "a  b -n 100%d \\n\n"


@pytest.mark.machine
@pytest.mark.parametrize("whose", ["the file", "the directory", "a link"])
def test_a_new_fish_shows_no_notice_of_another_user(shells: Shells, whose: str) -> None:
    shells.set_up()
    shells.verb_free_program()
    notice = shells.tracker.directory / "notice.txt"
    write(notice, f"{int(time.time()) + 60} hello\n")
    assert shells.new("fish") == "hello\n"
    if whose == "a link":
        notice.rename(shells.home / "text")
        notice.symlink_to(shells.home / "text")
    else:
        os.chown(notice if whose == "the file" else shells.tracker.directory, 1234, 1234)
    assert shells.new("fish") == ""
    os.chown(shells.tracker.directory, 0, 0)


def test_fish_completes_verbs_of_both_names(shells: Shells) -> None:
    short = shells.command.with_name("cst")
    short.symlink_to(shells.command)
    shells.set_up()
    for name in ("codespace-tracker", "cst"):
        said = shells.new("fish", command=f"complete -C '{name} triggers exp'")
        assert said.startswith("explain"), said


def test_fish_tells_the_whole_of_what_a_verb_does(shells: Shells) -> None:
    shells.set_up()
    shells.verb("start")  # or the new shell starts it, and may do so when the test is over
    told = shells.new("fish", command="complete -C 'codespace-tracker trig'").rstrip()
    assert told == "triggers\tShow, add, edit, check, explain and run triggers."


def test_completion_of_another_programs_cst_is_left_alone(shells: Shells) -> None:
    write(shells.command.with_name("cst"), "#!/bin/sh\n")
    shells.command.with_name("cst").chmod(0o755)
    shells.set_up()
    assert [path.name for path in (shells.home / ".config/fish/completions").iterdir()] == [
        "codespace-tracker.fish"
    ]
    for shell in ("bash", "zsh", "fish"):
        assert "cst" not in shells.run(str(shells.command), "completion", shell)


@pytest.mark.parametrize("config", [".config", "else where/it's"])
def test_uninstall_leaves_fishs_folder_as_it_was(shells: Shells, config: str) -> None:
    if config != ".config":
        shells.more["XDG_CONFIG_HOME"] = str(shells.home / config)
    write(shells.home / config / "fish/config.fish", "set -g mine 1\n")
    before = shells.files()
    folders = {path for path in shells.home.rglob("*") if path.is_dir()}
    shells.set_up()
    assert (
        "✓ shell hook: fish reads it, also as a login shell, and finds codespace-tracker"
        in shells.hook_lines()
    )
    shells.verb("uninstall", "--delete-data", "--yes")
    left = {
        name: text
        for name, text in shells.files().items()
        if "fish_variables" not in name and "share/" not in name
    }
    assert left == before
    made = {path for path in shells.home.rglob("*") if path.is_dir()} - folders
    assert not [path for path in made if "codespace-tracker" in path.name]
