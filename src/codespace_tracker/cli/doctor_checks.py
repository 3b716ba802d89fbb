"""What `doctor` checks: each function looks at one thing, and tells what it found."""

import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from codespace_tracker import __version__
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, Reading
from codespace_tracker.daemon.surroundings import NO_MODES
from codespace_tracker.failure import Failure
from codespace_tracker.install import kept_program
from codespace_tracker.ledger.backup import copies
from codespace_tracker.ledger.connect import LedgerError, LedgerMissing
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import directory, environment, file_system, hindrances, stopped
from codespace_tracker.machine.directory import Location
from codespace_tracker.machine.file_names import BACKUPS, CONFIG, SYNC
from codespace_tracker.machine.liveness import Running
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.machine.trusted_directory import (
    WRITABLE_BY_OTHERS,
    NotOurs,
    TrustedDirectory,
)
from codespace_tracker.views import last_words, tracker_state, wording
from codespace_tracker.views.scene import Scene

_LATE_US = DAY_US
_LOW_SPACE = 50 << 20  # bytes
_EDITOR_SECONDS = 10.0  # for a window of the editor to answer
_PUT = "codespace-tracker editor install"
_MOST_FAILED = 5  # failed triggers to name
_EARLIEST_US = 1_735_689_600_000_000  # 2025: an earlier clock was never set


class Finding(NamedTuple):
    """The result of one check, and what to do about it."""

    level: Literal["ok", "warning", "problem"]
    subject: str
    message: str
    mend: str = ""


class Examined(NamedTuple):
    """What all checks share: the state directory at one moment.

    `ledger` is None if it cannot be opened, and `error` says why; `scene` is None if it cannot be
    read.
    """

    place: Location
    reading: Reading
    trackers: Running
    ledger: Ledger | None
    scene: Scene | None
    error: LedgerError | None


def _directory(here: Examined) -> Iterator[Finding]:
    path = here.place.path
    if not os.path.isdir(path):
        message = f"{path} does not exist ({here.place.source})"
        yield Finding("problem", "directory", message, "codespace-tracker start")
        return
    yield Finding("ok", "directory", f"{path} ({here.place.source})")
    try:
        held = TrustedDirectory(path)
    except NotOurs as error:
        mend = "import its sessions, and nothing else: docs/troubleshooting.md says how"
        yield Finding("problem", "permissions", f"it {error.what} Nothing in it was read", mend)
        return
    except OSError as error:
        yield Finding(
            "problem",
            "permissions",
            f"it cannot be opened ({error.strerror})",
            f"chmod 700 '{path}'",
        )
        return
    closed = held.take_closed()
    held.close()
    if not held.keeps_modes and not directory.is_trusted(path, os.environ):
        yield Finding("problem", "permissions", NO_MODES)
    elif not held.keeps_modes:
        yield Finding(
            "warning",
            "permissions",
            "its file system lets every user write here; you chose to trust it",
        )
    elif closed is not None and closed & WRITABLE_BY_OTHERS:
        message = f"it was open to other users (mode {closed:04o}), and is private again (0700)"
        yield Finding(
            "warning", "permissions", message, "check your triggers: codespace-tracker triggers"
        )
    elif not os.access(path, os.W_OK | os.X_OK):
        yield Finding("problem", "permissions", "it is not writable", f"chmod 700 '{path}'")
    else:
        yield Finding("ok", "permissions", "private")


def _file_system(here: Examined) -> Iterator[Finding]:
    if not os.path.isdir(here.place.path):
        return
    file_kind = file_system.of(here.place.path)
    free = shutil.disk_usage(here.place.path).free
    if not file_kind.shares_locks:
        message = (
            f"{file_kind.type or 'unknown'}: locks and SQLite are unreliable if several machines "
            "use it"
        )
        mend = (
            "give each machine its own directory on a local disk: codespace-tracker init --dir DIR"
        )
        yield Finding("warning", "file system", message, mend)
    if file_kind.is_of_memory:
        message = (
            f"{file_kind.type}: the state directory is in memory, and is lost when the machine or "
            "container stops"
        )
        yield Finding(
            "warning", "file system", message, "keep it on a disk: codespace-tracker init --dir DIR"
        )
    if free < _LOW_SPACE:
        yield Finding(
            "problem",
            "file system",
            f"only {free >> 20} MiB are free",
            "free some space; to find large folders: du -xh / | sort -h",
        )
    elif file_kind.shares_locks and not file_kind.is_of_memory:
        yield Finding("ok", "file system", f"{file_kind.type or 'local'}, {_size(free)} free")


