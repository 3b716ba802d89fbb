"""What of a server's variables is kept for the tracker that outlives it, and what of that is
believed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from codespace_tracker.machine import clock, server_variables
from codespace_tracker.machine.server_variables import forget, keep, renewed

SERVER = {"JUPYTERHUB_API_TOKEN": "new", "JUPYTERHUB_SERVER_NAME": ""}
TRACKER = {"JUPYTERHUB_API_TOKEN": "old", "PATH": "/bin"}


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[str]:
    yield str(tmp_path)
    forget(str(tmp_path))


def kept(directory: str) -> Path:
    keep(directory, SERVER)
    found = os.stat(directory)
    return Path(f"/dev/shm/codespace-tracker-{os.geteuid()}-{found.st_dev:x}-{found.st_ino:x}")


def test_what_was_kept_takes_the_place_of_the_trackers_own(directory: str) -> None:
    assert renewed(directory, TRACKER) == TRACKER
    keep(directory, SERVER)
    assert renewed(directory, TRACKER) == {"PATH": "/bin", **SERVER}
    keep(directory, {"HOME": "/root"})
    assert renewed(directory, TRACKER) == {"PATH": "/bin", **SERVER}
    forget(directory)
    assert renewed(directory, TRACKER) == TRACKER


def test_values_of_any_bytes_come_back_as_they_were(directory: str) -> None:
    odd = {"JUPYTERHUB_ODD": "a=b\nc \udcff"}
    keep(directory, odd)
    assert renewed(directory, {}) == odd


def test_what_an_earlier_life_of_the_machine_kept_is_not_used(
    directory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(directory, SERVER)
    life = clock.read_life()
    for other in (life._replace(boot_id="another"), life._replace(pid1_start_us=1)):
        monkeypatch.setattr(clock, "read_life", lambda other=other: other)
        assert renewed(directory, TRACKER) == TRACKER


def test_a_file_that_others_could_have_written_is_not_read(directory: str, tmp_path: Path) -> None:
    path = kept(directory)
    path.chmod(0o644)
    assert renewed(directory, TRACKER) == TRACKER
    elsewhere = tmp_path / "elsewhere"
    path.chmod(0o600)
    elsewhere.write_bytes(path.read_bytes())
    elsewhere.chmod(0o600)
    path.unlink()
    path.symlink_to(elsewhere)
    assert renewed(directory, TRACKER) == TRACKER, "a link is not followed"
    path.unlink()
    os.mkfifo(path, 0o600)
    assert renewed(directory, TRACKER) == TRACKER, "a pipe holds nobody up"


@pytest.mark.machine
def test_a_file_of_another_user_is_not_read(directory: str) -> None:
    path = kept(directory)
    os.chown(path, 65534, 65534)
    assert renewed(directory, TRACKER) == TRACKER


def test_it_holds_only_variables_of_a_server_whatever_is_in_the_file(directory: str) -> None:
    path = kept(directory)
    path.write_bytes(path.read_bytes() + b"LD_PRELOAD=/tmp/x\0garbage\0")
    assert renewed(directory, TRACKER) == {"PATH": "/bin", **SERVER}


def test_where_it_cannot_be_kept_the_trackers_own_hold(
    directory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_variables, "_FOLDER", str(tmp_path / "none"))
    keep(directory, SERVER)
    assert renewed(directory, TRACKER) == TRACKER
    keep(str(tmp_path / "no directory"), SERVER)
    assert renewed(str(tmp_path / "no directory"), TRACKER) == TRACKER


def test_no_token_is_left_where_something_else_stands_in_its_place(
    directory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory"
    monkeypatch.setattr(server_variables, "_FOLDER", str(memory))
    found = os.stat(directory)
    place = memory / f"codespace-tracker-{os.geteuid()}-{found.st_dev:x}-{found.st_ino:x}"
    place.mkdir(parents=True)
    keep(directory, SERVER)
    assert list(memory.iterdir()) == [place]
