"""Real runs of real scripts: their limits, their output, what they leave behind."""

import os
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.integration.real_tracker import wait_until

from codespace_tracker.core.trigger import Script
from codespace_tracker.daemon.host import HEARD
from codespace_tracker.machine.process import start_time
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.runs import places, runner
from codespace_tracker.runs.order import Order
from codespace_tracker.runs.places import Outcome
from codespace_tracker.runs.start import start

NAME = "20261124T000000.backup.1"


class Ground:
    """A place for runs: a state directory and a workspace."""

    def __init__(self, folder: Path) -> None:
        self.directory = folder / "state"
        self.workspace = folder / "work space"
        self.workspace.mkdir()
        prepare(str(self.directory))
        self.pid = 0

    def order(self, command: str, **more: object) -> Order:
        limit = int(str(more.pop("limit", 100_000)))
        script = Script(command, ("sh", "-c"), "", "", "", (), 20_000_000)._replace(**more)  # type: ignore[arg-type]
        variables = (("CODESPACE_TRACKER_LABEL", "Back up"),)
        return Order(str(self.directory), NAME, script, variables, limit, str(self.workspace))

    def start(self, command: str, **more: object) -> int:
        """Start a run, as the daemon does; its process number."""
        lock = places.take_lock(str(self.directory), NAME)
        self.pid = start(self.order(command, **more), lock)
        return self.pid

    def run(self, command: str, **more: object) -> Outcome:
        """Run to the end; the outcome."""
        self.start(command, **more)
        os.waitpid(self.pid, 0)
        found = places.read_outcome(str(self.directory), NAME)
        assert found is not None
        return found

    def outcome(self) -> Outcome | None:
        return places.read_outcome(str(self.directory), NAME)

    @property
    def log(self) -> str:
        return Path(places.log_path(str(self.directory), NAME)).read_text(errors="replace")


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def until(path: Path) -> str:
    """What stands in a file, when something does."""
    wait_until(lambda: path.exists() and bool(path.read_text().strip()), str(path))
    return path.read_text().strip()


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def has_begun(ground: Ground) -> bool:
    """Whether the run has told which process its script is."""
    return bool((ground.directory / "runs" / f"{NAME}.lock").read_text())


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_script_that_ends_well_has_succeeded_and_its_output_is_kept(ground: Ground) -> None:
    outcome = ground.run('echo out; echo err >&2; pwd; echo "$CODESPACE_TRACKER_LABEL"; sleep 0.1')
    assert outcome[0] == "succeeded"
    assert (outcome.exit_code, outcome.signal) == (0, None)
    assert 100_000 <= outcome.duration_us < 10_000_000
    assert ground.log.splitlines() == ["out", "err", str(ground.workspace), "Back up"]
    assert Path(places.log_path(str(ground.directory), NAME)).stat().st_mode & 0o777 == 0o600
    assert not places.is_going(str(ground.directory), NAME)


@pytest.mark.parametrize(
    ("command", "code", "number"), [("exit 3", 3, None), ("kill -9 $$", None, 9), ("no-such-command", 127, None)]
)
def test_how_a_script_failed_is_kept(ground: Ground, command: str, code: int | None, number: int | None) -> None:
    outcome = ground.run(command)
    assert (outcome.result, outcome.exit_code, outcome.signal) == ("failed", code, number)


@pytest.mark.parametrize(
    ("shell", "told"),
    [
        (("no-such-shell", "-c"), "no-such-shell could not be started (it is not in PATH)"),
        (("/no/such/shell", "-c"), "/no/such/shell could not be started (No such file or directory)"),
        (("./not-executable",), "./not-executable could not be started (Permission denied)"),
    ],
)
def test_a_shell_that_cannot_be_run_is_told(ground: Ground, shell: tuple[str, ...], told: str) -> None:
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
def test_where_there_can_be_no_more_processes_the_run_has_failed_and_says_so(ground: Ground) -> None:
    """As a user that may have two processes: the one that starts the run, and the run."""
    user = 1_800_000_000 + os.getpid()
    for path in [ground.directory, *ground.directory.rglob("*")]:
        os.chown(path, user, user)
    runs = os.open(ground.directory, os.O_RDONLY)
    child = os.fork()
    if child == 0:
        try:
            os.fchdir(runs)  # what leads there is closed to others
            os.setresuid(user, user, user)
            resource.setrlimit(resource.RLIMIT_NPROC, (2, 2))
            lock = places.take_lock(".", NAME)
            os.waitpid(start(ground.order("true")._replace(directory=".", workspace="/proc/self/cwd"), lock), 0)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
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
    outcome = ground.run("pwd; echo $A", cwd="${PLACE}/in ä", env=(("A", "a b"), ("PLACE", str(tmp_path))))
    assert outcome.result == "succeeded"
    assert ground.log == f"{tmp_path}/in ä\na b\n"


