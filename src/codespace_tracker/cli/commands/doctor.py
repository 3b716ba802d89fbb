"""`doctor`: looks for whatever keeps the tracker from being right, and says how to fix it."""

import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Literal, NamedTuple

import click

from codespace_tracker import __version__
from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, hold, json_option, location
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import Reading
from codespace_tracker.daemon.surroundings import NO_MODES
from codespace_tracker.failure import Failure
from codespace_tracker.install import kept_program
from codespace_tracker.ledger.backup import copies
from codespace_tracker.ledger.connect import LedgerError, LedgerMissing
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock, directory, environment, file_system, hindrances, liveness, stopped
from codespace_tracker.machine.directory import Location
from codespace_tracker.machine.liveness import Running
from codespace_tracker.machine.state_directory import BACKUPS
from codespace_tracker.machine.trusted_directory import WRITABLE_BY_OTHERS, NotOurs, TrustedDirectory
from codespace_tracker.views import last_words, now, wording
from codespace_tracker.views.scene import Scene, open_ledger, scene_at

_LOW_SPACE = 50 << 20  # bytes
_MOST_FAILED = 5  # triggers that are named
_EARLIEST_US = 1_735_689_600_000_000  # 2025: a clock before that was never set


class Finding(NamedTuple):
    """One thing that was looked at: how it is, and what to do about it."""

    level: Literal["ok", "warning", "problem"]
    subject: str
    message: str
    mend: str = ""


class Examined(NamedTuple):
    """What all that is looked at has in common: one moment of the state directory.

    `ledger` is None where it cannot be opened, and `error` says why; `scene` is None where it cannot be read.
    """

    place: Location
    reading: Reading
    trackers: Running
    ledger: Ledger | None
    scene: Scene | None
    error: LedgerError | None


@click.command()
@directory_option
@json_option
def command(dir_: str | None, as_json: bool) -> int:
    """Look for whatever keeps the tracker from being right, and say how to fix it.

    Exits with 1 when there is a problem.
    """
    place = location(dir_)
    found, looks = [], _LOOKS
    try:
        hold(place.path)
    except NotOurs:
        looks = _LOOKS_BESIDE
    except Failure as error:  # our tracker works in another one, and nothing of this one is to be touched
        found, looks = [Finding("problem", "directory", str(error))], _LOOKS_ASIDE
    with _examined(place, opens=looks is _LOOKS) as here:
        found += [finding for look in looks for finding in look(here)]
    if as_json:
        click.echo(show.json_text([finding._asdict() for finding in found]))
    else:
        click.echo("\n".join(_line(finding) for finding in found))
    return 1 if any(finding.level == "problem" for finding in found) else 0


@contextmanager
def _examined(place: Location, *, opens: bool) -> Iterator[Examined]:
    """The state directory at this moment; with `opens` its ledger too."""
    ledger, scene, error = None, None, None
    with ExitStack() as stack:
        if opens:
            try:
                ledger = stack.enter_context(open_ledger(place.path))
                stack.enter_context(ledger.snapshot())
            except LedgerError as found:
                error = found
        reading = clock.read()
        if ledger is not None and error is None:
            with suppress(LedgerError):
                scene = scene_at(place.path, ledger, reading)
        trackers = scene.trackers if scene is not None else liveness.running(place.path, reading)
        yield Examined(place, reading, trackers, ledger, scene, error)


def _line(finding: Finding) -> str:
    mark, colour = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "red")}[finding.level]
    told = show.fitted(f"{mark} ", f"{finding.subject}: {wording.printable(finding.message)}")
    mend = f"\n{show.fitted('    → ', finding.mend)}" if finding.mend else ""
    return f"{show.colour(mark, colour)}{told[1:]}{mend}"


def _directory(here: Examined) -> Iterator[Finding]:
    path = here.place.path
    if not os.path.isdir(path):
        yield Finding("problem", "directory", f"{path} is not there ({here.place.source})", "codespace-tracker start")
        return
    yield Finding("ok", "directory", f"{path} ({here.place.source})")
    try:
        held = TrustedDirectory(path)
    except NotOurs as error:
        mend = "take its sessions over, and nothing else: docs/troubleshooting.md says how"
        yield Finding("problem", "permissions", f"it {error.what} Nothing in it was read", mend)
        return
    except OSError as error:
        yield Finding("problem", "permissions", f"it cannot be opened ({error.strerror})", f"chmod 700 '{path}'")
        return
    closed = held.take_closed()
    held.close()
    if not held.keeps_modes and not directory.is_trusted(path, os.environ):
        yield Finding("problem", "permissions", NO_MODES)
    elif not held.keeps_modes:
        yield Finding("warning", "permissions", "its file system lets every user write here; you trust it all the same")
    elif closed is not None and closed & WRITABLE_BY_OTHERS:
        message = f"it was open to other users (mode {closed:04o}), and is yours alone again (0700)"
        yield Finding("warning", "permissions", message, "look at what is in it: codespace-tracker triggers")
    elif not os.access(path, os.W_OK | os.X_OK):
        yield Finding("problem", "permissions", "it cannot be written", f"chmod 700 '{path}'")
    else:
        yield Finding("ok", "permissions", "yours alone")


