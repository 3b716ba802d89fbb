"""The log of a hub tells where an error came from, and nothing of people."""

import json
import logging
import sqlite3
from typing import Any

import psycopg
import pytest
from tests.hub.postgres import Postgres

from codespace_tracker.hub.web.logs import JsonLines

NAME = "Ada Lovelace"


def logged(error: Exception) -> dict[str, Any]:
    """The line of an error."""
    kind_and_more = (type(error), error, error.__traceback__)
    record = logging.LogRecord("", logging.ERROR, "", 0, "failed", None, kind_and_more)
    line: dict[str, Any] = json.loads(JsonLines().format(record))
    return line


@pytest.mark.hub
def test_an_error_of_postgresql_is_logged_without_the_values_of_the_row(server: Postgres) -> None:
    def add_twice() -> None:
        with psycopg.connect(server.url()) as connection:
            connection.execute("CREATE TEMP TABLE one (name text UNIQUE)")
            try:
                for _ in range(2):
                    connection.execute("INSERT INTO one VALUES (%s)", [NAME])
            except psycopg.Error as error:
                raise RuntimeError(f"{NAME} could not be added") from error

    with pytest.raises(RuntimeError) as raised:
        add_twice()
    assert NAME in str(raised.value.__cause__)
    line = logged(raised.value)
    assert NAME not in str(line)
    assert "psycopg.errors.UniqueViolation (23505)\n" in line["trace"]
    assert line["trace"].endswith("builtins.RuntimeError\n")
    assert "test_logs.py" in line["trace"]


def test_an_error_of_sqlite_is_logged_with_its_text() -> None:
    with sqlite3.connect(":memory:") as connection, pytest.raises(sqlite3.Error) as raised:
        connection.execute("SELECT * FROM nowhere")
    assert "sqlite3.OperationalError: no such table: nowhere\n" in logged(raised.value)["trace"]
