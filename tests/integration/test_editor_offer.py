"""The shell hook offers the editor's extension once, in a terminal of an editor that lacks it."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker
from tests.integration.shells import Shells, program_of, write

from codespace_tracker.install import extension_places
from codespace_tracker.install.editor import SOCKET
from codespace_tracker.install.shell_hook import OFFER
from codespace_tracker.install.vsix import ID

SHELLS = ["bash", "zsh", "fish"]
LINE = f"{OFFER}\n"
EXTENSION = f".vscode-remote/extensions/{ID}-0.2.0/package.json"


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shells(tracker: RealTracker, shell: str) -> Shells:
    """A home with the hook in a terminal of an editor; the hook starts no tracker."""
    made = Shells(tracker)
    made.more["SHELL"] = program_of(shell)
    made.set_up()
    made.verb_free_program()
    made.more[SOCKET] = "/tmp/vscode-ipc-1.sock"
    return made


def record(shells: Shells) -> Path:
    return shells.tracker.directory / "editor_offered"


def test_it_is_offered_once(shells: Shells, shell: str) -> None:
    assert shells.new(shell) == LINE
    assert record(shells).stat().st_size == 0
    assert shells.new(shell) == ""


def test_of_many_shells_at_once_one_offers_it(shells: Shells, shell: str) -> None:
    # Several fish that make this folder at once complain of one another.
    (shells.home / ".local/share/fish").mkdir(parents=True)
    with ThreadPoolExecutor(8) as pool:
        said = [*pool.map(lambda _: shells.new(shell), range(8))]
    assert sorted(said) == [""] * 7 + [LINE]


def test_it_is_not_offered_where_there_is_no_editor(shells: Shells, shell: str) -> None:
    for value in (None, ""):
        shells.more.pop(SOCKET)
        if value is not None:
            shells.more[SOCKET] = value
        assert shells.new(shell) == ""
        shells.more[SOCKET] = ""
    assert not record(shells).exists()


def test_a_shell_that_runs_a_script_offers_nothing(shells: Shells, shell: str) -> None:
    startup = {"bash": ".bashrc", "zsh": ".zshrc"}.get(shell)
    command = f". ~/{startup}" if startup else "true"
    assert shells.run(program_of(shell), "-c", command) == ""
    assert not record(shells).exists()


@pytest.mark.parametrize(
    "folder",
    [".vscode-remote", ".vscode-server", ".cursor-server", ".local/share/code-server"],
)
def test_it_is_not_offered_where_it_is_installed(shells: Shells, shell: str, folder: str) -> None:
    write(shells.home / folder / f"extensions/{ID}-0.2.0/package.json", "{}")
    assert shells.new(shell) == ""
    assert not record(shells).exists()


def test_it_is_not_offered_before_there_is_a_command(shells: Shells, shell: str) -> None:
    shells.command.rename(shells.command.with_suffix(".gone"))
    shutil.rmtree(shells.tracker.directory / "program")  # or the hook reinstalls it from there
    assert shells.new(shell) == ""
    assert not record(shells).exists()


def test_a_link_in_place_of_the_record_is_not_followed(shells: Shells, shell: str) -> None:
    target = shells.home / "target"
    record(shells).symlink_to(target)
    assert shells.new(shell) == ""
    assert not target.exists()


@pytest.mark.machine
def test_nothing_is_written_into_another_users_directory(shells: Shells, shell: str) -> None:
    os.chown(shells.tracker.directory, 1234, 1234)
    assert shells.new(shell) == ""
    assert not record(shells).exists()
    os.chown(shells.tracker.directory, 0, 0)


@pytest.mark.parametrize(
    ("shell", "option"),
    [
        ("bash", "set -u"),
        ("bash", "set -C"),
        ("bash", "shopt -s nullglob"),
        ("zsh", "setopt nounset"),
        ("zsh", "setopt noclobber nullglob"),
        ("zsh", "setopt cshnullglob"),
    ],
    indirect=["shell"],
)
def test_the_users_options_do_not_matter(shells: Shells, shell: str, option: str) -> None:
    startup = shells.home / f".{shell}rc"
    startup.write_text(f"{option}\n{startup.read_text()}")
    assert shells.new(shell) == LINE
    assert shells.new(shell, command="typeset -f _codespace_tracker || :") == ""


@pytest.mark.parametrize("shell", ["bash"], indirect=True)
def test_a_bash_in_which_a_missing_file_is_an_error_shows_none(shells: Shells, shell: str) -> None:
    startup = shells.home / ".bashrc"
    startup.write_text(f"shopt -s failglob\n{startup.read_text()}")
    assert shells.new(shell) == ""


def test_a_shell_that_has_nothing_to_say_starts_no_process(shells: Shells, shell: str) -> None:
    record(shells).touch()
    with_record = forks(shells, shell)
    record(shells).unlink()
    write(shells.home / EXTENSION, "{}")
    with_extension = forks(shells, shell)
    shells.more.pop(SOCKET)
    assert with_record == with_extension == forks(shells, shell)


def forks(shells: Shells, shell: str) -> int:
    """How many processes a new shell starts. (The hook's own ones for the tracker are among
    them.)"""
    trace = shells.home / "trace"
    calls = "trace=fork,vfork,clone,clone3"
    words = [program_of("strace"), "-f", "-q", "-e", calls, "-o", str(trace)]
    subprocess.run(
        [*words, program_of(shell), "-i", "-c", "true"],
        env=shells.environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
        check=True, start_new_session=True,
    )  # fmt: skip
    threads = ("CLONE_THREAD", "resumed>", "exited with", "SIGCHLD {", "+++")
    lines = trace.read_text().splitlines()
    return len([line for line in lines if not any(word in line for word in threads)])


def test_what_was_installed_and_is_lost_is_offered_again(shells: Shells, shell: str) -> None:
    assert shells.new(shell) == LINE
    place = shells.home / EXTENSION
    write(place, "{}")
    extension_places.note_offer(str(shells.tracker.directory), str(shells.home))
    assert shells.new(shell) == ""
    place.unlink()
    place.parent.rmdir()
    assert [shells.new(shell), shells.new(shell)] == [LINE, ""]


def test_what_was_removed_is_not_offered_again(shells: Shells, shell: str) -> None:
    """An editor deletes the folder later, and names it in a file until then."""
    place = shells.home / EXTENSION
    write(place, "{}")
    write(place.parents[1] / ".obsolete", f'{{"{place.parent.name}":true}}')
    extension_places.note_offer(str(shells.tracker.directory), str(shells.home))
    place.unlink()
    place.parent.rmdir()
    assert shells.new(shell) == ""
