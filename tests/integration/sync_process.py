"""A sync as a process of its own, which can be killed; its clock is an argument."""

import multiprocessing
import os
import pickle
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from codespace_tracker.config.configuration import Settings
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.sync import exchange, state
from codespace_tracker.sync import git as git_program
from codespace_tracker.sync.exchange import Outcome, Source

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


class Death(NamedTuple):
    """When the process is killed: at the call of git of that number, before it or after it."""

    call: int
    after: bool


class SyncProcess:
    """A sync of a state directory by a wall clock that says `at` (UTC µs)."""

    def __init__(
        self, directory: str, environ: Mapping[str, str], at: int, death: Death | None = None
    ) -> None:
        self._result = Path(f"{directory}.outcome")
        self._result.unlink(missing_ok=True)
        words = (directory, dict(environ), at, death, str(self._result))
        self._process = _CONTEXT.Process(target=_sync, args=words)
        self._process.start()

    def kill(self, after: float) -> None:
        """kill -9 after so many seconds, if it still runs. What it started goes on."""
        self._process.join(after)
        self._process.kill()

    def outcome(self) -> Outcome | None:
        """What it did, once it has ended; None if it was killed before it could tell."""
        self._process.join()
        if not self._result.exists():
            assert self._process.exitcode == -signal.SIGKILL, "it fails with an error"
            return None
        found: Outcome = pickle.loads(self._result.read_bytes())
        self._result.unlink()
        return found


def _sync(
    directory: str, environ: Mapping[str, str], at: int, death: Death | None, result: str
) -> None:
    if death is not None:
        _dies(death)
    done = sync(directory, environ, at)
    Path(f"{result}.new").write_bytes(pickle.dumps(done))
    os.replace(f"{result}.new", result)


def sync(directory: str, environ: Mapping[str, str], at: int) -> Outcome:
    """One exchange, as the command `sync` makes it."""
    with (
        state.alone(directory, 60) as held,
        Ledger.open_reader(os.path.join(directory, NAME)) as ledger,
    ):
        tracker = ledger.tracker()
        assert tracker is not None
        return exchange.exchange(directory, Source(ledger, tracker, Settings()), environ, at, held)


def _dies(death: Death) -> None:
    run, calls = git_program.Git.run, 0

    def dies(self: git_program.Git, *words: str, **more: object) -> bytes:
        nonlocal calls
        is_it = calls == death.call
        calls += 1
        if is_it and not death.after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = run(self, *words, **more)  # type: ignore[arg-type]
        if is_it:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    git_program.Git.run = dies  # type: ignore[method-assign]
