"""`status`: how long this session, today and all sessions have run."""

import click

from codespace_tracker.cli.answers.status import answer
from codespace_tracker.cli.options import directory_option, json_option


@click.command()
@directory_option
@json_option
def command(dir_: str | None, as_json: bool) -> int:
    """Show how long this session, today and all sessions have run.

    If the tracker runs in another container or machine, shows that tracker and its session. Exits
    with 1 if no tracker is running.
    """
    return answer(dir_, as_json)