def _size(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB" if size >= 1 << 30 else f"{size >> 20} MiB"


def _clock(here: Examined) -> Iterator[Finding]:
    reading = here.reading
    if reading.wall_us < _EARLIEST_US:
        yield Finding(
            "problem",
            "clock",
            "the wall clock was never set",
            "set the system clock, or all dates will be wrong",
        )
    elif reading.boot_id == "unknown":
        yield Finding(
            "warning",
            "clock",
            "the boot ID is hidden, so a reboot may look like a crash of the tracker",
        )
    else:
        start = (
            "known"
            if reading.pid1_start_us is not None
            else "hidden, so a session starts with the tracker"
        )
        yield Finding("ok", "clock", f"boot {reading.boot_id[:8]}, start of PID 1 {start}")


def _time_zone(here: Examined) -> Iterator[Finding]:
    """Which time zone database is used for days and `at`."""
    from codespace_tracker.config.zone_database import databases, read_zone

    if here.scene is None:
        return
    configuration = here.scene.configuration
    try:
        chosen = read_zone(configuration.zone.name)[1]
    except ValueError:
        return
    others = "".join(f", not {database}" for database in databases() if database != chosen)
    if configuration.zone_database not in ("", str(chosen)) and configuration.zone.name != UTC.name:
        message = (
            f"{configuration.zone.name} still uses {configuration.zone_database}, but {chosen} is "
            "installed"
        )
        yield Finding("warning", "time zone", message, "codespace-tracker restart")
    else:
        yield Finding(
            "ok", "time zone", f"{configuration.zone.name}, from the IANA database {chosen}{others}"
        )


def _hindrances(here: Examined) -> Iterator[Finding]:
    """What keeps a tracker from starting or writing here."""
    for hindrance in (*hindrances.of_locks(here.place.path), *hindrances.of_disk(here.place.path)):
        yield Finding("problem", "hindrance", hindrance.what, hindrance.mend)
    for hindrance in hindrances.of_process():
        yield Finding("warning", "hindrance", hindrance.what, hindrance.mend)
    daemon = here.trackers.daemon
    if daemon is not None and daemon.pid and not daemon.is_elsewhere:
        for hindrance in set(hindrances.of_process(daemon.pid)).difference(hindrances.of_process()):
            mend = f"{hindrance.mend}, then run: codespace-tracker restart"
            yield Finding(
                "warning",
                "hindrance",
                f"the tracker was started with a limit: {hindrance.what}",
                mend,
            )
    crashes = last_words.crashes(here.place.path, here.reading.wall_us)
    if crashes is not None:
        yield Finding(
            "problem", "crashes", crashes, "see its messages: codespace-tracker log --debug"
        )


def _processes(here: Examined) -> Iterator[Finding]:
    running = here.trackers
    if running.daemon is None and running.keeper is not None:
        mend = "look for the cause: codespace-tracker log --debug"
        yield Finding("problem", "tracker", "its keeper runs, but its daemon does not start", mend)
    elif running.daemon is None and any(hindrances.of_locks(here.place.path)):
        yield Finding("problem", "tracker", "it is not running and cannot start: see above")
    elif running.daemon is None:
        why = (
            "you stopped it"
            if stopped.holds(here.place.path, here.reading)
            else "it is not running"
        )
        is_hindered = any((*hindrances.of_process(), *hindrances.of_disk(here.place.path)))
        start = "codespace-tracker start"
        yield Finding(
            "problem", "tracker", why, f"fix the above, then run: {start}" if is_hindered else start
        )
    elif running.is_elsewhere:
        mend = "to track this machine, use another directory here: codespace-tracker init --dir DIR"
        yield Finding("warning", "tracker", f"it runs {running.place}, and counts time there", mend)
    elif running.daemon.is_waiting:
        message = (
            "it waits for a tracker in another container or machine to end, and counts in memory"
        )
        mend = "give each machine its own directory: codespace-tracker init --dir DIR"
        yield Finding("warning", "tracker", message, mend)
    elif running.keeper is None:
        yield Finding(
            "warning",
            "tracker",
            f"the daemon ({running.daemon.pid}) has no keeper",
            "codespace-tracker ensure",
        )
    elif running.daemon.version != __version__:
        message = f"version {running.daemon.version} is running, {__version__} is installed"
        yield Finding("warning", "tracker", message, "codespace-tracker restart")
    else:
        yield Finding(
            "ok", "tracker", f"running: keeper {running.keeper.pid}, daemon {running.daemon.pid}"
        )


def _ledger(here: Examined) -> Iterator[Finding]:
    if isinstance(here.error, LedgerMissing):
        yield Finding("problem", "ledger", "it does not exist yet", "codespace-tracker start")
        return
    if here.ledger is None:
        yield Finding("problem", "ledger", str(here.error))
        return
    try:
        wrong = here.ledger.sound()
        sessions = here.ledger.session_count()
    except LedgerError as error:
        wrong, sessions = [str(error)], 0
    if wrong:
        mend = (
            "codespace-tracker restart (rebuilds it from the newest good backup, and keeps the "
            "damaged file)"
        )
        yield Finding("problem", "ledger", f"damaged ({wrong[0]})", mend)
        return
    backups = len(copies(os.path.join(here.place.path, BACKUPS)))
    yield Finding(
        "ok",
        "ledger",
        f"sound, {wording.count(sessions, 'session')}, {wording.count(backups, 'backup')}",
    )


def _now(here: Examined) -> Iterator[Finding]:
    """The problems that `status` shows."""
    try:
        found = tracker_state.state_in(here.scene) if here.scene is not None else None
    except LedgerError:
        return
    for problem in found.problems if found else ():
        yield Finding("problem", "attention", problem)


def _settings(here: Examined) -> Iterator[Finding]:
    """Settings that have no effect."""
    if here.scene is not None and here.scene.configuration.settings.reset_day != 1:
        message = "`reset_day` has no effect: GitHub bills by calendar month, in UTC"
        yield Finding("warning", CONFIG, message, "remove the line `reset_day`")


def _triggers(here: Examined) -> Iterator[Finding]:
    """Whether the triggers can fire, and did not fail last time."""
    from codespace_tracker.views.naming import typed
    from codespace_tracker.views.standing import standing_in

    if here.scene is None:
        return
    try:
        standing = standing_in(here.scene)
    except (LedgerError, Failure):
        return
    enabled = [trigger for trigger in standing.triggers if trigger.enabled]
    if standing.triggers:
        count = wording.count(len(standing.triggers), "trigger")
        resting = len(standing.triggers) - len(enabled)
        yield Finding(
            "ok", "triggers", f"{count}, {resting} of them disabled" if resting else count
        )
    failed = [trigger for trigger in enabled if standing.failed(trigger)]
    for trigger in failed[:_MOST_FAILED]:
        mend = f"codespace-tracker triggers log {typed(trigger, standing.triggers)}"
        yield Finding("warning", "triggers", f"{trigger.label} failed when it last ran", mend)
    if len(failed) > _MOST_FAILED:
        rest = f"{len(failed) - _MOST_FAILED} more failed when they last ran"
        yield Finding("warning", "triggers", rest, "codespace-tracker triggers")
    idle = [
        trigger for trigger in enabled if trigger.edge is not None and trigger.edge.kind == "idle"
    ]
    if idle and standing.idle_since is None:
        from codespace_tracker.views.editors import Signs  # looks at all processes

        found = Signs(here.scene.directory, standing.moment.at).hiding()
        if found:
            labels = ", ".join(trigger.label for trigger in idle[:_MOST_FAILED])
            message = f"it is unknown whether you are there: {found[0]}. Until then wait: {labels}"
            yield Finding("warning", "triggers", message, _REPORTING)


_REPORTING = (
    "close the editor when you leave, or let it run `codespace-tracker activity --reporting`"
    " whenever you are active"
)


def _sync(here: Examined) -> Iterator[Finding]:
    """Whether codespaces meet, where that was set up."""
    if not os.path.lexists(rooted(os.path.join(here.place.path, SYNC))):
        return
    from codespace_tracker.sync import state  # not where no meeting place is set up

    try:
        known = state.load(here.place.path)
    except Failure as error:
        yield Finding("problem", "sync", str(error))
        return
    if known is None:
        return
    ago = wording.about(max(0, here.reading.wall_us - known.worked_at))
    worked = f"it worked {ago} ago" if known.worked_at else "it has never worked"
    if known.problem:
        yield Finding("warning", "sync", f"{worked}; since then: {known.problem}")
    elif here.reading.wall_us - known.worked_at > _LATE_US:
        mend = "are its triggers on? codespace-tracker triggers"
        yield Finding("warning", "sync", f"{worked}, and was not tried since", mend)
    else:
        yield Finding("ok", "sync", f"{worked}: {known.url}")


def of_shells(place: Location) -> Iterator[Finding]:
    """Whether new shells bring the tracker back. Starts shells to find out."""
    from codespace_tracker.install.shell_findings import findings  # starts processes

    for told in findings(place.path, directory.home(os.environ), os.environ):
        yield Finding(*told)
    if shutil.which("flock") is None:
        yield Finding(
            "problem",
            "flock",
            "it is not installed, and the tracker needs it",
            "apt-get install util-linux",
        )


def of_editor() -> Iterator[Finding]:
    """Whether the editor's extension is installed, and as new as this program. In a terminal of an
    editor its command is asked, which takes half a second; elsewhere the usual places are looked
    into."""
    from codespace_tracker.cli.editor_extension import compared
    from codespace_tracker.install import editor, extension_places  # start processes

    where = ""
    try:
        found = editor.of_terminal(os.environ)
        versions = [found.installed(_EDITOR_SECONDS)] if found is not None else []
    except editor.EditorEnded:
        found = None
    except Failure as error:
        message, _, mend = str(error).partition(" Fix: ")
        yield Finding("warning", "editor", message, mend)
        return
    if found is None:
        versions = [*extension_places.found(directory.home(os.environ)).values()]
        where = " in a terminal of the editor"
    for version in versions:
        seen = compared(version)
        if seen.compared == "none":
            mend = f"if you want it: {_PUT}"
            yield Finding("ok", "editor", "the extension is not installed", mend)
        elif seen.compared == "older":
            message = f"version {version} of the extension is installed, {__version__} comes with"
            yield Finding("warning", "editor", f"{message} this program", f"{_PUT}{where}")
        else:
            yield Finding("ok", "editor", f"version {version} of the extension is installed")


def of_environment(place: Location) -> Iterator[Finding]:
    """Where this runs, and whether the state directory survives a rebuild there."""
    seen = environment.detect(os.environ)
    names = " · ".join(part for part in (seen.kind, seen.name, seen.repository) if part)
    yield Finding(
        "ok",
        "environment",
        f"{names}, {wording.count(environment.cores(seen.kind), 'core')}"
        + (", a prebuild" if seen.prebuild else ""),
    )
    survives = directory.survives_rebuild(place.path, seen.kind)
    if survives is False:
        there = shlex.quote(f"/workspaces/{os.path.basename(place.path)}")
        move = f"`mv -T {shlex.quote(place.path)} {there}`, `codespace-tracker init --dir {there}`"
        mend = f"move it: `codespace-tracker stop`, {move}, `codespace-tracker start`"
        yield Finding(
            "warning", "rebuild", "rebuilding the container would delete the state directory", mend
        )
    elif survives and not kept_program.is_kept(place.path):
        message = (
            "the state directory survives a rebuild of the container, but has no copy of the "
            "program"
        )
        yield Finding("warning", "rebuild", message, "to keep one: codespace-tracker init")
    elif survives:
        yield Finding("ok", "rebuild", "the state directory survives a rebuild of the container")


LOOKS: tuple[Callable[[Examined], Iterator[Finding]], ...] = (
    _directory,
    _file_system,
    _clock,
    _time_zone,
    _hindrances,
    _processes,
    _ledger,
    _now,
    _settings,
    _triggers,
    _sync,
)
"""The checks of one moment. Those that start shells come after it: a snapshot is not held open for
them."""

LOOKS_BESIDE = (_directory, _file_system, _clock)
"""The checks for a directory that is another user's."""

LOOKS_ASIDE = (_clock,)
"""The checks if another directory has replaced the tracker's."""
