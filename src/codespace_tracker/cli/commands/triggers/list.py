"""`triggers list`: when each trigger fires, how far along it is, and how it last ended."""

import click

from codespace_tracker.cli.answers.triggers import MOST, answer
from codespace_tracker.cli.options import directory_option, json_option


@click.command()
@click.option("--all", "all_", is_flag=True, help=f"Show all triggers, even more than {MOST}.")
@directory_option
@json_option
def command(all_: bool, dir_: str | None, as_json: bool) -> int:
    """Show when each trigger fires, how close it is, and how its last run ended."""
    return answer(dir_, as_json, all_)
