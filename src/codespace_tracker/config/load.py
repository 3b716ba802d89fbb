"""Looking at the user's files: a configuration, or everything that is wrong with them. Never raises
for what a user did."""

import errno
import os
import stat
from collections.abc import Callable, Collection

from codespace_tracker.config import settings
from codespace_tracker.config.configuration import (
    DEFAULT_CONFIGURATION,
    FILES,
    SYSTEM_CONFIG,
    Configuration,
    Loaded,
    Problem,
    Settings,
)
from codespace_tracker.config.points import with_points
from codespace_tracker.config.samples import gone, write_missing
from codespace_tracker.config.triggers import triggers_from
from codespace_tracker.config.zone import zone_from_name
from codespace_tracker.config.zone_database import databases, read_zone
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.shared_presence import BY_HOUR, lower
from codespace_tracker.core.text import showable
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.machine.file_names import TRIGGERS
from codespace_tracker.machine.files import SAFELY, stamp
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.machine.trusted_directory import NotOurs, open_own

LIMIT = 4 << 20  # bytes
_SHOWN = 200  # characters of a path
_YEAR_US = 366 * DAY_US


def load(directory: str, wall_us: int, last_good: Configuration | None = None) -> Loaded:
    """Check the files of a state directory, and put those that are missing there; not
    trigger_config.json where `last_good` has triggers: these are not dropped because the file was
    deleted.

    `wall_us` is now (UTC µs): the configuration's time zone is good for all time before, and for
    five years after."""
    problems = write_missing(directory, kept=last_good.triggers if last_good is not None else ())
    stamps = tuple(stamp(os.path.join(directory, name)) for name in FILES)
    checked = _settings_of(directory, problems)
    written: list[Trigger] | None = []
    text = text_of(directory, TRIGGERS, problems)
    if text is not None:
        quota = (checked or (last_good or DEFAULT_CONFIGURATION).settings).quota_core_us
        written, wrong = triggers_from(text, quota)
        problems.extend(wrong)
    if checked is None or written is None or problems:
        return Loaded(
            None if last_good is None else _up_to_date(last_good, wall_us), tuple(problems), stamps
        )
    return Loaded(_up_to_date(Configuration(checked, UTC, tuple(written)), wall_us), (), stamps)


def as_written(
    directory: str, kept: Collection[Trigger]
) -> tuple[Settings | None, list[Trigger], list[Problem]]:
    """What the files of a state directory say, and every problem that they have; nothing is put
    there. `kept` are the triggers that were in force last."""
    problems: list[Problem] = []
    found = _settings_of(directory, problems)
    text = text_of(directory, TRIGGERS, problems)
    if text is None:
        if kept and not os.path.lexists(rooted(os.path.join(directory, TRIGGERS))):
            problems.append(gone(kept))
        return found, [], problems
    written, wrong = triggers_from(text, (found or DEFAULT_CONFIGURATION.settings).quota_core_us)
    return found, written or [], [*problems, *wrong]


def configuration_as_written(
    directory: str, wall_us: int, last: Configuration
) -> tuple[Configuration | None, list[Problem]]:
    """The configuration that the files of a state directory would give at `wall_us` (UTC µs), None
    where they have problems; nothing is put there. `last` is the configuration that was in force
    last."""
    found, written, problems = as_written(directory, last.triggers)
    if found is None or problems:
        return None, problems
    return _up_to_date(Configuration(found, UTC, tuple(written)), wall_us), []


def check_triggers(path: str, directory: str) -> tuple[list[Trigger] | None, list[Problem]]:
    """The triggers of any file, by the quota of a state directory's settings; None with every
    problem."""
    problems: list[Problem] = []
    folder, name = os.path.split(path)
    text = text_of(folder, name, problems, is_obeyed=folder == directory)
    if text is None:
        return None, problems
    return triggers_from(text, quota_of(directory))


def quota_of(directory: str) -> int | None:
    """The month's quota in core-µs by a state directory's settings, the default's where those are
    broken."""
    return (_settings_of(directory, []) or DEFAULT_CONFIGURATION.settings).quota_core_us


def settings_problems(directory: str) -> list[Problem]:
    """Every problem of a state directory's config.toml, and of the system-wide one beneath it."""
    problems: list[Problem] = []
    _settings_of(directory, problems)
    return problems


