"""How real runs end: at their limit, told to, killed; and what becomes of all that a script brought
forth."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.children import forked
from tests.integration.real_tracker import is_alive, wait_for_text, wait_until
from tests.integration.run_ground import NAME, Ground, children, has_begun

from codespace_tracker.machine.processes import start_time
from codespace_tracker.runs import run_files, runner


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


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
        "( ( setsid sh -c 'trap \"\" TERM; echo $$ >pid; exec >/dev/null 2>&1; sleep 60' & ) & ); "
        "sleep 60",
        "exec >/dev/null 2>&1 </dev/null; echo $$ >pid; sleep 60",
        "sh -c 'kill -STOP $$' & sh -c 'echo $$ >pid; exec sleep 60' & wait",
    ],
)
def test_the_limit_ends_whatever_the_script_brought_forth(
    ground: Ground, escape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.3)
    ground.start(escape, timeout_us=500_000)
    pid = int(wait_for_text(ground.workspace / "pid"))
    os.waitpid(ground.pid, 0)
    assert not is_alive(pid)
    found = run_files.read_outcome(str(ground.directory), NAME)
    assert found is not None
    assert found.result == "timed_out"


def test_what_a_script_leaves_running_lives_on_and_may_print(ground: Ground) -> None:
    ground.run(
        "(while echo alive; do echo x >>beats; sleep 0.05; done) & echo $! >pid; echo started"
    )
    pid = int(wait_for_text(ground.workspace / "pid"))
    assert not run_files.is_going(str(ground.directory), NAME), (
        "the run is over, and its process has ended"
    )
    beats = ground.workspace / "beats"
    before = beats.stat().st_size if beats.exists() else 0
    wait_until(lambda: beats.exists() and beats.stat().st_size > before + 6, "it goes on printing")
    assert is_alive(pid)
    assert int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) != ground.pid
    os.kill(pid, signal.SIGKILL)


def test_orphans_of_a_long_script_are_buried_while_it_runs(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    pid = int(wait_for_text(ground.workspace / "pid"))
    assert run_files.is_going(str(ground.directory), NAME)
    os.kill(ground.pid, signal.SIGTERM)
    os.waitpid(ground.pid, 0)
    assert not is_alive(pid)
    assert run_files.read_outcome(str(ground.directory), NAME) is None
    assert not run_files.is_going(str(ground.directory), NAME)


def test_a_run_that_is_told_twice_still_ends_a_script_that_does_not_listen(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 2.0)
    ground.start("trap 'echo heard >>term' TERM; echo $$ >pid; while :; do sleep 0.05; done")
    pid = int(wait_for_text(ground.workspace / "pid"))
    os.kill(ground.pid, signal.SIGTERM)
    wait_for_text(ground.workspace / "term")
    os.kill(ground.pid, signal.SIGTERM)
    os.waitpid(ground.pid, 0)
    assert not is_alive(pid)
    assert ground.outcome() is None


def test_a_script_does_not_outlive_who_watches_it_by_hand(ground: Ground) -> None:
    """`triggers run LABEL | head -1`: what it prints can no longer be passed on."""

    def run() -> None:
        reading, writing = os.pipe()
        os.close(reading)
        order = ground.order("echo $$ >pid; echo printed; exec sleep 60", timeout_us=0)
        runner.supervise(order, also=lambda part: os.write(writing, part))

    child = forked(run)
    wait_until(lambda: os.waitpid(child, os.WNOHANG)[0] == child, "it ends with its reader")
    assert not is_alive(int(wait_for_text(ground.workspace / "pid")))


def test_ctrl_c_gives_a_script_time_and_a_second_one_does_not(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 60.0)

    def run() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        runner.supervise(
            ground.order("trap 'echo x >heard' TERM; echo $$ >pid; while :; do sleep 0.05; done")
        )

    child = forked(run)
    script = int(wait_for_text(ground.workspace / "pid"))
    os.kill(child, signal.SIGINT)
    wait_for_text(ground.workspace / "heard")
    assert is_alive(script)
    os.kill(child, signal.SIGINT)
    wait_until(lambda: os.waitpid(child, os.WNOHANG)[0] == child, "it does not wait any longer")
    assert not is_alive(script)


def test_a_run_that_is_killed_frees_its_lock_and_what_it_watched_can_be_ended(
    ground: Ground,
) -> None:
    ground.start("sleep 60 & echo $$ $! >pid; wait")
    script, child = map(int, wait_for_text(ground.workspace / "pid").split())
    wait_until(lambda: has_begun(ground), "the run has told which process it is")
    os.kill(ground.pid, signal.SIGKILL)
    os.waitpid(ground.pid, 0)
    assert not run_files.is_going(str(ground.directory), NAME)
    assert is_alive(script)
    run_files.end_script(str(ground.directory), NAME)
    wait_until(lambda: not is_alive(script) and not is_alive(child), "it has ended")


@pytest.mark.parametrize(
    "told", ["", "x", "0 0", "{me}", "{me} None", "{me} 5", "-1 5", "{me} {start} 3"]
)
def test_nobody_is_ended_who_is_not_the_script(ground: Ground, told: str) -> None:
    text = told.format(me=os.getpid(), start=start_time(os.getpid()))
    (ground.directory / "runs" / f"{NAME}.lock").write_text(text)
    run_files.end_script(str(ground.directory), NAME)


@pytest.mark.machine
def test_where_proc_is_of_another_container_nobody_is_taken_for_a_relative() -> None:
    """There the number of a run is somebody else's. Nothing is signalled here: that would be
    everybody."""
    program = """
import os
sent = []
os.kill = os.killpg = lambda *call: sent.append(call)
from codespace_tracker.machine.processes import start_time
from codespace_tracker.runs import family
assert os.getpid() == 1 and start_time(1) is None
family.signal_all(15, 7)
assert sent == [(7, 15)], sent
"""
    subprocess.run(["unshare", "--pid", "--fork", sys.executable, "-c", program], check=True)


def test_a_python_that_was_built_without_ctypes_runs_scripts_all_the_same() -> None:
    program = (
        "import sys; sys.modules['_ctypes'] = None; from codespace_tracker.runs import family; "
        "family.become_reaper()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_limit_ends_who_forks_and_ends_faster_than_anybody_can_look(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.2)
    hop = (
        "import os,time\n"
        "until = time.monotonic() + 20\n"
        "while time.monotonic() < until:\n"
        " if os.fork(): os._exit(0)\n"
    )
    hop += " open('hop', 'w').close()\n"
    ground.run(f'trap "" TERM; python3 -c "{hop}"; sleep 20', timeout_us=500_000)
    hopped = ground.workspace / "hop"
    hopped.unlink()
    time.sleep(0.2)
    assert not hopped.exists()
