"""Starting and stopping the tracker from commands, and the result in words."""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from typing import TYPE_CHECKING

import click

from codespace_tracker.cli.answers.ensure import IDLE, check_can_start
from codespace_tracker.core.clock import MINUTE_US
from codespace_tracker.daemon import control
from codespace_tracker.failure import Failure
from codespace_tracker.install import kept_program
from codespace_tracker.install.places import record_command
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.machine import debug_log, hindrances, liveness, lock, server_variables
from codespace_tracker.machine import directory as directories
from codespace_tracker.machine.environment import life_kind
from codespace_tracker.machine.files import read_own
from codespace_tracker.views import tracker_state, wording
from codespace_tracker.views.scene import open_ledger

if TYPE_CHECKING:
    from codespace_tracker.daemon.settled import Outcome

_PLAN_SECONDS = 3.0

_NEXT = {
    "quota": "shows the core-hours left this month",
    "triggers add": "runs a script after some running time",
}
_NEXT_IN_AN_EDITOR = {"editor install": "installs the extension for this editor"}


def start(directory: str, *, resume: bool) -> Outcome:
    """Start the tracker if it is not running. Raises Failure if it does not start, OSError."""
    check_can_start(directory)
    before = _debug_lines(directory)
    outcome = control.ensure(directory, resume=resume)
    if outcome == "failed":
        raise Failure(_why(directory, _debug_lines(directory)[len(before) :]))
    if outcome not in IDLE:
        server_variables.keep(directory, os.environ)
    if outcome in ("started", "restarted"):
        with contextlib.suppress(OSError, ImportError):
            kept_program.renew(directory)
        with contextlib.suppress(OSError):
            record_command(directories.home(os.environ), os.environ)
    return outcome


def show_status(directory: str) -> None:
    """Print what `status` shows, if anything was counted yet."""
    from codespace_tracker.cli import status_text

    try:
        _await_configuration(directory)
        state = tracker_state.look(directory)
    except LedgerError as error:
        click.echo(str(error), err=True)
        return
    if state is not None:
        click.echo("")
        click.echo(status_text.text(state))
        if state.session.number == 1 and state.journal_seq <= 3:
            _tell_first_start(state)
            _tell_what_is_next()


def _tell_what_is_next() -> None:
    from codespace_tracker.install.editor import SOCKET  # imports what starts processes

    steps = {**_NEXT, **(_NEXT_IN_AN_EDITOR if os.environ.get(SOCKET) else {})}
    width = max(map(len, steps))
    click.echo("\nNext:")
    for command, does in steps.items():
        click.echo(f"  codespace-tracker {command:{width}}  {does}")


def _tell_first_start(found: tracker_state.TrackerState) -> None:
    """Say when the first session began, where that may surprise."""
    if life_kind(found.tracker.environment) == "host":
        return
    if found.session.pid1_start_us is None:
        click.echo(
            "\nThe first session counts from now, as the start time of this container is"
            "\nhidden (/proc is mounted with hidepid)."
        )
    elif found.session.running_us > MINUTE_US:
        click.echo("\nThe first session counts from the start of this container, not from now.")


def _await_configuration(directory: str) -> None:
    """Wait a moment for the first configuration: without it, times are shown in UTC. Raises
    LedgerError."""
    until = time.monotonic() + _PLAN_SECONDS
    with open_ledger(directory) as ledger:
        while ledger.stored_configuration() is None and time.monotonic() < until:
            time.sleep(0.05)


def _debug_lines(directory: str) -> list[str]:
    content = read_own(os.path.join(directory, debug_log.NAME), 1 << 20)
    return (content or b"").decode("utf-8", "replace").splitlines()


def _why(directory: str, said: list[str]) -> str:
    last = f" Its last message: {wording.printable(said[-1])[:300]}" if said else ""
    if found := [str(one) for one in (*hindrances.of_process(), *hindrances.of_disk(directory))]:
        return f"{directory}: the tracker did not start.{last} Cause: {' '.join(found)}"
    return (
        f"{directory}: the tracker did not start.{last} Fix: run `codespace-tracker doctor` to "
        "find the cause."
    )


def does_not_end(directory: str) -> Failure:
    """Why the tracker of a state directory did not stop, and what to do about it."""
    running = liveness.running(directory)
    if running.is_elsewhere:
        them = (
            "that container"
            if running.place == "in another container"
            else "that container or machine"
        )
        return Failure(
            f"{directory}: its tracker runs {running.place}. Fix: run `codespace-tracker stop` "
            f"there, or stop {them}."
        )
    pids = " ".join(map(str, liveness.certain_pids(directory)))
    if not pids:
        locks = " ".join(
            shlex.quote(os.path.join(directory, name))
            for name in (lock.KEEPER_LOCK, lock.DAEMON_LOCK)
        )
        mend = f"Fix: as root, `fuser {locks}` shows which processes hold its locks."
        return Failure(
            f"{directory}: the tracker does not stop, and its process is not visible. {mend}"
        )
    named = f"process {pids.replace(' ', ', ')}"
    return Failure(
        f"{directory}: the tracker ({named}) does not stop. Fix: run `kill -9 {pids}`; nothing is "
        "lost."
    )