def test_a_login_shell_can_be_asked_for(ground: Ground) -> None:
    assert ground.run("shopt -q login_shell && echo yes", shell=("bash", "-lc")).result == "succeeded"


_OF_GLIBC = 1 << 31 | 1 << 32
"""Signals 32 and 33: what posix_spawn(3) does with them is glibc's own affair."""


def signals(status: str, which: str) -> int:
    """A mask of signals in the text of /proc/PID/status, without those of glibc."""
    return int(status.partition(f"\n{which}:")[2].split()[0], 16) & ~_OF_GLIBC


def test_a_script_gets_the_signals_and_descriptors_of_a_fresh_process(ground: Ground) -> None:
    """Whatever the tracker inherited or does itself: it starts many programs, and knows few."""
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    inherited = [os.dup2(1, number) for number in (30, 255, 256, 700)]
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    try:
        ground.run("cat /proc/self/status; echo; ls /proc/self/fd; umask; cat")
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


@pytest.mark.parametrize(("printed", "kept"), [(1000, "a" * 1000), (1001, "a" * 1000 + "\n[codespace-tracker: more")])
def test_the_limit_of_the_output_is_exact(ground: Ground, printed: int, kept: str) -> None:
    ground.run(f"printf '%0{printed}d' 0 | tr 0 a", limit=1000)
    assert ground.log.partition(" was printed")[0] == kept


def test_at_its_limit_a_script_gets_term_and_may_clean_up(ground: Ground) -> None:
    outcome = ground.run("trap 'echo cleaned up; exit 0' TERM; sleep 60 & wait", timeout_us=300_000)
    assert outcome.result == "timed_out"
    assert "limit" in outcome.detail
    assert "cleaned up" in ground.log


@pytest.mark.parametrize(
    "escape",
    [
        "trap '' TERM; echo $$ >pid; while :; do sleep 0.1; done",
        "setsid sh -c 'trap \"\" TERM HUP; echo $$ >pid; while :; do sleep 0.1; done' & wait",
        "( ( setsid sh -c 'trap \"\" TERM; echo $$ >pid; exec >/dev/null 2>&1; sleep 60' & ) & ); sleep 60",
        "exec >/dev/null 2>&1 </dev/null; echo $$ >pid; sleep 60",
        "sh -c 'kill -STOP $$' & sh -c 'echo $$ >pid; exec sleep 60' & wait",
    ],
)
def test_the_limit_ends_whatever_the_script_brought_forth(
    ground: Ground, escape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.3)
    ground.start(escape, timeout_us=500_000)
    pid = int(until(ground.workspace / "pid"))
    os.waitpid(ground.pid, 0)
    assert not is_alive(pid)
    found = places.read_outcome(str(ground.directory), NAME)
    assert found is not None
    assert found.result == "timed_out"


def test_what_a_script_leaves_running_lives_on_and_may_print(ground: Ground) -> None:
    ground.run("(while echo alive; do echo x >>beats; sleep 0.05; done) & echo $! >pid; echo started")
    pid = int(until(ground.workspace / "pid"))
    assert not places.is_going(str(ground.directory), NAME), "the run is over, and its process has ended"
    beats = ground.workspace / "beats"
    before = beats.stat().st_size if beats.exists() else 0
    wait_until(lambda: beats.exists() and beats.stat().st_size > before + 6, "it goes on printing")
    assert is_alive(pid)
    assert int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) != ground.pid
    os.kill(pid, signal.SIGKILL)


def test_orphans_of_a_long_script_are_buried_while_it_runs(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "BURY_SECONDS", 0.1)
    print_on = "while echo x; do sleep 0.01; [ -e end ] && exit; done"
    ground.start(f"for n in 1 2 3 4 5; do (true &); done; touch begun; {print_on}")
    wait_until((ground.workspace / "begun").exists, "they are orphans")
    wait_until(lambda: len(children(ground.pid)) == 1, "only the script is left")
    (ground.workspace / "end").touch()
    os.waitpid(ground.pid, 0)
    assert ground.outcome() is not None


def test_the_folder_of_runs_is_made_again_where_it_was_deleted(ground: Ground) -> None:
    runs = ground.directory / "runs"
    runs.rmdir()
    assert ground.run("true").result == "succeeded"
    assert runs.stat().st_mode & 0o777 == 0o700


