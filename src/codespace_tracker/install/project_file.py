"""A file of a project, read and written through the folder that holds it.

A project may be the work of others, who can change it while we look. So where a path leads is found
out once. It must be within the project, and from then on no link is followed and nothing that is
put at the path is touched.
"""

import contextlib
import os
import shlex
import stat
from collections.abc import Iterator

from codespace_tracker.failure import Failure
from codespace_tracker.machine.files import SAFELY, beside, read_opened, replace
from codespace_tracker.machine.trusted_directory import TO_HOLD

_FOLDER = ".devcontainer"
# what it says is run at each start: others may not write it, also where they may write the folder
_NEW_MODE = 0o664


class ProjectFile:
    """A devcontainer.json at `path`, as `opened` gives it. `is_there` says whether there was one
    then."""

    def __init__(self, path: str, project: int, folder: int, name: str) -> None:
        self.path = path
        self._project, self._folder, self._name = project, folder, name
        self._found = _look(folder, name)
        self.is_there = self._found is not None

    def read(self, limit: int) -> bytes | None:
        """Its content; None if it is longer than `limit` bytes, no regular file or cannot be
        read."""
        try:
            fd = os.open(self._name, os.O_RDONLY | SAFELY, dir_fd=self._folder)
        except OSError:
            return None
        return read_opened(fd, limit)

    def write(self, content: bytes) -> None:
        """Put `content` there in one step, with the permissions and the owner that it had. Raises
        OSError."""
        like = self._found
        if like is None:
            above = os.stat(self._folder)
            like = os.stat_result((above.st_mode & _NEW_MODE, *above[1:]))
        waiting = beside(f"{self._name}.codespace-tracker")
        try:
            replace(self._name, content, durable=True, like=like, by=waiting, dir_fd=self._folder)
        except OSError as error:
            error.filename = self.path
            raise

    def delete(self) -> None:
        """Take it away, and `.devcontainer` with it if nothing else is in that. Raises OSError."""
        os.unlink(self._name, dir_fd=self._folder)
        if os.path.basename(os.path.dirname(self.path)) == _FOLDER:
            with contextlib.suppress(OSError):  # something else is in it
                os.rmdir(_FOLDER, dir_fd=self._project)


@contextlib.contextmanager
def opened(path: str) -> Iterator[ProjectFile]:
    """Hold the folder of a devcontainer.json, which is made if it is missing. Raises OSError;
    Failure where a link leads out of the project or nowhere."""
    project = _project_of(path)
    real_project, real = os.path.realpath(project), os.path.realpath(path)
    _check(path, project, real, real_project)
    with contextlib.ExitStack() as held:
        first = folder = _held(held, real_project, None)
        *between, name = os.path.relpath(real, real_project).split(os.sep)
        try:
            for part in between:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, 0o755, dir_fd=folder)
                folder = _held(held, part, folder)
            file = ProjectFile(path, first, folder, name)
        except NotADirectoryError:
            raise Failure(
                f"{path}: another program changed it meanwhile. Fix: look at it, and try again."
            ) from None
        yield file


def _project_of(path: str) -> str:
    """The project's folder: the one above `.devcontainer`, else the one that the file is in."""
    folder = os.path.dirname(path)
    for one in (folder, os.path.dirname(folder)):
        if os.path.basename(one) == _FOLDER:
            return os.path.dirname(one)
    return folder


def _check(path: str, project: str, real: str, real_project: str) -> None:
    folder = os.path.dirname(path)
    if os.path.islink(path) and not os.path.exists(path):
        raise Failure(
            f"{path}: it is a link that leads nowhere. Fix: make its target, or remove the link."
        )
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise Failure(f"{folder}: is not a folder, and must be one. Fix: move it away.")
    if os.path.commonpath((real, real_project)) != real_project:
        raise Failure(
            f"{path}: a link leads out of the project {project}, to {real}, which is left alone."
            " Fix: if you want the line there, name that file: `codespace-tracker devcontainer"
            f" {shlex.quote(real)}`."
        )


def _held(held: contextlib.ExitStack, path: str, above: int | None) -> int:
    fd = os.open(path, TO_HOLD | os.O_NOFOLLOW, dir_fd=above)
    held.callback(os.close, fd)
    return fd


def _look(folder: int, name: str) -> os.stat_result | None:
    """What has a name in a folder. Raises NotADirectoryError for a link, which was none when the
    path was resolved."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found.st_mode):
        raise NotADirectoryError
    return found
