"""What the daemon needs from its machine: readings, the one wait, and a child that makes the
configuration.

Tests replace this with a simulated machine: the loop has no other source of time.
"""

import contextlib
import os
import signal
from typing import Protocol

from codespace_tracker.config.configuration import NO_MEMORY, Configuration, Loaded
from codespace_tracker.core.clock import Reading
from codespace_tracker.core.presence import Look
from codespace_tracker.machine import clock, environment
from codespace_tracker.machine.environment import Environment
from codespace_tracker.machine.files import write_all
from codespace_tracker.machine.looks import Looks
from codespace_tracker.machine.process import PAUSE, close_descriptors, reset_signals
from codespace_tracker.machine.trusted_directory import TrustedDirectory
from codespace_tracker.runs import start
from codespace_tracker.runs.order import Order

HEARD = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, PAUSE})

_PLAN_SECONDS = 30
"""How much of the processor the check of the files may take."""

_LOADED_LIMIT = 64 << 20  # bytes: more than any result of a 4 MiB configuration


class Host(Protocol):
    """What the loop needs of the machine. `held` is the state directory, held open; None in a
    simulation."""

    held: TrustedDirectory | None

    def reading(self) -> Reading:
        """All clocks now."""

    def cores(self, kind: str) -> int:
        """How many CPUs count now, in an environment of this kind."""

    def environment(self) -> Environment:
        """What kind of environment this is, as far as this process can see."""

    def wait(self, microseconds: int) -> int | None:
        """Sleep until a signal comes (its number) or the time is over (None)."""

    def start_loading(self, directory: str, last_good: Configuration) -> None:
        """Begin to make the configuration; a SIGCHLD tells when it is made. If one is being made,
        start over."""

    def stop_loading(self) -> None:
        """Give up the configuration that is being made."""

    def finished_loading(self) -> Loaded | None:
        """The configuration or its problems, once, when it is made; None before."""

    def start_run(self, order: Order, lock: int) -> None:
        """Start a run whose lock is held in `lock`, which is the run's from now on. Raises
        OSError."""

    def has_run(self, name: str) -> bool:
        """Whether a run that was started here by this process still lives."""

    def workspace(self) -> str:
        """The folder in which scripts run that name none."""

    def reap(self) -> None:
        """Let the kernel forget runs that have ended."""

    def look(self, *, at_servers: bool) -> Look:
        """Who is there now: at terminals, and if asked for at the servers of editors."""


class RealHost:
    """The machine that this process runs on. `held` is to be set before the loop begins."""

    def __init__(self, directory: str) -> None:
        self._looks = Looks(directory)
        self.held: TrustedDirectory | None = None
        self._life = clock.read_life()
        self._runs: dict[int, str] = {}
        self._loader: tuple[int, int] | None = None
        self._load_again: tuple[str, Configuration] | None = None
        self._not_loaded: Loaded | None = None

    def reading(self) -> Reading:
        return clock.read_clocks(self._life)

    def cores(self, kind: str) -> int:
        return environment.cores(kind)

    def environment(self) -> Environment:
        return environment.detect(os.environ)

    def wait(self, microseconds: int) -> int | None:
        heard = signal.sigtimedwait(HEARD, max(0, microseconds) / 1_000_000)
        return None if heard is None else heard.si_signo

    def start_run(self, order: Order, lock: int) -> None:
        self._runs[start.start(order, lock)] = order.name

    def has_run(self, name: str) -> bool:
        return name in self._runs.values()

    def workspace(self) -> str:
        return environment.workspace(os.environ)

    def reap(self) -> None:
        for child in list(self._runs):
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(child, os.WNOHANG)[0] == 0:
                    continue
            del self._runs[child]

    def look(self, *, at_servers: bool) -> Look:
        return self._looks.look(at_servers=at_servers)

    def start_loading(self, directory: str, last_good: Configuration) -> None:
        if self._loader is not None:
            self._load_again = directory, last_good
            return
        try:
            result = os.memfd_create("plan")
            try:
                child = os.fork()
            except OSError:
                os.close(result)
                raise
        except OSError as error:
            self._not_loaded = Loaded.cut_off(f"it could not begin ({error.strerror})")
            os.kill(os.getpid(), signal.SIGCHLD)  # as if a child had ended
            return
        if child == 0:
            _load_and_exit(self.held.fd if self.held else -1, last_good, result)
        self._loader = (child, result)

    def stop_loading(self) -> None:
        if self._loader is not None:
            os.kill(self._loader[0], signal.SIGKILL)

    def finished_loading(self) -> Loaded | None:
        if self._not_loaded is not None:
            loaded, self._not_loaded = self._not_loaded, None
            return loaded
        if self._loader is None:
            return None
        child, result = self._loader
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended == 0:
            return None
        self._loader = None
        try:
            size = min(
                os.fstat(result).st_size, _LOADED_LIMIT
            )  # as much memory as the configuration itself takes
            text = os.pread(result, size, 0).decode("utf-8", "replace")
        except MemoryError:
            return Loaded.cut_off("there is no memory left for its result")
        finally:
            os.close(result)
        if self._load_again is not None:
            again, self._load_again = self._load_again, None
            self.start_loading(*again)
        try:
            return Loaded.from_json(text)
        except ValueError:
            return Loaded.crashed(os.waitstatus_to_exitcode(status))


def _load_and_exit(directory: int, last_good: Configuration, result: int) -> None:
    """In the child: load the configuration of the directory that is open, wherever that is now, and
    leave the outcome in `result`. Never returns, never touches SQLite."""
    code = 1
    import gc  # neither is for the daemon
    import resource

    try:
        reset_signals()
        os.fchdir(directory)
        close_descriptors(keep=result)
        allowed = resource.getrlimit(resource.RLIMIT_CPU)[1]
        if allowed == resource.RLIM_INFINITY or allowed > _PLAN_SECONDS:
            allowed = _PLAN_SECONDS + 1
        # below the hard limit, so that XCPU ends it, which says why
        resource.setrlimit(resource.RLIMIT_CPU, (max(1, allowed - 1), allowed))
        # what is imported stays: to look through it for rubbish is a tenth of the work
        gc.disable()
        from codespace_tracker.config.load import load

        gc.enable()
        text = load(os.curdir, clock.read().wall_us, last_good).to_json()
        write_all(result, text.encode())
        code = 0
    except MemoryError:
        code = NO_MEMORY
    finally:
        os._exit(code)
