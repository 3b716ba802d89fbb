"""`triggers log`: past runs, how they ended, and what they printed."""

import gc
import os
import time
from typing import TYPE_CHECKING

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import (
    directory_option,
    json_option,
    optional_label_argument,
    state_directory,
)
from codespace_tracker.config.configuration import Configuration
from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import MINUTE_US
from codespace_tracker.ledger.occurrences import Occurrence, Occurrences, Run
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.runs import run_files
from codespace_tracker.views import trigger_words as words
from codespace_tracker.views import wording
from codespace_tracker.views.naming import NoSuchTrigger, flag_of
from codespace_tracker.views.scene import configuration_in_force, open_ledger

if TYPE_CHECKING:
    from codespace_tracker.views.json_types.triggers import LoggedRunJson, OccurrenceJson

_LOOK_SECONDS = 0.5
_OUTPUT_LIMIT = 64 << 10
_LINES, _LINES_BEFORE = 200, 10  # of output: for the newest attempt, and for each earlier one
_INTERRUPTED = 130

Found = list[tuple[Occurrence, list[Run]]]


@click.command()
@optional_label_argument
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000_000),
    default=20,
    show_default=True,
    metavar="N",
    help="Show only the newest N runs.",
)
@click.option("--follow", is_flag=True, help="Keep showing new runs until Ctrl-C.")
@directory_option
@json_option
def command(label: str | None, limit: int, follow: bool, dir_: str | None, as_json: bool) -> int:
    """Show past runs and how they ended, newest last. With LABEL, show only that trigger, with
    output."""
    if follow and as_json:
        raise click.UsageError("--follow cannot be combined with --json.")
    directory = state_directory(dir_)
    with open_ledger(directory) as ledger, ledger.snapshot():
        configuration = configuration_in_force(ledger)[0]
        flag = _flag(ledger, label, configuration) if label else None
        history = _read(ledger, flag, limit)
    if as_json:
        click.echo(
            show.json_text(
                [
                    _content(directory, configuration.zone, occurrence, runs)
                    for occurrence, runs in history
                ]
            )
        )
        return 0
    if not history and not follow:
        nothing = f"{label} has not fired yet." if label else "No trigger has fired yet."
        click.echo(f"{nothing} Runs by `triggers run` are not logged.")
    shown = _Shown(directory, configuration.zone, with_output=flag is not None)
    shown.show(history)
    gc.enable()
    try:
        while follow:
            time.sleep(_LOOK_SECONDS)
            with open_ledger(directory) as ledger, ledger.snapshot():
                history = _read(ledger, flag, limit)
            shown.show(history)
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _flag(ledger: Ledger, name: str, configuration: Configuration) -> str:
    """The flag of a trigger, even of one that was removed. Raises Failure, LedgerError."""
    try:
        return flag_of(name, configuration.triggers)
    except NoSuchTrigger:
        before = Occurrences(ledger).flag_before(name)
        if before is None:
            raise
        return before


def _read(ledger: Ledger, flag: str | None, limit: int) -> Found:
    """The newest occurrences with their attempts, oldest first."""
    occurrences = Occurrences(ledger)
    found = (
        occurrences.newest(limit)
        if flag is None
        else list(reversed(occurrences.of_flag(flag, limit)))
    )
    return [(one, occurrences.runs_of(one.id)) for one in found]


def _content(
    directory: str, zone: Zone, occurrence: Occurrence, runs: list[Run]
) -> "OccurrenceJson":
    """An occurrence as `--json` shows it."""
    return {
        "id": occurrence.id,
        "flag": occurrence.flag,
        "label": occurrence.label,
        "generation": occurrence.generation,
        "scope": occurrence.scope,
        "point": occurrence.point,
        "session": occurrence.session,
        "due_at": zone.iso(occurrence.due_at),
        "claimed_at": zone.iso(occurrence.claimed_at),
        "state": occurrence.state,
        "reason": occurrence.reason,
        "attempts": occurrence.attempts,
        "retry_us": occurrence.retry_us,
        "runs": [_run(directory, zone, run) for run in runs],
    }


def _run(directory: str, zone: Zone, run: Run) -> "LoggedRunJson":
    return {
        "name": run.name,
        "attempt": run.attempt,
        "started_at": zone.iso(run.started_at),
        "ended_at": None if run.ended_at is None else zone.iso(run.ended_at),
        "duration_us": run.duration_us,
        "result": run.result,
        "exit_code": run.exit_code,
        "signal": run.signal,
        "detail": run.detail,
        "log": run_files.log_path(directory, run.name),
    }


