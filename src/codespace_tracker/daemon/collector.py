"""The metrics in a collector's folder, which several trackers may share: each has a file there.

The state directory records which of these files are ours. So what an earlier setting, or an
earlier tracker of this directory, left there is removed, also by an uninstall.
"""

import contextlib
import errno
import os
import re

from codespace_tracker.core.clock import MINUTE_US
from codespace_tracker.core.text import showable
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.machine import shared_folder
from codespace_tracker.machine.files import read_own, replace
from codespace_tracker.metrics import short_id

RECORD = "metrics.places"
"""The paths of the files, each on a line."""

_LIMIT = 1 << 16
_NAME = re.compile(r"codespace-tracker-[\w-]{1,8}\.prom")
_STALE_US = 10 * MINUTE_US  # what another tracker draws each minute is younger
_SHOWN = 200  # characters of a path
_SUBJECT = "metrics"


class Collector:
    """The files of one state directory in folders of collectors."""

    def __init__(self, directory: str, problems: Problems) -> None:
        self._directory = directory
        self._problems = problems
        self._places: list[str] | None = None

    def draw(self, folder: str, tracker_id: str, at: int, text: str) -> None:
        """Write the metrics into a folder, and remove our files elsewhere; without a folder, all
        of them. What cannot be done becomes a problem, and is tried again the next time.

        `now` is the instant (UTC µs).
        """
        name = f"codespace-tracker-{short_id(tracker_id)}.prom"
        path = os.path.join(folder, name) if folder else ""
        if self._places is None:
            self._places = _recorded(self._directory)
        said = [*self._leave(path, name, at), *(self._put(path, text) if path else ())]
        self._problems.set_many(_SUBJECT, said)

    def _put(self, path: str, text: str) -> list[str]:
        assert self._places is not None
        try:
            if path not in self._places:
                self._keep([*self._places, path])  # before there is a file
            shared_folder.put(path, text.encode("utf-8", "replace"))
        except OSError as error:
            return [
                f"metrics: {_shown(path)} could not be written ({_why(error)}). Fix: "
                f"{_mend(error, path)}"
            ]
        return []

    def _leave(self, path: str, name: str, at: int) -> list[str]:
        assert self._places is not None
        left, said = [], list[str]()
        for place in self._places:
            try:
                if place == path or (os.path.basename(place) != name and _is_drawn(place, at)):
                    left.append(place)
                else:
                    shared_folder.take_away(place)
            except OSError as error:
                left.append(place)
                said.append(
                    f"metrics: {_shown(place)} could not be removed ({_why(error)}). Fix: remove "
                    "it yourself."
                )
        if left != self._places:
            try:
                self._keep(left)
            except OSError as error:
                said.append(f"{RECORD}: could not be written ({error.strerror}).")
        return said

    def _keep(self, places: list[str]) -> None:
        path = os.path.join(self._directory, RECORD)
        if places:
            replace(path, "".join(f"{one}\n" for one in places).encode("utf-8", "surrogateescape"))
        elif os.path.lexists(path):
            os.unlink(path)
        self._places = places


def take_away_all(directory: str) -> tuple[list[str], list[str]]:
    """Remove the files in folders of collectors, for an uninstall: what was removed, and what
    to say of those that could not be."""
    taken, said = [], []
    for place in _recorded(directory):
        try:
            if shared_folder.take_away(place):
                taken.append(place)
        except OSError as error:
            said.append(
                f"{_shown(place)}: could not be removed ({_why(error)}). Fix: remove it yourself."
            )
    with contextlib.suppress(OSError):
        os.unlink(os.path.join(directory, RECORD))
    return taken, said


def _recorded(directory: str) -> list[str]:
    content = read_own(os.path.join(directory, RECORD), _LIMIT) or b""
    lines = content.decode("utf-8", "surrogateescape").split("\n")
    return [
        line for line in lines if os.path.isabs(line) and _NAME.fullmatch(os.path.basename(line))
    ]


def _is_drawn(path: str, at: int) -> bool:
    """Whether another tracker, whose directory this one is a copy of, draws a file."""
    try:
        return abs(at - os.lstat(path).st_mtime_ns // 1000) < _STALE_US
    except FileNotFoundError:
        return False


def _shown(path: str) -> str:
    return showable(path, _SHOWN)


def _why(error: OSError) -> str:
    if error.errno == errno.ENOTDIR:
        return "the folder is a file or a link"
    if error.errno == errno.ENOENT:
        return "there is no such folder"
    return error.strerror or str(error)


def _mend(error: OSError, path: str) -> str:
    folder = _shown(os.path.dirname(path))
    if error.errno == errno.ENOENT:
        return "make the folder, or set `metrics` in config.toml to another one."
    if error.errno == errno.ENOTDIR:
        return "set `metrics` in config.toml to the folder itself."
    if error.errno == errno.EPERM:
        return f"`ls -l {_shown(path)}` shows who has a file of this name there: remove it."
    if error.errno == errno.EACCES:
        return f"let this user write there (as root: `setfacl -m u:{os.geteuid()}:rwx {folder}`)."
    return "check the folder and its disk."
