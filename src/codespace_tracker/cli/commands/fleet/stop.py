"""`fleet stop`: stop one of the user's codespaces."""

import os

import click

from codespace_tracker.cli import github_codespaces
from codespace_tracker.cli.github_token import api_of, explained
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.failure import Failure
from codespace_tracker.github.api import ApiError
from codespace_tracker.views import wording

_NEEDED = '"Codespaces lifecycle admin: write" or the scope `codespace`'


@click.command()
@click.argument("name")
@directory_option
def command(name: str, dir_: str | None) -> int:
    """Stop one of your codespaces. NAME is its name, or the one that GitHub shows.

    Calls GitHub's API with the token in $CODESPACE_TRACKER_TOKEN, $GH_TOKEN or $GITHUB_TOKEN.
    """
    listed = github_codespaces.listed(state_directory(dir_))
    found = [one for one in listed if one.name == name]
    found = found or [one for one in listed if one.shown_name == name]
    if len(found) != 1:
        many = "several of your codespaces have" if found else "none of your codespaces has"
        raise Failure(
            f"{wording.printable(name)}: {many} that name. Fix: `codespace-tracker fleet --github "
            "--json` lists their names."
        )
    if not found[0].runs:
        click.echo(f"{found[0].name} is not running ({found[0].state.lower()}).")
        return 0
    api, variable = api_of(os.environ)
    try:
        api.stop_codespace(found[0].name)
    except ApiError as error:
        text = explained(error, variable, "stopping a codespace", _NEEDED)
        raise Failure(f"{found[0].name} could not be stopped: {text}") from error
    click.echo(f"GitHub is stopping {found[0].name}.")
    return 0
