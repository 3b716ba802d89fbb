"""The transfer of a download, in its own process: the kernel ends it when its time is over, even if
it waits for something.

Waiting for name servers and certificates happens within C, where no exception reaches. And the
memory that all this needs is free again when the script runs.
"""

import os
import signal

from codespace_tracker.core import address
from codespace_tracker.machine.files import write_all
from codespace_tracker.machine.process import close_descriptors, reset_signals

LIMIT = 10 << 20  # bytes
SECONDS = 30

_GOOD, _BAD = b"+", b"-"


class DownloadFailed(Exception):
    """The download is not there, or not what it should be. The text says what happened and how to
    fix it."""


def content_of(url: str) -> bytes:
    """What the address gives now. Raises DownloadFailed."""
    try:
        source, sink = os.pipe2(os.O_CLOEXEC)
        child = os.fork()
    except OSError as error:
        why = (
            f"no process could be started ({error.strerror}). Fix: end some of those that are "
            "running"
        )
        raise DownloadFailed(f"{address.shown(url)}: {why}") from error
    if child == 0:
        _transfer_and_exit(url, sink)
    os.close(sink)
    status = None
    try:
        with open(source, "rb") as pipe:
            answer = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        if status is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    if status == -signal.SIGALRM:
        mend = "check that the server answers; a download in `script_command` may take longer"
        raise DownloadFailed(
            f"{address.shown(url)}: the download took longer than {SECONDS} seconds. Fix: {mend}"
        )
    if status or not answer:
        how = f"exit code {status}" if status >= 0 else f"signal {-status}"
        raise DownloadFailed(
            f"{address.shown(url)}: the download was cut off ({how}). Fix: try again"
        )
    if answer[:1] == _BAD:
        raise DownloadFailed(answer[1:].decode())
    return answer[1:]


def _transfer_and_exit(url: str, sink: int) -> None:
    """In the child: leave in the pipe what the address gives, or what is wrong. Never returns."""
    code = 1
    try:
        reset_signals()
        signal.alarm(SECONDS)
        close_descriptors(keep=sink)
        from codespace_tracker.runs.receive import Refused, received

        try:
            answer = _GOOD + received(url, LIMIT)
        except Refused as error:
            answer = _BAD + str(error).encode()
        write_all(sink, answer)
        code = 0
    finally:
        os._exit(code)
