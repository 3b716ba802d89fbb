"""`stop-codespace`: stop the codespace this runs in."""

import os
import shutil
import subprocess

import click

from codespace_tracker.cli.github_token import api_of, explained
from codespace_tracker.failure import Failure
from codespace_tracker.github.api import TOKENS, ApiError
from codespace_tracker.machine import environment

_NEEDED = '"Codespaces lifecycle admin: write" or the scope `codespace`'
_GH_SECONDS = 60


@click.command()
@click.option("--dry-run", is_flag=True, help="Only print what would be done.")
def command(dry_run: bool) -> None:
    """Stop this codespace. You can also use this as a trigger's command.

    Calls GitHub's API with the token in $CODESPACE_TRACKER_TOKEN, $GH_TOKEN or $GITHUB_TOKEN, or
    runs `gh` if there is no token. Unsaved changes in an editor are lost, as with any stop.
    """
    seen = environment.detect(os.environ)
    if seen.kind != environment.CODESPACE or not seen.name:
        raise Failure("this is not a GitHub codespace (CODESPACES and CODESPACE_NAME are not set).")
    has_token = any(os.environ.get(name) for name in TOKENS)
    if not has_token and shutil.which("gh") is None:
        raise Failure(
            f"there is neither a token nor `gh`. Fix: export a token as {TOKENS[0]}, install gh,"
            " or stop the codespace yourself: https://github.com/codespaces"
        )
    how = "GitHub's API" if has_token else "gh"
    if dry_run:
        click.echo(f"Would stop {seen.name} with {how}. Nothing was done.")
        return
    if has_token:
        _by_api(seen.name)
    else:
        _by_gh(seen.name)
    click.echo(f"GitHub is stopping {seen.name}.")


def _by_api(name: str) -> None:
    api, variable = api_of(os.environ)
    try:
        api.stop_codespace(name)
    except ApiError as error:
        text = explained(error, variable, "stopping a codespace", _NEEDED)
        raise Failure(f"{name} could not be stopped: {text}") from error


def _by_gh(name: str) -> None:
    try:
        done = subprocess.run(
            ["gh", "codespace", "stop", "--codespace", name],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_GH_SECONDS,
            stdin=subprocess.DEVNULL,
            cwd="/",  # gh and git read files of the current folder
        )
    except subprocess.TimeoutExpired as error:
        raise Failure(
            f"{name} could not be stopped: gh did not finish within {_GH_SECONDS} s."
        ) from error
    except OSError as error:
        mend = f"Fix: reinstall gh, or export a token as {TOKENS[0]}."
        raise Failure(
            f"{name} could not be stopped: gh cannot be run ({error.strerror}). {mend}"
        ) from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
        raise Failure(
            f"{name} could not be stopped: gh says: {said} Fix: run `gh auth login --scopes "
            "codespace`."
        )
