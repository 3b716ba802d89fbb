"""Containers that share a home have processes with the same number: they are in nobody's way."""

import os
from pathlib import Path

import pytest

from codespace_tracker.install import shell_hook
from codespace_tracker.machine import directory
from codespace_tracker.machine.files import beside


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A home in which a process with our number is at work on the same files."""
    record = tmp_path / ".config/codespace-tracker/directory"
    record.parent.mkdir(parents=True)
    for name in (f"{record}.{os.getpid()}", f"{record}.{os.getpid()}.tmp"):
        Path(name).mkdir()  # as if it could not be replaced
    (tmp_path / f".bashrc.codespace-tracker-{os.getpid()}").write_text("half")
    return tmp_path


def test_another_containers_record_is_not_in_the_way(left: Path) -> None:
    directory.record("/somewhere", {"HOME": str(left)})
    assert directory.recorded({"HOME": str(left)}) == "/somewhere"
    assert len(list((left / ".config/codespace-tracker").iterdir())) == 3, "nothing is left of it"


def test_another_containers_hook_is_not_in_the_way(left: Path) -> None:
    assert shell_hook.put(str(left / ".bashrc"), shell_hook.block("/somewhere", "/bin/true"))
    assert (left / f".bashrc.codespace-tracker-{os.getpid()}").read_text() == "half"


def test_no_two_temporary_names_are_the_same() -> None:
    assert len({beside("/x/y") for _ in range(100)}) == 100
    assert os.path.dirname(beside("/x/y")) == "/x"
