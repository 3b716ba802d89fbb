"""`triggers check`: all problems of a file at once."""

import os

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.options import directory_option, json_option, state_directory

PROBLEMS = 1


@click.command()
@click.argument("file", required=False, type=click.Path())
@directory_option
@json_option
def command(file: str | None, dir_: str | None, as_json: bool) -> int:
    """Check trigger_config.json, or FILE, and tell all its problems.

    Exits with 1 when there is one.
    """
    from codespace_tracker.config.load import check_triggers
    from codespace_tracker.config.samples import TRIGGERS

    directory = state_directory(dir_)
    path = os.path.abspath(file) if file else os.path.join(directory, TRIGGERS)
    if not os.path.lexists(path):
        mend = "Mend: `codespace-tracker init` makes a sample." if not file else "Mend: look at its name."
        raise Failure(f"{path}: there is no such file. {mend}")
    triggers, problems = check_triggers(path, directory)
    problems = [problem._replace(file=os.path.basename(path) or path) for problem in problems]
    if as_json:
        content = [{**problem._asdict(), "file": path} for problem in problems]
        click.echo(show.json_text({"file": path, "triggers": len(triggers or []), "problems": content}))
    elif problems:
        click.echo(f"{path}: {show.count(len(problems), 'problem')}")
        click.echo("\n".join(show.item(str(problem)) for problem in problems))
    else:
        click.echo(f"{path}: {show.count(len(triggers or []), 'trigger')}, no problem.")
    return PROBLEMS if problems else 0
