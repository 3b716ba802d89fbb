"""`usage fetch`: GitHub's figures by its API, with a token of the user's."""

import os
from datetime import datetime

import click

from codespace_tracker.cli.github_token import api_of, explained
from codespace_tracker.cli.keep_usage_report import keep, keep_none, tell_broken
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.core.calendar import UTC, month_bounds, parse_iso
from codespace_tracker.failure import Failure
from codespace_tracker.github.api import Api, ApiError
from codespace_tracker.github.usage_report import from_items
from codespace_tracker.ledger.billing import Billing
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.month_gauge import user_of
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock
from codespace_tracker.views import wording
from codespace_tracker.views.scene import configuration_in_force, open_ledger


@click.command()
@click.option("--user", metavar="LOGIN", help="Whose codespaces; default: yours.")
@click.option("--month", metavar="YYYY-MM", help="The month (UTC); default: this one.")
@directory_option
def command(user: str | None, month: str | None, dir_: str | None) -> int:
    """Ask GitHub's API for this month's usage, with your token.

    The token is taken from $CODESPACE_TRACKER_TOKEN, $GH_TOKEN or $GITHUB_TOKEN, and never stored.
    A fine-grained token needs the permission "Plan: read". A classic token needs the scope `user`.
    The token that is built into codespaces has neither.
    """
    directory = state_directory(dir_)
    ledger = open_ledger(directory)
    try:
        own_login = user_of(configuration_in_force(ledger)[0].settings, ledger.tracker())
    finally:
        ledger.close()
    asked = clock.read().wall_us if month is None else _month(month)
    api, name = api_of(os.environ)
    try:
        login = user or own_login or api.user()
        is_other = bool(own_login) and login.lower() != own_login.lower()
        return _fetch(directory, api, login, month_bounds(asked), login if is_other else "")
    except ApiError as error:
        raise Failure(
            explained(error, name, "reading your usage", '"Plan: read" or the scope `user`')
        ) from error


def _fetch(directory: str, api: Api, login: str, month: tuple[int, int], person: str) -> int:
    """Ask for one calendar month (its bounds), and keep the answer as the use of a person, empty
    for the user; the exit code. Raises ApiError, LedgerError, Failure."""
    key = UTC.date(month[0])[:7]
    source = f"GitHub, {login}, {wording.month(month[0], UTC)}"
    ledger = open_ledger(directory)
    try:
        etag = "" if person else Billing(ledger).etag(key)
    finally:
        ledger.close()
    asked_at = clock.read().wall_us
    answer = api.usage(login, int(key[:4]), int(key[5:]), etag)
    if answer.status == 304:
        keep_none(directory, month, asked_at)
        click.echo(f"{source}: nothing new since the last time.")
        return 0
    items = answer.content.get("usageItems") if isinstance(answer.content, dict) else None
    if not isinstance(items, list):
        raise Failure(
            "GitHub's answer holds no list `usageItems`: it is not the usage report. Nothing was "
            "changed."
        )
    report = from_items(items, asked_at, month, person)
    tell_broken(report, "GitHub's answer")
    if report.lines:
        keep(directory, report, asked_at, source, "GitHub's answer")
    else:
        if not report.broken and not person:
            keep_none(directory, month, asked_at)
        click.echo(f"{source}: no use of Codespaces yet. GitHub's figures come some hours late.")
    if answer.etag and not report.broken and not person:
        _keep_etag(directory, key, answer.etag)
    return 1 if report.broken else 0


def _keep_etag(directory: str, month: str, etag: str) -> None:
    ledger = Ledger.open_to_change(os.path.join(directory, NAME))
    try:
        with ledger.transaction():
            Billing(ledger).put_etag(month, etag)
    finally:
        ledger.close()


def _month(text: str) -> int:
    """The start of a month such as 2026-11 (UTC µs). Raises click.BadParameter."""
    try:
        return parse_iso(datetime.strptime(text, "%Y-%m").isoformat())
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is not a month such as 2026-11.", param_hint="--month"
        ) from error
