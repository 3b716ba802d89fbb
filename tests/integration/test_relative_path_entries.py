"""A PATH with entries that begin at the current folder has nothing run there that lies in a
repository."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from codespace_tracker.install import shell_hook
from codespace_tracker.runs import order

CHECKOUT = Path(__file__).parent.parent.parent
FEATURE = CHECKOUT / "feature/src/codespace-tracker"
PROGRAMS = (
    "dirname readlink pwd sh flock find id wc env sed mktemp mv python3 setsid codespace-tracker "
    "getent cut sleep"
)
ENTRIES = ["", ".", "./node_modules/.bin"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One with programs of its own, at its top and in node_modules."""
    made = tmp_path / "repository"
    for folder in (made, made / "node_modules/.bin"):
        folder.mkdir(parents=True)
        for name in PROGRAMS.split():
            (folder / name).write_text(f"#!/bin/sh\necho {name} >>'{tmp_path}/ran'\n")
            (folder / name).chmod(0o755)
    return made


def call(repository: Path, entry: str, *words: str) -> str:
    """Call a script from within the repository, whatever becomes of it; which of its programs
    ran."""
    home = repository.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {"HOME": str(home), "PATH": f"{entry}:/usr/sbin:/usr/bin:/sbin:/bin"}
    subprocess.run(
        words,
        cwd=repository,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    ran = repository.parent / "ran"
    return ran.read_text() if ran.exists() else ""


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("script", ["setup.sh", "ghadi.sh", "chalu.sh", "start_all.sh"])
def test_no_script_of_a_checkout_runs_a_program_of_the_folder(
    repository: Path, script: str, entry: str
) -> None:
    relative = os.path.relpath(CHECKOUT / script, repository)
    for path in (str(CHECKOUT / script), relative):
        assert call(repository, entry, "/bin/sh", path, "--help") == ""


@pytest.mark.parametrize("entry", ENTRIES)
def test_healing_runs_no_program_of_the_folder(repository: Path, entry: str) -> None:
    program = repository.parent / "state/program"
    program.mkdir(parents=True, mode=0o700)
    program.parent.chmod(0o700)
    shutil.copy(CHECKOUT / "src/codespace_tracker/install/setup.sh", program)
    assert call(repository, entry, "/bin/sh", str(program / "setup.sh"), "--heal") == ""


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("shell", ["bash --norc", "zsh -f"])
def test_a_new_shell_runs_no_program_of_the_folder(
    repository: Path, shell: str, entry: str
) -> None:
    name, option = shell.split()
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    state = repository.parent / "state"
    state.mkdir()
    (state / "keeper.lock").write_text("0 0.2.0\n")
    command = repository.parent / "codespace-tracker"
    command.write_text(f"#!/bin/sh\necho done >>'{state}/asked'\n")
    command.chmod(0o755)
    block = shell_hook.block(str(state), str(command))
    done = f"until [ -e '{state}/asked' ]; do read -r -t 0.05 _ <>'{state}/none'; done"
    os.mkfifo(state / "none")
    assert (
        call(
            repository,
            entry,
            "/usr/bin/setsid",
            "/usr/bin/timeout",
            "20",
            path,
            option,
            "-i",
            "-c",
            f"{block}\n{done}",
        )
        == ""
    )
    assert (state / "asked").exists(), "the tracker is brought back"


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_feature_runs_no_program_of_the_folder_at_its_build(
    repository: Path, entry: str
) -> None:
    script = FEATURE / "install.sh"
    for path in (str(script), os.path.relpath(script, repository)):
        assert call(repository, entry, "/usr/bin/env", "VERSION=none", "/bin/sh", path) == ""


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_feature_runs_no_program_of_the_folder_at_a_start(repository: Path, entry: str) -> None:
    command, script = repository.parent / "command", repository.parent / "post-start.sh"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    text = (FEATURE / "post-start.sh").read_text()
    script.write_text(re.sub("^tracker=.*$", f"tracker={command}", text, flags=re.MULTILINE))
    assert call(repository, entry, "/usr/bin/env", "SHELL=", "/bin/sh", str(script)) == ""


@pytest.mark.machine
@pytest.mark.parametrize("entry", ENTRIES)
def test_the_feature_runs_no_program_of_the_folder_at_a_stop(repository: Path, entry: str) -> None:
    keeper = repository.parent / "codespace_tracker/daemon/ghadi.sh"
    keeper.parent.mkdir(parents=True)
    keeper.write_text(
        "trap '/bin/sleep 0.3; exit' TERM\n: >ready\nwhile :; do /bin/sleep 0.05; done\n"
    )
    first = repository.parent / "first.sh"
    first.write_text(
        f"/bin/sh {keeper} & . {FEATURE}/init.sh\n"
        "until [ -e ready ]; do /bin/sleep 0.05; done\n"
        "kill -s TERM $$\n"
    )
    assert (
        call(
            repository,
            entry,
            "/usr/bin/unshare",
            "--pid",
            "--fork",
            "--mount-proc",
            "/bin/sh",
            str(first),
        )
        == ""
    )
    assert (repository / "ready").exists()


def test_the_shell_of_a_script_is_looked_for_in_absolute_folders(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    for entry in ENTRIES:
        assert os.path.isabs(order.program("sh", {"PATH": f"{entry}:/usr/bin:/bin"}))
