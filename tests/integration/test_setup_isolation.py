"""setup.sh: how it calls Python, pip and uv, from which folder and with which variables, seen by
stand-ins for them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS
from tests.integration.setup_machine import ROOT, Machine

OURS = (
    "import sys; sys.path.append(sys.argv.pop(1)); from codespace_tracker.cli import main; main()"
)


def ours(home: Path) -> str:
    """The words with which the launcher calls Python. The stand-in makes no folder of packages:
    then their pattern stays as it is."""
    packages = home / ".local/share/codespace-tracker/venv/lib/python3*/site-packages"
    return f"-I -S -c {OURS} {packages}"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, python=True)


def is_ours(words: str) -> bool:
    """Whether it is a call of the command itself, which keeps the user's variables."""
    return words.startswith(f"-I -S -c {OURS}")


def test_every_python_and_pip_is_isolated_and_in_the_root_folder(machine: Machine) -> None:
    calls = machine.setup("--timezone", "UTC")
    assert {words.split()[0] for _, words, _ in calls} == {"-I"}
    [filled] = [words for _, words, _ in calls if "environment import main" in words]
    assert filled.startswith("-I -B -c import sys;"), "it leaves nothing in the checkout"
    assert {folder for folder, _, _ in calls} == {"/"}
    assert {count for _, words, count in calls if "-m" in words or words == filled} == {"0"}
    assert {count for _, words, count in calls if is_ours(words)} == {"7"}, (
        "scripts of triggers get them"
    )


def test_uv_is_called_in_the_root_folder_and_without_the_variables(tmp_path: Path) -> None:
    calls = Machine(tmp_path, python=False).setup()
    [(folder, words, count)] = [call for call in calls if call[1].startswith("uv ")]
    assert (folder, count) == ("/", "0")
    assert words.endswith(f" {tmp_path}/home/.local/share/codespace-tracker/uv"), (
        "its pip does not stay"
    )
    assert not (tmp_path / "home/.local/share/codespace-tracker/uv").exists()


def test_paths_that_begin_at_the_current_folder_still_do(machine: Machine) -> None:
    calls = machine.setup("--dir", "../state", "--devcontainer=project")
    called = [
        (folder, words) for folder, words, _ in calls if is_ours(words) and "--version" not in words
    ]
    state = f"{machine.repository}/../state"
    us = ours(machine.home)
    assert called == [
        ("/", f"{us} init --dir {state} --shell-hook"),
        ("/", f"{us} restart --dir {state}"),
        (str(machine.repository), f"{us} devcontainer --dir {state} project"),
    ]


def test_the_command_that_is_installed_is_the_launcher(machine: Machine) -> None:
    machine.setup()
    machine.log.unlink()
    command = machine.home / ".local/bin/cst"
    assert os.readlink(command) == f"{machine.home}/.local/share/codespace-tracker/venv/bin/cst"
    subprocess.run(
        [command, "status", "a  b"], env=machine.environment, cwd=machine.repository, check=True
    )
    assert machine.log.read_text() == f"{machine.repository}|{ours(machine.home)} status a  b|7\n"


def test_a_home_whose_name_has_quotes_and_spaces_gets_a_launcher(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s a "home" $x'
    folder.mkdir()
    machine = Machine(folder, python=True)
    machine.setup()
    machine.log.unlink()
    subprocess.run(
        [machine.home / ".local/bin/cst", "x"], env=machine.environment, cwd="/", check=True
    )
    assert machine.log.read_text() == f"/|{ours(machine.home)} x|7\n"


def test_links_of_0_1_0_are_kept_and_lead_to_the_launcher(machine: Machine) -> None:
    venv, links = (
        machine.home / ".local/share/codespace-tracker/venv/bin",
        machine.home / ".local/bin",
    )
    for folder in (venv, links):
        folder.mkdir(parents=True)
    shutil.copy(machine.folder / "python", venv / "python")
    for name in ("codespace-tracker", "cst"):
        (venv / name).write_text(f"#!{venv}/python\nimport codespace_tracker\n")
        (links / name).symlink_to(venv / name)
    machine.setup()
    for name in ("codespace-tracker", "cst"):
        packages = f"{venv.parent}/lib/python3*/site-packages"
        assert (links / name).read_text() == (
            f"#!/bin/sh\nexec '{venv}/python' -I -S -c '{OURS}' '{packages}' \"$@\"\n"
        )


@pytest.mark.parametrize("how", ["others can write it", "a link"])
def test_a_kept_copy_that_others_could_change_installs_nothing(machine: Machine, how: str) -> None:
    program = machine.folder / "state/program"
    program.mkdir(parents=True, mode=0o700)
    program.parent.chmod(0o700)
    script, wheel = program / "setup.sh", program / "codespace_tracker-0.1.0-py3-none-any.whl"
    shutil.copy(ROOT / "src/codespace_tracker/install/setup.sh", script)
    wheel.write_text("")
    for path in (script, wheel):
        path.chmod(0o600)
    assert any(
        "/codespace_tracker-0.1.0" in words for _, words, _ in machine.setup(script=script)
    ), "else it does"
    machine.log.unlink()
    shutil.rmtree(machine.home / ".local")
    if how == "a link":
        wheel.rename(machine.folder / "wheel")
        wheel.symlink_to(machine.folder / "wheel")
    else:
        wheel.chmod(0o622)
    done = subprocess.run(
        ["/bin/sh", script],
        env=machine.environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 1
    assert "belongs to another user, is a link, or can be written by others. Fix:" in done.stderr
    assert not machine.log.exists()


@pytest.mark.parametrize("name", ["heal.log", "heal.lock"])
def test_healing_does_not_follow_links_in_its_folder(machine: Machine, name: str) -> None:
    program, target = machine.folder / "state/program", machine.folder / "target"
    program.mkdir(parents=True, mode=0o700)
    program.parent.chmod(0o700)
    target.write_text("mine\n")
    shutil.copy(ROOT / "src/codespace_tracker/install/setup.sh", program)
    (program / "codespace_tracker-0.1.0-py3-none-any.whl").write_text("")
    for path in program.iterdir():
        path.chmod(0o600)
    (program / name).symlink_to(target)
    words = ["/bin/sh", str(program / "setup.sh"), "--healing=" + str(program)]
    if name == "heal.lock":
        words[-1] = "--heal"
        (Path(machine.environment["PATH"]) / "setsid").write_text('#!/bin/sh\nshift\nexec "$@"\n')
        (Path(machine.environment["PATH"]) / "setsid").chmod(0o755)
    subprocess.run(
        words, env=machine.environment, cwd=machine.repository, check=True, timeout=PATIENCE_SECONDS
    )
    assert target.read_text() == "mine\n"
    assert (program / name).is_file()
    assert not (program / name).is_symlink()
    assert "Installing into" in (program / "heal.log").read_text()
