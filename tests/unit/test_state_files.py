"""What lies in a state directory is named in one place, and README says what it is."""

import ast
import re
from pathlib import Path

import pytest

import codespace_tracker
from codespace_tracker.daemon.remains import _ORIGINALS
from codespace_tracker.install.our_files import _FILES, is_ours
from codespace_tracker.machine import debug_log, file_names
from codespace_tracker.machine.file_names import DRAWN, FOLDERS, LEDGER, MEETING
from codespace_tracker.machine.lock import DAEMON_LOCK, KEEPER_LOCK
from codespace_tracker.machine.state_directory import _SIGNS

SOURCE = Path(codespace_tracker.__file__).parent
README = (SOURCE.parents[1] / "README.md").read_text()
TABLE = README.partition("| file | what is in it |")[2].partition("\n\n")[0]
NAMED = set(
    re.findall(r"`([^`]+)`", "\n".join(line.split("|")[1] for line in TABLE.split("\n")[2:]))
)
NAMES = {
    value for name, value in vars(file_names).items() if isinstance(value, str) and name.isupper()
}


def test_readme_names_every_file_that_uninstall_deletes() -> None:
    said = {*NAMED, *re.findall(r"`([^`]+)`", TABLE), DAEMON_LOCK, KEEPER_LOCK}
    assert "*.lock" in NAMED
    assert {*_FILES, LEDGER, debug_log.NAME} - said == set()


def test_uninstall_deletes_every_file_that_readme_names() -> None:
    files = {name for name in NAMED if not name.endswith("/") and "*" not in name}
    assert {name for name in files if not is_ours(name)} == set()
    folders = {name.rstrip("/") for name in NAMED if name.endswith("/")}
    assert folders == {*FOLDERS, MEETING, "program"}


def test_what_tells_a_state_directory_and_the_original_tool_is_ours() -> None:
    assert all(is_ours(name) or name in FOLDERS for name in _SIGNS)
    assert set(_ORIGINALS) < set(DRAWN)


@pytest.mark.parametrize("name", sorted(name for name in NAMES if "." in name))
def test_a_file_is_named_in_the_source_once(name: str) -> None:
    places = [
        path
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value == name
    ]
    assert [str(path.relative_to(SOURCE)) for path in places] == ["machine/file_names.py"]
