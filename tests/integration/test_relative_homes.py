"""A HOME (or ZDOTDIR) that is no absolute path is none: else it would be a folder of the current
repository."""

import os
import pwd
import subprocess
from pathlib import Path

import pytest
from tests.integration.real_tracker import PROGRAM, RealTracker

from codespace_tracker.core.trigger import Script
from codespace_tracker.install import startup_files
from codespace_tracker.runs import order
from codespace_tracker.runs.order import Order

NUMBER = 61_998
"""A user whom no list names: such a user's home is the root folder, where that user can write
nothing."""

AS_NUMBER = [
    *("setpriv", f"--reuid={NUMBER}", f"--regid={NUMBER}", "--clear-groups"),
    *("--inh-caps", "-all,+dac_read_search", "--ambient-caps", "-all,+dac_read_search"),
]


def planted(repository: Path) -> Path:
    """What a repository may hold to look like an installation in a home; its link."""
    program = repository / "home/.local/share/codespace-tracker/venv/bin/codespace-tracker"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    link = repository / "home/.local/bin/codespace-tracker"
    link.parent.mkdir()
    link.symlink_to("home/.local/share/codespace-tracker/venv/bin/codespace-tracker")
    (repository / "home/.bashrc").write_text("# mine\n")
    for path in [repository, *repository.rglob("*")]:
        os.chown(path, NUMBER, NUMBER, follow_symlinks=False)
    return link


@pytest.mark.machine
@pytest.mark.parametrize("home", ["home", "./home", ""])
@pytest.mark.parametrize(
    "verb", ["init --shell-hook --timezone UTC", "uninstall", "doctor", "ensure --shell-hook"]
)
def test_a_relative_home_is_no_folder_of_the_repository(
    tmp_path: Path, verb: str, home: str
) -> None:
    repository, state = tmp_path / "repository", tmp_path / "state"
    link = planted(repository)
    state.mkdir(mode=0o700)
    os.chown(state, NUMBER, NUMBER)
    words = [*AS_NUMBER, *PROGRAM, *verb.split(), "--dir", str(state)]
    environment = {
        "HOME": home,
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "XDG_CONFIG_HOME": str(state),
    }
    done = subprocess.run(
        words, cwd=repository, env=environment, capture_output=True, text=True, check=False
    )
    try:
        assert "Traceback" not in done.stderr
        assert link.is_symlink()
        assert (repository / "home/.bashrc").read_text() == "# mine\n"
        assert f"{repository}/home" not in done.stdout
    finally:
        tracker = RealTracker.__new__(RealTracker)
        tracker.directory = state
        tracker.end()


@pytest.mark.parametrize("folder", ["zsh", ".", ""])
def test_a_relative_zdotdir_is_no_folder_of_the_repository(tmp_path: Path, folder: str) -> None:
    environ = {
        "ZDOTDIR": folder,
        "SHELL": "/bin/zsh",
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    found = startup_files.put_everywhere(str(tmp_path), environ, "/state", "/bin/true", ask=False)
    assert (
        {f"{tmp_path}/.bashrc", f"{tmp_path}/.zshrc"}
        <= set(found)
        <= {str(path) for path in tmp_path.iterdir()}
    )


@pytest.mark.parametrize("home", ["home", ""])
def test_a_script_at_home_is_not_run_in_a_relative_home(
    monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    monkeypatch.setenv("HOME", home)
    script = Script("true", ("sh", "-c"), "~/work", "", "", (), 0)
    wanted = Order("/state", "name", script, (), 0, "/workspaces/repository")
    assert order.working_folder(wanted, os.environ) == f"{pwd.getpwuid(os.getuid()).pw_dir}/work"
