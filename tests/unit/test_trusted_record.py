"""The record of directories from which triggers may run though others can write there; and paths as
they are kept."""

import os
import stat
from pathlib import Path

import pytest

from codespace_tracker.machine.directory import (
    forget,
    home,
    is_trusted,
    locate,
    record,
    recorded,
    trust,
)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home")}


def test_a_directory_is_trusted_once_said_and_no_other_is(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    one, other, link = str(tmp_path / "one"), str(tmp_path / "other"), tmp_path / "link"
    assert not is_trusted(one, environ)
    trust(one, environ)
    trust(one, environ)
    trust(other, environ)
    kept = tmp_path / "home/.config/codespace-tracker/trusted"
    assert kept.read_text() == f"{one}\n{other}\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    link.symlink_to(tmp_path / "one")
    assert [is_trusted(path, environ) for path in (one, other, str(link), f"{one}/x")] == [
        True,
        True,
        True,
        False,
    ]
    link.unlink()
    link.symlink_to(tmp_path / "third")
    assert not is_trusted(str(link), environ), "what the link leads to counts"


def test_what_is_trusted_is_forgotten_with_the_record(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    record("/a", environ)
    trust("/a", environ)
    assert forget(environ)
    assert not is_trusted("/a", environ)
    assert list((tmp_path / "home/.config").iterdir()) == []


@pytest.mark.machine
def test_what_another_user_wrote_is_no_record_and_trusts_nothing(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    record("/a", environ)
    trust("/a", environ)
    for path in (tmp_path / "home/.config/codespace-tracker").iterdir():
        os.chown(path, 1234, 1234)
    assert recorded(environ) is None
    assert not is_trusted("/a", environ)


def test_two_slashes_at_the_beginning_of_a_path_are_one(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    record("//a/b", environ)
    double = f"/{tmp_path}"
    assert recorded(environ) == "/a/b"
    assert locate("//a/./b/", environ, False).path == "/a/b"
    assert locate(None, {"CODESPACE_TRACKER_DIR": "//a/b"}, False).path == "/a/b"
    assert locate(None, {"HOME": double}, False).path == f"{tmp_path}/.codespace-tracker"
    assert home({"HOME": "//h"}) == "/h"
    record("/x", {"XDG_CONFIG_HOME": double})
    assert (tmp_path / "codespace-tracker/directory").read_text() == "/x\n"
