"""`sync` and `fleet` as a person calls them: what is asked, shown, refused, and left behind."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.codespaces import Codespace, bare_repository, branches
from tests.integration import real_tracker
from tests.integration.git_server import PASSWORD, GitServer, git_server
from tests.integration.github_server import github_server
from tests.integration.real_tracker import RealTracker

from codespace_tracker.core.calendar import month_bounds
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.machine import clock
from codespace_tracker.sync import state
from codespace_tracker.sync.credentials import VARIABLE


@pytest.fixture
def served(tmp_path: Path) -> Iterator[GitServer]:
    path = bare_repository(tmp_path, "hours.git")
    subprocess.run(["git", "--git-dir", path, "config", "http.receivepack", "true"], check=True)
    with git_server(tmp_path) as server:
        yield server


@pytest.fixture
def started(tracker: RealTracker) -> RealTracker:
    tracker.be_in_codespace()
    tracker.verb("start")
    return tracker


def run(
    tracker: RealTracker, *words: str, code: int | None = 0, token: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    environ = {**tracker.environment(), **variables}
    if token:
        environ[VARIABLE] = token
    done = real_tracker.run(tracker.command(*words), environ)
    assert code is None or done.returncode == code, (
        words,
        done.returncode,
        done.stdout,
        done.stderr,
    )
    return done


def triggers(tracker: RealTracker) -> dict[str, Any]:
    content = json.loads((tracker.directory / "trigger_config.json").read_text())
    found: list[dict[str, Any]] = content["triggers"] if isinstance(content, dict) else content
    return {one["label"]: one for one in found}


def other_codespace(tmp_path: Path, place: str) -> Codespace:
    now = clock.read().wall_us
    other = Codespace(tmp_path, "other", now)
    # for an hour three hours ago; of what ran before this month nothing counts
    start = max(now - 3 * HOUR_US, month_bounds(now)[0])
    other.ran(start, min(HOUR_US, (now - start) // 2), cores=4)
    other.join(place)
    assert other.sync().problem == ""
    return other


def test_setup_proves_that_it_works_and_adds_triggers_and_forget_takes_them_back(
    started: RealTracker, served: GitServer
) -> None:
    url = f"{served.url}/hours.git"
    said = run(started, "sync", "setup", url, "--yes", token=PASSWORD).stdout
    assert "It can be read and written." in said
    there = branches(str(served.folder / "hours.git"))
    assert len(there) == 1
    found = triggers(started)
    assert found["Sync at session start"]["conditions"] == {"event": "session_start"}
    assert found["Sync every 30 minutes"]["conditions"] == {"every_minutes": 30}
    assert "✓ sync: it worked" in run(started, "doctor", code=None).stdout
    served.answer = 404
    assert "no such repository" in run(started, "sync", code=1, token=PASSWORD).stderr
    assert "since then" in run(started, "doctor", code=None).stdout
    assert "no such repository" in run(started, "sync", "status", code=1).stdout
    served.answer = None
    config = (started.directory / "trigger_config.json").read_text()
    run(started, "sync", "setup", url, "--yes", token=PASSWORD)
    assert (started.directory / "trigger_config.json").read_text() == config
    assert branches(str(served.folder / "hours.git")) == there
    assert json.loads(run(started, "sync", "status", "--json").stdout)["problem"] is None
    run(started, "sync", "forget", "--stream", "--yes", token=PASSWORD)
    assert branches(str(served.folder / "hours.git")) == {}
    assert not any(one["enabled"] for one in triggers(started).values() if "Sync" in one["label"])
    left = {path.name for path in started.directory.iterdir()}
    assert not left & {"sync.json", "fleet.db", "meeting.git"}
    assert "no meeting place" in run(started, "sync", code=1).stderr


def test_a_repository_that_anyone_can_read_is_refused(
    started: RealTracker, served: GitServer
) -> None:
    served.is_open = True
    done = run(started, "sync", "setup", f"{served.url}/hours.git", "--yes", code=1)
    assert "anyone can read" in done.stderr
    assert branches(str(served.folder / "hours.git")) == {}
    assert not (started.directory / "sync.json").exists()


def test_nothing_is_set_up_where_it_cannot_push(started: RealTracker, served: GitServer) -> None:
    url = f"{served.url}/hours.git"
    repository = str(served.folder / "hours.git")
    subprocess.run(
        ["git", "--git-dir", repository, "config", "http.receivepack", "false"], check=True
    )
    done = run(started, "sync", "setup", url, "--yes", code=1, token=PASSWORD)
    assert "refuses this to your token" in done.stderr
    assert not (started.directory / "sync.json").exists()
    assert "Sync" not in (started.directory / "trigger_config.json").read_text()


def test_set_up_again_it_proves_again_that_it_can_push(
    started: RealTracker, served: GitServer
) -> None:
    setup = ("sync", "setup", f"{served.url}/hours.git", "--yes")
    run(started, *setup, token=PASSWORD)
    repository = str(served.folder / "hours.git")
    words = ["git", "--git-dir", repository, "config", "http.receivepack", "false"]
    subprocess.run(words, check=True)
    done = run(started, *setup, code=1, token=PASSWORD)
    assert "refuses this to your token" in done.stderr
    assert (started.directory / "sync.json").exists()


def test_another_spelling_of_the_address_is_the_same_place_and_another_place_is_said(
    started: RealTracker, served: GitServer, tmp_path: Path
) -> None:
    url = f"{served.url}/hours.git"
    other = other_codespace(tmp_path, str(served.folder / "hours.git"))
    said = run(started, "sync", "setup", url, "--yes", token=PASSWORD).stdout
    assert "1 other codespace is there, and does not count yet: " in said
    assert "codespace-tracker fleet accept other" in " ".join(said.split())
    run(started, "fleet", "accept", "other")
    for spelling in (f"{url}/", url.removesuffix(".git"), url):
        done = run(started, "sync", "setup", spelling, "--yes", token=PASSWORD)
        assert "not count" not in done.stdout + done.stderr
        known = state.load(str(started.directory))
        assert known is not None
        assert known.accepted == (other.stream_id,)
    served_too = str(served.folder / "other.git")
    done = run(started, "sync", "setup", served_too, "--yes", code=1, token=PASSWORD)
    assert "replace" not in done.stderr  # nothing is there
    repository = bare_repository(served.folder, "other.git")
    hook = Path(repository, "hooks/pre-receive")
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    done = run(started, "sync", "setup", served_too, "--yes", code=1, token=PASSWORD)
    assert f"You still meet in {url}." in " ".join(done.stderr.split())
    hook.unlink()
    done = run(started, "sync", "setup", served_too, "--yes", token=PASSWORD)
    said = " ".join(done.stderr.split())
    assert f"This will replace the meeting place {url}. 1 codespace" in said


def test_a_name_that_is_not_known_says_what_to_do(
    started: RealTracker, served: GitServer, tmp_path: Path
) -> None:
    done = run(started, "fleet", "accept", "other", code=1)
    assert "no meeting place is set up" in done.stderr
    url = f"{served.url}/hours.git"
    run(started, "sync", "setup", url, "--yes", token=PASSWORD)
    done = run(started, "fleet", "accept", "shiny-disco", code=1)
    assert "`codespace-tracker sync` takes what is new" in done.stderr
    other_codespace(tmp_path, str(served.folder / "hours.git"))
    run(started, "sync", token=PASSWORD)
    done = run(started, "fleet", "accept", "OTHR", code=1)
    assert "did you mean `other`?" in done.stderr


def test_a_dry_run_shows_what_would_be_sent_before_anything_is_set_up(
    started: RealTracker,
) -> None:
    assert "==> header.json <==" in run(started, "sync", "--dry-run").stdout
    assert not (started.directory / "sync.json").exists()


def test_fleet_says_that_the_last_sync_did_not_work(
    started: RealTracker, served: GitServer
) -> None:
    url = f"{served.url}/hours.git"
    run(started, "sync", "setup", url, "--yes", token=PASSWORD)
    assert "did not work" not in run(started, "fleet").stdout
    run(started, "sync", code=1, token="wrong")
    said = run(started, "fleet").stdout
    assert "The last sync did not work: codespace-tracker sync status" in said


def test_in_a_codespace_a_refusal_says_which_token_to_make(
    started: RealTracker, served: GitServer
) -> None:
    done = run(
        started,
        *("sync", "setup", f"{served.url}/hours.git", "--yes"),
        code=1,
        CODESPACES="true",
        token="wrong",
    )
    assert "Codespaces secret named CODESPACE_TRACKER_SYNC_TOKEN" in done.stderr


def test_it_asks_before_anything_is_sent(started: RealTracker, tmp_path: Path) -> None:
    place = bare_repository(tmp_path)
    done = run(started, "sync", "setup", place, code=1)
    assert "--yes" in done.stderr
    assert branches(place) == {}


def test_a_dry_run_prints_every_byte_and_nothing_else_leaves(
    started: RealTracker, tmp_path: Path
) -> None:
    place = bare_repository(tmp_path)
    run(started, "sync", "setup", place, "--yes")
    started.verb("triggers", "add", "--label", "Secret plan", "--every", "5m", "--command", "x y")
    run(started, "sync")
    shown = run(started, "sync", "--dry-run").stdout
    [name] = branches(place)
    files = subprocess.run(
        ["git", "--git-dir", place, "ls-tree", "--name-only", f"codespace-tracker/{name}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    there = "".join(
        f"==> {file} <==\n"
        + subprocess.run(
            ["git", "--git-dir", place, "show", f"codespace-tracker/{name}:{file}"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for file in sorted(files, key="header.json".__ne__)
    )
    assert shown == there
    whole = subprocess.run(
        ["git", "--git-dir", place, "log", "--all", "-p", "--format=fuller"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for secret in ("Secret plan", "x y", str(started.directory), socket.gethostname(), "boot"):
        assert secret not in whole
    assert "Author:     codespace-tracker <codespace-tracker@localhost>" in whole


def test_the_fleet_is_shown_and_counts_once_it_is_accepted(
    started: RealTracker, tmp_path: Path
) -> None:
    place = bare_repository(tmp_path)
    other = other_codespace(tmp_path, place)
    assert "no other codespace" in run(started, "fleet", code=1).stderr
    said = run(started, "sync", "setup", place, "--yes").stdout
    assert "1 other codespace is there, and does not count yet" in said
    shown = run(started, "fleet").stdout
    assert "not accepted" in shown
    assert "1 codespace does not count yet" in shown
    assert "No room for: Sessions" in run(started, "fleet", COLUMNS="60").stdout
    beside = run(started, "report", "--fleet", COLUMNS="40").stdout
    assert "No room for: Running, Running here." in beside
    before = json.loads(run(started, "quota", "--json").stdout)
    assert before["missing"] == [
        "1 codespace does not count yet: codespace-tracker fleet accept NAME"
    ]
    run(started, "fleet", "accept", "other")
    after = json.loads(run(started, "quota", "--json").stdout)
    grown = after["used_core_hours"] - before["used_core_hours"]
    told = other.core_us() / HOUR_US
    assert told - 0.01 <= grown < told + 0.1
    assert after["basis"]["other_codespaces_core_hours"] == pytest.approx(told, abs=0.01)
    assert "all codespaces" in run(started, "status").stdout
    run(started, "fleet", "rename", "other", "my laptop")
    rows = run(started, "fleet", "--csv").stdout.splitlines()
    assert [line.split(",")[0] for line in rows[1:]][1] == "my laptop"
    run(started, "fleet", "accept", "--not", other.stream_id[:8])
    back = json.loads(run(started, "quota", "--json").stdout)
    assert back["used_core_hours"] < before["used_core_hours"] + 0.5
    for by in ("repository", "person", "day", "month"):
        assert run(started, "fleet", "--by", by).stdout
    for by in ("repository", "day", "month"):
        assert "Core-hours here" in run(started, "report", "--fleet", "--by", by).stdout


def test_the_daemons_triggers_see_the_figure_of_all_codespaces(
    started: RealTracker, tmp_path: Path
) -> None:
    place = bare_repository(tmp_path)
    told = other_codespace(tmp_path, place).core_us() / HOUR_US
    run(started, "sync", "setup", place, "--yes", "--accept-all")
    real_tracker.wait_until(
        lambda: (
            started.status()["month"]["other_codespaces_core_hours"]
            == pytest.approx(told, abs=0.01)
        ),
        "status.json has the figure of all codespaces",
    )


def test_others_who_may_read_or_write_there_are_named(
    started: RealTracker, served: GitServer
) -> None:
    with github_server() as github:
        people = [{"login": "Octocat"}, {"login": "mallory"}]
        github.answers = [(200, {}, people), (403, {}, {"message": "no"})]
        url = f"{served.url}/hours.git"
        for said in (True, False):
            done = run(
                started,
                *("sync", "setup", url, "--yes"),
                token=PASSWORD,
                GITHUB_API_URL=github.address,
            )
            assert ("Others can read" in done.stderr) is said
        assert github.asked[0][1] == "/repos/hours/collaborators?per_page=100"


def test_a_private_repository_is_made_with_gh(started: RealTracker, tmp_path: Path) -> None:
    place = bare_repository(tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    gh = programs / "gh"
    gh.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/asked\necho "file://{place}"\n')
    gh.chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    run(started, "sync", "setup", "--create", "--yes", PATH=path, GITHUB_TOKEN="x")
    assert (tmp_path / "asked").read_text() == "repo create codespace-hours --private\n"
    assert len(branches(place)) == 1
    gh.write_text("#!/bin/sh\necho 'GraphQL: no right' >&2\nexit 1\n")
    done = run(started, "sync", "setup", "--create", "x", code=1, PATH=path, GITHUB_TOKEN="x")
    assert "no right" in done.stderr
    assert "built into" in done.stderr


def test_uninstall_deletes_all_of_it(started: RealTracker, tmp_path: Path) -> None:
    place = bare_repository(tmp_path)
    other_codespace(tmp_path, place)
    run(started, "sync", "setup", place, "--yes")
    started.verb("uninstall", "--delete-data", "--yes")
    assert not started.directory.exists()
