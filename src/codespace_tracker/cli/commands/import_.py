"""`import`: add sessions counted elsewhere, by codespace-tracker or by the original tool."""

import os

import click

from codespace_tracker.cli import import_source, show
from codespace_tracker.cli.import_quietly import Quietly
from codespace_tracker.cli.import_source import Source
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.progress import counted
from codespace_tracker.config.configuration import Configuration
from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.daemon import control
from codespace_tracker.daemon.remains import ORIGINAL
from codespace_tracker.daemon.rescue import ORIGINALS
from codespace_tracker.failure import Failure, nothing_counted
from codespace_tracker.ledger import imported
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.imported import Imported
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock, liveness
from codespace_tracker.machine.file_names import TRIGGERS
from codespace_tracker.views import wording
from codespace_tracker.views.scene import configuration_in_force

_PROBLEMS_SHOWN = 20
_TRIGGERS_NAMED = 5
_BROKEN = 1
_AT_ONCE = 500  # sessions in a transaction


@click.command()
@click.argument("source", metavar="SOURCE", type=click.Path())
@click.option(
    "--cores",
    type=click.IntRange(1, 1024),
    metavar="N",
    help="The number of cores, for sessions of the original tool; default: those of this machine.",
)
@directory_option
def command(source: str, cores: int | None, dir_: str | None) -> int:
    """Add sessions that were counted elsewhere. SOURCE is never changed, and is one of:

    \b
    - the state directory of another codespace-tracker, even while it runs
    - a file that `codespace-tracker export` wrote (JSON lines)
    - a .codespace-tracker folder that the original tool wrote

    The first two are imported exactly, to the microsecond. Time is never counted twice: importing
    the same source again adds only what is new, and updates sessions that have continued. An import
    never starts a trigger's script. Exits with 1 if something could not be read.
    """
    directory = state_directory(dir_)
    if os.path.realpath(source) == os.path.realpath(directory):
        raise Failure(f"{source}: is the state directory in use. Fix: give another one.")
    history = import_source.read(source, clock.read().wall_us)
    for problem in history.problems[:_PROBLEMS_SHOWN]:
        click.echo(show.item(wording.printable(os.path.join(source, problem))), err=True)
    if len(history.problems) > _PROBLEMS_SHOWN:
        click.echo(
            f"  … and {wording.count(len(history.problems) - _PROBLEMS_SHOWN, 'more problem')}.",
            err=True,
        )
    if not history.sessions:
        raise Failure(f"{source}: no session could be read from it. Nothing was changed.")
    done, skipped, zone = _put(directory, source, history, cores)
    control.reload(directory)
    lines = [*_summary(history, done, zone), *_skipped_triggers(skipped)]
    click.echo("\n".join(show.fitted("", line) for line in lines))
    return _BROKEN if history.problems else 0


def _put(
    directory: str, source: str, history: Source, cores: int | None
) -> tuple[Imported, list[Trigger], Zone]:
    """Put the sessions into the ledger, in parts, so that the tracker does not have to wait.

    Returns what was done, the triggers that are skipped although their conditions now hold, and
    the time zone. Raises LedgerError, Failure.
    """
    with Ledger.open_to_change(os.path.join(directory, NAME)) as ledger:
        last = ledger.last_session()
        if last is None:
            raise nothing_counted(directory)
        newest_first = list(reversed(history.sessions))
        configuration, daemon = (
            _configuration(ledger, directory),
            liveness.running(directory).daemon,
        )
        into = Quietly(ledger, configuration, daemon, cores or last.span.cores, history.ids)
        starts = range(0, len(newest_first), _AT_ONCE)
        parts, skipped = [], []
        for start in counted(starts, f"× {_AT_ONCE} sessions checked", len(starts)):
            part, held = into.put(newest_first[start : start + _AT_ONCE], clock.read)
            parts.append(part)
            skipped += held
        done = Imported(*map(sum, zip(*parts, strict=True)))
        if os.path.realpath(source) == os.path.realpath(os.path.join(directory, ORIGINAL)):
            with ledger.transaction():
                Notices(ledger).take_away(ORIGINALS)
        if done.added or done.replaced:
            with ledger.transaction():
                imported.put_in_order(ledger)
                detail = {
                    "sessions": done.added,
                    "running_us": done.running_us + done.corrected_us,
                    "replaced": done.replaced,
                }
                ledger.note(clock.read().wall_us, "sessions_imported", None, detail)
        return done, skipped, configuration.zone


def _configuration(ledger: Ledger, directory: str) -> Configuration:
    """The configuration in force, with the triggers from the file as it is now: those come into
    force next."""
    from codespace_tracker.config.load import check_triggers

    configuration = configuration_in_force(ledger)[0]
    triggers, _ = check_triggers(os.path.join(directory, TRIGGERS), directory)
    return configuration if triggers is None else configuration._replace(triggers=tuple(triggers))


def _summary(source: Source, done: Imported, zone: Zone) -> list[str]:
    """What was done with the sessions, in words."""
    since = wording.day(source.sessions[0].started_at, zone)
    lines = [
        f"Added {wording.count(done.added, 'session')}, {wording.length(done.running_us)} since "
        f"{since}."
    ]
    if not done.added:
        lines = [
            "Added no new session."
            if done.replaced
            else "Nothing new was found, so nothing was changed."
        ]
    if done.replaced:
        change = (
            f"{wording.length(abs(done.corrected_us))} "
            f"{'less' if done.corrected_us < 0 else 'more'}"
        )
        was = _verb(done.replaced, "was", "were")
        said = f"{wording.count(done.replaced, 'session')} {was} corrected from more precise data"
        lines.append(f"{said}: {change} in total.")
    if source.cut:
        lines.append(
            f"{wording.count(source.cut, 'session')} of the original tool included time until its"
            " recovery, which was cut."
        )
    if done.cut:
        lines.append(
            f"Of {wording.count(done.cut, 'session')}, only a part was added: the rest was "
            "already counted."
        )
    if done.known:
        lines.append(
            f"{wording.count(done.known, 'session')} {_verb(done.known, 'was', 'were')} already "
            "here."
        )
    if done.overlapping:
        sessions, left_out = (
            wording.count(done.overlapping, "session"),
            _verb(done.overlapping, "is", "are"),
        )
        lines.append(f"{sessions} ran at a time that is already counted, and {left_out} left out.")
    return lines


def _skipped_triggers(skipped: list[Trigger]) -> list[str]:
    """Which triggers are skipped although their conditions now hold, and how to run one anyway."""
    if not skipped:
        return []
    from codespace_tracker.views.naming import typed

    names = ", ".join(wording.printable(one.label) for one in skipped[:_TRIGGERS_NAMED])
    if len(skipped) > _TRIGGERS_NAMED:
        names += f" and {len(skipped) - _TRIGGERS_NAMED} more"
    verb = f"codespace-tracker triggers rearm {typed(skipped[0], skipped)}"
    return [f"Not run, although the imported time meets its conditions: {names}. To run it: {verb}"]


def _verb(number: int, of_one: str, of_more: str) -> str:
    return of_one if number == 1 else of_more
