"""It is quiet: nothing in the user's repository, no port, nothing in a terminal."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.integration.real_tracker import RealTracker, is_alive, wait_until
from tests.integration.terminal import PseudoTerminal

NOISE = (
    "echo noise; echo noise >&2; (echo noise >/dev/tty) 2>&1; touch /dev/null; "
    "sleep 0.2; echo noise"
)
NOISY: list[dict[str, Any]] = [
    {"label": "At once", "script_command": NOISE, "conditions": {"event": "session_start"}},
    {"label": "Soon", "script_command": NOISE, "conditions": {"minute_runtime_minutes": 0.01}},
    {
        "label": "Fails",
        "script_command": f"{NOISE}; exit 1",
        "conditions": {"total_runtime_minutes": 0},
        "retries": 0,
    },
]
SOCKETS = ("tcp", "tcp6", "udp", "udp6", "udplite", "raw", "raw6", "unix", "packet")


def prepare(tracker: RealTracker, **more: Any) -> None:
    """A state directory with a heartbeat of a second and triggers that print."""
    tracker.verb("init")
    (tracker.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
    (tracker.directory / "trigger_config.json").write_text(
        json.dumps([{**one, **more} for one in NOISY])
    )


def await_noise(tracker: RealTracker) -> None:
    """Wait until every trigger has run, and some heartbeats more."""
    done = "SELECT 1 FROM occurrence WHERE state IN ('succeeded', 'failed')"
    wait_until(lambda: len(tracker.read(done)) == len(NOISY), "every trigger has run")
    newest = "SELECT max(last_seen_at) FROM session"
    for _ in range(2):
        before = tracker.read(newest)
        wait_until(partial(_differs, tracker, newest, before), "a heartbeat")


def _differs(tracker: RealTracker, sql: str, before: object) -> bool:
    return tracker.read(sql) != before


def is_up(tracker: RealTracker) -> bool:
    daemon = tracker.running().daemon
    return daemon is not None and daemon.is_up


def git(repository: Path, *words: str) -> str:
    variables = {
        "HOME": str(repository.parent),
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    who = ["-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *who, *words],
        cwd=repository,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit."""
    made = tmp_path / "workspaces/hello"
    made.mkdir(parents=True)
    (made / "README.md").write_text("hello\n")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        git(made, *words)
    return made


@pytest.mark.parametrize("place", ["beside the repository", "within it"])
def test_nothing_appears_in_the_repository_that_somebody_works_in(
    repository: Path, place: str
) -> None:
    tracker = RealTracker(repository.parent / ".codespace-tracker")
    if place == "within it":
        tracker.directory = repository / ".codespace-tracker"
    before = {
        path: path.stat().st_mtime_ns for path in repository.rglob("*") if ".git" not in path.parts
    }
    try:
        prepare(tracker, cwd=str(repository))
        for verb in (["start"], ["status"], ["log"], ["triggers"], ["notice", "hello"]):
            subprocess.run(
                tracker.command(*verb),
                cwd=repository,
                env=tracker.environment(),
                check=True,
                capture_output=True,
            )
        await_noise(tracker)
        assert git(repository, "status", "--porcelain", "--untracked-files=all") == ""
        inside = {path for path in repository.rglob("*") if ".git" not in path.parts}
        ours = tracker.directory
        assert {path for path in inside if ours != path and ours not in path.parents} == set(before)
        assert {path: path.stat().st_mtime_ns for path in before} == before
    finally:
        tracker.end()


def sockets_of(pid: int) -> list[str]:
    """The sockets that a process has open."""
    found = []
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(fd)
        except FileNotFoundError:  # closed meanwhile
            continue
        if target.startswith("socket:"):
            found.append(target)
    return found


def in_its_network(pid: int) -> list[str]:
    """Every socket of the network that a process is in, as the kernel lists them."""
    found = []
    for name in SOCKETS:
        listed = Path(f"/proc/{pid}/net/{name}")
        if listed.exists():
            found += [f"{name}: {line}" for line in listed.read_text().splitlines()[1:]]
    return found


def test_a_socket_would_be_seen() -> None:
    """The two tests below look where there is something to see."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = f":{server.getsockname()[1]:04X}"
        assert sockets_of(os.getpid())
        assert [line for line in in_its_network(os.getpid()) if port in line]


def test_keeper_and_daemon_have_no_socket(tracker: RealTracker) -> None:
    prepare(tracker)
    tracker.verb("start")
    await_noise(tracker)
    keeper, daemon = tracker.running()
    assert keeper is not None
    assert daemon is not None
    assert sockets_of(keeper.pid) == sockets_of(daemon.pid) == []


@pytest.fixture
def alone(tracker: RealTracker) -> Iterator[int]:
    """The tracker in a network of its own, where nothing else can have a port; the number of a
    process in it."""
    if os.getuid() != 0:
        pytest.fail("this test makes a network of its own: run it as root")
    prepare(tracker)
    start = " ".join(f"'{word}'" for word in tracker.command("start"))
    life = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", f"{start} && exec sleep 300"],
        env=tracker.environment(),
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: is_up(tracker), "the tracker runs")
        yield life.pid
    finally:
        life.kill()
        life.wait()


@pytest.mark.machine
def test_no_port_is_opened_in_a_network_where_nobody_else_is(
    tracker: RealTracker, alone: int
) -> None:
    await_noise(tracker)
    daemon = tracker.running().daemon
    assert daemon is not None
    assert os.readlink(f"/proc/{daemon.pid}/ns/net") == os.readlink(f"/proc/{alone}/ns/net")
    assert os.readlink(f"/proc/{daemon.pid}/ns/net") != os.readlink("/proc/self/ns/net")
    assert in_its_network(daemon.pid) == []


def test_nothing_arrives_in_the_terminal_that_it_was_started_from(tracker: RealTracker) -> None:
    """What is printed in a terminal keeps a codespace awake, and costs money."""
    prepare(tracker)
    start = " ".join(f"'{word}'" for word in tracker.command("ensure"))
    program = f'stty -echo; {start}; echo ready; while read -r line; do echo "got $line"; done'
    with PseudoTerminal(["sh", "-c", program], tracker.environment()) as terminal:
        assert terminal.until("ready\r\n").strip().endswith("ready")
        await_noise(tracker)
        assert terminal.read(0.1) == ""
        daemon = tracker.running().daemon
        assert daemon is not None
        os.kill(daemon.pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(daemon.pid), "the daemon is gone")
        wait_until(
            lambda: tracker.running().daemon != daemon and is_up(tracker),
            "the keeper started it again",
        )
        await_noise(tracker)
        assert terminal.read(0.1) == "", "a crash is told in debug.log"
        terminal.type("x\n")
        assert terminal.until("got x\r\n") == "got x\r\n", "the terminal is the user's alone"
    kept = [
        path.read_bytes()
        for path in (tracker.directory / "runs").iterdir()
        if path.suffix == ".log"
    ]
    assert len(kept) == len(NOISY)
    assert all(b"noise" in content for content in kept), "the scripts did print"
