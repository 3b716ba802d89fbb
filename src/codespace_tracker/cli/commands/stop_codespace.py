"""`stop-codespace`: stops the codespace that this runs in."""

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
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def command(dry_run: bool) -> None:
    """Stop the codespace that this runs in: also as the command of a trigger, when a job is done.

    It asks GitHub's API with the token in $CODESPACE_TRACKER_TOKEN, $GH_TOKEN or $GITHUB_TOKEN; where there is none,
    the `gh` program. What is not saved in an editor is lost, as it is at any stop.
    """
    seen = environment.detect(os.environ)
    if seen.kind != environment.CODESPACE or not seen.name:
        raise Failure("this is not a codespace that GitHub could stop (CODESPACES and CODESPACE_NAME are not set).")
    has_token = any(os.environ.get(name) for name in TOKENS)
    if not has_token and shutil.which("gh") is None:
        raise Failure(
            f"there is neither a token nor `gh`. Fix: export a token as {TOKENS[0]}, or install gh;"
            " or stop it by hand: https://github.com/codespaces"
        )
    how = "GitHub's API" if has_token else "gh"
    if dry_run:
        click.echo(f"{seen.name} would be stopped by {how}. Nothing was done.")
        return
    if has_token:
        _by_api(seen.name)
    else:
        _by_gh(seen.name)
    click.echo(f"{seen.name}: GitHub is stopping it.")


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
            cwd="/",  # gh and git read what lies in the current folder
        )
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{name} could not be stopped: gh did not answer for {_GH_SECONDS} s.") from error
    except OSError as error:
        mend = f"Fix: install gh anew, or export a token as {TOKENS[0]}."
        raise Failure(f"{name} could not be stopped: gh cannot be run ({error.strerror}). {mend}") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
        raise Failure(f"{name} could not be stopped: gh says: {said} Fix: `gh auth login --scopes codespace`.")
