"""`hub team`, `person`, `viewer` and `stream` as an administrator calls them."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.hub.stores import Played

from codespace_tracker.cli.hub_database import VARIABLE
from codespace_tracker.cli.program import program
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.failure import Failure
from codespace_tracker.hub import tokens
from codespace_tracker.hub.store.interface import NotAllowed


@pytest.fixture
def url(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(VARIABLE, database)
    assert called("migrate") == "1 migration done.\n"
    return database


def called(*words: str) -> str:
    """What a command prints to its standard output."""
    done: Result = CliRunner().invoke(program, ["hub", *words], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.stdout


def test_a_team_from_its_first_person_to_the_last_word(url: str) -> None:
    assert "no team yet" in called("team")
    called("team", "add", "acme", "--name", "Acme Inc.")
    code = called("person", "add", "acme", "Ada Lovelace").strip()
    assert called("team") == "acme (Acme Inc.): 1 member, 0 codespaces\n"
    hub = Played(url)
    kept, token = tokens.given("code", code), tokens.given("stream", tokens.made("stream", "acme"))
    assert kept is not None
    assert token is not None
    stream_id = str(uuid.uuid4())
    hub.run(hub.store.enrol(kept, stream_id, token, 0, shows_name=False))
    assert called("stream", "list", "acme") == f"{stream_id}  no name, Ada Lovelace, told nothing\n"
    [person] = hub.run(hub.store.people("acme"))
    assert called("person", "list", "acme") == (
        f"Ada Lovelace: shown as {person.pseudonym}, 1 codespace\n"
    )
    called("stream", "revoke", "acme", stream_id)
    assert "revoked" in called("stream", "list", "acme")
    secret = tokens.given("viewer", called("viewer", "add", "acme", "Grace").strip())
    assert secret is not None
    assert hub.run(hub.store.viewer(secret)) == "Grace"
    assert called("viewer", "list", "acme") == "Grace\n"
    called("viewer", "remove", "acme", "Grace")
    with pytest.raises(NotAllowed):
        hub.run(hub.store.viewer(secret))
    called("person", "remove", "acme", "Ada Lovelace", "--yes")
    assert called("stream", "list", "acme") == ""
    hub.close()


def test_a_code_is_good_for_as_long_as_was_said(url: str) -> None:
    from codespace_tracker.machine import clock

    called("team", "add", "acme")
    called("person", "add", "acme", "ada")
    code = tokens.given("code", called("person", "code", "acme", "ada", "--hours", "2").strip())
    assert code is not None
    hub = Played(url)
    [(expires,)] = hub.rows(
        "SELECT expires_at FROM code WHERE prefix = :prefix", prefix=code.prefix
    )
    assert abs(expires - clock.read().wall_us - 2 * HOUR_US) < HOUR_US / 10
    hub.close()


def test_no_secret_is_in_the_database(url: str) -> None:
    called("team", "add", "acme")
    secrets = [called("person", "add", "acme", "ada"), called("viewer", "add", "acme", "bob")]
    hub = Played(url)
    kept = repr([hub.rows("SELECT * FROM code"), hub.rows("SELECT * FROM viewer")])
    hub.close()
    for secret in secrets:
        assert secret.strip().rpartition("_")[2] not in kept


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("person", "add", "nowhere", "ada"), "hub team add nowhere"),
        (("person", "code", "acme", "ada"), "hub person list acme"),
        (("person", "remove", "acme", "ada", "--yes"), "not in the team"),
        (("person", "remove", "acme", "ada"), "--yes"),
        (("team", "add", "acme"), "already"),
        (("viewer", "add", "nowhere", "bob"), "hub team add nowhere"),
        (("viewer", "remove", "acme", "bob"), "no viewer"),
        (("stream", "revoke", "acme", "x"), "no such stream"),
    ],
)
def test_what_cannot_be_done_says_so(url: str, words: tuple[str, ...], said: str) -> None:
    called("team", "add", "acme")
    with pytest.raises(Failure, match=said):
        called(*words)


def test_who_is_there_is_not_added_twice(url: str) -> None:
    called("team", "add", "acme")
    for what in ("person", "viewer"):
        called(what, "add", "acme", "ada")
        with pytest.raises(Failure, match="already"):
            called(what, "add", "acme", "ada")


def test_an_address_that_is_none_is_refused_without_its_password() -> None:
    for url in ("mysql://u:secret@host/db", "sqlite:///", "hub.db"):
        with pytest.raises(Failure, match="not the address of a database") as refused:
            called("team", "--database", url)
        assert "secret" not in str(refused.value)


@pytest.mark.parametrize("password", ["se%cret", "se@cret", "se/cret", "se@cre/t"])
def test_a_password_with_signs_is_refused_with_what_to_write_and_not_shown(password: str) -> None:
    with pytest.raises(Failure, match="%40, %2F") as refused:
        called("team", "--database", f"postgresql://u:{password}@127.0.0.1:1/db")
    assert "cre" not in str(refused.value)


def test_a_database_that_cannot_be_had_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="--database") as refused:
        called("team", "--database", "postgresql://u:secret@127.0.0.1:1/db")
    assert "secret" not in str(refused.value)
    with pytest.raises(Failure, match="--database"):
        called("team", "--database", f"sqlite:///{tmp_path}/no/such/folder/hub.db")
