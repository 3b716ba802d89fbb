"""What a hostile hand does to one file or folder of a state directory, and what lies outside that
nobody may touch."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

Disturbance = Callable[[Path, Path], None]
"""Does something to a path; the second one is a place outside of the state directory."""


def remove(path: Path) -> None:
    """Take away whatever is there."""
    if path.is_dir() and not path.is_symlink():
        path.chmod(0o700)  # it may be locked away
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def may_read(path: Path) -> bool:
    """Whether a file can be read, or is not there. Root can read all."""
    return not os.path.lexists(path) or os.access(path, os.R_OK)


def readable(path: Path) -> None:
    """Give back the mode of a file that was locked away."""
    if path.is_file() and not path.is_symlink():
        path.chmod(0o600)


def outside(place: Path) -> Path:
    """Make a place outside, with things of somebody else's."""
    place.mkdir()
    (place / "folder").mkdir()
    (place / "folder" / "theirs").write_text("precious")
    (place / "file").write_text("precious" * 1000)
    return place


def look_at(place: Path) -> dict[str, object]:
    """All that could be seen to have changed below a place."""
    found: dict[str, object] = {}
    for path in [place, *place.rglob("*")]:
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path)] = (
            status.st_ino,
            status.st_mode,
            status.st_uid,
            status.st_nlink,
            status.st_mtime_ns,
            content,
        )
    return found


def _delete(path: Path, place: Path) -> None:
    remove(path)


def _empty(path: Path, place: Path) -> None:
    if path.is_file():
        os.truncate(path, 0)


def _cut(path: Path, place: Path) -> None:
    if path.is_file():
        os.truncate(path, path.stat().st_size // 2)


def _garbage(path: Path, place: Path) -> None:
    if path.is_file():
        with path.open("r+b") as file:
            file.write(b"\x93\xff\x00garbage\n" * 400)


def _replaced(path: Path, place: Path) -> None:
    remove(path)
    path.write_bytes(b"\x93\xff\x00garbage\n" * 400)


def _folder(path: Path, place: Path) -> None:
    remove(path)
    path.mkdir()
    (path / "theirs").write_text("precious")


def _pipe(path: Path, place: Path) -> None:
    remove(path)
    os.mkfifo(path)


def _link_to_a_file(path: Path, place: Path) -> None:
    remove(path)
    path.symlink_to(place / "file")


def _link_to_a_folder(path: Path, place: Path) -> None:
    remove(path)
    path.symlink_to(place / "folder")


def _dangling_link(path: Path, place: Path) -> None:
    remove(path)
    path.symlink_to(place / "nothing")


def _link_to_itself(path: Path, place: Path) -> None:
    remove(path)
    path.symlink_to(path)


def _link_to_a_device(path: Path, place: Path) -> None:
    remove(path)
    path.symlink_to("/dev/zero")


def _locked_away(path: Path, place: Path) -> None:
    if not path.is_symlink() and path.exists():
        path.chmod(0)


DISTURBANCES: dict[str, Disturbance] = {
    "is deleted": _delete,
    "is emptied": _empty,
    "is cut in half": _cut,
    "is overwritten with garbage": _garbage,
    "is replaced by garbage": _replaced,
    "is a folder": _folder,
    "is a pipe": _pipe,
    "is a link to a file outside": _link_to_a_file,
    "is a link to a folder outside": _link_to_a_folder,
    "is a link to nothing": _dangling_link,
    "is a link to itself": _link_to_itself,
    "is a link to a device": _link_to_a_device,
    "may not be read": _locked_away,
}