class _Shown:
    """What has been printed already, so that `--follow` prints only what is new."""

    def __init__(self, directory: str, zone: Zone, *, with_output: bool) -> None:
        self._directory = directory
        self._zone = zone
        self._with_output = with_output
        self._told: set[tuple[str, str]] = set()
        self._printed: dict[str, int] = {}

    def show(self, found: Found) -> None:
        """Print a line when an attempt starts and ends, and for each occurrence that was not
        run."""
        newest = found[-1][1][-1].name if found and found[-1][1] else ""
        for occurrence, runs in found:
            if not runs:
                state, at = occurrence.state, occurrence.claimed_at
                text = words.state(occurrence)
                self._tell(str(occurrence.id), state, at, occurrence, text, state)
            for run in runs:
                most = _LINES if run.name == newest else _LINES_BEFORE
                self._show_attempt(occurrence, run, runs, most)

    def _show_attempt(self, occurrence: Occurrence, run: Run, runs: list[Run], most: int) -> None:
        was_seen_running = (run.name, "started") in self._told
        if run.result is None:
            text = _numbered(occurrence, run, "running")
            self._tell(run.name, "started", run.started_at, occurrence, text, "running")
        if self._with_output and (run.result is None or was_seen_running):
            self._print_more(run)
        if run.result is None:
            return
        text = _numbered(occurrence, run, _result(occurrence, run, runs))
        is_new = self._tell(run.name, "ended", run.started_at, occurrence, text, run.result)
        if is_new and self._with_output and not was_seen_running:
            self._print_end(run.name, most)

    def _tell(
        self, name: str, what: str, at: int, occurrence: Occurrence, text: str, state: str
    ) -> bool:
        """Print a line unless it was printed before; whether it was printed now."""
        if (name, what) in self._told:
            return False
        self._told.add((name, what))
        late = (
            occurrence.scope == "edge"
            and at - occurrence.due_at > MINUTE_US
            and occurrence.attempts < 2
        )
        due = f" (due {wording.short_moment(occurrence.due_at, self._zone)})" if late else ""
        label = show.bold(wording.printable(occurrence.label))
        click.echo(f"{wording.moment(at, self._zone)}  {label}{due}: {show.mark(text, state)}")
        return True

    def _print_end(self, name: str, most: int) -> None:
        """Print the last lines of an attempt's output."""
        content = _read_output(self._directory, name, None)
        if content is None:
            click.echo("    (its output was deleted)")
            return
        lines = content.decode("utf-8", "replace").rstrip("\n").split("\n")
        if len(lines) > most:
            click.echo(f"    … full output: {run_files.log_path(self._directory, name)}")
        click.echo(_indented(lines[-most:]) if lines != [""] else "    (it printed nothing)")

    def _print_more(self, run: Run) -> None:
        """Print an attempt's new output: whole lines, and the remainder once it has ended."""
        while True:
            begin = self._printed.get(run.name, 0)
            content = _read_output(self._directory, run.name, begin) or b""
            whole = content[: content.rfind(b"\n") + 1]
            content = whole if whole or run.result is None else content
            if not content:
                return
            self._printed[run.name] = begin + len(content)
            click.echo(_indented(content.decode("utf-8", "replace").rstrip("\n").split("\n")))


def _numbered(occurrence: Occurrence, run: Run, text: str) -> str:
    return f"{text} (attempt {run.attempt})" if occurrence.attempts > 1 else text


def _result(occurrence: Occurrence, run: Run, runs: list[Run]) -> str:
    """How an attempt ended, and for the last one, what happens next."""
    text = words.result(run)
    if run is runs[-1] and occurrence.state == "waiting":
        return f"{text}; it will be retried"
    if run is runs[-1] and occurrence.reason:
        return f"{text}; {words.reason(occurrence)}"
    return text


def _read_output(directory: str, name: str, begin: int | None) -> bytes | None:
    """An attempt's output from `begin` on, up to a limit; with None, the end of it. None if it is
    gone."""
    try:
        with open(rooted(run_files.log_path(directory, name)), "rb") as file:
            if begin is None:
                begin = max(0, os.fstat(file.fileno()).st_size - _OUTPUT_LIMIT)
            file.seek(begin)
            return file.read(_OUTPUT_LIMIT)
    except OSError:
        return None


def _indented(lines: list[str]) -> str:
    """Indented lines of output, with control characters made visible."""
    return "\n".join(f"    {wording.printable(line)}" for line in lines)
