"""`triggers run`: a trigger's script, now."""

import os
import sys
import time
import uuid

import click

from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.triggers import words
from codespace_tracker.cli.triggers.standing import look
from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.ledger.occurrences import Run
from codespace_tracker.machine import environment
from codespace_tracker.runs import runner
from codespace_tracker.runs.order import Order, output_limit
from codespace_tracker.runs.start import swallow


@click.command()
@click.argument("label")
@directory_option
def command(label: str, dir_: str | None) -> int:
    """Run a trigger's script now, and show what it prints.

    This is a trial: it counts as no firing, places no flag, and is not tried again. Exits as the script did.
    """
    directory = state_directory(dir_)
    standing = look(directory)
    trigger, _ = standing.trigger(label)
    now = standing.now
    variables = {
        "LABEL": trigger.label,
        "FLAG": trigger.flag,
        "SESSION_ID": "",
        "SESSION_MINUTES": str(now.measures.session // MINUTE_US),
        "TOTAL_HOURS": f"{now.measures.total / HOUR_US:.2f}",
        "DUE_AT": standing.plan.zone.iso(now.at),
        "ATTEMPT": "1",
        "DIR": directory,
    }
    order = Order(
        directory=directory,
        name=f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}.by_hand.1.{uuid.uuid4().hex[:8]}",
        script=trigger.script,
        variables=tuple((f"CODESPACE_TRACKER_{key}", value) for key, value in variables.items()),
        output_limit=output_limit(standing.plan.settings.output_limit_mib),
        workspace=environment.workspace(os.environ),
    )
    started_at = time.time_ns() // 1000
    outcome, pipe = runner.supervise(order, also=_print)
    if pipe is not None:
        swallow(pipe)
    run = Run(
        *(order.name, 1, started_at, outcome.ended_at, outcome.duration_us),
        *(outcome.result, outcome.exit_code, outcome.signal, outcome.detail),
    )
    click.echo(f"{trigger.label}: {words.mark(words.result(run))}", err=True)
    if outcome.result == "succeeded":
        return 0
    return outcome.exit_code or 1


def _print(part: bytes) -> None:
    sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()
