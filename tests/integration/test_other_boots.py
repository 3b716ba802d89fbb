"""A tracker with another boot id on the same directory and a local disk, where locks are shared:
systemd-nspawn gives each container its own. And lock files whose words are those of another
machine."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.machines import ALL_WAITS_SECONDS, Machine, held_out_of_sight, machines
from tests.integration.real_tracker import RealTracker

pytestmark = pytest.mark.machine

OTHER = "in another container or on another machine"
NAMESPACE = os.readlink("/proc/self/ns/pid")


@pytest.fixture
def containers(tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    """Two containers, each with a boot id of its own; the first one's tracker runs."""
    with machines(tmp_path, "first", "second", local=("first", "second")) as (first, second):
        first.directory.mkdir(mode=0o700)
        (first.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
        first.verb("start")
        yield first, second


def test_status_and_ensure_agree_in_a_container_with_its_own_boot_id(
    containers: tuple[Machine, Machine],
) -> None:
    first, second = containers
    said = f"The tracker of this state directory is already running, {OTHER}.\n"
    assert second.verb("ensure").stdout == said
    assert second.verb("start").stdout.startswith(said)
    assert second.verb("status").stdout.startswith(f"● running {OTHER} · container\n")
    found = second.status()
    assert (found["running"], found["elsewhere"], found["waiting"]) == (True, True, False)
    assert f"! tracker: it runs {OTHER}" in second.verb("doctor", code=None).stdout
    assert first.verb("status").stdout.startswith("● running · container\n")
    second.verb("triggers")


def test_it_is_shown_as_of_its_last_heartbeat_and_not_by_our_clocks(
    containers: tuple[Machine, Machine],
) -> None:
    _, second = containers
    found = second.status()
    seen = second.read("SELECT running_us FROM session")[0][0]
    assert 0 <= seen - found["session"]["running_us"] < 60_000_000
    assert found["session"]["life"]["boot_id"] == "first"


@pytest.mark.parametrize("verb", ["stop", "restart", "ghadi"])
def test_what_only_the_other_one_can_do_is_said_at_once(
    containers: tuple[Machine, Machine], verb: str
) -> None:
    first, second = containers
    began = time.monotonic()
    said = second.verb(verb, code=1).stderr
    assert time.monotonic() - began < ALL_WAITS_SECONDS
    assert f"its tracker runs {OTHER}. Fix: run `codespace-tracker stop` there" in said
    assert "kill" not in said
    assert not (second.directory / "stopped").exists()
    assert first.counts()


@contextlib.contextmanager
def foreign_locks(
    tracker: RealTracker, words: str
) -> Iterator[tuple[subprocess.Popen[bytes], ...]]:
    """Locks that are held by processes out of our sight, with words that name two innocent ones of
    ours."""
    tracker.verb("start")
    tracker.verb("stop")
    (tracker.directory / "stopped").unlink()
    innocent = (subprocess.Popen(["sleep", "300"]), subprocess.Popen(["sleep", "300"]))
    try:
        said = [words.format(pid=process.pid, namespace=NAMESPACE) for process in innocent]
        with held_out_of_sight(tracker.directory, *said):
            yield innocent
    finally:
        for process in innocent:
            process.kill()
            process.wait()


@pytest.mark.parametrize(
    "words",
    [
        # as 0.1.0 wrote it on another machine, whose first namespace has our name
        "{pid} 0.1.0 {namespace} up",
        "{pid} 0.1.0 {namespace} up 11111111-2222-3333-4444-555555555555",
    ],
)
@pytest.mark.parametrize(
    "verb", ["stop", "restart", "ensure", "start", "status", "doctor", "ghadi"]
)
def test_innocent_processes_are_neither_signalled_nor_named(
    tracker: RealTracker, verb: str, words: str
) -> None:
    with foreign_locks(tracker, words) as innocent:
        began = time.monotonic()
        done = tracker.verb(verb, code=None)
        assert time.monotonic() - began < ALL_WAITS_SECONDS, "it waited for what it cannot end"
        said = done.stdout + done.stderr
        assert "kill" not in said
        assert not any(str(process.pid) in said for process in innocent)
        assert all(process.poll() is None for process in innocent)
        assert not (tracker.directory / "stopped").exists()
        if verb in ("stop", "restart", "ensure", "doctor", "ghadi"):
            assert OTHER in said
