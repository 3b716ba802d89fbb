"""Real runs of real scripts: how they are started, what they are given, what is kept of them."""

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.children import forked
from tests.integration.real_tracker import wait_until
from tests.integration.run_ground import NAME, Ground, children, has_begun

from codespace_tracker.daemon.host import HEARD
from codespace_tracker.runs import run_files
from codespace_tracker.runs.start import start


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def test_a_script_that_ends_well_has_succeeded_and_its_output_is_kept(ground: Ground) -> None:
    outcome = ground.run('echo out; echo err >&2; pwd; echo "$CODESPACE_TRACKER_LABEL"; sleep 0.1')
    assert outcome[0] == "succeeded"
    assert (outcome.exit_code, outcome.signal) == (0, None)
    assert 100_000 <= outcome.duration_us < 180_000_000
    assert ground.log.splitlines() == ["out", "err", str(ground.workspace), "Back up"]
    assert Path(run_files.log_path(str(ground.directory), NAME)).stat().st_mode & 0o777 == 0o600
    assert not run_files.is_going(str(ground.directory), NAME)


@pytest.mark.parametrize(
    ("command", "code", "number"),
    [("exit 3", 3, None), ("kill -9 $$", None, 9), ("no-such-command", 127, None)],
)
def test_how_a_script_failed_is_kept(
    ground: Ground, command: str, code: int | None, number: int | None
) -> None:
    outcome = ground.run(command)
    assert (outcome.result, outcome.exit_code, outcome.signal) == ("failed", code, number)


@pytest.mark.parametrize(
    ("shell", "told"),
    [
        (("no-such-shell", "-c"), "no-such-shell could not be started (it is not in PATH)"),
        (
            ("/no/such/shell", "-c"),
            "/no/such/shell could not be started (No such file or directory)",
        ),
        (("./not-executable",), "./not-executable could not be started (Permission denied)"),
    ],
)
def test_a_shell_that_cannot_be_run_is_told(
    ground: Ground, shell: tuple[str, ...], told: str
) -> None:
    (ground.workspace / "no-such-shell").symlink_to("/bin/sh")  # only what is in PATH counts
    (ground.workspace / "not-executable").touch()
    outcome = ground.run("touch ran", shell=shell)
    assert (outcome.result, outcome.exit_code, outcome.detail) == ("failed", None, told)
    assert told in ground.log
    assert not (ground.workspace / "ran").exists()


def test_a_command_that_no_program_can_be_given_fails_the_run(ground: Ground) -> None:
    outcome = ground.run("echo \0")
    assert outcome.result == "failed"
    assert "null byte" in outcome.detail


@pytest.mark.machine
def test_where_there_can_be_no_more_processes_the_run_has_failed_and_says_so(
    ground: Ground,
) -> None:
    """As a user that may have two processes: the one that starts the run, and the run."""
    user = 1_800_000_000 + os.getpid()
    for path in [ground.directory, *ground.directory.rglob("*")]:
        os.chown(path, user, user)
    runs = os.open(ground.directory, os.O_RDONLY)

    def run() -> None:
        os.fchdir(runs)  # what leads there is closed to others
        os.setresuid(user, user, user)
        resource.setrlimit(resource.RLIMIT_NPROC, (2, 2))
        lock = run_files.take_lock(".", NAME)
        os.waitpid(
            start(ground.order("true")._replace(directory=".", workspace="/proc/self/cwd"), lock), 0
        )

    os.waitpid(forked(run), 0)
    os.chown(
        run_files.outcome_path(str(ground.directory), NAME), 0, 0
    )  # another user's is not read
    outcome = ground.outcome()
    assert outcome is not None
    assert outcome.result == "failed"
    assert outcome.detail == "sh could not be started (Resource temporarily unavailable)"


def test_a_folder_that_is_not_there_fails_the_run_and_is_told(ground: Ground) -> None:
    outcome = ground.run("touch ran", cwd="$HOME/nowhere/$UNKNOWN")
    assert outcome.result == "failed"
    assert "there is no folder" in outcome.detail
    assert "/nowhere/$UNKNOWN" in outcome.detail
    assert outcome.detail in ground.log


def test_cwd_and_env_are_expanded_and_given(ground: Ground, tmp_path: Path) -> None:
    (tmp_path / "in ä").mkdir()
    outcome = ground.run(
        "pwd; echo $A", cwd="${PLACE}/in ä", env=(("A", "a b"), ("PLACE", str(tmp_path)))
    )
    assert outcome.result == "succeeded"
    assert ground.log == f"{tmp_path}/in ä\na b\n"


def test_a_login_shell_can_be_asked_for(ground: Ground) -> None:
    assert (
        ground.run("shopt -q login_shell && echo yes", shell=("bash", "-lc")).result == "succeeded"
    )


_OF_GLIBC = 1 << 31 | 1 << 32
"""Signals 32 and 33: what posix_spawn(3) does with them is glibc's own affair."""


