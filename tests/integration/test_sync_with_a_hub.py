"""`sync` with a team's hub, as a person calls it: what is asked, shown and refused, from the code
to `sync forget`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hub.serving import Served, served
from tests.hub.stores import TEAM, Played
from tests.integration.real_tracker import RealTracker

from codespace_tracker.hub import teams
from codespace_tracker.machine import clock


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Played]:
    played = Played(f"sqlite:///{tmp_path}/hub.db")
    played.now = clock.read().wall_us
    played.begin()
    played.run(teams.add_person(played.store, TEAM, "Ada Lovelace", played.now))
    yield played
    played.close()


@pytest.fixture
def web(hub: Played) -> Iterator[Served]:
    with served(hub.url) as found:
        yield found


@pytest.fixture
def started(tracker: RealTracker) -> RealTracker:
    tracker.be_in_codespace()
    tracker.verb("start")
    return tracker


def code_of(hub: Played) -> str:
    return hub.run(teams.new_code(hub.store, TEAM, "Ada Lovelace", 72, hub.now))


def test_a_person_joins_sees_that_it_works_and_leaves(
    started: RealTracker, hub: Played, web: Served
) -> None:
    url, code = f"http://127.0.0.1:{web.port}", code_of(hub)
    assert "add --yes" in started.verb("sync", "setup", url, "--code", code, code=1).stderr
    assert not (started.directory / "sync.json").exists()
    said = started.verb("sync", "setup", url, "--code", code, "--yes").stdout
    assert "tells the hub of Acme" in said
    triggers = json.loads((started.directory / "trigger_config.json").read_text())["triggers"]
    assert {one["label"] for one in triggers} >= {"Sync at session start", "Sync every 30 minutes"}
    [stream] = hub.run(hub.store.streams(TEAM))
    assert (stream.codespace, stream.person, stream.is_open) == ("fuzzy", "Ada Lovelace", 1)
    assert started.verb("sync").stdout == "Nothing is new.\n"
    assert started.verb("sync", "setup", url, "--yes").returncode == 0
    status = json.loads(started.verb("sync", "status", "--json").stdout)
    assert (status["kind"], status["problem"], status["share_presence"]) == ("hub", None, "no")
    assert "✓ sync: it worked" in started.verb("doctor", code=None).stdout
    token = json.loads((started.directory / "sync.json").read_text())["token"]
    assert (started.directory / "sync.json").stat().st_mode & 0o077 == 0
    shown = started.verb("sync", "--dry-run").stdout + started.verb("sync", "status").stdout
    assert token not in shown
    assert "octocat" not in shown
    assert "administrator" in started.verb("sync", "forget", "--stream", "--yes", code=1).stderr
    started.verb("sync", "forget", "--yes")
    assert not (started.directory / "sync.json").exists()


def test_a_code_works_once_and_a_wrong_one_changes_nothing(
    started: RealTracker, hub: Played, web: Served
) -> None:
    url = f"http://127.0.0.1:{web.port}"
    for code in ("nonsense", "ctc_acme_0000000000000000000000000000"):
        done = started.verb("sync", "setup", url, "--code", code, "--yes", code=1)
        assert "code" in done.stderr
        assert not (started.directory / "sync.json").exists()
    assert "a hub asks for a code" in started.verb("sync", "setup", url, "--yes", code=1).stderr


def test_after_its_token_was_revoked_a_codespace_joins_again_with_a_new_code(
    started: RealTracker, hub: Played, web: Served
) -> None:
    url, used = f"http://127.0.0.1:{web.port}", code_of(hub)
    started.verb("sync", "setup", url, "--code", used, "--yes")
    [stream] = hub.run(hub.store.streams(TEAM))
    hub.run(hub.store.revoke(TEAM, stream.stream_id, hub.now))
    assert "sync setup" in started.verb("sync", code=1).stderr
    before = (started.directory / "sync.json").read_bytes()
    done = started.verb("sync", "setup", url, "--code", used, "--yes", code=1)
    assert "ask for a new one" in done.stderr
    assert json.loads((started.directory / "sync.json").read_bytes())["token"] in before.decode()
    started.verb("sync", "setup", url, "--code", code_of(hub), "--yes")
    assert started.verb("sync").stdout == "Nothing is new.\n"
    [again] = hub.run(hub.store.streams(TEAM))
    assert (again.stream_id, again.tokens) == (stream.stream_id, 1)


def test_a_hub_that_is_away_is_joined_later_with_the_same_code(
    started: RealTracker, hub: Played, web: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, code = f"http://127.0.0.1:{web.port}", code_of(hub)
    web.end()
    done = started.verb("sync", "setup", url, "--code", code, "--yes", code=1)
    assert "does not answer" in done.stderr
    assert "again, with the same code" in done.stderr
    web.start()
    started.verb("sync", "setup", url, "--code", code, "--yes")
    assert len(hub.run(hub.store.streams(TEAM))) == 1


def test_a_tracker_has_one_meeting_place(
    started: RealTracker, hub: Played, web: Served, tmp_path: Path
) -> None:
    import subprocess

    repository = str(tmp_path / "meeting.git")
    subprocess.run(["git", "init", "-q", "--bare", repository], check=True)
    started.verb("sync", "setup", repository, "--yes")
    url, code = f"http://127.0.0.1:{web.port}", code_of(hub)
    words = "sync", "setup", url, "--code", code, "--yes"
    assert "sync forget" in started.verb(*words, code=1).stderr
    started.verb("sync", "forget", "--yes")
    started.verb(*words)
    assert "sync forget" in started.verb("sync", "setup", repository, "--yes", code=1).stderr


def test_what_is_sent_is_refused_beyond_this_machine_without_https(started: RealTracker) -> None:
    done = started.verb(
        "sync", "setup", "http://hub.example.org", "--code", "ctc_a_b", "--yes", code=1
    )
    assert "only sent over https" in done.stderr
