"""A default access list (acl(5)) takes the umask's place: what is made below it is still closed to
other users."""

import os
import shutil
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker
from tests.integration.setup_machine import Machine

EVERYBODY = 0xFFFFFFFF
ENTRIES = [(0x01, 7), (0x04, 7), (0x10, 7), (0x20, 7)]  # the owner, the group, the mask, others


def let_all_in(folder: Path) -> None:
    """Let everybody write what is made in a folder, unless it is made with a mode of its own."""
    entries = b"".join(struct.pack("<HHI", tag, mode, EVERYBODY) for tag, mode in ENTRIES)
    os.setxattr(folder, "system.posix_acl_default", struct.pack("<I", 2) + entries)


def writable(folder: Path) -> Iterator[str]:
    """What others can reach below a folder, and write."""
    for found in os.scandir(folder):
        mode = found.stat(follow_symlinks=False).st_mode
        if found.is_symlink():
            continue
        if mode & stat.S_IWOTH:
            yield found.path
        if found.is_dir() and mode & stat.S_IXOTH:
            yield from writable(Path(found.path))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path, python=True)
    let_all_in(made.home)
    return made


def test_set_up_makes_nothing_that_others_can_write(machine: Machine) -> None:
    machine.setup("--timezone", "UTC")
    assert (machine.home / ".local/share/codespace-tracker/venv/bin/python").exists()
    assert (machine.home / ".local/bin/cst").is_symlink()
    assert list(writable(machine.home)) == []


def test_set_up_replaces_an_installation_that_others_could_write(machine: Machine) -> None:
    machine.setup("--timezone", "UTC")
    share = machine.home / ".local/share/codespace-tracker"
    (share / "venv/planted").touch()
    machine.setup("--timezone", "UTC")
    assert (share / "venv/planted").exists(), "an installation of the user's own stays"
    share.chmod(0o757)
    machine.setup("--timezone", "UTC")
    assert not (share / "venv/planted").exists()
    assert stat.S_IMODE(share.stat().st_mode) == 0o700


@pytest.mark.machine
@pytest.mark.parametrize("is_link", [False, True])
def test_set_up_installs_into_no_folder_of_another_users(machine: Machine, is_link: bool) -> None:
    share = machine.home / ".local/share/codespace-tracker"
    share.parent.mkdir(parents=True)
    if is_link:
        (machine.folder / "own").mkdir()
        share.symlink_to(machine.folder / "own")
    else:
        share.mkdir()
    os.chown(share, 61_999, 61_999, follow_symlinks=False)
    said = machine.refused()
    assert f"{share} belongs to another user" in said
    assert os.listdir(share) == []


def test_what_is_recorded_is_in_folders_of_the_users_alone(tracker: RealTracker) -> None:
    let_all_in(tracker.home)
    tracker.verb("init", "--timezone", "UTC", "--shell-hook")
    assert (tracker.home / ".config/codespace-tracker/directory").exists()
    assert list(writable(tracker.home)) == []


@pytest.mark.parametrize("parent_mode", [0o757, 0o755])
def test_an_export_can_be_written_by_no_other_user(
    tracker: RealTracker, tmp_path: Path, parent_mode: int
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    let_all_in(folder)
    folder.chmod(parent_mode)
    tracker.verb("init", "--timezone", "UTC")
    tracker.verb("start")
    tracker.verb("export", "--output", str(folder / "sessions.jsonl"))
    assert (folder / "sessions.jsonl").read_text()
    assert list(writable(folder)) == []


def test_a_new_devcontainer_json_can_be_written_by_no_other_user(
    tracker: RealTracker, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    let_all_in(project)
    project.chmod(0o777)
    tracker.verb("init", "--timezone", "UTC")
    tracker.verb("devcontainer", str(project))
    assert (project / ".devcontainer/devcontainer.json").exists()
    assert list(writable(project)) == []


def test_import_and_deletion_touch_nothing_else_in_an_open_folder(
    tracker: RealTracker, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    let_all_in(shared)
    shared.chmod(0o757)
    (shared / "anothers.json").write_text("{}")
    tracker.directory = shared / "state"
    tracker.verb("init", "--timezone", "UTC")
    tracker.verb("start")
    tracker.verb("export", "--output", str(tmp_path / "sessions.jsonl"))
    shutil.copy(tmp_path / "sessions.jsonl", shared / "other.jsonl")
    tracker.verb("import", str(shared / "other.jsonl"))
    assert stat.S_IMODE(tracker.directory.stat().st_mode) == 0o700
    (tracker.directory / "notes.md").write_text("mine")
    tracker.verb("uninstall", "--delete-data", "--yes")
    assert sorted(os.listdir(shared)) == ["anothers.json", "other.jsonl", "state"]
    assert os.listdir(tracker.directory) == ["notes.md"]
