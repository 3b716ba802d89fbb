"""The user's GitHub token, and the message if it lacks a permission."""

from collections.abc import Mapping
from functools import partial

import click

from codespace_tracker.failure import Failure
from codespace_tracker.github.api import TOKENS, Api, ApiError

_ADDRESS = "https://api.github.com"


def api_of(environ: Mapping[str, str]) -> tuple[Api, str]:
    """The API with the user's token, and the name of the variable it came from. Raises Failure."""
    for name in TOKENS:
        if environ.get(name):
            try:
                address = environ.get("GITHUB_API_URL") or _ADDRESS
                return Api(address, environ[name], tell=partial(click.echo, err=True)), name
            except ApiError as error:
                raise Failure(str(error)) from error
    raise Failure(
        f"there is no GitHub token. Fix: create one on GitHub and export it as {TOKENS[0]}."
    )


def explained(error: ApiError, name: str, doing: str, needed: str) -> str:
    """What GitHub refused, and which permission the token lacks, if that is the reason."""
    text = str(error)
    if error.status in (403, 404):
        text += f" For {doing}, the token in ${name} needs {needed}."
        if name == "GITHUB_TOKEN":
            text += f" That token is built into the codespace; export your own as {TOKENS[0]}."
    return text
