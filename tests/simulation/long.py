"""Many seeds on all cores that may be used: `python -m tests.simulation.long [COUNT [FIRST]]`
(20,000 from seed 1 on).

A seed that fails is shrunk to the fewest events that do, which are printed and kept in seeds/: from
then on test_seeds.py plays them. Mend what they show, and give the file a name that says what it
was. Ends with 1 if any fails.
"""

import contextlib
import json
import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

from tests.simulation.events import events_of, shrunk
from tests.simulation.player import Player, fails

from codespace_tracker.core.clock import DAY_US

EVENTS = 40
_KEPT = Path(__file__).parent / "seeds"
_TOLD_SECONDS = 60.0


class Played(NamedTuple):
    """What came of a seed: how long its machine was on (µs), deaths of the tracker, sessions, runs;
    what failed."""

    seed: int
    lived_us: int
    deaths: int
    sessions: int
    runs: int
    failure: str | None


def played(seed: int) -> Played:
    """Play one seed."""
    player, failure = Player(0), None
    try:
        player.play(events_of(seed, EVENTS))
    except Exception as error:  # noqa: BLE001 - whatever it was, it is what we look for
        failure = f"{type(error).__name__}: {error}"
    machine = player.machine
    return Played(
        seed, machine.lived_us, player.deaths, len(player.oracle.lives), len(machine.lines), failure
    )


def keep(seed: int) -> Path:
    """Shrink what fails to a list of events in which each is needed, and keep it."""
    with contextlib.redirect_stdout(None):
        least = shrunk(events_of(seed, EVENTS), lambda tried: fails(tried) is not None)
    path = _KEPT / f"seed_{seed}.json"
    path.write_text(json.dumps(least) + "\n")
    return path


def main(count: int, first: int) -> int:
    """Play so many seeds; the exit code."""
    began = told = time.monotonic()
    failed = 0
    sums = [0, 0, 0, 0]
    with multiprocessing.get_context("spawn").Pool(len(os.sched_getaffinity(0))) as pool:
        for done, one in enumerate(
            pool.imap_unordered(played, range(first, first + count), chunksize=5), 1
        ):
            sums = [total + more for total, more in zip(sums, one[1:5], strict=True)]
            if one.failure is not None:
                failed += 1
                print(
                    f"seed {one.seed} fails: {one.failure}\n{keep(one.seed).read_text()}",
                    flush=True,
                )
            if time.monotonic() - told > _TOLD_SECONDS or done == count:
                told = time.monotonic()
                lived, deaths, sessions, runs = sums
                print(
                    f"{done} seeds from {first} in {told - began:.0f} s:"
                    f" {lived / DAY_US / 365.25:.2f} simulated years of running time, {deaths}"
                    f" deaths of the tracker, {sessions} sessions, {runs} scripts run, {failed}"
                    " seeds failed",
                    flush=True,
                )
    return 1 if failed else 0


if __name__ == "__main__":
    words = [*map(int, sys.argv[1:])]
    sys.exit(main(*(words + [20_000, 1][len(words) :])))