def test_a_run_whose_state_directory_was_deleted_ends_with_its_script(ground: Ground) -> None:
    ground.start("until [ -e end ]; do sleep 0.05; done")
    shutil.rmtree(ground.directory)
    (ground.workspace / "end").touch()
    os.waitpid(ground.pid, 0)
    assert not ground.directory.exists()


def test_a_run_that_is_told_to_end_ends_its_script_and_leaves_no_outcome(ground: Ground) -> None:
    ground.start("echo $$ >pid; sleep 60")
    pid = int(until(ground.workspace / "pid"))
    assert places.is_going(str(ground.directory), NAME)
    os.kill(ground.pid, signal.SIGTERM)
    os.waitpid(ground.pid, 0)
    assert not is_alive(pid)
    assert places.read_outcome(str(ground.directory), NAME) is None
    assert not places.is_going(str(ground.directory), NAME)


def test_a_run_that_is_told_twice_still_ends_a_script_that_does_not_listen(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 2.0)
    ground.start("trap 'echo heard >>term' TERM; echo $$ >pid; while :; do sleep 0.05; done")
    pid = int(until(ground.workspace / "pid"))
    os.kill(ground.pid, signal.SIGTERM)
    until(ground.workspace / "term")
    os.kill(ground.pid, signal.SIGTERM)
    os.waitpid(ground.pid, 0)
    assert not is_alive(pid)
    assert ground.outcome() is None


def test_a_run_that_is_killed_frees_its_lock_and_what_it_watched_can_be_ended(ground: Ground) -> None:
    ground.start("sleep 60 & echo $$ $! >pid; wait")
    script, child = map(int, until(ground.workspace / "pid").split())
    wait_until(lambda: has_begun(ground), "the run has told which process it is")
    os.kill(ground.pid, signal.SIGKILL)
    os.waitpid(ground.pid, 0)
    assert not places.is_going(str(ground.directory), NAME)
    assert is_alive(script)
    places.end_script(str(ground.directory), NAME)
    wait_until(lambda: not is_alive(script) and not is_alive(child), "it has ended")


@pytest.mark.parametrize("told", ["", "x", "0 0", "{me}", "{me} None", "{me} 5", "-1 5", "{me} {start} 3"])
def test_nobody_is_ended_who_is_not_the_script(ground: Ground, told: str) -> None:
    text = told.format(me=os.getpid(), start=start_time(os.getpid()))
    (ground.directory / "runs" / f"{NAME}.lock").write_text(text)
    places.end_script(str(ground.directory), NAME)


def test_the_limit_ends_who_forks_and_ends_faster_than_anybody_can_look(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.2)
    hop = "import os,time\nuntil = time.monotonic() + 20\nwhile time.monotonic() < until:\n if os.fork(): os._exit(0)\n"
    hop += " open('hop', 'w').close()\n"
    ground.run(f'trap "" TERM; python3 -c "{hop}"; sleep 20', timeout_us=500_000)
    hopped = ground.workspace / "hop"
    hopped.unlink()
    time.sleep(0.2)
    assert not hopped.exists()


def test_output_that_cannot_be_kept_costs_the_output_and_not_the_run(ground: Ground) -> None:
    Path(places.log_path(str(ground.directory), NAME)).mkdir()
    outcome = ground.run("echo lost; touch ran")
    assert outcome.result == "succeeded"
    assert "its output could not be kept" in outcome.detail
    assert (ground.workspace / "ran").exists()


@pytest.mark.machine
def test_an_outcome_that_a_full_disk_does_not_take_is_left_when_there_is_room(ground: Ground) -> None:
    runs = ground.directory / "runs"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(runs)], check=True)
    try:
        filler = runs / "filler"
        ground.start(f"dd if=/dev/zero of={filler} bs=4k; echo printed; touch ran; true")
        wait_until((ground.workspace / "ran").exists, "the script has ended")
        wait_until(lambda: not children(ground.pid), "the run has seen it")
        time.sleep(0.2)
        assert ground.outcome() is None
        assert places.is_going(str(ground.directory), NAME)
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
    places.prune(str(ground.directory), 5, frozenset({names[0]}))
    assert {path.name.removesuffix(".log") for path in folder.glob("*.log")} == {names[0], *names[-5:]}
    assert (folder / "mine.txt").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"result": "succeeded"}', b'{"result": "x"}', b"\xff"])
def test_a_broken_outcome_is_none(ground: Ground, content: bytes) -> None:
    Path(places.outcome_path(str(ground.directory), NAME)).write_bytes(content)
    assert places.read_outcome(str(ground.directory), NAME) is None
