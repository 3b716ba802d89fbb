"""Streams meet over HTTP, as at GitHub: with a token, and with every answer that a server gives."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.codespaces import Codespace, bare_repository, branches
from tests.integration.git_server import PASSWORD, USER, GitServer, git_server

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.sync import git as git_program
from codespace_tracker.sync.credentials import VARIABLE

DAY = parse_iso("2026-11-10T08:00:00Z")
NOW = DAY + DAY_US


@pytest.fixture
def served(tmp_path: Path) -> Iterator[GitServer]:
    path = bare_repository(tmp_path, "hours.git")
    subprocess.run(["git", "--git-dir", path, "config", "http.receivepack", "true"], check=True)
    with git_server(tmp_path) as server:
        yield server


def codespace(
    served: GitServer, folder: Path, name: str = "one", *, token: str = PASSWORD
) -> Codespace:
    found = Codespace(folder, name, NOW)
    found.ran(DAY)
    found.environ |= {VARIABLE: token, "HOME": str(folder)}
    found.join(f"{served.url}/hours.git")
    return found


def there(served: GitServer) -> dict[str, str]:
    return branches(str(served.folder / "hours.git"))


def test_a_token_is_enough_and_is_written_down_nowhere(served: GitServer, tmp_path: Path) -> None:
    one = codespace(served, tmp_path)
    done = one.sync()
    assert (done.told, done.problem) == (True, "")
    assert set(there(served)) == {one.stream_id}
    kept = b"".join(path.read_bytes() for path in Path(one.directory).rglob("*") if path.is_file())
    assert PASSWORD.encode() not in kept


def test_nothing_new_is_one_request(served: GitServer, tmp_path: Path) -> None:
    one = codespace(served, tmp_path)
    one.sync()
    served.asked.clear()
    assert one.sync().problem == ""
    assert served.asked == ["GET /hours.git/info/refs?service=git-upload-pack"]


def test_the_secret_comes_from_the_users_own_helper(served: GitServer, tmp_path: Path) -> None:
    one = codespace(served, tmp_path, token="")
    helper = f'!f() {{ echo username={USER}; echo "password={PASSWORD}"; }}; f'
    subprocess.run(
        ["git", "config", "--file", str(tmp_path / ".gitconfig"), "credential.helper", helper],
        check=True,
    )
    assert one.sync().problem == ""


@pytest.mark.parametrize("variable", [False, True])
def test_no_helper_that_a_repository_names_is_run(
    served: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: bool
) -> None:
    one = codespace(served, tmp_path, token="")
    heard = keeping_helper(tmp_path, PASSWORD)
    cloned, proof = tmp_path / "cloned", tmp_path / "proof"
    subprocess.run(["git", "init", "--quiet", str(cloned)], check=True)
    helper = ["git", "-C", str(cloned), "config", "credential.helper", f"!touch {proof};"]
    subprocess.run(helper, check=True)
    monkeypatch.chdir(cloned)
    if variable:  # as in a hook of git's
        one.environ["GIT_DIR"] = str(cloned / ".git")
    assert one.sync().problem == ""
    assert not proof.exists()
    assert heard.read_text().startswith("get ")


def keeping_helper(folder: Path, password: str) -> Path:
    """A helper of git's that gives a password and writes down what it is asked; that file."""
    heard = folder / "heard"
    script = folder / "helper"
    script.write_text(
        f'#!/bin/sh\n{{ echo "$1"; cat; }} | tr "\\n" " " >>{heard}; echo >>{heard}\n'
        f'[ "$1" != get ] || printf "username={USER}\\npassword={password}\\n"\n'
    )
    script.chmod(0o755)
    config = ["git", "config", "--file", str(folder / ".gitconfig"), "credential.helper"]
    subprocess.run([*config, str(script)], check=True)
    return heard


def test_the_helper_hears_once_that_its_secret_worked(served: GitServer, tmp_path: Path) -> None:
    one = codespace(served, tmp_path, token="")
    heard = keeping_helper(tmp_path, PASSWORD)
    for _ in range(3):
        assert one.sync().problem == ""
    told = [line.split() for line in heard.read_text().splitlines()]
    assert [words[0] for words in told] == ["get", "store", "get", "get"]
    assert f"username={USER}" in told[1]
    assert f"password={PASSWORD}" in told[1]


