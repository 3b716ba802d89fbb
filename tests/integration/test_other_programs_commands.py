"""A command of another program that has the name of one of ours stays: set-up, the Feature and
uninstall leave it."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker
from tests.integration.setup_machine import ROOT, Machine
from tests.integration.shells import Shells

NAMES = ("codespace-tracker", "cst", "ghadi.sh")
FOREIGN = "#!/bin/sh\necho another program\n"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, python=True)


def set_up(machine: Machine) -> str:
    """Run setup.sh; what it said."""
    return subprocess.run(
        ["/bin/sh", str(ROOT / "setup.sh")],
        env=machine.environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    ).stdout


def put_foreign(path: Path, how: str) -> None:
    """Put another program's command there: a file, a link as pipx makes it, or one that leads
    nowhere by now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = path if how == "file" else path.parent / f"its-{path.name}"
    if how != "broken link":
        target.write_text(FOREIGN)
        target.chmod(0o755)
    if how != "file":
        path.symlink_to(target)


@pytest.mark.parametrize("how", ["file", "link", "broken link"])
@pytest.mark.parametrize("name", NAMES)
def test_set_up_leaves_it_alone_in_our_folder_and_says_so(
    machine: Machine, name: str, how: str
) -> None:
    bin_ = machine.home / ".local/bin"
    put_foreign(bin_ / name, how)
    before = os.lstat(bin_ / name).st_ino
    said = set_up(machine)
    venv = machine.home / ".local/share/codespace-tracker/venv/bin"
    assert (
        said.count(
            f"Not replaced: {bin_ / name} was not made by setup.sh. The command is {venv / name}.\n"
        )
        == 1
    )
    assert os.lstat(bin_ / name).st_ino == before
    for other in set(NAMES) - {name}:
        assert os.readlink(bin_ / other) == str(venv / other)


@pytest.mark.parametrize("name", NAMES)
def test_set_up_hides_no_command_elsewhere_on_the_path(machine: Machine, name: str) -> None:
    elsewhere = machine.folder / "else where"
    put_foreign(elsewhere / name, "link")
    machine.environment["PATH"] += f":{elsewhere}"
    assert f"Not replaced: {elsewhere / name} was not made by setup.sh." in set_up(machine)
    assert not os.path.lexists(machine.home / ".local/bin" / name)


def test_set_up_again_keeps_the_links_it_made_and_moves_with_the_data_folder(
    machine: Machine,
) -> None:
    set_up(machine)
    assert "Not replaced" not in set_up(machine)
    machine.environment["XDG_DATA_HOME"] = str(machine.home / "data")
    assert "Not replaced" not in set_up(machine)
    assert os.readlink(machine.home / ".local/bin/cst") == str(
        machine.home / "data/codespace-tracker/venv/bin/cst"
    )


def test_uninstall_deletes_our_links_only(tracker: RealTracker) -> None:
    shells = Shells(tracker)
    shells.set_up()
    bin_, venv = shells.command.parent, shells.home / ".local/share/codespace-tracker/venv/bin"
    venv.mkdir(parents=True)
    (bin_ / "ghadi.sh").symlink_to(venv / "ghadi.sh")
    put_foreign(bin_ / "cst", "link")
    said = shells.verb("uninstall", "--delete-data", "--yes")
    assert f"Removed {bin_}/ghadi.sh." in said
    assert (bin_ / "cst").read_text() == FOREIGN


@pytest.mark.parametrize("where", ["our folder", "our folder, broken", "the PATH", "nowhere"])
def test_the_feature_leaves_it_alone(tmp_path: Path, where: str) -> None:
    script = (ROOT / "feature/src/codespace-tracker/install.sh").read_text()
    function = (
        "find_other() {" + script.partition("find_other() {")[2].partition("\n}\n")[0] + "\n}\n"
    )
    ours, elsewhere = tmp_path / "bin", tmp_path / "else where"
    put_foreign(elsewhere / "unrelated", "file")
    ours.mkdir()
    (ours / "cst").symlink_to(tmp_path / "venv/bin/cst")
    expected = ""
    if where != "nowhere":
        (ours / "cst").unlink()
        place = elsewhere / "cst" if where == "the PATH" else ours / "cst"
        put_foreign(place, "broken link" if "broken" in where else "link")
        expected = f"{place}\n"
    program = (
        "set -eu\n"
        f'bin="{ours}" venv="{tmp_path}/venv"\n'
        f'PATH="$PATH:{elsewhere}"\n'
        f"{function}find_other cst\n"
    )
    assert (
        subprocess.run(
            ["/bin/sh", "-c", program], capture_output=True, text=True, check=True
        ).stdout
        == expected
    )
