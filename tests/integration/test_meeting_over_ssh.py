"""Streams meet over ssh: with a key, and without a question whatever goes wrong."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.codespaces import Codespace, bare_repository, branches
from tests.integration.ssh_server import SshServer, ssh_server

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.sync import git as git_program

pytestmark = pytest.mark.machine

DAY = parse_iso("2026-11-10T08:00:00Z")
NOW = DAY + DAY_US
PLAIN = git_program.SSH


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshServer]:
    with ssh_server(tmp_path) as server:
        monkeypatch.setattr(git_program, "SSH", PLAIN + server.options)
        yield server


@pytest.fixture
def place(tmp_path: Path) -> str:
    return bare_repository(tmp_path, "hours.git")


def codespace(ssh: SshServer, folder: Path, place: str, name: str = "one") -> Codespace:
    found = Codespace(folder, name, NOW)
    found.ran(DAY)
    found.environ["HOME"] = str(folder)
    found.join(ssh.url(place))
    return found


def test_two_codespaces_meet_by_a_key(ssh: SshServer, tmp_path: Path, place: str) -> None:
    one, other = (codespace(ssh, tmp_path, place, name) for name in ("one", "other"))
    for each in (one, other, one):
        assert each.sync().problem == ""
    assert set(branches(place)) == {one.stream_id, other.stream_id}
    assert one.core_us() == other.core_us() == 2 * 2 * HOUR_US
    done = one.sync()
    assert (done.told, done.came, done.problem) == (False, (), "")


def test_a_key_that_is_not_known_is_said_in_one_line(
    ssh: SshServer, tmp_path: Path, place: str
) -> None:
    one = codespace(ssh, tmp_path, place)
    (tmp_path / "user.pub").write_text("")
    problem = one.sync().problem
    assert "ssh does not let you in" in problem
    assert "\n" not in problem


def test_a_host_that_is_not_known_is_not_trusted(
    ssh: SshServer, tmp_path: Path, place: str
) -> None:
    one = codespace(ssh, tmp_path, place)
    (tmp_path / "known_hosts").write_text("")
    assert "Host key verification failed" in one.sync().problem
    assert branches(place) == {}


def test_a_missing_repository_and_a_server_that_is_away_are_said(
    ssh: SshServer, tmp_path: Path, place: str
) -> None:
    one = codespace(ssh, tmp_path, "/nowhere/hours.git")
    assert "no such repository" in one.sync().problem
    other = codespace(ssh, tmp_path, place, "other")
    ssh.process.terminate()
    ssh.process.wait()
    assert "cannot be reached" in other.sync().problem


def test_twenty_tell_at_once_where_the_server_lets_so_many_in(
    ssh: SshServer, tmp_path: Path, place: str
) -> None:
    all_ = [codespace(ssh, tmp_path, place, f"space-{n}") for n in range(20)]
    with ThreadPoolExecutor(20) as pool:
        done = list(pool.map(Codespace.sync, all_))
    assert [one.problem for one in done] == [""] * 20
    assert len(branches(place)) == 20


def test_a_server_that_turns_logins_away_costs_a_later_try_alone(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ssh"
    folder.mkdir()
    with ssh_server(folder, starts="1:90:2") as server:
        monkeypatch.setattr(git_program, "SSH", PLAIN + server.options)
        all_ = [codespace(server, tmp_path, place, f"space-{n}") for n in range(8)]
        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(Codespace.sync, all_))
        for outcome in done:
            assert "\n" not in outcome.problem
            assert not outcome.problem or "tried again later" in outcome.problem
        for one in all_:
            assert one.sync().problem == ""
        assert len(branches(place)) == 8
