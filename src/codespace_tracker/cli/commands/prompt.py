"""`prompt`: the running time as one short line, for shell prompts and status bars."""

import click

from codespace_tracker.cli.answers.prompt import answer
from codespace_tracker.cli.options import directory_option


@click.command()
@directory_option
def command(dir_: str | None) -> int:
    """Show the running time in one short line, for shell prompts and status bars.

    While the tracker runs, that is what prompt.txt says, as of now. Otherwise it says so, or how
    the session ended, and exits with 1.
    """
    return answer(dir_)
