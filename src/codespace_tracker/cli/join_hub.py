"""Joining a team's hub, by `sync setup`."""

from __future__ import annotations

import os
import sys
import uuid
from typing import NamedTuple

import click

from codespace_tracker.cli import show, sync_exchange, sync_triggers
from codespace_tracker.failure import Failure
from codespace_tracker.sync import exchange, state
from codespace_tracker.sync.address import hub_address
from codespace_tracker.sync.failures import MeetingError
from codespace_tracker.sync.state import SyncState
from codespace_tracker.views import wording

VARIABLE = "CODESPACE_TRACKER_SYNC_CODE"
"""A code for a hub, where it is not given as an option."""


class Asked(NamedTuple):
    """How a person wants to join: by which code (empty: ask for it), by name or by pseudonym,
    without triggers, without questions."""

    code: str
    shows_name: bool
    no_triggers: bool
    yes: bool


def join(directory: str, url: str, asked: Asked) -> int:
    """Let the hub at an address take what is counted here. Raises Failure."""
    where = hub_address(url)
    before = state.load(directory)
    if before is not None and (before.kind, before.url) != (state.HUB, where.url):
        raise Failure(
            f"a meeting place is set up: {before.url}. A tracker has one. Fix: `codespace-tracker"
            " sync forget` first."
        )
    team, done = "", None
    known = before or sync_exchange.fresh(directory, where.url)._replace(kind=state.HUB)
    if known.token and known.worked_at:
        done = sync_exchange.now(directory, os.environ)
        known = (state.load(directory) or known)._replace(token="")
    if done is None or done.is_unknown:
        known = _agreed(directory, known, asked)
        team = _enrolled(directory, known, asked)
        done = sync_exchange.now(directory, os.environ)
    if done.problem:
        raise Failure(done.problem)
    note = "" if asked.no_triggers else sync_triggers.switch(directory, on=True)
    of_team = f" of {wording.printable(team)}" if team else ""
    lines = [f"This codespace tells the hub{of_team} at {where.url} what is counted here."]
    if not asked.no_triggers:
        lines.append(
            "It does so as a session starts and every 30 minutes, by two triggers in "
            "trigger_config.json."
        )
    lines.append("To stop: codespace-tracker sync forget")
    for line in lines:
        click.echo(show.fitted("", line))
    if note:
        click.echo(note)
    return 0


def _agreed(directory: str, known: SyncState, asked: Asked) -> SyncState:
    """The state with a token for the team of the code, once the person agreed. Raises Failure."""
    from codespace_tracker.sync.hub_client import token_for  # http is not for every command

    if not asked.yes:
        if not sys.stdin.isatty():
            raise Failure("this asks before anything is sent. Fix: add --yes if you agree.")
        click.echo(f"This is what is sent to {known.url}, with a line for each session:\n")
        for line in sync_exchange.told_example(directory, os.environ, known):
            click.echo(f"  {wording.printable(line)}")
        how = "by the name under which" if asked.shows_name else "by a pseudonym, although"
        click.echo(f"\nYour team sees you {how} its administrator added you.")
        if not click.confirm("Share this with your team?"):
            raise Failure("nothing was sent or changed.")
    token = known.token or token_for(_code(asked))
    if not token:
        raise Failure("this is not a code of a hub. Fix: copy it again, all of it.")
    return known._replace(token=token)


def _code(asked: Asked) -> str:
    code = asked.code or os.environ.get(VARIABLE, "")
    if not code and sys.stdin.isatty():
        code = str(click.prompt("The code that your administrator gave you", hide_input=True))
    if not code:
        raise Failure(
            f"a hub asks for a code, which your team's administrator gives you. Fix: add --code, or"
            f" set {VARIABLE}."
        )
    return code.strip()


def _enrolled(directory: str, known: SyncState, asked: Asked) -> str:
    """The team's name, once the hub has taken the code. Raises Failure.

    The token is on the disk before: if the answer is lost, the same code works again with it. A
    code that is refused leaves what was there before.
    """
    from codespace_tracker.sync.hub_client import HubClient, OtherPush

    client = HubClient(hub_address(known.url), known.token)
    with state.alone(directory):
        before = state.load(directory)
        state.keep(directory, known)
        try:
            try:
                return client.enrol(_code(asked), known.stream_id, shows_name=asked.shows_name)
            except OtherPush:  # another person's tracker has this id: the directory was copied
                known = known._replace(stream_id=str(uuid.uuid4()))
                state.keep(directory, known)
                return client.enrol(_code(asked), known.stream_id, shows_name=asked.shows_name)
        except MeetingError as error:
            if error.refused or isinstance(error, OtherPush):
                if before is not None and before.worked_at:
                    state.keep(directory, before)
                else:
                    exchange.forget(directory)
                raise Failure(str(error)) from error
            raise Failure(f"{error} Then run this again, with the same code.") from error
