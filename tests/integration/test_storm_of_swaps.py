"""Someone exchanges the state directory for a clone of a repository all the time, while verbs run
and processes die.

One of keeper and daemon is always left alive: where no tracker runs there is nothing to compare
with (docs/trust.md).
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.integration.other_users import OTHER, OWNER, Ground, as_owner, as_user
from tests.integration.real_tracker import PROGRAM, RealTracker, wait_until

from codespace_tracker.daemon.trackers import KEEPER
from codespace_tracker.machine import lock

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

_SECONDS = float(os.environ.get("CODESPACE_TRACKER_TEST_SWAPS", "35"))
_SWAP = """
import ctypes, os, random, sys, time
libc, (one, other) = ctypes.CDLL(None), map(str.encode, sys.argv[1:])
count = 0
while os.getppid() != 1:
    assert libc.renameat2(-100, one, -100, other, 2) == 0
    count += 1
    print(count, flush=True)
    time.sleep(random.random() * 0.05)
"""


def working(ground: Ground, ours: int) -> dict[str, int]:
    """The processes that hold the locks of the tracker's own directory, by the lock's name."""
    found, home = {}, f"HOME={ground.tracker.home}".encode()
    for number in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            folder = Path(f"/proc/{number}")
            if (
                home not in (folder / "environ").read_bytes().split(b"\0")
                or (folder / "cwd").stat().st_ino != ours
            ):
                continue
            name = (
                lock.KEEPER_LOCK
                if KEEPER.encode() in (folder / "cmdline").read_bytes()
                else lock.DAEMON_LOCK
            )
            if lock.held_by(f"{folder}/cwd/{name}", int(number)):
                found[name] = int(number)
    return found


def test_a_storm_of_swaps_beside_verbs_and_kills_runs_nothing_of_a_clone() -> None:
    if os.getuid() != 0:
        pytest.fail("this test needs two more users: run it as root")
    ground = Ground(Path(tempfile.mkdtemp(prefix="users-")))
    try:
        counts = storm(ground, _SECONDS)
        sys.stderr.write(f"\n{dict(counts)}\n")
        assert not ground.proof.exists(), (
            counts,
            ground.proof.read_text(),
            ground.said(ground.shared / "clone"),
        )
        assert min(counts[one] for one in ("swaps", "ensure", "triggers", "kills")) > 0
    finally:
        ground.clear()


def storm(ground: Ground, seconds: float) -> Counter[str]:
    """Have it all go on for so long; what was done how often. The tracker goes on with its own
    ledger at the end."""
    clone, directory = ground.shared / "clone", ground.tracker.directory
    ground.bait(clone, user=OWNER)
    ground.do(OWNER, f"chmod 755 {clone}")
    ground.write("trigger_config.json", ground.trigger("true"))
    ground.start()
    ours, counts = directory.stat().st_ino, Counter[str]()
    swapper = subprocess.Popen(
        [*as_user(OTHER), "/usr/bin/python3", "-c", _SWAP, str(directory), str(clone)],
        stdout=subprocess.PIPE,
        text=True,
    )
    verbs = (["ensure"], ["triggers", "run", "Bait"], ["start"], ["triggers", "run", "Bait"])
    until, running = time.monotonic() + seconds, list[subprocess.Popen[bytes]]()
    killed = 0.0
    try:
        while time.monotonic() < until:
            if len(running) < 3:
                words = verbs[counts["verbs"] % len(verbs)]
                command = [*as_owner(), *PROGRAM, *words, "--dir", str(directory)]
                running.append(
                    subprocess.Popen(
                        command,
                        env=ground.tracker.environment(),
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                    )
                )
                counts["verbs"] += 1
                counts[words[0]] += 1
            for one in [one for one in running if one.poll() is not None]:
                running.remove(one)
                counts["done" if one.returncode == 0 else "refused"] += 1
            pids = working(ground, ours)
            if len(pids) == 2 and time.monotonic() > killed + 1:  # so that one of them stays
                killed = time.monotonic()
                os.kill(random.choice(list(pids.values())), signal.SIGKILL)
                counts["kills"] += 1
            time.sleep(0.1)
        for one in running:
            one.wait(60)
    finally:
        swapper.kill()
        told = swapper.communicate()[0].split()
    counts["swaps"] = int(told[-1]) if told else 0
    if directory.stat().st_ino != ours:
        ground.exchange(OTHER, directory, clone)
    # a daemon that did not come up in the storm is started again after a pause of up to a minute
    wait_until(
        lambda: ground.tracker.verb("ensure", code=None).returncode == 0,
        "the tracker is up",
        seconds=150,
    )
    ground.await_heartbeats(directory)
    mine = RealTracker(directory)
    assert mine.read("PRAGMA integrity_check") == [("ok",)]
    assert mine.read("SELECT count(*) FROM session") == [(1,)]
    wait_until(
        lambda: len(working(ground, ours)) == 2,
        "keeper and daemon work in the tracker's own directory",
    )
    counts["runs of the clone's trigger"] = (
        len(ground.proof.read_text().split()) if ground.proof.exists() else 0
    )
    return counts
