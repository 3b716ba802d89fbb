"""What the commands of `hub` share: the database, teams and their people."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

import click

from codespace_tracker.failure import Failure
from codespace_tracker.machine import clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from codespace_tracker.hub.store.portable import Store

    _F = TypeVar("_F", bound=Callable[..., Any])
    _T = TypeVar("_T")

VARIABLE = "CODESPACE_TRACKER_HUB_DATABASE"
_DEFAULT = "sqlite:///hub.db"


def database_option(function: _F) -> _F:
    """`--database`, passed to the command as `database`."""
    return click.option(
        "--database",
        metavar="URL",
        envvar=VARIABLE,
        default=_DEFAULT,
        show_default=True,
        help=f"sqlite:///PATH or postgresql://…; best in ${VARIABLE}, if it has a password.",
    )(function)


def team_argument(function: _F) -> _F:
    """TEAM, the key of a team, passed to the command as `team`."""
    return click.argument("team", callback=_checked_team)(function)


def _checked_team(_: click.Context, __: click.Parameter, team: str) -> str:
    from codespace_tracker.hub import teams

    if not teams.is_team(team):
        raise click.UsageError(
            f"{team} is not the key of a team: up to 32 small letters, digits and hyphens."
        )
    return team


def person_argument(function: _F) -> _F:
    """PERSON, what someone is called, passed to the command as `person`."""
    return click.argument("person")(function)


def hours_option(function: _F) -> _F:
    """`--hours`, passed to the command as `hours`."""
    return click.option(
        "--hours",
        type=click.IntRange(1, 24 * 365),
        default=72,
        show_default=True,
        help="After how many hours the code expires.",
    )(function)


def checked_name(text: str) -> str:
    """What someone is to be called. Raises click.UsageError."""
    from codespace_tracker.hub import teams

    if not teams.is_name(text):
        raise click.UsageError("a name has 1 to 100 visible characters.")
    return text


def no_team(team: str) -> Failure:
    """What is said where a team is not there."""
    return Failure(f"there is no team {team}. Fix: codespace-tracker hub team add {team}")


def tell_code(code: str, hours: int) -> None:
    """Print an enrolment code, and how it is used."""
    click.echo(
        f"For one codespace, within {hours} hours. There: codespace-tracker sync setup"
        " https://HUB, and give it this code:",
        err=True,
    )
    click.echo(code)


def now() -> int:
    """The wall clock (UTC µs)."""
    return clock.read().wall_us


def store_at(url: str) -> Store:
    """The store at an address, not yet open. Raises Failure."""
    try:
        from codespace_tracker.hub import store

        return store.store_at(url)
    except ModuleNotFoundError as error:
        raise extra_missing(error) from error


def extra_missing(error: ModuleNotFoundError) -> Failure:
    """What is said where the packages of the hub are not installed."""
    return Failure(
        f"the hub needs more packages ({error.name} is missing). Fix: install codespace-tracker"
        " with its extra `hub`, as docs/hub.md says."
    )


def with_store(url: str, work: Callable[[Store], Awaitable[_T]]) -> _T:
    """What some work on the open store at an address gives. Raises Failure where the store cannot
    be used, and what `work` raises."""
    store = store_at(url)

    async def opened() -> _T:
        try:
            await store.open()
            return await work(store)
        finally:
            await store.close()

    return run(opened())


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """What some work on a store gives. Raises Failure where the store cannot be used."""
    with explained():
        return asyncio.run(work)


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """A block in which a store that cannot be used is a Failure."""
    from codespace_tracker.hub.store.interface import Unavailable, Unfit

    try:
        yield
    except Unfit as error:
        raise Failure(str(error)) from error
    except Unavailable as error:
        raise Failure(f"{error}. Fix: check --database, and that the server runs.") from error