def signals(status: str, which: str) -> int:
    """A mask of signals in the text of /proc/PID/status, without those of glibc."""
    return int(status.partition(f"\n{which}:")[2].split()[0], 16) & ~_OF_GLIBC


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_script_gets_the_signals_and_descriptors_of_a_fresh_process(
    ground: Ground, shell: str
) -> None:
    """Whatever the tracker inherited or does itself: it starts many programs, and knows few.

    dash clears an inherited mask by itself, bash passes it on to all that it starts.
    """
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    inherited = [os.dup2(1, number) for number in (30, 255, 256, 700)]
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    try:
        ground.run("cat /proc/self/status; echo; ls /proc/self/fd; umask; cat", shell=(shell, "-c"))
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        signal.signal(signal.SIGUSR1, before)
        for number in inherited:
            os.close(number)
    status, _, rest = ground.log.partition("\n\n")
    assert [signals(status, which) for which in ("SigBlk", "SigIgn", "SigCgt")] == [0, 0, 0]
    assert rest.split() == ["0", "1", "2", "3", "0022"], "3 is the folder that was listed"


def test_a_run_is_not_ended_by_a_connection_that_breaks(ground: Ground) -> None:
    """Python ignores SIGPIPE, and what downloads scripts counts on it."""
    ground.start("until [ -e end ]; do sleep 0.05; done; touch ended")
    wait_until(lambda: has_begun(ground), "the script has begun")
    status = Path(f"/proc/{ground.pid}/status").read_text()
    (ground.workspace / "end").touch()
    os.waitpid(ground.pid, 0)
    assert signals(status, "SigIgn") == 1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1
    assert signals(status, "SigBlk") == 0


def test_output_beyond_the_limit_is_not_kept_and_does_not_stop_the_script(ground: Ground) -> None:
    outcome = ground.run("yes | head -c 300000000; echo done >ended", limit=50_000)
    assert outcome.result == "succeeded"
    assert (ground.workspace / "ended").exists()
    assert 50_000 <= len(ground.log) < 50_200
    assert "more was printed" in ground.log


@pytest.mark.parametrize(
    ("printed", "kept"), [(1000, "a" * 1000), (1001, "a" * 1000 + "\n[codespace-tracker: more")]
)
def test_the_limit_of_the_output_is_exact(ground: Ground, printed: int, kept: str) -> None:
    ground.run(f"printf '%0{printed}d' 0 | tr 0 a", limit=1000)
    assert ground.log.partition(" was printed")[0] == kept


def test_output_that_cannot_be_kept_costs_the_output_and_not_the_run(ground: Ground) -> None:
    Path(run_files.log_path(str(ground.directory), NAME)).mkdir()
    outcome = ground.run("echo lost; touch ran")
    assert outcome.result == "succeeded"
    assert "its output could not be kept" in outcome.detail
    assert (ground.workspace / "ran").exists()


@pytest.mark.machine
def test_an_outcome_that_a_full_disk_does_not_take_is_left_when_there_is_room(
    ground: Ground,
) -> None:
    runs = ground.directory / "runs"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(runs)], check=True)
    try:
        filler = runs / "filler"
        ground.start(f"dd if=/dev/zero of={filler} bs=4k; echo printed; touch ran; true")
        wait_until((ground.workspace / "ran").exists, "the script has ended")
        wait_until(lambda: not children(ground.pid), "the run has seen it")
        time.sleep(0.2)
        assert ground.outcome() is None
        assert run_files.is_going(str(ground.directory), NAME)
        os.kill(ground.pid, signal.SIGTERM)  # what has ended is not cut off
        filler.unlink()
        os.waitpid(ground.pid, 0)
        outcome = ground.outcome()
    finally:
        subprocess.run(["umount", "-l", str(runs)], check=True)
    assert outcome is not None
    assert outcome.result == "succeeded"


def test_only_the_newest_runs_are_kept_and_none_that_is_going(ground: Ground) -> None:
    folder = ground.directory / "runs"
    names = [f"20261124T0000{n:02}.x.1" for n in range(20)]
    for name in names:
        (folder / f"{name}.log").write_text("")
        (folder / f"{name}.json").write_text("{}")
    (folder / "mine.txt").write_text("")
    (folder / f"{names[1]}.json.tmp").write_text("")
    run_files.prune(str(ground.directory), 5, frozenset({names[0]}))
    assert {path.name.removesuffix(".log") for path in folder.glob("*.log")} == {
        names[0],
        *names[-5:],
    }
    assert (folder / "mine.txt").exists()
    assert len(list(folder.iterdir())) == 1 + 2 * 6


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"result": "succeeded"}', b'{"result": "x"}', b"\xff"]
)
def test_a_broken_outcome_is_none(ground: Ground, content: bytes) -> None:
    Path(run_files.outcome_path(str(ground.directory), NAME)).write_bytes(content)
    assert run_files.read_outcome(str(ground.directory), NAME) is None


def test_what_is_told_of_a_run_works_no_terminal_and_has_an_end(ground: Ground) -> None:
    outcome = ground.run("true", cwd="/\x1b[31m" + "x" * 100_000)
    assert outcome.result == "failed"
    assert outcome.detail.startswith("cwd: there is no folder /\\x1b[31mxxx")
    assert len(outcome.detail) <= 1000
