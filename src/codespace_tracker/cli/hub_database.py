"""The hub's database, by the commands of `hub`."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

import click

from codespace_tracker.failure import Failure

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
        f"the hub needs more packages ({error.name} is missing). Fix: pip install"
        " 'codespace-tracker[hub]'"
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
