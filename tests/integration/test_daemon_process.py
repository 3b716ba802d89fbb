"""What the daemon is as a process: small, deaf to nothing, and a good parent."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.children import forked
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, wait_until

from codespace_tracker.daemon.host import HEARD
from codespace_tracker.install import shell_hook
from codespace_tracker.machine.process import reset_signals

_FORBIDDEN = {
    "asyncio",
    "http",
    "urllib",
    "ssl",
    "subprocess",
    "logging",
    "click",
    "pydantic",
    "tomllib",
    "zoneinfo",
}


def test_the_daemon_imports_the_standard_library_only_and_little_of_it() -> None:
    program = "import codespace_tracker.daemon.main, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & _FORBIDDEN
    bare = [sys.executable, "-I", "-c", "import sys; print(*sys.modules)"]
    plain = subprocess.run(bare, capture_output=True, text=True, check=True)
    ours = loaded - {name.partition(".")[0] for name in plain.stdout.split()}
    assert {name for name in ours if name not in sys.stdlib_module_names} == {"codespace_tracker"}


@pytest.mark.parametrize(
    "command",
    [
        ["bash", "-c", "echo ready; sleep 30 & wait"],
        [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(30)"],
    ],
)
def test_a_child_of_the_daemon_ends_by_term(command: list[str]) -> None:
    reading, writing = os.pipe()

    def become() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)  # as in the daemon
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.setsid()
        os.dup2(writing, 1)
        reset_signals()
        os.execvp(command[0], command)

    child = forked(become)
    os.close(writing)
    assert os.read(reading, 5) == b"ready"
    os.close(reading)
    os.killpg(child, signal.SIGTERM)
    _, code = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(code) == -signal.SIGTERM


def test_term_ends_the_session_at_the_moment_it_came(tracker: RealTracker) -> None:
    tracker.verb("start")
    keeper = tracker.running().keeper
    assert keeper is not None
    time.sleep(0.5)
    before = time.time_ns() // 1000
    os.kill(keeper.pid, signal.SIGTERM)
    wait_until(lambda: tracker.running() == (None, None), "it has ended")
    after = time.time_ns() // 1000
    [(ending, ended_at)] = tracker.read("SELECT ending, ended_at FROM session")
    assert ending == "clean"
    assert before <= ended_at <= after


def test_a_new_shell_brings_the_tracker_back_and_prints_nothing(tracker: RealTracker) -> None:
    tracker.verb("start")
    command = tracker.home / "codespace-tracker"
    quoted = " ".join(f"'{word}'" for word in tracker.command()[:-2])
    command.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
    command.chmod(0o755)
    (tracker.home / ".bashrc").write_text(shell_hook.block(str(tracker.directory), str(command)))
    tracker.kill(daemon=True, keeper=True)
    done = subprocess.run(
        ["setsid", "bash", "-i", "-c", "true"],
        env=tracker.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    bash_itself = ("terminal process group", "job control")
    said = [
        line for line in done.stderr.splitlines() if not any(words in line for words in bash_itself)
    ]
    assert done.stdout == ""
    assert said == []
    wait_until(lambda: tracker.running().keeper is not None, "the tracker is back")
    wait_until(lambda: tracker.running().daemon is not None, "its daemon too")


@pytest.mark.parametrize(
    "shell", [["bash", "--norc", "-i"], ["zsh", "-f", "-i"]], ids=["bash", "zsh"]
)
def test_a_new_shell_beside_a_running_tracker_starts_no_process(
    tracker: RealTracker, shell: list[str]
) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    tracker.verb("start")
    asked = tracker.home / "asked"
    programs = tracker.home / "programs"
    programs.mkdir()
    for name in ("flock", "codespace-tracker"):
        (programs / name).write_text(f'#!/bin/sh\necho {name} >>"{asked}"\nexit 1\n')
        (programs / name).chmod(0o755)
    hook = shell_hook.block(str(tracker.directory), str(programs / "codespace-tracker"))
    words = [
        shutil.which(shell[0]) or "",
        *shell[1:],
        "-c",
        f"set -u\n{hook}\necho ${{_codespace_tracker-nothing}}",
    ]
    environment = {**tracker.environment(), "PATH": f"{programs}:{os.environ['PATH']}"}
    assert (
        subprocess.run(
            ["setsid", *words], env=environment, stdout=subprocess.PIPE, text=True
        ).stdout
        == "nothing\n"
    )
    assert not asked.exists()
    # a keeper that is not to be seen, as another user's: the lock itself is asked, which is held
    lock = tracker.directory / "keeper.lock"
    said = lock.read_text()
    lock.write_text("1 0.1.0 pid:[1]\n")
    subprocess.run(["setsid", *words], env=environment, stdout=subprocess.PIPE)
    lock.write_text(said)
    assert asked.read_text() == "flock\n"


@pytest.mark.parametrize("command", ["gone", "broken"])
def test_a_new_shell_has_a_program_that_is_gone_or_broken_installed_again(
    tracker: RealTracker, command: str
) -> None:
    kept = tracker.directory / "program"
    kept.mkdir(parents=True)
    tracker.directory.chmod(0o700)
    asked = tracker.home / "asked"
    (kept / "setup.sh").write_text(f'echo "$@" >"{asked}.new"; mv "{asked}.new" "{asked}"\n')
    path = tracker.home / "codespace-tracker"
    if command == "broken":
        path.write_text("#!/nonexistent/python\n")
        path.chmod(0o755)
    (tracker.home / ".bashrc").write_text(shell_hook.block(str(tracker.directory), str(path)))
    done = subprocess.run(
        ["setsid", "bash", "-i", "-c", "true"],
        env=tracker.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.stdout == ""
    wait_until(asked.exists, "it was asked for")
    assert asked.read_text() == "--heal\n"


def test_the_shell_hook_is_put_once_and_taken_away_without_trace(tmp_path: Path) -> None:
    path = tmp_path / ".bashrc"
    path.write_text("alias ll='ls -l'\n")
    path.chmod(0o640)
    assert shell_hook.put(str(path), shell_hook.block("/a b/state", "/bin/cst"))
    assert not shell_hook.put(str(path), shell_hook.block("/a b/state", "/bin/cst"))
    assert shell_hook.put(str(path), shell_hook.block("/other", "/bin/cst"))
    assert path.read_text().count(">>> codespace-tracker >>>") == 1
    assert shell_hook.take_away(str(path))
    assert path.read_text() == "alias ll='ls -l'\n"
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("before", [None, "", "\n", "x=1", "x=1\n", "x=1\n\n"])
@pytest.mark.parametrize("later", ["", "y=2\n"])
def test_the_shell_hook_leaves_a_file_as_it_was_to_the_byte(
    tmp_path: Path, before: str | None, later: str
) -> None:
    path = tmp_path / ".bashrc"
    if before is not None:
        path.write_text(before)
    assert shell_hook.put(str(path), shell_hook.block("/a", "/bin/cst"))
    assert shell_hook.put(str(path), shell_hook.block("/b", "/bin/cst"))
    with path.open("a") as file:
        file.write(later)
    assert shell_hook.take_away(str(path))
    if before is None and not later:
        assert not path.exists()
    elif before == "x=1" and later:
        assert path.read_text() == "x=1\ny=2\n", "what came later is a line of its own"
    else:
        assert path.read_text() == (before or "") + later


def test_ensure_puts_the_shell_hook_once_where_it_is_asked_to(tracker: RealTracker) -> None:
    tracker.verb("ensure")
    bashrc = tracker.home / ".bashrc"
    assert not bashrc.exists()
    assert tracker.verb("ensure", "--quiet", "--shell-hook").stdout == ""
    text = bashrc.read_text()
    assert text.count(f" --dir {tracker.directory} ") == 1
    assert tracker.verb("ensure", "--shell-hook").stdout == "The tracker is already running.\n"
    assert bashrc.read_text() == text
    assert os.listdir(tracker.home / ".config/codespace-tracker") == ["command"], (
        "no directory is recorded: what is set for the machine may change"
    )


def test_a_shell_hook_that_cannot_be_put_is_told_and_hinders_no_start(tracker: RealTracker) -> None:
    (tracker.home / ".bashrc").mkdir()
    assert tracker.verb("ensure", "--quiet", "--shell-hook").stderr == ""
    assert None not in tracker.running()
    said = tracker.verb("ensure", "--shell-hook", code=1).stderr
    assert (
        f"{tracker.home}/.bashrc: the shell hook could not be added (is not a file). Fix: " in said
    )
