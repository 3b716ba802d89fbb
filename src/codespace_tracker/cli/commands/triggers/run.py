"""`triggers run`: run a trigger's script now."""

import contextlib
import os
import signal
import sys
import time
import uuid
from types import FrameType

import click

from codespace_tracker.cli import run_variables as variables
from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, label_argument, state_directory
from codespace_tracker.cli.standing_by_files import look_at_files
from codespace_tracker.cli.trigger_file import FileHasProblems, in_file
from codespace_tracker.cli.trust import check_may_run
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.daemon.orders import variables_of
from codespace_tracker.ledger.occurrences import Run
from codespace_tracker.machine import environment
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.runs import runner
from codespace_tracker.runs.order import Order, output_limit
from codespace_tracker.runs.run_files import Outcome
from codespace_tracker.runs.start import swallow
from codespace_tracker.views import trigger_words as words
from codespace_tracker.views.standing import Standing

_FAILED, _INTERRUPTED = 1, 130


@click.command()
@label_argument
@directory_option
def command(label: str, dir_: str | None) -> int:
    """Run a trigger's script now, as written in the file, and show its output. Ctrl-C stops it.

    This is a test run: it does not count as fired, places no flag and is not retried. Exits with 1
    if the script fails.
    """
    directory = state_directory(dir_)
    check_may_run(directory)
    standing = look_at_files(directory)
    trigger = _trigger(directory, label, standing)
    going = standing.going.get((trigger.flag, trigger.label))
    if going is not None and going.state == "running":
        click.echo(f"{trigger.label}: the tracker is also running it right now.", err=True)
    variables.take_up(directory)
    order = _order(directory, trigger, standing)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)  # closing the terminal stops the script, as Ctrl-C does
    started_at = time.time_ns() // 1000
    try:
        outcome, pipe = runner.supervise(order, also=_Printer().take)
        if pipe is not None:
            swallow(pipe)
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):
            click.echo(
                "\n"
                f"{trigger.label}: interrupted. The script and everything it started were "
                "stopped.",
                err=True,
            )
        return _INTERRUPTED
    ended = words.result(_run(order, started_at, outcome))
    shown = show.mark(ended, outcome.result) if sys.stderr.isatty() else ended
    with contextlib.suppress(OSError):
        click.echo(f"{trigger.label}: {shown}", err=True)
    return 0 if outcome.result == "succeeded" else _FAILED


def _trigger(directory: str, label: str, standing: Standing) -> Trigger:
    """The trigger as the file has it now, even before the tracker has noticed. Raises Failure."""
    try:
        return in_file(directory, label)
    except FileHasProblems:
        click.echo(
            "trigger_config.json has problems, so the version in force is run. See: "
            "codespace-tracker triggers check",
            err=True,
        )
        return standing.triggers[standing.place_of(label)]


def _order(directory: str, trigger: Trigger, standing: Standing) -> Order:
    moment, configuration = standing.moment, standing.configuration
    return Order(
        directory=rooted(directory),
        name=f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}.by_hand.1.{uuid.uuid4().hex[:8]}",
        script=trigger.script,
        variables=variables_of(
            trigger, moment, standing.session, configuration.zone.iso(moment.at), 1, directory
        ),
        output_limit=output_limit(configuration.settings.output_limit_mib),
        workspace=environment.workspace(os.environ),
    )


def _run(order: Order, started_at: int, outcome: Outcome) -> Run:
    return Run(
        *(order.name, 1, started_at, outcome.ended_at, outcome.duration_us),
        *(outcome.result, outcome.exit_code, outcome.signal, outcome.detail),
    )


class _Printer:
    """Prints output as it comes. If the reader goes away, the script goes on."""

    def __init__(self) -> None:
        self._is_open = True

    def take(self, part: bytes) -> None:
        if not self._is_open:
            return
        try:
            sys.stdout.buffer.write(part)
            sys.stdout.buffer.flush()
        except OSError:
            self._is_open = False
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
