"""`sync setup`: choose the meeting place."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from urllib.parse import quote

import click

from codespace_tracker.cli import join_hub, show, sync_exchange, sync_triggers
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.failure import Failure
from codespace_tracker.github.api import Api, ApiError
from codespace_tracker.machine import clock
from codespace_tracker.sync import exchange, state
from codespace_tracker.sync.address import Address, address, is_hub
from codespace_tracker.sync.credentials import VARIABLE, credential_for
from codespace_tracker.sync.failures import MeetingError, for_people
from codespace_tracker.sync.git import check_version
from codespace_tracker.sync.state import SyncState
from codespace_tracker.views import fleet, wording

_GH_SECONDS = 60
_NAME = "codespace-hours"
_API = "https://api.github.com"


@click.command()
@click.argument("url", required=False)
@click.option(
    "--create",
    is_flag=True,
    help=f"Make a private repository with `gh`; URL is its name, by default {_NAME}.",
)
@click.option("--accept-all", is_flag=True, help="Count all codespaces that are there already.")
@click.option("--code", default="", help="Join your team's hub at URL, with this code.")
@click.option("--show-name", is_flag=True, help="Be shown to your team by name.")
@click.option("--no-triggers", is_flag=True, help="Do not add the triggers that run `sync`.")
@click.option(
    "--devcontainer",
    "in_devcontainer",
    is_flag=True,
    help="Let devcontainer.json ask for the right to write there, in a repository of your own.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@directory_option
def command(
    url: str | None,
    create: bool,
    accept_all: bool,
    code: str,
    show_name: bool,
    no_triggers: bool,
    in_devcontainer: bool,
    yes: bool,
    dir_: str | None,
) -> int:
    """Choose the private git repository at URL as the place where your codespaces meet.

    An address without a path, such as https://hub.example.org, is that of your team's hub
    (docs/hub.md), which asks for a code.

    It shows what would be sent and asks, proves that it can read and write there, and adds two
    triggers to trigger_config.json: `sync` as a session starts, and every 30 minutes. A repository
    that can be read without credentials is refused. Running it again changes nothing.

    Over https the token is read from $CODESPACE_TRACKER_SYNC_TOKEN, or is the one that git would
    use. On GitHub, a fine-grained token for this repository alone will do, with the permission
    "Contents: read and write".

    With --devcontainer it also changes the repository's devcontainer.json, after it has shown the
    change: codespaces that are made later can then write there with the token built into them.
    """
    directory = state_directory(dir_)
    if create:
        url = _created(url or _NAME)
    if url is None:
        raise click.UsageError("give the URL of a private git repository, or --create.")
    if code or is_hub(url):
        asked = join_hub.Asked(code, show_name, no_triggers, yes)
        return join_hub.join(directory, url, asked)
    where = address(url)
    before, known, is_same = _remembered(directory, where)
    check_version(os.environ)
    if in_devcontainer:
        from codespace_tracker.cli.sync_devcontainer import ask_for_right

        ask_for_right(where, os.environ, yes=yes)
    with state.alone(directory):
        _check_is_private(where, directory)
        others = [one for one in _read(where, directory) if one != known.stream_id]
    if before is not None and before.accepted and not is_same:
        _say_of_another(before)
    if not is_same and not yes:
        _ask(directory, known, where)
    if accept_all:
        known = known._replace(accepted=tuple(sorted({*known.accepted, *others})))
    _start(directory, known, before)
    note = "" if no_triggers else sync_triggers.switch(directory, on=True)
    said = _said(directory, where, others, known, is_accepting=accept_all)
    for line in (*said, *_how_it_goes_on(no_triggers=no_triggers)):
        click.echo(show.fitted("", line))
    for line in others_with_access(where):
        click.echo(show.hanging("", line), err=True)
    if note:
        click.echo(note)
    return 0


def _remembered(directory: str, where: Address) -> tuple[SyncState | None, SyncState, bool]:
    """What is remembered of the meeting place before, what to begin with at this one, and whether
    the two are the same. Raises Failure where a hub is set up."""
    before = state.load(directory)
    if before is None:
        return None, sync_exchange.fresh(directory, where.url), False
    if before.kind == state.HUB:
        raise Failure(
            f"a hub is set up: {before.url}. A tracker has one meeting place. Fix:"
            " `codespace-tracker sync forget` first."
        )
    if where.is_same(before.url):
        return before, before._replace(url=where.url), True
    return before, sync_exchange.fresh(directory, where.url), False


def others_with_access(where: Address) -> list[str]:
    """A warning if GitHub says that others may read or write the repository; nothing if they may
    not, or if GitHub does not tell this token."""
    base = os.environ.get("GITHUB_API_URL") or _API
    if where.host != "github.com" and not base.startswith("http://127.0.0.1"):
        return []
    name = where.path.removesuffix(".git")
    credential = credential_for(where._replace(protocol="https"), os.environ)
    if credential is None:
        return []
    try:
        answer = Api(base, credential.secret.password, tell=lambda _: None).ask(
            "GET", f"/repos/{quote(name)}/collaborators?per_page=100"
        )
        people = [str(one["login"]) for one in answer.content]
    except (ApiError, TypeError, KeyError):
        return []
    owner = name.partition("/")[0].lower()
    others = [wording.printable(one) for one in people if one.lower() != owner]
    if not others:
        return []
    return [
        f"Others can read what is told there, and can tell false figures: {', '.join(others)}. Fix:"
        " use a repository that is yours alone."
    ]


def _check_is_private(where: Address, directory: str) -> None:
    """Raises Failure if anyone can read the repository."""
    if not where.needs_secret:
        return
    with contextlib.suppress(MeetingError):
        exchange.meeting_with(where, directory, os.environ, None).branches()
        raise Failure(
            f"{where.url}: anyone can read this repository without credentials. Nothing was sent. "
            "Fix: make it private, or use another one."
        )


def _read(where: Address, directory: str) -> dict[str, str]:
    """What is there. Raises Failure."""
    try:
        with exchange.place_of(where, directory, os.environ) as place:
            return place.branches()
    except MeetingError as error:
        raise Failure(f"{for_people(str(error))}{_advice(error)}") from error


def _advice(error: MeetingError) -> str:
    """What to do in a codespace whose token is not enough."""
    if not error.refused or os.environ.get("CODESPACES") != "true":
        return ""
    return (
        "\nIn a codespace: make a fine-grained token for this repository alone, with the permission"
        f' "Contents: read and write", and add it as a Codespaces secret named {VARIABLE}'
        " (github.com/settings/codespaces). Stop and start the codespace once to have it here."
    )


def _ask(directory: str, known: SyncState, where: Address) -> None:
    if not sys.stdin.isatty():
        raise Failure("this asks before anything is sent. Fix: add --yes if you agree.")
    click.echo(f"This is what is sent to {where.url}, with a line for each session:\n")
    for line in sync_exchange.told_example(directory, os.environ, known):
        click.echo(f"  {wording.printable(line)}")
    click.echo("\nAll of it: codespace-tracker sync --dry-run, once it is set up.")
    if not click.confirm("Share this with your other codespaces?"):
        raise Failure("nothing was sent or changed.")


def _start(directory: str, known: SyncState, before: SyncState | None) -> None:
    """The first exchange, and a proof that it can push. Raises Failure, and keeps what was set up
    before."""
    with state.alone(directory):
        state.keep(directory, known)
    done = sync_exchange.now(directory, os.environ)
    problem = done.problem
    if not problem and not done.told:  # it was not written just now
        problem = _push_problem(directory)
    if problem:
        with state.alone(directory):
            if before is None:
                exchange.forget(directory)
            else:
                state.keep(directory, before)
        still = "" if before is None else f" You still meet in {before.url}."
        raise Failure(f"{for_people(problem)}{still}")


def _push_problem(directory: str) -> str:
    """Why it cannot be written there; empty if it can."""
    with state.alone(directory):
        known = state.load(directory)
        assert known is not None
        try:
            with exchange.place_of(address(known.url), directory, os.environ) as place:
                if place.has(known.noted):
                    place.check_push(known.stream_id, known.noted)
        except MeetingError as error:
            return f"{error}{_advice(error)}"
    return ""


def _say_of_another(before: SyncState) -> None:
    """Another meeting place takes the place of the one before, and no one is accepted there yet."""
    were = wording.count(len(before.accepted), "codespace")
    text = (
        f"This will replace the meeting place {before.url}. {were} that you accepted there will "
        "not count until you accept them again."
    )
    click.echo(show.fitted("", text), err=True)


def _said(
    directory: str, where: Address, others: Sequence[str], known: SyncState, *, is_accepting: bool
) -> list[str]:
    waiting = [one for one in others if one not in known.accepted]
    lines = [f"Your codespaces meet in {where.url}. It can be read and written."]
    if is_accepting and others:
        lines.append("The other codespaces there count now.")
    elif waiting:
        there = wording.count(len(waiting), "other codespace")
        are = "is there, and does" if len(waiting) == 1 else "are there, and do"
        members = fleet.members_of(directory, clock.read().wall_us)
        names = [one.stream.shown_name for one in members if one.stream.stream_id in waiting]
        name = wording.printable(names[0]) if len(names) == 1 else "NAME"
        lines.append(f"{there} {are} not count yet: codespace-tracker fleet accept {name}")
    return lines


def _how_it_goes_on(*, no_triggers: bool) -> list[str]:
    lines = []
    if no_triggers:
        lines.append("No triggers were added: run `codespace-tracker sync` yourself.")
    else:
        lines.append(
            "It is synced as a session starts and every 30 minutes, by two triggers in "
            "trigger_config.json."
        )
    lines.append("All codespaces: codespace-tracker fleet. To stop: codespace-tracker sync forget")
    return lines


def _created(name: str) -> str:
    """The URL of a new private repository. Raises Failure."""
    if os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN"):
        click.echo(
            "gh uses $GH_TOKEN or $GITHUB_TOKEN before your own login. The token that is built into"
            " a codespace may not make repositories.",
            err=True,
        )
    try:
        done = subprocess.run(
            ["gh", "repo", "create", name, "--private"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_GH_SECONDS,
            stdin=subprocess.DEVNULL,
            cwd="/",
        )
    except FileNotFoundError as error:
        raise Failure(
            "gh, GitHub's command line, is not installed. Fix: make a private repository on GitHub,"
            " and give its URL."
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(
            f"gh could not make the repository ({error}). Fix: make a private one on GitHub, and "
            "give its URL."
        ) from error
    if done.returncode != 0:
        said = wording.printable((done.stderr or done.stdout).strip())[:300]
        raise Failure(
            f"gh did not make the repository: {said} Fix: make a private one on GitHub, and give "
            "its URL; or, in a codespace, `GITHUB_TOKEN= gh auth login` first."
        )
    url = done.stdout.strip().splitlines()[-1]
    click.echo(f"Made the private repository {wording.printable(url)}.")
    return url