def test_the_helper_hears_that_its_secret_was_refused_and_then_that_another_worked(
    served: GitServer, tmp_path: Path
) -> None:
    one = codespace(served, tmp_path, token="")
    heard = keeping_helper(tmp_path, "old")
    assert "does not take the name and secret that git has for it" in one.sync().problem
    told = [line.split() for line in heard.read_text().splitlines()]
    assert [words[0] for words in told] == ["get", "erase"]
    assert "password=old" in told[1]
    heard.unlink()
    keeping_helper(tmp_path, PASSWORD)
    assert one.sync().problem == ""
    assert [line.split()[0] for line in heard.read_text().splitlines()] == ["get", "store"]


@pytest.mark.parametrize("answer", [403, 404, 500, "hang"])
def test_the_helper_keeps_its_secret_where_it_was_not_that(
    served: GitServer, tmp_path: Path, answer: int | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        git_program.Git.__init__, "__defaults__", ("https:ssh:file", None, 1.0, None)
    )
    one = codespace(served, tmp_path, token="")
    heard = keeping_helper(tmp_path, PASSWORD)
    served.answer = answer
    assert one.sync().problem
    assert [line.split()[0] for line in heard.read_text().splitlines()] == ["get"]


def test_no_helper_hears_of_a_secret_from_the_variable(served: GitServer, tmp_path: Path) -> None:
    heard = keeping_helper(tmp_path, "other")
    one = codespace(served, tmp_path)
    assert one.sync().problem == ""
    two = codespace(served, tmp_path, "two", token="wrong")
    assert "does not take" in two.sync().problem
    assert not heard.exists()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (403, "refuses this to your token"),
        (404, "no such repository"),
        (500, "git failed"),
        (301, "it has moved"),
        (302, "it has moved"),
    ],
)
def test_each_refusal_is_one_clear_line(
    served: GitServer, tmp_path: Path, answer: int, said: str
) -> None:
    one = codespace(served, tmp_path)
    served.answer = answer
    done = one.sync()
    assert said in done.problem
    assert "\n" not in done.problem
    assert PASSWORD not in done.problem
    served.answer = None
    assert one.sync().problem == ""


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("wrong", f"it does not take the token in ${VARIABLE}: it is wrong, or has expired"),
        ("", f"it needs a token, and there is none. Fix: put one into ${VARIABLE}"),
    ],
)
def test_a_wrong_or_missing_token_is_said_and_nothing_asks(
    served: GitServer, tmp_path: Path, token: str, said: str
) -> None:
    one = codespace(served, tmp_path, token=token)
    one.environ |= {"GIT_ASKPASS": str(tmp_path / "asks"), "SSH_ASKPASS": str(tmp_path / "asks")}
    (tmp_path / "asks").write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\n")
    (tmp_path / "asks").chmod(0o755)
    assert said in one.sync().problem
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize("how", ["cut", "drop"])
def test_a_push_whose_answer_is_lost_is_understood(
    served: GitServer, tmp_path: Path, how: str
) -> None:
    one = codespace(served, tmp_path)
    served.answer = how
    done = one.sync()
    assert set(there(served)) == {one.stream_id}
    assert (done.told, done.problem) == (True, "")  # it asked, and found its commit there
    served.answer = None
    before = one.stream_id
    assert one.sync().problem == ""
    assert one.stream_id == before


def test_a_server_that_hangs_holds_nothing_up_for_long(
    served: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = codespace(served, tmp_path)
    served.answer = "hang"
    monkeypatch.setattr(git_program, "SECONDS", 1.0)
    monkeypatch.setattr(
        git_program.Git.__init__, "__defaults__", ("https:ssh:file", None, 1.0, None)
    )
    assert "in time" in one.sync().problem


AT_ONCE = 20 if os.environ.get("CODESPACE_TRACKER_TEST_CALLS") == "1" else 6


def test_many_trackers_tell_at_once(served: GitServer, tmp_path: Path) -> None:
    all_ = [codespace(served, tmp_path, f"space-{n}") for n in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(Codespace.sync, all_))
    assert [one.problem for one in done] == [""] * AT_ONCE
    assert len(there(served)) == AT_ONCE
    for one in all_:
        assert one.sync().problem == ""
        assert one.core_us() == AT_ONCE * 2 * HOUR_US
