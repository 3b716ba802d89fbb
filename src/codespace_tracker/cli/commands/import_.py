"""`import`: sessions that were counted elsewhere, by a tracker like this one or by the original tool."""

import os
import uuid

import click

from codespace_tracker.cli import import_source, show
from codespace_tracker.cli.import_quietly import Quietly
from codespace_tracker.cli.import_source import Source
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.progress import counted
from codespace_tracker.config.plan import Plan
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
from codespace_tracker.views import wording
from codespace_tracker.views.scene import plan_in_force

_PROBLEMS_SHOWN = 20
_TRIGGERS_NAMED = 5
_BROKEN = 1
_AT_ONCE = 500  # sessions in a transaction


@click.command()
@click.argument("source", metavar="SOURCE", type=click.Path())
@click.option(
    "--cores",
    type=click.IntRange(1, 1024),
    help="The cores of the machine, for sessions of the original tool; default: as now.",
)
@directory_option
def command(source: str, cores: int | None, dir_: str | None) -> int:
    """Add the sessions of another place. SOURCE is one of these, and is only read:

    \b
    - the state directory of another codespace-tracker, also while it runs
    - a file that `codespace-tracker export` wrote (JSON lines)
    - a .codespace-tracker folder that the original tool wrote

    The first two are taken exactly: to the microsecond, with cores and endings. No time counts twice, and imported
    again, nothing is added again: a session that has gone on since takes the place of what was known of it. No trigger
    runs because of an import. Exits with 1 when something could not be read.
    """
    directory = state_directory(dir_)
    if os.path.realpath(source) == os.path.realpath(directory):
        raise Failure(f"{source}: is the state directory itself. Fix: name another one.")
    found = import_source.read(source, clock.read().wall_us)
    for problem in found.problems[:_PROBLEMS_SHOWN]:
        click.echo(show.item(wording.printable(os.path.join(source, problem))), err=True)
    if len(found.problems) > _PROBLEMS_SHOWN:
        click.echo(f"  … and {len(found.problems) - _PROBLEMS_SHOWN} more problems.", err=True)
    if not found.sessions:
        raise Failure(f"{source}: no session could be read there. Nothing was changed.")
    done, skipped, zone = _put(directory, source, found, cores)
    control.replan(directory)
    click.echo("\n".join([*_told(found, done, zone), *_told_of_triggers(skipped)]))
    return _BROKEN if found.problems else 0


def _put(directory: str, source: str, found: Source, cores: int | None) -> tuple[Imported, list[Trigger], Zone]:
    """Put the sessions into the ledger, in parts: so the tracker, which writes too, need not wait. What became of them,
    and the triggers that are not run though they hold now. Raises LedgerError, Failure."""
    with Ledger.open_to_change(os.path.join(directory, NAME)) as ledger:
        last = ledger.last_session()
        if last is None:
            raise nothing_counted(directory)
        newest_first = list(reversed(found.sessions))
        plan, daemon = _plan(ledger, directory), liveness.running(directory).daemon
        into = Quietly(ledger, plan, daemon, str(uuid.uuid4()), cores or last.span.cores, found.ids)
        starts = range(0, len(newest_first), _AT_ONCE)
        parts, skipped = [], []
        for start in counted(starts, f"times {_AT_ONCE} sessions looked at", len(starts)):
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
        return done, skipped, plan.zone


def _plan(ledger: Ledger, directory: str) -> Plan:
    """The plan in force, with the triggers as the file has them now: those are in force next."""
    from codespace_tracker.config.load import check_triggers
    from codespace_tracker.config.samples import TRIGGERS

    plan = plan_in_force(ledger)[0]
    triggers, _ = check_triggers(os.path.join(directory, TRIGGERS), directory)
    return plan if triggers is None else plan._replace(triggers=tuple(triggers))


def _told(found: Source, done: Imported, zone: Zone) -> list[str]:
    """What became of the sessions, in words."""
    since = wording.day(found.sessions[0].started_at, zone)
    lines = [f"Added {wording.count(done.added, 'session')}, {wording.length(done.running_us)} since {since}."]
    if not done.added:
        lines = ["Added nothing." if done.replaced else "Nothing there is new, so nothing was changed."]
    if done.replaced:
        change = f"{wording.length(abs(done.corrected_us))} {'less' if done.corrected_us < 0 else 'more'}"
        said = f"{wording.count(done.replaced, 'session')} {_verb(done.replaced, 'was', 'were')} known less exactly"
        lines.append(f"{said}: corrected, {change} in all.")
    if found.cut:
        lines.append(f"{wording.count(found.cut, 'session')} had been stretched to a recovery: cut to their minutes.")
    if done.cut:
        lines.append(f"Of {wording.count(done.cut, 'session')} only a part is added: the rest was counted already.")
    if done.known:
        lines.append(f"{wording.count(done.known, 'session')} {_verb(done.known, 'was', 'were')} there already.")
    if done.overlapping:
        sessions, left_out = wording.count(done.overlapping, "session"), _verb(done.overlapping, "is", "are")
        lines.append(f"{sessions} ran in time that is counted already, and {left_out} left out.")
    return lines


def _told_of_triggers(skipped: list[Trigger]) -> list[str]:
    """Which triggers do not run though they hold now, and how to run one all the same."""
    if not skipped:
        return []
    from codespace_tracker.views.naming import typed

    names = ", ".join(wording.printable(one.label) for one in skipped[:_TRIGGERS_NAMED])
    if len(skipped) > _TRIGGERS_NAMED:
        names += f" and {len(skipped) - _TRIGGERS_NAMED} more"
    verb = f"codespace-tracker triggers rearm {typed(skipped[0], skipped)}"
    return [f"Not run, though its time has come by what was added: {names}. To run it: {verb}"]


def _verb(number: int, of_one: str, of_more: str) -> str:
    return of_one if number == 1 else of_more
