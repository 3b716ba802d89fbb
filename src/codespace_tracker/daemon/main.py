"""The daemon's process: signals, the lock, the ledger, then the loop."""

import os
import signal
import sys

from codespace_tracker import __version__
from codespace_tracker.daemon import surroundings
from codespace_tracker.daemon.host import HEARD, RealHost
from codespace_tracker.daemon.loop import DONE, ENDINGS, Daemon
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.machine import file_system, lock
from codespace_tracker.machine.debug_log import DebugLog
from codespace_tracker.machine.process import hear

FAILED = 1
CRASHED = 3
LOCKED = 76
ENTER = 77
"""Exit codes that the keeper knows, beside those of loop.py: another daemon holds the lock; enter
the directory that is at the path now, and start me there."""

_ENDING_NAMES = {signal.Signals(number).name.removeprefix("SIG"): number for number in ENDINGS}


def main() -> None:
    """Run the daemon for the directory in the arguments; exits with the code for the keeper."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    hear(HEARD - {signal.SIGINT})  # a signal that is ignored is lost, also while it is blocked
    signal.signal(signal.SIGIO, signal.SIG_IGN)  # growing_list.py takes leases
    os.umask(0o077)
    sys.exit(_run(*_arguments(sys.argv[1:])))


def _arguments(words: list[str]) -> tuple[str, int | None, int | None]:
    """The directory; for tests, the heartbeat in µs; and the signal that came before this process
    could hear it."""
    heartbeat = heard = None
    match words:
        case [_]:
            pass
        case [_, "--heartbeat-us", number] if number.isdecimal():
            heartbeat = int(number)
        case [_, "--heard", name] if name in _ENDING_NAMES:
            heard = _ENDING_NAMES[name]
        case _:
            sys.exit(
                f"usage: daemon DIRECTORY [--heartbeat-us N | --heard {'|'.join(_ENDING_NAMES)}]"
            )
    return words[0], heartbeat, heard


def _run(directory: str, heartbeat_us: int | None, heard: int | None) -> int:
    host = RealHost(directory)
    if host.environment().prebuild:
        return DONE
    try:
        is_left_behind = surroundings.is_left_behind(directory)
        if is_left_behind:
            return ENTER
        host.held = surroundings.hold(directory)
        surroundings.check_alone(host.held)
    except surroundings.NotAlone as error:
        print(f"gives way: {error}", file=sys.stderr)
        return DONE
    except OSError as error:
        print(
            f"cannot start: {error}", file=sys.stderr
        )  # the keeper puts it into debug.log, where that is ours
        return FAILED
    log = DebugLog(directory, host.held.fd)
    try:
        is_shared = file_system.needs_signs(directory)
        held = lock.acquire(
            os.path.join(directory, lock.DAEMON_LOCK), __version__, silently=is_shared
        )
        if held is None:
            return LOCKED
        if is_shared:
            from codespace_tracker.daemon import untrusted_locks  # most directories need none of it

            return untrusted_locks.run(directory, host, heartbeat_us, held, heard)
        ledger = surroundings.open_ledger(directory, host.held, host.reading().wall_us)
        daemon = Daemon(directory, host, ledger, heartbeat_us, held)
        code = daemon.run(heard)
        if daemon.is_cut_off:
            os._exit(code)
        return code
    except (LedgerError, OSError) as error:
        log.write(f"cannot start: {error}")
        return FAILED
    except Exception:  # noqa: BLE001 - every error must be in the log; the keeper starts us again
        import traceback  # half a megabyte that a daemon which does not crash can do without

        log.write(f"crashed:\n{traceback.format_exc()}")
        return CRASHED
