"""Variables that lead to another user's files, as `sudo -E` hands them to root: nothing there is
run, nor written."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker
from tests.integration.shells import Shells, program_of

pytestmark = pytest.mark.machine

OTHER = 45_003


@pytest.fixture
def others() -> Iterator[Path]:
    """A home of another user, whose startup files and whose shell tell that they were run."""
    if os.getuid() != 0:
        pytest.fail("this is about root: run it as root")
    made = Path(tempfile.mkdtemp())
    (made / "fish/conf.d").mkdir(parents=True)
    for name in (".zshenv", ".zshrc", "fish/conf.d/a.fish"):
        (made / name).write_text(f"echo {name} >>'{made}/ran'\n")
    (made / "zsh").write_text(f"#!/bin/sh\necho shell >>'{made}/ran'\n")
    for path in (made, *made.rglob("*")):
        path.chmod(0o755)
        os.chown(path, OTHER, OTHER)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def shells(tracker: RealTracker) -> Shells:
    return Shells(tracker)


def names(folder: Path) -> list[Path]:
    """All that is in a folder."""
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize("variable", ["ZDOTDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"])
@pytest.mark.parametrize("below", ["", "/not/there"])
def test_root_puts_no_hook_into_the_folders_of_another_user(
    shells: Shells, others: Path, variable: str, below: str
) -> None:
    before = names(others)
    shells.more = {"SHELL": program_of("zsh"), variable: f"{others}{below}"}
    for words in (["init", "--timezone", "UTC", "--shell-hook"], ["uninstall"]):
        said = shells.verb(*words, code=1)
        assert (
            f"you are root, and {variable} is {others}{below}, which belongs to user {OTHER}"
            in said
        )
    assert names(others) == before
    assert shells.verb("status", code=None).find("you are root") < 0


@pytest.mark.parametrize(("shell", "variable"), [("zsh", "ZDOTDIR"), ("fish", "XDG_CONFIG_HOME")])
def test_no_shell_is_asked_that_would_run_another_users_files(
    shells: Shells, others: Path, shell: str, variable: str
) -> None:
    shells.set_up()
    shells.more = {"SHELL": program_of(shell), variable: str(others)}
    said = shells.verb("doctor", code=None)
    assert not (others / "ran").exists(), (others / "ran").read_text()
    assert f"{shell} is not asked: {variable} is {others}, which belongs to user {OTHER}" in said


@pytest.mark.parametrize("is_roots", [False, True])
def test_a_shell_that_others_can_change_is_not_run(
    shells: Shells, others: Path, is_roots: bool
) -> None:
    shell = others / "zsh"
    if is_roots:
        for path in (others, shell):
            os.chown(path, 0, 0)
        shell.chmod(0o777)
    shells.more["SHELL"] = str(shell)
    shells.set_up()
    shells.verb("doctor", code=None)
    assert not (others / "ran").exists(), (others / "ran").read_text()


def test_a_shell_of_ones_own_is_asked(shells: Shells, others: Path) -> None:
    for path in (others, others / "zsh"):
        os.chown(path, 0, 0)
    shells.more["SHELL"] = str(others / "zsh")
    shells.set_up()
    assert (others / "ran").exists()
