"""Whatever happens to the meeting place or here: one clear line, a later try that makes up for it,
the same stream as before, and a tracker that does not notice."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.codespaces import bare_repository, branches, push_to
from tests.integration import real_tracker
from tests.integration.git_server import PASSWORD, GitServer, git_server
from tests.integration.real_tracker import RealTracker, wait_until

from codespace_tracker.sync import state
from codespace_tracker.sync.credentials import VARIABLE
from codespace_tracker.sync.state import SyncState


@pytest.fixture
def served(tmp_path: Path) -> Iterator[GitServer]:
    path = bare_repository(tmp_path, "hours.git")
    subprocess.run(["git", "--git-dir", path, "config", "http.receivepack", "true"], check=True)
    with git_server(tmp_path) as server:
        yield server


@pytest.fixture
def joined(tracker: RealTracker, served: GitServer) -> RealTracker:
    tracker.be_in_codespace()
    tracker.verb("start")
    sync(tracker, "setup", f"{served.url}/hours.git", "--yes", "--no-triggers")
    return tracker


def sync(tracker: RealTracker, *words: str, code: int = 0) -> str:
    """What `sync` says; its problem is one line."""
    environ = tracker.environment(**{VARIABLE: PASSWORD})
    done = real_tracker.run(tracker.command("sync", *words), environ)
    assert done.returncode == code, done.stdout + done.stderr
    if code:
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def there(served: GitServer) -> dict[str, str]:
    return branches(str(served.folder / "hours.git"))


def known(tracker: RealTracker) -> SyncState:
    found = state.load(str(tracker.directory))
    assert found is not None
    return found


def counts(tracker: RealTracker) -> int:
    """The pid of the tracker that counts."""
    found = json.loads(tracker.verb("status", "--json").stdout)
    assert found["running"]
    return int(found["tracker"]["pid"])


Trouble = Callable[[RealTracker, GitServer], Callable[[], object]]
"""Makes trouble; what ends it."""


def archived(_: RealTracker, served: GitServer) -> Callable[[], object]:
    served.answer = "archived"
    return lambda: setattr(served, "answer", None)


def away(tracker: RealTracker, _: GitServer) -> Callable[[], object]:
    before = known(tracker)
    state.keep(str(tracker.directory), before._replace(url="http://127.0.0.1:9/hours.git"))
    return lambda: state.keep(str(tracker.directory), known(tracker)._replace(url=before.url))


def unknown_host(tracker: RealTracker, _: GitServer) -> Callable[[], object]:
    before = known(tracker)
    state.keep(str(tracker.directory), before._replace(url="https://nowhere.invalid/hours.git"))
    return lambda: state.keep(str(tracker.directory), known(tracker)._replace(url=before.url))


def broken_server(_: RealTracker, served: GitServer) -> Callable[[], object]:
    served.answer = 500
    return lambda: setattr(served, "answer", None)


def locked_branch(tracker: RealTracker, served: GitServer) -> Callable[[], object]:
    lock = served.folder / f"hours.git/refs/heads/codespace-tracker/{known(tracker).stream_id}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    return lock.unlink


TROUBLES: list[tuple[Trouble, str]] = [
    (archived, "it is archived or can only be read. Fix: unarchive it"),
    (away, "it cannot be reached. Fix: check the network; it is tried again later"),
    (unknown_host, "it cannot be reached. Fix: check the network; it is tried again later"),
    (broken_server, "tried again later"),
    (locked_branch, "a crash there left a lock on this codespace's branch"),
]


def test_each_trouble_is_said_and_all_is_made_up_for_later(
    joined: RealTracker, served: GitServer
) -> None:
    stream_id, before = known(joined).stream_id, there(served)
    (joined.directory / "config.toml").write_text('payer = "me"\n')  # something new to tell
    joined.verb("restart")
    wait_until(lambda: '"me"' in sync(joined, "--dry-run"), "the new configuration is in force")
    pid = counts(joined)
    for trouble, said in TROUBLES:
        end = trouble(joined, served)
        assert said in sync(joined, code=1), trouble
        assert known(joined).problem
        assert there(served) == before
        end()
    assert counts(joined) == pid
    sync(joined)
    assert known(joined).problem == ""
    assert known(joined).stream_id == stream_id
    after = there(served)
    assert set(after) == {stream_id}
    assert after != before
    assert counts(joined) == pid


def test_a_deleted_branch_is_made_again_without_a_word(
    joined: RealTracker, served: GitServer
) -> None:
    before = there(served)
    repository = str(served.folder / "hours.git")
    [name] = before
    ref = f"refs/heads/codespace-tracker/{name}"
    subprocess.run(["git", "--git-dir", repository, "update-ref", "-d", ref], check=True)
    sync(joined)
    assert there(served) == before


def test_a_branch_that_someone_rewrote_is_left_to_them_with_one_line(
    joined: RealTracker, served: GitServer
) -> None:
    repository, pid = str(served.folder / "hours.git"), counts(joined)
    before = known(joined).stream_id
    foreign = push_to(repository, before, {"header.json": b"{}"})
    said = sync(joined)
    assert "Another one wrote this codespace's branch" in said
    after = known(joined).stream_id
    assert after != before
    assert there(served)[before] == foreign
    assert set(there(served)) == {before, after}
    assert "Another tracker" not in sync(joined)
    assert known(joined).stream_id == after
    assert counts(joined) == pid