def _settings_of(directory: str, problems: list[Problem]) -> Settings | None:
    """The user's settings over the system-wide ones over the defaults; None where one of the files
    has problems.

    What is told of presence is for the user alone to say: the system-wide file, which may have come
    with an image, only limits it.
    """
    found, before = DEFAULT_CONFIGURATION.settings, len(problems)
    shared, most = found.share_presence, BY_HOUR
    for name in (SYSTEM_CONFIG, settings.NAME):
        text = text_of(directory, name, problems)
        if text is not None:
            beneath = found._replace(share_presence=most if name == SYSTEM_CONFIG else shared)
            layered, wrong = settings.settings_from(text, beneath, name)
            problems.extend(wrong)
            found = layered or found
            if name == SYSTEM_CONFIG:
                most = lower(most, found.share_presence)
            else:
                shared = found.share_presence
    found = found._replace(share_presence=lower(shared, most))
    return found if len(problems) == before else None


def _up_to_date(configuration: Configuration, wall_us: int) -> Configuration:
    """The configuration by the time zone database that is there now, with the moments from now
    on."""
    year = (
        wall_us // _YEAR_US * _YEAR_US
    )  # the same configuration all year: one that has not changed is not written again
    name, among = configuration.settings.time_zone, tuple(databases())
    try:
        # from 1970 on: no session is older, also none of those that may still be imported
        zone, database = (
            zone_from_name(name, 0, year + 6 * _YEAR_US, among),
            str(read_zone(name, among)[1]),
        )
    except ValueError:  # no database has it any more
        zone, database = configuration.zone, configuration.zone_database
    return configuration._replace(
        zone=zone,
        zone_database=database,
        triggers=tuple(with_points(list(configuration.triggers), zone, wall_us)),
    )


def text_of(
    directory: str, name: str, problems: list[Problem], *, is_obeyed: bool = True
) -> str | None:
    """The text of a file, None where there is none or it cannot be had; then `problems` says why.

    A file that is to be obeyed is read only where only its owner can have written it.
    """

    def wrong(message: str, mend: str, line: int = 0) -> None:
        problems.append(Problem(name, "", line, 0, message, mend))

    fd = _opened(directory, name, wrong, is_obeyed=is_obeyed)
    content = None if fd is None else _content(fd, wrong)
    if content is None:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong("is not UTF-8 text.", "save it as UTF-8.", content.count(b"\n", 0, error.start) + 1)
        return None


def _opened(
    directory: str, name: str, wrong: Callable[[str, str], None], *, is_obeyed: bool
) -> int | None:
    """A file, open for reading; None where there is none or it cannot be opened, and then `wrong`
    is told why."""
    path = os.path.join(directory, name)
    try:
        return (
            open_own(directory, name)
            if is_obeyed
            else os.open(path, os.O_RDONLY | SAFELY & ~os.O_NOFOLLOW)
        )
    except NotOurs as error:
        wrong(error.what, error.mend)
    except OSError as error:
        if os.path.islink(path) and error.errno == errno.ELOOP:
            wrong("is a link that leads to itself.", "remove it.")
        elif os.path.islink(path) and error.errno == errno.ENOENT:
            where = showable(os.path.realpath(path), _SHOWN)
            wrong(
                f"leads to {where}, which is not there.", "make that file, or take the link away."
            )
        elif error.errno != errno.ENOENT:
            wrong(f"cannot be read ({error.strerror}).", "give yourself permission to read it.")
    return None


def _content(fd: int, wrong: Callable[[str, str], None]) -> bytes | None:
    """All of an open file, which is closed; None where it cannot be had, and then `wrong` is told
    why."""
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            wrong("is not a file.", "move away what is at its path.")
            return None
        with open(fd, "rb", closefd=False) as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        wrong(f"cannot be read ({error.strerror}).", "check the disk.")
        return None
    finally:
        os.close(fd)
    if len(content) > LIMIT:
        size = max(status.st_size, len(content))
        wrong(
            f"has {size / (1 << 20):.1f} MiB: more than {LIMIT >> 20} MiB are not read.",
            "make it smaller.",
        )
        return None
    return content
