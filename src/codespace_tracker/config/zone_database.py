"""Which time zone database is read: the newer of the system's and that of the package `tzdata`.

The only place that opens either. `zoneinfo` by itself takes the system's wherever there is one,
however old it is.
"""

import importlib
import os
import re
import sysconfig
import zoneinfo
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

SYSTEM = tuple(filter(None, str(sysconfig.get_config_var("TZPATH") or "").split(os.pathsep)))
"""The folders in which Python was built to look for the system's database. Not `zoneinfo.TZPATH`:
that obeys the variable PYTHONTZPATH even under `python -I`, and a repository's .envrc may set
it."""

_VERSION = re.compile(r"\d{4}[a-z]+")
_VERSION_FILES = (("tzdata.zi", "# version "), ("+VERSION", ""))
"""Files in which a system's database says its version on the first line, and what precedes it
there."""


class ZoneDatabase(NamedTuple):
    """A folder of compiled time zones, where it is from, and IANA's version of it, such as `2026f`.

    The version is empty where it is not known.
    """

    folder: str
    origin: str
    version: str

    def __str__(self) -> str:
        return f"{self.version or 'of unknown version'} ({self.origin})"


def databases(system: Iterable[str] | None = None) -> list[ZoneDatabase]:
    """The databases of this machine, the newest first; one of unknown version is taken for the
    oldest.

    `system` are the folders in which the system may have one, by default SYSTEM.
    """
    found = [*_of_package()]
    for folder in SYSTEM if system is None else system:
        if os.path.isdir(folder):
            found.append(ZoneDatabase(folder, folder, _version_in(folder)))
    return sorted(found, key=lambda one: _order(one.version), reverse=True)


def read_zone(
    name: str, among: Sequence[ZoneDatabase] | None = None
) -> tuple[ZoneInfo, ZoneDatabase]:
    """The time zone of a name by the first database that has it, and that database.

    Raises ValueError where none has it.
    """
    parts = name.split("/")
    if all(part not in ("", os.curdir, os.pardir) for part in parts):
        for database in databases() if among is None else among:
            try:
                with open(os.path.join(database.folder, *parts), "rb") as file:
                    return ZoneInfo.from_file(file, key=name), database
            except (
                OSError,
                ValueError,
            ):  # not there, a folder, or no time zone: the next one may have it
                continue
    raise ValueError(f"{name!r} is not a time zone")


def zone_names() -> frozenset[str]:
    """The names of all time zones in the database that is used."""
    return frozenset(zoneinfo.available_timezones())


def is_zone(name: str) -> bool:
    """Whether a name is one of a time zone, which can be read."""
    try:
        return name in zone_names() and bool(read_zone(name))
    except ValueError:
        return False


def _of_package() -> list[ZoneDatabase]:
    try:
        package = importlib.import_module("tzdata")
    except ImportError:
        return []
    folder = os.path.join(os.path.dirname(package.__file__ or ""), "zoneinfo")
    version = str(getattr(package, "IANA_VERSION", ""))
    return [ZoneDatabase(folder, "package tzdata", version if _VERSION.match(version) else "")]


def _version_in(folder: str) -> str:
    for name, before in _VERSION_FILES:
        try:
            with open(os.path.join(folder, name), encoding="ascii", errors="replace") as file:
                line = file.readline(100)
        except OSError:
            continue
        found = _VERSION.match(line.removeprefix(before))
        if found and line.startswith(before):
            return found[0]
    return ""


def _order(version: str) -> tuple[str, int, str]:
    """Versions in the order in which they came out: after `2026z` comes `2026za`."""
    return version[:4], len(version), version
