"""`devcontainer`: the line that starts the tracker with the container, in the project's own
file."""

import json
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, wait_until

from codespace_tracker import __version__


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = tmp_path / "my project"
    made.mkdir()
    return made


def line_in(path: Path) -> str:
    """Our command, as the file has it."""
    commands = json.loads(re.sub(r"^ *//.*|// ours", "", path.read_text(), flags=re.MULTILINE))
    command = commands["postStartCommand"]
    line = (
        command["codespace-tracker"]
        if isinstance(command, dict)
        else command[1:].partition("); ")[0]
    )
    assert isinstance(line, str)
    return line


def test_a_project_without_one_gets_a_file_and_loses_it_again(
    tracker: RealTracker, project: Path
) -> None:
    path = project / ".devcontainer/devcontainer.json"
    assert f"{path} (new)" in tracker.verb("devcontainer", str(project)).stdout
    assert "--heal" in line_in(path)
    before = path.read_text()
    assert "(unchanged)" in tracker.verb("devcontainer", str(project)).stdout
    assert path.read_text() == before
    assert f"Removed {path}" in tracker.verb("devcontainer", str(project), "--remove").stdout
    assert list(project.iterdir()) == []
    assert "nothing to remove" in tracker.verb("devcontainer", str(project), "--remove").stdout


def test_a_file_that_is_there_keeps_its_permissions_and_all_else(
    tracker: RealTracker, project: Path
) -> None:
    target = project / "shared.json"
    target.write_text('{\n  // ours\n  "postStartCommand": "npm start"\n}\n')
    target.chmod(0o664)
    path = project / ".devcontainer.json"
    path.symlink_to("shared.json")
    before = target.read_text()
    tracker.verb("devcontainer", str(project))
    assert target.read_text().endswith('); npm start"\n}\n')
    assert path.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o664
    assert sorted(os.listdir(project)) == [".devcontainer.json", "shared.json"]
    tracker.verb("devcontainer", str(project), "--remove")
    assert target.read_text() == before


def test_of_several_it_names_all_and_takes_the_one_that_is_named(
    tracker: RealTracker, project: Path
) -> None:
    for name in ("one", "two"):
        (project / ".devcontainer" / name).mkdir(parents=True)
        (project / ".devcontainer" / name / "devcontainer.json").write_text("{}")
    said = tracker.verb("devcontainer", str(project), code=1).stderr
    assert (
        "it has 2 dev containers: .devcontainer/one/devcontainer.json, "
        ".devcontainer/two/devcontainer.json" in said
    )
    two = project / ".devcontainer/two/devcontainer.json"
    assert f"devcontainer '{project}/.devcontainer/one/devcontainer.json'" in said
    tracker.verb("devcontainer", str(two))
    assert "--heal" in line_in(two)


def test_init_brings_a_line_of_0_1_0_up_to_date_and_says_so(
    tracker: RealTracker, project: Path
) -> None:
    path, other = project / ".devcontainer.json", project / "other.json"
    path.write_text('{\n  "postStartCommand": "npm start" // ours\n}\n')
    tracker.verb("devcontainer", str(project))
    now = path.read_text()
    earlier = f"sh {tracker.directory}/program/setup.sh --heal >/dev/null 2>&1 || true"
    commands = f'{{"codespace-tracker": {json.dumps(earlier)}, "project": "npm start"}}'
    path.write_text(f'{{\n  "postStartCommand": {commands} // ours\n}}\n')
    other.write_text(path.read_text())
    assert f"Dev container: {path} (updated)" in tracker.verb("init").stdout
    assert path.read_text() == now
    assert "Dev container" not in tracker.verb("init").stdout
    assert json.dumps(earlier) in other.read_text(), "it was not put there from here"
    path.write_text('{"postStartCommand": {"codespace-tracker": "mine"}}')
    before = path.read_text()
    tracker.verb("init")
    assert path.read_text() == before


def test_a_broken_file_is_told_with_its_place_and_left_alone(
    tracker: RealTracker, project: Path
) -> None:
    path = project / ".devcontainer.json"
    path.write_text('{\n  "image" "a"\n}')
    assert (
        f"{path}, line 2, column 11: this is not JSON"
        in tracker.verb("devcontainer", str(project), code=1).stderr
    )
    assert path.read_text() == '{\n  "image" "a"\n}'
    path.write_bytes(b'{\n"image": "\xff"}')
    assert (
        f"{path}, line 2: this is not UTF-8"
        in tracker.verb("devcontainer", str(project), code=1).stderr
    )
    said = tracker.verb("devcontainer", str(project / "nowhere"), code=1).stderr
    assert f"{project / 'nowhere'}: there is no such folder. Fix:" in said


