"""The wheel of this program: of its parts, and of those that lie in a checkout.

Set-up imports it before anything is installed: it stands on the standard library alone.
"""

from __future__ import annotations

import os
import stat

from codespace_tracker import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any
    from zipfile import ZipInfo

NAME = "codespace_tracker"
FILE_NAME = f"{NAME}-{__version__}-py3-none-any.whl"
ABOUT = f"{NAME}-{__version__}.dist-info"
"""The folder with the metadata."""
SCRIPTS = f"{NAME}-{__version__}.data/scripts"
"""The folder with what becomes a command as it is."""

_WHEEL = (
    "Wheel-Version: 1.0\nGenerator: codespace-tracker\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
)


def packed(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """A wheel of its files, by their names in it; the same bytes for the same files."""
    import base64  # these are for this alone, and hooks call commands that never come here
    import hashlib
    import io
    import zipfile

    made, record = io.BytesIO(), []
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted([*parts, (f"{ABOUT}/WHEEL", _WHEEL.encode())]):
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record.append(f"{name},sha256={digest.decode()},{len(content)}\n")
            archive.writestr(_entry(name), content)
        name = f"{ABOUT}/RECORD"
        archive.writestr(_entry(name), "".join([*record, f"{name},,\n"]))
    return made.getvalue()


def package(folder: str) -> Iterator[tuple[str, bytes]]:
    """The files of the package, which lies in `folder`. Links are none of them: an editor may have
    left one that leads nowhere."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            path = os.path.join(place, name)
            if not name.endswith(".pyc") and stat.S_ISREG(os.lstat(path).st_mode):
                yield f"{NAME}/{os.path.relpath(path, folder)}", _read(path)


def parts_of_checkout(root: str) -> Iterator[tuple[str, bytes]]:
    """The files of the wheel that hatchling builds from a checkout, without hatchling: to download
    and run it takes longer than all else that set-up does."""
    project = _toml(_read(os.path.join(root, "pyproject.toml")))["project"]
    yield from package(os.path.join(root, "src", NAME))
    yield f"{SCRIPTS}/ghadi.sh", _read(os.path.join(root, "ghadi.sh"))
    yield f"{ABOUT}/licenses/LICENSE", _read(os.path.join(root, "LICENSE"))
    commands = "".join(f"{name} = {place}\n" for name, place in sorted(project["scripts"].items()))
    yield f"{ABOUT}/entry_points.txt", f"[console_scripts]\n{commands}".encode()
    about = "".join(f"{key}: {value}\n" for key, value in _metadata(project))
    yield f"{ABOUT}/METADATA", about.encode() + b"\n" + _read(os.path.join(root, "README.md"))


def _metadata(project: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "Metadata-Version", "2.4"
    yield "Name", project["name"]
    yield "Version", __version__
    yield "Summary", project["description"]
    yield "License-Expression", project["license"]
    yield "License-File", "LICENSE"
    yield "Keywords", ",".join(sorted(project["keywords"]))
    for classifier in project["classifiers"]:
        yield "Classifier", classifier
    yield "Requires-Python", project["requires-python"]
    for needed in sorted(project["dependencies"]):
        yield "Requires-Dist", needed
    for extra, more in sorted(project["optional-dependencies"].items()):
        yield "Provides-Extra", extra
        for needed in sorted(more):
            yield "Requires-Dist", f"{needed}; extra == '{extra}'"
    yield "Description-Content-Type", "text/markdown"


def _toml(content: bytes) -> dict[str, Any]:
    import importlib
    import sys

    # pip, which set-up uses next, has what Python 3.10 has not
    name = "tomllib" if sys.version_info >= (3, 11) else "pip._vendor.tomli"
    read: dict[str, Any] = importlib.import_module(name).loads(content.decode())
    return read


def _entry(name: str) -> ZipInfo:
    from zipfile import ZIP_DEFLATED, ZipInfo

    entry = ZipInfo(name)  # of 1980: no moment of making
    # pip makes only a regular file executable
    entry.external_attr = (stat.S_IFREG | (0o755 if name.endswith(".sh") else 0o644)) << 16
    entry.compress_type = ZIP_DEFLATED
    return entry


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
