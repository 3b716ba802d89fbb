"""The time zone database of the package `tzdata`, read by nothing of ours; and one as a system had
it before 2026."""

import importlib
import os
import shutil
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

_MODULE = importlib.import_module("tzdata")  # it has no types
PACKAGE = os.path.join(os.path.dirname(str(_MODULE.__file__)), "zoneinfo")
PACKAGE_VERSION = str(_MODULE.IANA_VERSION)

BEFORE_2026 = {
    "America/Vancouver": "America/Los_Angeles",
    "America/Edmonton": "America/Denver",
    "America/Inuvik": "America/Denver",
    "America/Winnipeg": "America/Chicago",
    "America/Havana": "America/New_York",
    "Africa/Casablanca": "Etc/GMT-1",
    "Africa/El_Aaiun": "Etc/GMT-1",
    "Europe/Berlin": "Europe/Berlin",
}
"""Zones, and those whose winter of 2026 was theirs by the rules before that year."""


@cache
def library(name: str) -> ZoneInfo:
    """A zone as the package has it."""
    with open(os.path.join(PACKAGE, name), "rb") as file:
        return ZoneInfo.from_file(file, key=name)


def old_database(folder: Path, version: str | None, in_file: str = "tzdata.zi") -> str:
    """A system's database with the rules before 2026 in a folder, which says that it is of some
    version."""
    for name, as_before in BEFORE_2026.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(os.path.join(PACKAGE, as_before), folder / name)
    if version is not None:
        before = "# version " if in_file == "tzdata.zi" else ""
        (folder / in_file).write_text(f"{before}{version}\n")
    return str(folder)