def test_a_command_of_somebody_elses_under_our_name_is_told_and_left_alone(
    tracker: RealTracker, project: Path
) -> None:
    path = project / ".devcontainer.json"
    whole = '{\n  "postStartCommand": {"codespace-tracker": "sh mine.sh"}\n}\n'
    path.write_text(whole)
    said = tracker.verb("devcontainer", str(project), code=1).stderr
    assert (
        f"{path}, line 2, column 45: postStartCommand.codespace-tracker: this name is "
        "codespace-tracker's" in said
    )
    assert "nothing to remove" in tracker.verb("devcontainer", str(project), "--remove").stdout
    assert path.read_text() == whole


def test_a_link_that_leads_nowhere_and_no_folder_are_told_and_left_alone(
    tracker: RealTracker, project: Path
) -> None:
    tracker.verb("init")
    place = project / ".devcontainer"
    place.write_text("mine")
    assert (
        "is not a folder, and must be one"
        in tracker.verb("devcontainer", str(project), code=1).stderr
    )
    assert place.read_text() == "mine"
    place.unlink()
    place.mkdir()
    (place / "devcontainer.json").symlink_to("elsewhere.json")
    assert "leads nowhere" in tracker.verb("devcontainer", str(project), code=1).stderr
    assert (place / "devcontainer.json").is_symlink()
    assert not (place / "elsewhere.json").exists()


def test_the_line_starts_the_tracker_at_once_and_says_nothing(
    tracker: RealTracker, project: Path
) -> None:
    tracker.verb("init")
    tracker.verb("devcontainer", str(project))
    commands = tracker.home / ".local/bin"
    commands.mkdir(parents=True)
    quoted = " ".join(f"'{word}'" for word in tracker.command()[:-2])
    (commands / "codespace-tracker").write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
    (commands / "codespace-tracker").chmod(0o755)
    line = line_in(project / ".devcontainer/devcontainer.json")
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        env=tracker.environment(),
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    wait_until(lambda: tracker.running().daemon is not None, "the tracker runs")
    wait_until(
        lambda: (tracker.directory / "program/heal.log").exists(), "it says in a file what it did"
    )


@pytest.mark.parametrize("path", ["", "/nonexistent"])
def test_where_nothing_of_ours_is_the_line_does_nothing_and_succeeds(
    tracker: RealTracker, project: Path, path: str
) -> None:
    tracker.verb("devcontainer", str(project))
    line = line_in(project / ".devcontainer/devcontainer.json").replace(
        str(tracker.directory), "/nonexistent"
    )
    environment = {"PATH": path or "/usr/bin:/bin", "HOME": "/nonexistent"}
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        env=environment,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_state_directory_in_the_home_is_named_by_it(tracker: RealTracker, project: Path) -> None:
    """Another container's user has another one."""
    inside = RealTracker(tracker.home / "my state")
    inside.home = tracker.home
    inside.verb("devcontainer", str(project))
    line = line_in(project / ".devcontainer/devcontainer.json")
    assert line.startswith("{ cd \"$HOME\"'/my state' && ")


def test_uninstall_takes_away_the_lines_that_were_put_from_here_and_no_others(
    tracker: RealTracker, project: Path
) -> None:
    path = project / ".devcontainer.json"
    path.write_text("{}\n")
    other = project / "other.json"
    tracker.verb("init")
    tracker.verb("devcontainer", str(project))
    other.write_text(path.read_text())
    tracker.verb("start")
    said = tracker.verb("uninstall").stdout
    assert f"Removed the tracker's line from {path}." in said
    assert "codespace-tracker" not in path.read_text()
    assert "codespace-tracker" in other.read_text()
    assert not (tracker.directory / "program").exists(), "nothing installs it again"


def test_set_up_keeps_a_wheel_of_what_is_installed_and_the_same_again(tracker: RealTracker) -> None:
    tracker.verb("init")
    [wheel] = (tracker.directory / "program").glob("*.whl")
    assert wheel.name == f"codespace_tracker-{__version__}-py3-none-any.whl"
    names = set(zipfile.ZipFile(wheel).namelist())
    about = f"codespace_tracker-{__version__}"
    assert {
        "codespace_tracker/daemon/ghadi.sh",
        f"{about}.data/scripts/ghadi.sh",
        f"{about}.dist-info/RECORD",
    } <= names
    assert not [name for name in names if "__pycache__" in name]
    before = wheel.stat()
    tracker.verb("init")
    assert wheel.stat().st_mtime_ns == before.st_mtime_ns
    (tracker.directory / "program/codespace_tracker-0.0.1-py3-none-any.whl").write_bytes(b"")
    wheel.unlink()
    tracker.verb("start")
    assert [path.name for path in (tracker.directory / "program").glob("*.whl")] == [wheel.name], (
        "after an update"
    )
