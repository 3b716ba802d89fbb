"""`triggers check`: all problems of a file at once."""

import os
from typing import TYPE_CHECKING

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import LedgerMissing
from codespace_tracker.machine.file_names import TRIGGERS
from codespace_tracker.views import in_force, wording
from codespace_tracker.views.scene import last_configuration, scene

if TYPE_CHECKING:
    from codespace_tracker.config.configuration import Problem
    from codespace_tracker.views.json_types.triggers import CheckJson, ProblemJson

PROBLEMS = 1


@click.command()
@click.argument("file", required=False, type=click.Path())
@directory_option
@json_option
def command(file: str | None, dir_: str | None, as_json: bool) -> int:
    """Check trigger_config.json, or FILE, for problems, and say whether the running tracker uses
    this version of the file.

    Exits with 1 if there is a problem.
    """
    from codespace_tracker.config.load import check_triggers
    from codespace_tracker.config.samples import gone

    directory = state_directory(dir_)
    path = os.path.abspath(file) if file else os.path.join(directory, TRIGGERS)
    is_ours = path == os.path.join(directory, TRIGGERS)
    if not os.path.lexists(path):
        if is_ours and (kept := last_configuration(directory).triggers):
            raise Failure(f"{directory}/{gone(kept)}")
        mend = (
            "Fix: `codespace-tracker init` creates a sample."
            if not file
            else "Fix: check the name."
        )
        raise Failure(f"{path}: there is no such file. {mend}")
    triggers, problems = check_triggers(path, directory)
    problems = [problem._replace(file=os.path.basename(path) or path) for problem in problems]
    notes = _notes(directory) if is_ours and not problems else []
    if as_json:
        content: CheckJson = {
            "file": path,
            "triggers": len(triggers or []),
            "problems": [_content(path, problem) for problem in problems],
            "in_force": is_ours and not problems and not notes,
        }
        click.echo(show.json_text(content))
    elif problems:
        click.echo(f"{path}: {wording.count(len(problems), 'problem')}")
        click.echo("\n".join(show.item(str(problem)) for problem in problems))
    else:
        click.echo(f"{path}: {wording.count(len(triggers or []), 'trigger')}, no problems.")
    if not as_json:
        for note in notes:
            click.echo(show.hanging("", note))
    return PROBLEMS if problems else 0


def _content(path: str, problem: "Problem") -> "ProblemJson":
    return {
        "file": path,
        "key": problem.key,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "mend": problem.mend,
    }


def _notes(directory: str) -> list[str]:
    """Why the files are not in force as they are; empty if they are."""
    try:
        with scene(directory) as here:
            return in_force.pending(
                directory, here.configuration, here.loaded, running=here.daemon is not None
            )
    except LedgerMissing:
        return ["It is not in force yet. Start the tracker: codespace-tracker start"]