def _file_system(here: Examined) -> Iterator[Finding]:
    if not os.path.isdir(here.place.path):
        return
    found = file_system.of(here.place.path)
    free = shutil.disk_usage(here.place.path).free
    if not found.shares_locks:
        message = f"{found.type or 'unknown'}: locks and SQLite cannot be trusted where several machines use it"
        mend = "keep the state directory on a local disk, one for each machine: codespace-tracker init --dir DIR"
        yield Finding("warning", "file system", message, mend)
    if found.is_of_memory:
        message = f"{found.type}: the state directory is in memory, and is gone when the machine or container stops"
        yield Finding("warning", "file system", message, "keep it on a disk: codespace-tracker init --dir DIR")
    if free < _LOW_SPACE:
        yield Finding("problem", "file system", f"only {free >> 20} MiB are free", "make room: du -xh / | sort -h")
    elif found.shares_locks and not found.is_of_memory:
        yield Finding("ok", "file system", f"{found.type or 'local'}, {_size(free)} free")


def _size(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB" if size >= 1 << 30 else f"{size >> 20} MiB"


def _clock(here: Examined) -> Iterator[Finding]:
    reading = here.reading
    if reading.wall_us < _EARLIEST_US:
        yield Finding("problem", "clock", "the wall clock was never set", "set it: dates are wrong without")
    elif reading.boot_id == "unknown":
        yield Finding("warning", "clock", "the boot id is hidden: a stop may be taken for a crash of the tracker")
    else:
        start = "known" if reading.pid1_start_us is not None else "hidden: a session starts when the tracker does"
        yield Finding("ok", "clock", f"boot {reading.boot_id[:8]}, PID 1's start {start}")


def _time_zone(here: Examined) -> Iterator[Finding]:
    """Which time zone database days and `at` go by."""
    from codespace_tracker.config.zone_database import databases, read_zone

    if here.scene is None:
        return
    plan = here.scene.plan
    try:
        chosen = read_zone(plan.zone.name)[1]
    except ValueError:
        return
    others = "".join(f", not {one}" for one in databases() if one != chosen)
    if plan.zone_database not in ("", str(chosen)) and plan.zone.name != UTC.name:
        message = f"{plan.zone.name} still goes by {plan.zone_database}, and {chosen} is there"
        yield Finding("warning", "time zone", message, "codespace-tracker restart")
    else:
        yield Finding("ok", "time zone", f"{plan.zone.name} by IANA's database {chosen}{others}")


def _hindrances(here: Examined) -> Iterator[Finding]:
    """What keeps a tracker from starting here, or from writing."""
    for one in (*hindrances.of_locks(here.place.path), *hindrances.of_disk(here.place.path)):
        yield Finding("problem", "hindrance", one.what, one.mend)
    for one in hindrances.of_process():
        yield Finding("warning", "hindrance", one.what, one.mend)
    daemon = here.trackers.daemon
    if daemon is not None and daemon.pid and not daemon.is_elsewhere:
        for one in set(hindrances.of_process(daemon.pid)).difference(hindrances.of_process()):
            mend = f"{one.mend}, then: codespace-tracker restart"
            yield Finding("warning", "hindrance", f"the tracker was started with a limit: {one.what}", mend)
    crashes = last_words.crashes(here.place.path, here.reading.wall_us)
    if crashes is not None:
        yield Finding("problem", "crashes", crashes, "codespace-tracker log --debug has all that it said")


def _processes(here: Examined) -> Iterator[Finding]:
    found = here.trackers
    if found.daemon is None and found.keeper is not None:
        mend = "codespace-tracker log --debug may say why"
        yield Finding("problem", "tracker", "its keeper is there, and its daemon does not come up", mend)
    elif found.daemon is None and any(hindrances.of_locks(here.place.path)):
        yield Finding("problem", "tracker", "it is not running, and cannot start: see above")
    elif found.daemon is None:
        why = "it was stopped by you" if stopped.holds(here.place.path, here.reading) else "it is not running"
        is_hindered = any((*hindrances.of_process(), *hindrances.of_disk(here.place.path)))
        start = "codespace-tracker start"
        yield Finding("problem", "tracker", why, f"fix what is above, then: {start}" if is_hindered else start)
    elif found.is_elsewhere:
        mend = "for a tracker of this one, give it another directory: codespace-tracker init --dir DIR"
        yield Finding("warning", "tracker", f"it runs {found.place}, and counts that one", mend)
    elif found.daemon.is_waiting:
        message = "it waits until that of another container or machine is gone, and counts in memory"
        mend = "give each machine a directory of its own: codespace-tracker init --dir DIR"
        yield Finding("warning", "tracker", message, mend)
    elif found.keeper is None:
        yield Finding(
            "warning", "tracker", f"the daemon ({found.daemon.pid}) has no keeper", "codespace-tracker ensure"
        )
    elif found.daemon.version != __version__:
        message = f"version {found.daemon.version} is running, {__version__} is installed"
        yield Finding("warning", "tracker", message, "codespace-tracker restart")
    else:
        yield Finding("ok", "tracker", f"running: keeper {found.keeper.pid}, daemon {found.daemon.pid}")


def _ledger(here: Examined) -> Iterator[Finding]:
    if isinstance(here.error, LedgerMissing):
        yield Finding("problem", "ledger", "there is none yet", "codespace-tracker start")
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
        mend = "codespace-tracker restart: it is set aside and rebuilt from the newest good backup"
        yield Finding("problem", "ledger", f"damaged ({wrong[0]})", mend)
        return
    backups = len(copies(os.path.join(here.place.path, BACKUPS)))
    yield Finding("ok", "ledger", f"sound, {wording.count(sessions, 'session')}, {wording.count(backups, 'backup')}")


def _now(here: Examined) -> Iterator[Finding]:
    """What `status` would complain of."""
    try:
        found = now.now_in(here.scene) if here.scene is not None else None
    except LedgerError:
        return
    for problem in found.problems if found else ():
        yield Finding("problem", "attention", problem)


def _settings(here: Examined) -> Iterator[Finding]:
    """Settings that have no effect."""
    if here.scene is not None and here.scene.plan.settings.reset_day != 1:
        message = "`reset_day` has no effect: GitHub's billing period is the calendar month of UTC"
        yield Finding("warning", "config.toml", message, "take the line `reset_day` away")


def _triggers(here: Examined) -> Iterator[Finding]:
    """Whether the triggers can do what they are for."""
    from codespace_tracker.views.naming import typed
    from codespace_tracker.views.standing import standing_in

    if here.scene is None:
        return
    try:
        standing = standing_in(here.scene)
    except (LedgerError, Failure):
        return
    enabled = [one for one in standing.triggers if one.enabled]
    if standing.triggers:
        count = wording.count(len(standing.triggers), "trigger")
        resting = len(standing.triggers) - len(enabled)
        yield Finding("ok", "triggers", f"{count}, {resting} of them disabled" if resting else count)
    failed = [one for one in enabled if standing.failed(one)]
    for one in failed[:_MOST_FAILED]:
        mend = f"codespace-tracker triggers log {typed(one, standing.triggers)}"
        yield Finding("warning", "triggers", f"{one.label} failed when it was due last", mend)
    if len(failed) > _MOST_FAILED:
        more = f"{len(failed) - _MOST_FAILED} more failed when they were due last"
        yield Finding("warning", "triggers", more, "codespace-tracker triggers")
    idle = [one for one in enabled if one.edge is not None and one.edge.kind == "idle"]
    if idle and standing.activity is not None and not standing.activity.known:
        message = f"{idle[0].label} waits for nobody to be here, and an editor runs that does not tell who is"
        yield Finding("warning", "triggers", message, "have the editor run: codespace-tracker activity")


def _hook(here: Examined) -> Iterator[Finding]:
    from codespace_tracker.install.shell_findings import findings  # starts processes

    for told in findings(here.place.path, directory.home(os.environ), os.environ):
        yield Finding(*told)
    if shutil.which("flock") is None:
        yield Finding("problem", "flock", "this program is missing: the keeper needs it", "apt-get install util-linux")


def _environment(here: Examined) -> Iterator[Finding]:
    seen = environment.detect(os.environ)
    names = " · ".join(part for part in (seen.kind, seen.name, seen.repository) if part)
    yield Finding(
        "ok",
        "environment",
        f"{names}, {wording.count(environment.cores(seen.kind), 'core')}" + (", a prebuild" if seen.prebuild else ""),
    )
    survives = directory.survives_rebuild(here.place.path, seen.kind)
    if survives is False:
        there = shlex.quote(f"/workspaces/{os.path.basename(here.place.path)}")
        move = f"`mv -T {shlex.quote(here.place.path)} {there}`, `codespace-tracker init --dir {there}`"
        mend = f"move it: `codespace-tracker stop`, {move}, `codespace-tracker start`"
        yield Finding("warning", "rebuild", "rebuilding the container would delete the state directory", mend)
    elif survives and not kept_program.is_kept(here.place.path):
        message = "the state directory survives a rebuild of the container, and has no copy of the program"
        yield Finding("warning", "rebuild", message, "codespace-tracker init keeps one")
    elif survives:
        yield Finding("ok", "rebuild", "the state directory survives a rebuild of the container")


_LOOKS: tuple[Callable[[Examined], Iterator[Finding]], ...] = (
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
    _hook,
    _environment,
)
_LOOKS_BESIDE = (_directory, _file_system, _clock)
"""What is looked at where the directory is another user's."""

_LOOKS_ASIDE = (_clock,)
"""What is looked at where another directory is in the place of the tracker's."""
