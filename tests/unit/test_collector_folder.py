"""Metrics in the folder of a collector: whole, readable by all, and gone when nobody wants them."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.simulation.machine import SimulatedMachine
from tests.simulation.world import begun, crash, live

from codespace_tracker.config.settings import settings_from
from codespace_tracker.core.clock import MINUTE_US, SECOND_US
from codespace_tracker.daemon.loop import Daemon
from codespace_tracker.machine import shared_folder


class Scene:
    """A simulated machine whose tracker writes into the folder of a collector."""

    def __init__(self, path: Path) -> None:
        self.folder, self.directory = path / "collector", path / "state"
        self.folder.mkdir()
        self.directory.mkdir()
        self.machine = SimulatedMachine("codespaces")
        self.machine.seen = self.machine.seen._replace(name="original")
        self.write(f'metrics = "{self.folder}"')
        self.daemon: Daemon = begun(self.directory, self.machine)

    @property
    def file(self) -> Path:
        return self.folder / f"codespace-tracker-{self.daemon.status().tracker.tracker_id[:8]}.prom"

    def write(self, text: str) -> None:
        (self.directory / "config.toml").write_text(f"{text}\n")

    def config(self, text: str) -> None:
        self.write(text)
        self.daemon.step(signal.SIGHUP)
        self.live(SECOND_US)

    def live(self, microseconds: int = MINUTE_US) -> None:
        live(self.daemon, self.machine, microseconds)

    def problems(self) -> list[str]:
        return [one for one in self.daemon.problems.all() if one.startswith("metrics")]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    crash(made.daemon)


def test_it_is_written_each_minute_for_all_to_read_and_nowhere_else(scene: Scene) -> None:
    before = os.umask(0o077)
    try:
        scene.live()
    finally:
        os.umask(before)
    assert scene.file.stat().st_mode & 0o7777 == 0o644
    assert os.listdir(scene.folder) == [scene.file.name]
    assert not (scene.directory / "metrics.prom").exists()
    inode = scene.file.stat().st_ino
    scene.live()
    assert scene.file.stat().st_ino != inode, "another file took its place"
    assert scene.problems() == []


@pytest.mark.parametrize(
    "setting", ["metrics = false", "metrics = true", "", 'metrics = "{other}"']
)
def test_it_goes_with_the_setting(scene: Scene, tmp_path: Path, setting: str) -> None:
    scene.live()
    assert scene.file.exists()
    other = tmp_path / "other"
    other.mkdir()
    scene.config(setting.format(other=other))
    assert os.listdir(scene.folder) == []
    assert (scene.directory / "metrics.prom").exists() == (setting == "metrics = true")
    assert os.listdir(other) == ([scene.file.name] if "other" in setting else [])
    assert (scene.directory / "metrics.places").exists() == ("other" in setting)


def test_a_setting_that_was_changed_meanwhile_is_noticed_at_the_start(scene: Scene) -> None:
    scene.live()
    crash(scene.daemon)
    scene.write("metrics = false")
    scene.daemon = begun(scene.directory, scene.machine)
    scene.live(SECOND_US)
    assert os.listdir(scene.folder) == []


def test_links_are_replaced_and_not_followed(scene: Scene, tmp_path: Path) -> None:
    scene.live()
    precious = tmp_path / "precious"
    precious.write_text("mine")
    for planted in (scene.file, scene.folder / f".{scene.file.name}.tmp"):
        planted.unlink(missing_ok=True)
        planted.symlink_to(precious)
    scene.live()
    assert precious.read_text() == "mine"
    assert not scene.file.is_symlink()
    assert os.listdir(scene.folder) == [scene.file.name]


def test_a_folder_that_is_a_link_or_a_file_or_missing_is_a_problem(
    scene: Scene, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(scene.folder)
    (tmp_path / "file").write_text("")
    said = {}
    for name in ("link", "file", "missing"):
        scene.config(f'metrics = "{tmp_path / name}"')
        [said[name]] = scene.problems()
    assert "the folder is a file or a link" in said["link"]
    assert "the folder is a file or a link" in said["file"]
    assert "there is no such folder" in said["missing"]
    assert "Fix: make the folder" in said["missing"]
    (tmp_path / "missing").mkdir()
    scene.live()
    assert scene.problems() == []
    assert os.listdir(tmp_path / "missing") == [scene.file.name]


def test_a_folder_in_the_files_place_is_a_problem_and_stops_nothing(scene: Scene) -> None:
    scene.live()
    scene.file.unlink()
    scene.file.mkdir()
    scene.live(2 * MINUTE_US)
    assert "Is a directory" in scene.problems()[0]
    assert (scene.directory / "status.json").exists()


def test_a_copy_of_the_directory_leaves_the_file_of_the_original(
    scene: Scene, tmp_path: Path
) -> None:
    scene.live()
    of_original = scene.file
    os.utime(of_original, ns=(scene.machine.now.wall_us * 1000,) * 2)
    shutil.copytree(scene.directory, tmp_path / "copy", symlinks=True)
    machine = SimulatedMachine("codespaces")
    machine.seen = machine.seen._replace(name="copy")
    copy = begun(tmp_path / "copy", machine)
    try:
        assert copy.status().tracker.tracker_id != scene.daemon.status().tracker.tracker_id
        assert len(os.listdir(scene.folder)) == 2
        assert of_original.exists()
        live(copy, machine, 30 * MINUTE_US)
        assert len(os.listdir(scene.folder)) == 1, "nobody draws it any more"
    finally:
        crash(copy)


@pytest.mark.parametrize("text", ["relative/folder", "", "~/x", "/a\\nb", "/" + "x" * 5000])
def test_what_is_no_absolute_path_is_refused(text: str) -> None:
    found, [problem] = settings_from(f'metrics = "{text}"\n')
    assert found is None
    assert "the absolute path of a folder" in str(problem)


def test_what_cannot_be_taken_away_is_said_and_what_is_gone_is_no_fault(tmp_path: Path) -> None:
    assert not shared_folder.take_away(str(tmp_path / "gone" / "a.prom"))
    (tmp_path / "a.prom").mkdir()
    with pytest.raises(OSError, match="directory"):
        shared_folder.take_away(str(tmp_path / "a.prom"))
