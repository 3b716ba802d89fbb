"""A terminal that lies in the place of a file becomes that of no session which the tracker
leads."""

import os
import pty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.children import forked

from codespace_tracker.config.load import text_of
from codespace_tracker.machine.files import read_own, read_small
from codespace_tracker.machine.trusted_directory import open_own

READERS: dict[str, Callable[[Path], object]] = {
    "read_small": lambda path: read_small(str(path), 100),
    "read_own": lambda path: read_own(str(path), 100),
    "open_own": lambda path: open_own(str(path.parent), path.name),
    "open_own by path": lambda path: open_own("/", str(path)),
    "text_of": lambda path: text_of(str(path.parent), path.name, [], is_obeyed=False),
}


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Path]:
    """A link to a terminal that has no session."""
    first, second = pty.openpty()
    link = tmp_path / "file"
    link.symlink_to(os.ttyname(second))
    yield link
    os.close(first)
    os.close(second)


def has_terminal_after(look: Callable[[], object]) -> bool:
    """Whether a process that leads a session, as the daemon does, has a terminal after it looked at
    a file."""

    def has_one() -> bool:
        os.setsid()
        try:
            look()
            os.open("/dev/tty", os.O_RDONLY)
        except OSError:
            return False
        return True

    return os.waitstatus_to_exitcode(os.waitpid(forked(has_one), 0)[1]) == 1


@pytest.mark.parametrize("name", READERS)
def test_a_terminal_in_a_files_place_does_not_become_ours(terminal: Path, name: str) -> None:
    assert has_terminal_after(lambda: os.open(terminal, os.O_RDONLY)), "as it would without a word"
    assert not has_terminal_after(lambda: READERS[name](terminal))
