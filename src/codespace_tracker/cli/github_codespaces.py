"""GitHub's own list of the user's codespaces: shown, kept for the next time, and told as a notice
where something is about to be lost."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.github_token import api_of, explained
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.failure import Failure
from codespace_tracker.github import codespaces
from codespace_tracker.github.api import ApiError
from codespace_tracker.github.codespaces import GithubCodespace, Listed
from codespace_tracker.machine import clock, environment
from codespace_tracker.machine.file_names import GITHUB_LIST
from codespace_tracker.machine.files import beside, read_own, replace
from codespace_tracker.views import fleet, wording
from codespace_tracker.views.scene import last_configuration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from codespace_tracker.core.calendar import Zone
    from codespace_tracker.ledger.fleet import FleetStream
    from codespace_tracker.views.json_types.fleet import GithubCodespaceJson

NEEDED = '"Codespaces: read" or the scope `codespace`'
SUBJECT = "codespaces"
"""A newer notice of this subject takes the place of the one before."""
_SOON_US = 3 * DAY_US
_FRESH_US = 2 * HOUR_US
"""What is told of presence is up to an hour old, and comes every 30 minutes."""
_EVENING: dict[str, Any] = {
    "label": "My codespaces in the evening",
    "script_command": "codespace-tracker fleet --github --notice",
    "retries": 2,
    "retry_delay_seconds": 600,
    "conditions": {"at": "0 18 * * *"},
}
_LIMIT = 4 << 20
_SPARE = (7, 6, 2, 5)


def listed(directory: str) -> tuple[GithubCodespace, ...]:
    """GitHub's list as it is now. Raises Failure."""
    api, name = api_of(os.environ)
    kept = _kept(directory)
    try:
        found = codespaces.ask(api, kept.etag if kept is not None else "")
    except ApiError as error:
        raise Failure(explained(error, name, "listing your codespaces", NEEDED)) from error
    if found is None:
        assert kept is not None
        return kept.codespaces
    _keep(directory, found)
    return found.codespaces


def show_list(directory: str, *, as_json: bool, as_notice: bool = False) -> int:
    """Print the list, or give a notice of what may be lost; the exit code. Raises Failure."""
    found, zone = listed(directory), last_configuration(directory).zone
    now = clock.read().wall_us
    if as_notice:
        said = notice(found, _streams(directory, now), now, zone)
        if said:
            from codespace_tracker.cli.give_notice import give

            give(directory, SUBJECT, said)
        click.echo(f"New shells say: {said}" if said else "There is nothing to say.")
    elif as_json:
        click.echo(show.json_text([_entry(one, zone) for one in found]))
    elif not found:
        click.echo("GitHub lists no codespaces.")
    else:
        click.echo(_table(found, now, zone))
    return 0


def _streams(directory: str, now: int) -> dict[str, FleetStream]:
    """The streams of other codespaces by their names; none where they cannot be read."""
    try:
        return {one.stream.codespace: one.stream for one in fleet.members_of(directory, now)}
    except Failure:
        return {}


def notice(
    found: Iterable[GithubCodespace], known: Mapping[str, FleetStream], now: int, zone: Zone
) -> str:
    """What a person should know today; empty if nothing. `known` are the streams of codespaces by
    their names: where one tells that someone is there, its codespace may run."""
    here = environment.detect(os.environ).name
    lines = []
    for one in found:
        called = one.shown_name or one.name
        if one.has_work and not one.runs and one.deleted_at is not None:
            if now <= one.deleted_at <= now + _SOON_US:
                when = wording.short_moment(one.deleted_at, zone)
                lines.append(f"{called} is deleted on {when}, with work that was not pushed.")
        elif one.runs and one.name != here:
            how = _unattended(one, known.get(one.name), now, zone)
            if how:
                lines.append(f"{called} {how}. To stop it: codespace-tracker fleet stop {one.name}")
    return " ".join(lines)


def _unattended(one: GithubCodespace, told: FleetStream | None, now: int, zone: Zone) -> str:
    """How a codespace runs that someone may have left; empty where someone is there."""
    ran = ""
    if one.started_at is not None:
        ran = f" for {wording.about(max(0, now - one.started_at))}"
    if told is None or now - told.watched_until > _FRESH_US:
        return f"runs{ran}"
    if not told.alone_since:
        return ""
    return f"runs, with no one there since {wording.short_moment(told.alone_since, zone)}"


def remind(directory: str, *, on: bool) -> list[str]:
    """Switch the trigger on or off that gives the notice every evening; what is said then. Raises
    Failure, where GitHub does not show the list too."""
    from codespace_tracker.cli import ready_triggers

    if on:
        listed(directory)
    note = ready_triggers.switch(directory, [_EVENING], on=on)
    said = (
        "Every evening at 18:00, new shells say if another codespace runs that you may have left,"
        " or if a stopped one with work that was not pushed is deleted soon. It is a trigger in"
        f' trigger_config.json, "{_EVENING["label"]}". Off: codespace-tracker fleet --github'
        " --no-remind"
        if on
        else "The reminder is off. Its trigger is still in trigger_config.json, disabled."
    )
    return [show.hanging("", said), *([note] if note else [])]


def _table(found: tuple[GithubCodespace, ...], now: int, zone: Zone) -> str:
    head = ("Codespace", "State", "Cores", "Started", "Unsaved work", "Payer", "Idle", "Deleted")
    rows = [
        (
            one.shown_name or one.name,
            one.state.lower(),
            str(one.cores or "-"),
            "-" if one.started_at is None else f"{wording.about(max(0, now - one.started_at))} ago",
            " and ".join(
                word
                for word, is_so in (("unpushed", one.unpushed), ("uncommitted", one.uncommitted))
                if is_so
            )
            or "-",
            one.payer or "-",
            f"{one.idle_minutes} min" if one.idle_minutes else "-",
            "-" if one.deleted_at is None else wording.short_moment(one.deleted_at, zone),
        )
        for one in found
    ]
    limit = show.columns()
    lines = [show.table(head, rows, frozenset({2}), _SPARE, limit)]
    return "\n".join([*lines, *show.left_out(head, rows, _SPARE, limit)])


def _entry(one: GithubCodespace, zone: Zone) -> GithubCodespaceJson:
    def iso(at: int | None) -> str | None:
        return None if at is None else zone.iso(at)

    return {
        "name": one.name,
        "display_name": one.shown_name,
        "repository": one.repository,
        "state": one.state,
        "cores": one.cores or None,
        "started_at": iso(one.started_at),
        "idle_timeout_minutes": one.idle_minutes or None,
        "payer": one.payer,
        "deleted_at": iso(one.deleted_at),
        "unpushed": one.unpushed,
        "uncommitted": one.uncommitted,
    }


def _kept(directory: str) -> Listed | None:
    content = read_own(os.path.join(directory, GITHUB_LIST), _LIMIT)
    try:
        found = json.loads(content or b"")
        etag, rows = found["etag"], found["codespaces"]
        return Listed(tuple(GithubCodespace(*row) for row in rows), str(etag))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _keep(directory: str, found: Listed) -> None:
    path = os.path.join(directory, GITHUB_LIST)
    content = {"etag": found.etag, "codespaces": found.codespaces}
    try:
        replace(path, json.dumps(content).encode(), by=beside(path))
    except OSError as error:
        click.echo(f"{path}: the list could not be kept ({error.strerror}).", err=True)
