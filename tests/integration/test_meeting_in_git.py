"""Streams meet in a git repository: each tracker has a branch of its own, and what a push left
behind is always understood."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.codespaces import Codespace, Met, bare_repository, branches, meet, push_to

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.ledger.fleet import Fleet
from codespace_tracker.ledger.sessions_to_tell import SessionRow, sessions_to_tell
from codespace_tracker.sync import git as git_program
from codespace_tracker.sync import state
from codespace_tracker.sync.git import GitFailed

DAY = parse_iso("2026-11-10T08:00:00Z")
NOW = DAY + DAY_US
BRANCH = "refs/heads/codespace-tracker/"


Pair = tuple[Codespace, Codespace]


@pytest.fixture
def place(tmp_path: Path) -> str:
    return bare_repository(tmp_path)


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Met:
    return meet(tmp_path_factory.mktemp("met"), DAY, NOW)


@pytest.fixture
def pair(met: Met, tmp_path: Path, place: str) -> Pair:
    """Two codespaces that have met, each of which ran for an hour."""
    shutil.copytree(met.repository, place, dirs_exist_ok=True)
    return met.copied(tmp_path, place)


def test_two_codespaces_know_each_other_after_they_synced(pair: Pair, place: str) -> None:
    one, other = pair
    assert set(branches(place)) == {one.stream_id, other.stream_id}
    assert one.core_us("other") == 2 * HOUR_US == other.core_us("one")
    assert one.core_us() == other.core_us() == 4 * HOUR_US
    assert {one.user for one in one.streams().values()} == {"octocat"}


def test_nothing_new_is_one_connection(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = pair
    asked: list[str] = []
    run = git_program.Git.run

    def seen(self: git_program.Git, *words: str, **more: object) -> bytes:
        asked.extend(word for word in words if word in ("ls-remote", "fetch", "push"))
        return run(self, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(git_program.Git, "run", seen)
    done = one.sync()
    assert (done.told, done.came, done.problem) == (False, (), "")
    assert asked == ["ls-remote"]


def test_an_open_session_is_told_again_after_half_an_hour(pair: Pair) -> None:
    one, other = pair
    session = one.ran(NOW, 10 * MINUTE_US, ending=None)
    assert one.sync().told
    one.ran(NOW, 20 * MINUTE_US, ending=None, session=session)
    assert not one.sync().told
    one.ran(NOW, 40 * MINUTE_US, ending=None, session=session)
    assert one.sync().told
    other.at = one.at
    other.sync()
    assert other.core_us("one") == 2 * HOUR_US + 80 * MINUTE_US
    assert other.streams()["one"].runs(other.at)
    assert not other.streams()["one"].runs(other.at + 41 * MINUTE_US)
    assert other.streams()["one"].is_silent(other.at + 41 * MINUTE_US)


def test_a_deleted_branch_is_made_again_and_costs_no_one_anything(pair: Pair, place: str) -> None:
    one, other = pair
    subprocess.run(
        [*("git", "--git-dir", place, "update-ref", "-d"), f"{BRANCH}{one.stream_id}"],
        check=True,
    )
    assert other.sync().problem == ""
    assert other.streams()["one"].is_gone
    assert other.core_us("one") == 2 * HOUR_US
    before = one.stream_id
    assert one.sync().told
    assert one.stream_id == before
    other.sync()
    assert not other.streams()["one"].is_gone


def test_a_push_that_succeeded_unseen_is_recognized(
    pair: Pair, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = pair
    one.ran(NOW - HOUR_US)

    class Died(BaseException):
        pass

    run = git_program.Git.run

    def dies(self: git_program.Git, *words: str, **more: object) -> bytes:
        answer = run(self, *words, **more)  # type: ignore[arg-type]
        if words[0] == "push":
            raise Died
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(git_program.Git, "run", dies)
        with pytest.raises(Died):
            one.sync()
    before = one.stream_id
    assert branches(place)[before] == one.remembered.made[-1] != one.remembered.noted
    done = one.sync()
    assert (done.told, done.problem, done.second_writer) == (False, "", False)
    assert one.stream_id == before
    assert one.remembered.noted == branches(place)[before]


def test_an_earlier_push_that_comes_late_is_ours(
    pair: Pair, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = pair
    noted = one.remembered.noted
    one.ran(NOW - 3 * HOUR_US)
    one.sync()
    late = one.remembered.noted
    name = f"refs/heads/codespace-tracker/{one.stream_id}"
    subprocess.run(["git", "--git-dir", place, "update-ref", name, noted], check=True)
    one.ran(NOW - 2 * HOUR_US)
    run = git_program.Git.run
    pushes: list[str] = []

    def comes_late(self: git_program.Git, *words: str, **more: object) -> bytes:
        if words[0] == "push" and not pushes:
            subprocess.run(["git", "--git-dir", place, "update-ref", name, late], check=True)
        pushes.extend(words[:1] if words[0] == "push" else [])
        return run(self, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(git_program.Git, "run", comes_late)
    done = one.sync()
    assert (done.told, done.problem, done.second_writer) == (True, "", False)
    assert pushes == ["push", "push"]
    assert branches(place)[one.stream_id] == one.remembered.noted


def test_a_copy_of_the_directory_goes_on_with_a_branch_of_its_own(
    pair: Pair, tmp_path: Path, place: str
) -> None:
    one, other = pair
    session = one.ran(NOW - 4 * HOUR_US, HOUR_US, ending=None)
    one.sync()
    copy = one.copied(tmp_path / "copy")
    one.ran(NOW - 4 * HOUR_US, 2 * HOUR_US, session=session)
    one.sync()
    first = copy.stream_id
    copy.ran(NOW - 4 * HOUR_US, 3 * HOUR_US, session=session)  # the same life, of one container
    alone = copy.ran(NOW - HOUR_US, HOUR_US)
    done = copy.sync()
    assert done.second_writer
    assert copy.stream_id != first
    assert one.stream_id == first
    assert one.sync().second_writer is False
    told = branch_file(place, copy.stream_id)
    assert alone in {line["session_id"] for line in told}
    assert session not in {line["session_id"] for line in told}
    assert [line["spans"][0]["running_us"] for line in told] == [HOUR_US, HOUR_US]
    other.sync()
    # 1 + 2 hours of the one, and what the copy ran after that: 1 + 1 hours; and the other's hour
    assert other.core_us() == 2 * (1 + 1 + 2 + 1 + 1) * HOUR_US


def test_what_a_copy_and_its_original_both_have_counts_once_in_each(
    pair: Pair, tmp_path: Path
) -> None:
    one, _ = pair
    copy = one.copied(tmp_path / "copy")
    one.ran(NOW - 9 * HOUR_US)
    one.sync()
    copy.ran(NOW - 3 * HOUR_US)
    assert copy.sync().second_writer
    copy.sync()

    def told_of_the_original() -> int:
        with Fleet.open(copy.directory) as fleet:
            [n] = [row.n for row in fleet.streams() if row.stream_id == one.stream_id]
            return sum(row.core_us for row in fleet.sums("stream", 0, 1 << 62) if row.key == str(n))

    assert told_of_the_original() == 2 * HOUR_US  # what it ran since, and not what both have
    one.sync()
    with Fleet.open(one.directory) as fleet:
        [n] = [row.n for row in fleet.streams() if row.stream_id == copy.stream_id]
        sums = {row.key: row.core_us for row in fleet.sums("stream", 0, 1 << 62)}
    assert sums[str(n)] == 2 * HOUR_US


def test_a_copy_knows_how_a_session_went_on_in_the_original(pair: Pair, tmp_path: Path) -> None:
    one, _ = pair
    session = one.ran(NOW - 9 * HOUR_US, HOUR_US, ending=None)
    one.sync()
    copy = one.copied(tmp_path / "copy")
    one.ran(NOW - 9 * HOUR_US, 3 * HOUR_US, session=session)
    one.sync()
    copy.ran(NOW - 9 * HOUR_US, 2 * HOUR_US, session=session)
    assert copy.sync().second_writer
    copy.sync()
    with Fleet.open(copy.directory) as fleet:
        names = {str(row.n): row.stream_id for row in fleet.streams()}
        sums = {names[row.key]: row.core_us for row in fleet.sums("stream", 0, 1 << 62)}
    assert sums[one.stream_id] == 2 * HOUR_US  # without the two hours that both have


def test_imported_sessions_take_nothing_from_who_counted_them(tmp_path: Path, place: str) -> None:
    one, other = Codespace(tmp_path, "one", NOW), Codespace(tmp_path, "other", NOW)
    session = other.ran(DAY, 3 * HOUR_US)
    one.ran(DAY, HOUR_US, session=session, tracker_id=other.tracker.tracker_id)  # what was left
    one.join(place, accepts=(other.tracker.tracker_id,))
    one.sync()  # which tells it, as no one else does
    other.join(place, accepts=(one.tracker.tracker_id,))
    for codespace in (other, one):
        assert codespace.sync().problem == ""
        assert codespace.core_us("other") == 2 * 3 * HOUR_US
        assert codespace.core_us("one") == 0


def test_an_original_whose_stream_did_not_change_is_another_one_in_its_copy(
    pair: Pair, tmp_path: Path
) -> None:
    one, _ = pair
    copy = one.copied(tmp_path / "copy")
    copy.tracker = one.tracker._replace(tracker_id=BAD, codespace_name="copy")
    with copy.ledger() as ledger, ledger.transaction():
        ledger.put_tracker(copy.tracker)
    assert copy.sync().problem == ""
    assert not copy.streams()["one"].is_own
    assert copy.core_us("one") == 2 * HOUR_US


def test_a_tracker_that_lost_everything_but_its_ledger_has_its_branch_back(
    pair: Pair, place: str
) -> None:
    one, other = pair
    before = one.stream_id
    shutil.rmtree(os.path.join(one.directory, "meeting.git"))
    for name in ("sync.json", "fleet.db"):
        os.unlink(os.path.join(one.directory, name))
    one.join(place)
    done = one.sync()
    assert (done.problem, done.second_writer) == ("", False)
    assert one.stream_id == before
    assert one.core_us("other") == 2 * HOUR_US
    assert len(branches(place)) == 2
    assert other.sync().problem == ""


def test_a_push_that_succeeded_unseen_is_recognized_without_the_repository_here(
    pair: Pair, place: str
) -> None:
    one, _ = pair
    state.keep(one.directory, one.remembered._replace(noted=""))
    shutil.rmtree(os.path.join(one.directory, "meeting.git"))
    assert one.sync().problem == ""
    assert one.remembered.noted == branches(place)[one.stream_id]


def backed_up(codespace: Codespace, folder: Path) -> Callable[[], None]:
    """Copy a ledger; what puts it back."""
    backup = folder / "backup.db"
    with codespace.ledger() as ledger:
        ledger.connection.execute(f"VACUUM INTO '{backup}'")

    def put_back() -> None:
        for end in ("-wal", "-shm"):
            Path(f"{codespace.directory}/ledger.db{end}").unlink(missing_ok=True)
        shutil.copy(backup, f"{codespace.directory}/ledger.db")

    return put_back


def test_a_restored_ledger_takes_nothing_back_though_the_clock_was_ahead(
    pair: Pair, place: str, tmp_path: Path
) -> None:
    one, other = pair
    put_back = backed_up(one, tmp_path)
    told = one.ran(NOW - 5 * HOUR_US)
    ahead = one.ran(NOW + DAY_US)
    one.sync()
    put_back()
    one.at = NOW
    one.ran(NOW - HOUR_US)
    assert one.sync().told
    ids = {line["session_id"] for line in branch_file(place, one.stream_id)}
    assert told in ids
    assert ahead not in ids  # others would set the whole stream aside
    assert other.sync().aside == {}


def test_a_restored_ledger_takes_nothing_back(pair: Pair, tmp_path: Path) -> None:
    one, other = pair
    put_back = backed_up(one, tmp_path)
    one.ran(NOW - 5 * HOUR_US)
    one.sync()
    put_back()
    one.ran(NOW - HOUR_US)
    one.sync()
    other.sync()
    assert other.core_us("one") == 3 * 2 * HOUR_US


def test_sessions_of_another_tracker_are_told_by_its_own_stream(pair: Pair, place: str) -> None:
    one, other = pair
    ids = {row.session_id for row in other_sessions(other)}
    for session in ids:
        one.ran(DAY + HOUR_US, session=session, tracker_id=other.tracker.tracker_id)
    dead = "99999999-9999-4999-8999-999999999999"
    kept = one.ran(DAY + 5 * HOUR_US, tracker_id=dead)
    one.sync()
    other.sync()
    assert other.core_us() == 3 * 2 * HOUR_US
    told = branch_file(place, one.stream_id)
    assert ids.isdisjoint(line["session_id"] for line in told)
    assert [line["origin"] for line in told if line["session_id"] == kept] == [dead]


def other_sessions(codespace: Codespace) -> list[SessionRow]:
    with codespace.ledger() as ledger:
        return list(sessions_to_tell(ledger))


def branch_file(place: str, stream_id: str, name: str = "2026-11.jsonl") -> list[dict[str, Any]]:
    """The lines of a month as they are at the meeting place."""
    shown = subprocess.run(
        [*("git", "--git-dir", place, "show"), f"{BRANCH}{stream_id}:{name}"],
        check=True,
        capture_output=True,
        text=True,
    )
    return [json.loads(line) for line in shown.stdout.splitlines()]


BAD = "11111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"header.json": b"{"}, "not JSON"),
        ({"README": b"nothing else"}, "no header.json"),
        ({"header.json": b'{"format": 7}'}, "format 7"),
        ({"header.json": b" " * (9 << 20)}, "8 MiB"),
        ({"header.json": b"{}", "2026-11.jsonl": os.urandom(20 << 20)}, "too large"),
    ],
)
def test_a_hostile_stream_costs_only_itself(
    pair: Pair, place: str, files: dict[str, bytes], why: str
) -> None:
    one, other = pair
    push_to(place, BAD, files)
    other.ran(NOW - HOUR_US)
    other.sync()
    done = one.sync()
    assert done.problem == ""
    assert why in done.aside[BAD]
    assert done.came == (other.stream_id,)
    again = one.sync()
    assert (again.problem, again.came) == ("", ())
    with Fleet.open(one.directory) as fleet:
        [bad] = [row for row in fleet.streams() if row.stream_id == BAD]
    assert why in bad.reason
    size = sum(path.stat().st_size for path in Path(one.directory, "meeting.git").rglob("*"))
    assert size < 20 << 20


def test_a_stream_ahead_of_our_clock_is_taken_once_the_clock_is_right(pair: Pair) -> None:
    one, other = pair
    other.ran(NOW + DAY_US)
    other.sync()
    assert "future" in one.sync().aside[other.stream_id]
    assert one.core_us("other") == 2 * HOUR_US
    one.at = other.at
    assert one.sync().came == (other.stream_id,)
    assert one.core_us("other") == 4 * HOUR_US


def test_what_a_wrong_clock_did_here_is_not_told(pair: Pair) -> None:
    one, other = pair
    one.ran(parse_iso("1990-01-01T00:00:00Z"))
    one.ran(NOW + 900 * DAY_US)
    one.at = NOW
    one.sync()
    done = other.sync()
    assert done.aside == {}
    assert other.core_us("one") == 2 * HOUR_US


def test_git_is_run_without_anything_of_the_users(tmp_path: Path, place: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[core]\n\thooksPath = /nowhere/hooks\n[push]\n\tgpgSign = true\n\tpushOption = x\n"
        '[fetch]\n\tprune = true\n[url "/nowhere/"]\n\tinsteadOf = /\n'
    )
    one = Codespace(tmp_path, "one", NOW)
    one.ran(DAY)
    one.environ |= {
        "HOME": str(home),
        "GIT_DIR": "/nowhere",
        "GIT_OBJECT_DIRECTORY": "/nowhere",
        "GIT_INDEX_FILE": "/nowhere",
        "GIT_AUTHOR_DATE": "yesterday",
        "GIT_CONFIG_PARAMETERS": "'http.proxy'='http://127.0.0.1:1'",
        "GIT_ASKPASS": "/bin/false",
        "GIT_TRACE": "1",
    }
    one.join(place)
    assert one.sync().problem == ""


@pytest.mark.parametrize("what", ["a file", "another form", "random"])
def test_a_broken_fleet_db_is_made_again(pair: Pair, what: str) -> None:
    one, _ = pair
    path = Path(one.directory, "fleet.db")
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    path.write_bytes(b"" if what == "a file" else os.urandom(9000))
    if what == "another form":
        path.unlink()
        with Fleet.open_to_write(one.directory) as fleet:
            fleet.connection.execute("UPDATE about SET form = 99")
    assert one.sync().problem == ""
    assert one.core_us() == 4 * HOUR_US


def test_no_place_no_git_and_a_broken_memory_are_said(tmp_path: Path, place: str) -> None:
    one = Codespace(tmp_path, "one", NOW)
    one.ran(DAY)
    one.join(str(tmp_path / "not-there.git"))
    assert "there is no git repository in this folder" in one.sync().problem
    assert one.remembered.problem
    one.join(place)
    assert one.sync().problem == ""
    Path(one.directory, "sync.json").write_text("{")
    with pytest.raises(Exception, match="damaged"):
        state.load(one.directory)


def test_what_killed_gits_left_is_deleted(pair: Pair) -> None:
    one, _ = pair
    repository = Path(one.directory, "meeting.git")
    [pack, *_] = repository.glob("objects/pack/*.pack")
    left = [
        pack.with_suffix(".keep"),  # gc would leave that pack alone for ever
        pack.with_name("tmp_pack_AbCdEf"),
        pack.with_name("tmp_idx_AbCdEf"),
        repository / "packed-refs.lock",
        repository / "refs/made/newest.lock",
    ]
    for path in left:
        path.touch()
    one.ran(NOW - HOUR_US)
    assert one.sync().told
    assert [path for path in left if path.exists()] == []


def test_what_was_told_is_not_taken_back_where_git_was_killed(
    pair: Pair, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = pair
    put_back = backed_up(one, tmp_path)
    told = one.ran(NOW - 5 * HOUR_US)
    one.sync()
    put_back()
    run = git_program.Git.run

    def is_killed(self: git_program.Git, *words: str, **more: object) -> bytes:
        if words[0] == "ls-tree":
            raise GitFailed(-9, "")
        return run(self, *words, **more)  # type: ignore[arg-type]

    one.ran(NOW - HOUR_US)
    with monkeypatch.context() as patch:
        patch.setattr(git_program.Git, "run", is_killed)
        assert "tried again later" in one.sync().problem
    assert told in {line["session_id"] for line in branch_file(place, one.stream_id)}
    assert one.sync().told
    assert told in {line["session_id"] for line in branch_file(place, one.stream_id)}


def test_what_was_told_is_not_taken_back_where_it_cannot_be_fetched(
    pair: Pair, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = pair
    before = branches(place)[one.stream_id]
    shutil.rmtree(os.path.join(one.directory, "meeting.git"))
    one.ran(NOW - HOUR_US)
    run = git_program.Git.run

    def is_lost(self: git_program.Git, *words: str, **more: object) -> bytes:
        if "fetch" in words:
            raise GitFailed(128, "fatal: unable to access 'x': Recv failure")
        return run(self, *words, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(git_program.Git, "run", is_lost)
        assert "cut off" in one.sync().problem
    assert branches(place)[one.stream_id] == before
    assert one.sync().told
