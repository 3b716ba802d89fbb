"""Each test of a store runs on SQLite, and on a real PostgreSQL with `bash test.sh --hub`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hub.postgres import Postgres, postgres
from tests.hub.stores import Played

_NUMBERS = itertools.count(1)
QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """An empty PostgreSQL. It writes without waiting for the disk."""
    with postgres(**QUICK) as found:
        yield found


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.hub)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hub.db'}"
    found: Postgres = request.getfixturevalue("server")
    name = f"hub{next(_NUMBERS)}"
    found.ask(f"CREATE DATABASE {name}")
    return found.url(name)


@pytest.fixture
def hub(database: str) -> Iterator[Played]:
    """A store that is ready, with a team."""
    played = Played(database)
    played.begin()
    yield played
    played.close()
