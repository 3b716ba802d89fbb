"""`devcontainer` stays within the project, whatever links lead out of it or are put there while it
works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker

from codespace_tracker.install.project_file import opened

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = tmp_path / "my project"
    made.mkdir()
    return made


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    made = tmp_path / "outside"
    made.mkdir()
    (made / "devcontainer.json").write_text("{}\n")
    return made


@pytest.mark.parametrize(
    ("link", "target"),
    [
        (".devcontainer.json", "../outside/devcontainer.json"),
        (".devcontainer/devcontainer.json", "../../outside/devcontainer.json"),
        (".devcontainer/one/devcontainer.json", "../../../outside/devcontainer.json"),
        (".devcontainer", "../outside"),
        (".devcontainer/one", "../../outside"),
    ],
)
def test_a_file_outside_of_the_project_is_left_alone_and_named(
    tracker: RealTracker, project: Path, outside: Path, link: str, target: str
) -> None:
    (project / link).parent.mkdir(parents=True, exist_ok=True)
    (project / link).symlink_to(target)
    file = outside / "devcontainer.json"
    said = tracker.verb("devcontainer", str(project), code=1).stderr
    assert f"a link leads out of the project {project}, to {file}, which is left alone" in said
    assert f"`codespace-tracker devcontainer {file}`" in said
    assert file.read_text() == "{}\n"
    assert os.listdir(outside) == ["devcontainer.json"]
    tracker.verb("devcontainer", str(file))
    assert "--heal" in file.read_text()
    before = file.read_text()
    assert (
        "leads out of the project"
        in tracker.verb("devcontainer", str(project), "--remove", code=1).stderr
    )
    assert file.read_text() == before


def test_a_new_file_is_not_made_through_a_link_out_of_the_project(
    tracker: RealTracker, project: Path
) -> None:
    empty = project.parent / "empty"
    empty.mkdir()
    (project / ".devcontainer").symlink_to(empty)
    assert "leads out of the project" in tracker.verb("devcontainer", str(project), code=1).stderr
    assert os.listdir(empty) == []


def test_a_line_behind_a_link_that_leads_out_by_now_is_left_alone(
    tracker: RealTracker, project: Path, outside: Path
) -> None:
    path = project / ".devcontainer.json"
    path.write_text("{}\n")
    tracker.verb("init")
    tracker.verb("devcontainer", str(project))
    file = outside / "devcontainer.json"
    path.rename(file)
    file.write_text(before := file.read_text().replace("--quiet", "--other"))
    path.symlink_to(file)
    assert "could not be updated" in tracker.verb("init").stderr
    assert "The tracker's line could not be removed" in tracker.verb("uninstall").stderr
    assert file.read_text() == before


def test_a_link_within_the_project_is_followed(tracker: RealTracker, project: Path) -> None:
    (project / "containers").mkdir()
    (project / ".devcontainer").symlink_to("containers")
    tracker.verb("devcontainer", str(project))
    assert "--heal" in (project / "containers/devcontainer.json").read_text()
    tracker.verb("devcontainer", str(project), "--remove")
    assert os.listdir(project / "containers") == []
    assert (project / ".devcontainer").is_symlink()


def test_a_link_put_in_the_files_place_meanwhile_is_not_followed(
    project: Path, outside: Path
) -> None:
    path = project / ".devcontainer.json"
    path.write_text("{}\n")
    with opened(str(path)) as file:
        path.unlink()
        path.symlink_to(outside / "devcontainer.json")
        assert file.read(100) is None
        file.write(b"ours")
    assert (outside / "devcontainer.json").read_text() == "{}\n"
    assert os.listdir(outside) == ["devcontainer.json"]
    assert not path.is_symlink()
    assert path.read_text() == "ours"


def test_a_link_put_in_the_folders_place_meanwhile_is_not_followed(
    project: Path, outside: Path
) -> None:
    folder = project / ".devcontainer"
    folder.mkdir()
    (folder / "devcontainer.json").write_text("before")
    with opened(str(folder / "devcontainer.json")) as file:
        folder.rename(project / "away")
        folder.symlink_to(outside)
        assert file.read(100) == b"before"
        file.write(b"ours")
        assert (project / "away/devcontainer.json").read_text() == "ours"
        file.delete()
    assert os.listdir(project / "away") == []
    assert (outside / "devcontainer.json").read_text() == "{}\n"


SWEEP = """
import pathlib, sys
from tests.integration.swaps import Swapper, run

folder, link, *words = sys.argv[1:]
swapper, number = Swapper(folder, link), 0
while True:
    for stays in (True, False):
        pathlib.Path(folder, "devcontainer.json").write_text("{}")
        if not run(words, number, stays=stays, swapper=swapper):
            sys.exit(str(number))
    number += 1
"""


def test_a_link_put_there_at_any_step_of_the_verb_is_not_followed(
    tracker: RealTracker, project: Path, outside: Path
) -> None:
    folder, link = project / ".devcontainer", project / "link"
    folder.mkdir()
    link.symlink_to(outside)
    tracker.verb("init")
    command = [
        sys.executable,
        "-c",
        SWEEP,
        str(folder),
        str(link),
        *tracker.command("devcontainer", str(project))[3:],
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=tracker.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert int(done.stderr) >= 4, "steps that open or change something"
    assert (outside / "devcontainer.json").read_text() == "{}\n"
    assert os.listdir(outside) == ["devcontainer.json"]
