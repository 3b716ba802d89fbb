"""The environment variables a script gets from the tracker, which are not those of this shell."""

import contextlib
import locale
import os

from codespace_tracker.machine import liveness, server_variables
from codespace_tracker.runs.start import renew_variables

_COERCED = "C.UTF-8"


def of_runs(directory: str) -> dict[str, str]:
    """The variables a run starts with: the tracker's, updated by those of the editor server seen
    last. If no tracker runs here, those it would have if started from here."""
    return server_variables.renewed(directory, _of_tracker(directory))


def take_up(directory: str) -> None:
    """Set the variables of `of_runs` in this process, for a script that it runs itself."""
    tracker = _of_tracker(directory)
    os.environ.clear()
    os.environ.update(tracker)
    if not tracker.get("LC_ALL") and _is_c_locale():
        os.environ["LC_CTYPE"] = (
            _COERCED  # as Python does when it starts (PEP 538), which /proc does not show
        )
    renew_variables(directory)


def _of_tracker(directory: str) -> dict[str, str]:
    daemon = liveness.running(directory).daemon
    if daemon is None or daemon.is_elsewhere or not daemon.pid:
        return dict(os.environ)
    try:
        with open(f"/proc/{daemon.pid}/environ", "rb") as file:
            lines = file.read().split(b"\0")
    except OSError:  # it has just ended
        return dict(os.environ)
    return dict(os.fsdecode(line).partition("=")[::2] for line in lines if b"=" in line)


def _is_c_locale() -> bool:
    """Whether the variables of this process name the locale C, or one that is not installed."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        return locale.setlocale(locale.LC_CTYPE, "") == "C"
    except locale.Error:
        return True
    finally:
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_CTYPE, before)
