"""`doctor`: checks for problems with the tracker, and says how to fix them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.doctor_checks import (
    LOOKS,
    LOOKS_ASIDE,
    LOOKS_BESIDE,
    Examined,
    Finding,
    of_editor,
    of_environment,
    of_shells,
)
from codespace_tracker.cli.options import directory_option, hold, json_option, location
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.machine import clock, liveness
from codespace_tracker.machine.directory import Location
from codespace_tracker.machine.trusted_directory import NotOurs
from codespace_tracker.views import wording
from codespace_tracker.views.scene import open_ledger, scene_at

if TYPE_CHECKING:
    from codespace_tracker.views.json_types.checks import FindingJson


@click.command()
@directory_option
@json_option
def command(dir_: str | None, as_json: bool) -> int:
    """Check for problems with the tracker, and say how to fix them.

    Marks: ✓ fine, ! warning, ✗ problem, → how to fix it. Exits with 1 if there is a problem.
    """
    place = location(dir_)
    checks, looks = [], LOOKS
    try:
        hold(place.path)
    except NotOurs:
        looks = LOOKS_BESIDE
    except Failure as error:  # our tracker works in another directory: touch nothing in this one
        checks, looks = [Finding("problem", "directory", str(error))], LOOKS_ASIDE
    with _examined(place, opens=looks is LOOKS) as here:
        checks += [finding for look in looks for finding in look(here)]
    if looks is LOOKS:
        checks += [*of_shells(place), *of_editor(), *of_environment(place)]
    if as_json:
        click.echo(show.json_text([_content(finding) for finding in checks]))
    else:
        click.echo("\n".join(_line(finding) for finding in checks))
    return 1 if any(finding.level == "problem" for finding in checks) else 0


@contextmanager
def _examined(place: Location, *, opens: bool) -> Iterator[Examined]:
    """The state directory now; with `opens`, its ledger too."""
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


def _content(finding: Finding) -> "FindingJson":
    return {
        "level": finding.level,
        "subject": finding.subject,
        "message": finding.message,
        "mend": finding.mend,
    }


def _line(finding: Finding) -> str:
    mark, colour = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "red")}[
        finding.level
    ]
    told = show.fitted(f"{mark} ", f"{finding.subject}: {wording.printable(finding.message)}")
    mend = f"\n{show.fitted('    → ', finding.mend)}" if finding.mend else ""
    return f"{show.colour(mark, colour)}{told[1:]}{mend}"
