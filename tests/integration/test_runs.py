"""Real runs of real scripts: their limits, their output, what they leave behind."""

import os
import signal
import time
from pathlib import Path

import pytest

from codespace_tracker.core.trigger import Script
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

    @property
    def log(self) -> str:
        return Path(places.log_path(str(self.directory), NAME)).read_text(errors="replace")


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def until(path: Path) -> str:
    """What stands in a file, when something does."""
    end = time.monotonic() + 10
    while not (path.exists() and path.read_text().strip()):
        assert time.monotonic() < end, path
        time.sleep(0.01)
    return path.read_text().strip()


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


def test_a_shell_that_is_not_there_is_told(ground: Ground) -> None:
    assert ground.run("true", shell=("no-such-shell", "-c")).exit_code == 126
    assert "cannot run no-such-shell: No such file or directory" in ground.log


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


def test_a_script_gets_the_signals_and_descriptors_of_a_fresh_process(ground: Ground) -> None:
    ground.run("cat /proc/self/status | sed -n 's/^Sig\\(Blk\\|Ign\\|Cgt\\)://p'; ls -l /proc/self/fd | wc -l; umask")
    assert ground.log.split() == [
        *("0" * 16, "0" * 16, "0" * 16),
        "5",  # "total", 0, 1, 2, and the folder itself
        "0022",
    ]


def test_output_beyond_the_limit_is_not_kept_and_does_not_stop_the_script(ground: Ground) -> None:
    outcome = ground.run("yes | head -c 300000000; echo done >ended", limit=50_000)
    assert outcome.result == "succeeded"
    assert (ground.workspace / "ended").exists()
    assert 50_000 <= len(ground.log) < 50_200
    assert "more was printed" in ground.log


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
    ground.start("(while :; do echo alive || exit; sleep 0.05; done) & echo $! >pid; echo started")
    pid = int(until(ground.workspace / "pid"))
    end = time.monotonic() + 10
    while places.read_outcome(str(ground.directory), NAME) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert not places.is_going(str(ground.directory), NAME), "the run is over"
    time.sleep(0.3)
    assert is_alive(pid)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(ground.pid, 0)


def test_a_run_that_is_told_to_end_ends_its_script_and_leaves_no_outcome(ground: Ground) -> None:
    ground.start("echo $$ >pid; sleep 60")
    pid = int(until(ground.workspace / "pid"))
    assert places.is_going(str(ground.directory), NAME)
    os.kill(ground.pid, signal.SIGTERM)
    os.waitpid(ground.pid, 0)
    assert not is_alive(pid)
    assert places.read_outcome(str(ground.directory), NAME) is None
    assert not places.is_going(str(ground.directory), NAME)


def test_a_run_that_is_killed_frees_its_lock(ground: Ground) -> None:
    ground.start("echo $$ >pid; sleep 60")
    pid = int(until(ground.workspace / "pid"))
    os.kill(ground.pid, signal.SIGKILL)
    os.waitpid(ground.pid, 0)
    assert not places.is_going(str(ground.directory), NAME)
    os.kill(pid, signal.SIGKILL)


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
