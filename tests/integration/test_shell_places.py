"""The shell hook goes where the user's shells look, and comes out again without a trace; `doctor`
asks the shells."""

import shlex
import subprocess
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker, wait_until
from tests.integration.shells import Shells, program_of, write

from codespace_tracker.install import login_shell

READS_RC = '[ ! -f "$HOME/.bashrc" ] || . "$HOME/.bashrc"\n'
FINDS = "command -v codespace-tracker"


@pytest.fixture
def shells(tracker: RealTracker) -> Shells:
    return Shells(tracker)


def test_a_login_bash_of_a_home_without_startup_files_has_it_all(shells: Shells) -> None:
    """JupyterLab's terminals on a fresh volume."""
    shells.set_up()
    assert shells.new("bash", "-l", command=FINDS) == f"{shells.command}\n"
    wait_until(
        lambda: None not in shells.tracker.running(), "the login shell brought the tracker back"
    )
    assert shells.hook_lines() == [
        "✓ shell hook: bash reads it, also as a login shell, and finds codespace-tracker",
    ]
    shells.verb("uninstall", "--delete-data", "--yes")
    assert shells.files() == {}


@pytest.mark.parametrize("name", [".bash_profile", ".bash_login", ".profile"])
def test_a_login_file_that_does_not_read_bashrc_gets_the_hook(shells: Shells, name: str) -> None:
    write(shells.home / name, "export MINE=1\n")
    write(shells.home / ".bashrc", "# mine\n")
    before = shells.files()
    assert f"Shell hook: {shells.home}/{name}\n" in shells.set_up()
    assert shells.new("bash", "-l", command=FINDS) == f"{shells.command}\n"
    assert f"Shell hook: {shells.home}/{name} (unchanged)\n" in shells.set_up()
    shells.verb("uninstall", "--delete-data", "--yes")
    assert shells.files() == before


@pytest.mark.parametrize("through", ["", ".profile"])
def test_a_login_file_that_reads_bashrc_stays_as_it_is(shells: Shells, through: str) -> None:
    write(shells.home / ".bash_profile", f'. "$HOME/{through}"\n' if through else READS_RC)
    write(shells.home / ".profile", READS_RC)
    said = shells.set_up()
    assert "profile" not in said
    assert ">>> codespace-tracker" not in (shells.home / ".bash_profile").read_text()
    assert shells.new("bash", "-l", command=FINDS) == f"{shells.command}\n"


def test_zsh_gets_it_where_its_own_zshenv_says(shells: Shells) -> None:
    shells.more["SHELL"] = program_of("zsh")
    folder = shells.home / ".config/zsh"
    write(shells.home / ".zshenv", "ZDOTDIR=$HOME/.config/zsh\n")
    write(folder / ".zshrc", "# mine")
    assert f"Shell hook: {folder}/.zshrc\n" in shells.set_up()
    assert not (shells.home / ".zshrc").exists()
    assert shells.new("zsh", command=FINDS) == f"{shells.command}\n"
    assert (
        "✓ shell hook: zsh reads it, also as a login shell, and finds codespace-tracker"
        in shells.hook_lines()
    )
    shells.verb("uninstall", "--delete-data", "--yes")
    assert (folder / ".zshrc").read_text() == "# mine"


def test_uninstall_finds_a_zdotdir_that_only_set_up_saw(shells: Shells) -> None:
    write(shells.home / "dots/.zshrc", "# mine\n")
    shells.more |= {"SHELL": program_of("zsh"), "ZDOTDIR": str(shells.home / "dots")}
    shells.set_up()
    assert "codespace-tracker" in (shells.home / "dots/.zshrc").read_text()
    shells.more.clear()
    shells.verb("uninstall", "--delete-data", "--yes")
    assert (shells.home / "dots/.zshrc").read_text() == "# mine\n"


def test_the_zdotdir_of_vs_codes_terminal_is_not_taken_for_the_users(
    shells: Shells, tmp_path: Path
) -> None:
    program_of("zsh")
    theirs = tmp_path / "octocat-code-zsh"
    write(theirs / ".zshrc", "# of VS Code\n")
    write(shells.home / ".zshrc", "# mine\n")
    shells.more |= {"ZDOTDIR": str(theirs), "TMPDIR": str(tmp_path)}
    assert f"Shell hook: {shells.home}/.zshrc\n" in shells.set_up()
    shells.more |= {"USER_ZDOTDIR": str(shells.home), "TMPDIR": "/"}
    assert f"Shell hook: {shells.home}/.zshrc (unchanged)\n" in shells.set_up()
    assert (theirs / ".zshrc").read_text() == "# of VS Code\n"


def test_users_of_other_shells_are_told_a_line_that_works(shells: Shells) -> None:
    shells.more["SHELL"] = "/opt/bin/ksh"
    advice = f"add this line to ~/.kshrc: {shells.command} ensure --quiet"
    assert (
        f"there is none for your shell, ksh. To start the tracker from it, {advice}\n"
        in shells.set_up()
    )
    [told] = [line for line in shells.hook_lines() if "ksh" in line]
    assert told.startswith("! shell hook: your shell is ksh")
    line = advice.partition(": ")[2]
    shells.run("/bin/sh", "-c", f"{line} --dir {shells.tracker.directory}")
    assert None not in shells.tracker.running()
    write(shells.home / ".kshrc", f"{line}\n")
    assert (
        f"✓ shell hook: ksh starts the tracker again through your own line in {shells.home}/.kshrc"
        in shells.hook_lines()
    )


def test_doctor_says_what_a_login_shell_no_longer_reads(shells: Shells) -> None:
    shells.set_up()
    write(
        shells.home / ".bash_profile", "export PATH=/usr/bin:/bin\n"
    )  # in front of ~/.profile, as installers do
    [told] = shells.hook_lines()[1:]
    assert told == (
        "! shell hook: a login shell (bash -l) does not read it: it does not bring the tracker"
        " back, nor finds codespace-tracker → codespace-tracker init --shell-hook"
    )
    shells.set_up()
    assert shells.hook_lines() == [
        "✓ shell hook: bash reads it, also as a login shell, and finds codespace-tracker"
    ]


def test_doctor_says_that_path_is_set_after_the_hook(shells: Shells) -> None:
    shells.set_up()
    with (shells.home / ".bashrc").open("a") as file:
        file.write("PATH=/usr/bin:/bin\n")
    assert "does not find codespace-tracker: PATH is set after the block" in shells.hook_lines()[0]


@pytest.mark.parametrize("last", ["exec true", "exit 3", "kill -9 $$"])
def test_a_shell_that_does_not_come_to_its_prompt_is_told(shells: Shells, last: str) -> None:
    shells.set_up()
    with (shells.home / ".bashrc").open("a") as file:
        file.write(f"{last}\n")
    assert (
        "a new bash could not be asked: it ended, or started another program"
        in shells.hook_lines()[0]
    )


def test_startup_files_that_hang_are_not_waited_for(
    shells: Shells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_shell, "PATIENCE_SECONDS", 0.5)
    write(shells.home / ".bashrc", "sleep 1000 & echo $! >~/pid; read -r line; cat; wait\n")
    assert login_shell.ask("/bin/bash", str(shells.home), shells.environment(), login=False) is None
    pid = int((shells.home / "pid").read_text())
    wait_until(lambda: not Path(f"/proc/{pid}/root").exists(), "what it started ends with it")


def test_asking_a_shell_starts_no_tracker_and_shows_no_notice(shells: Shells) -> None:
    shells.set_up()
    answer = login_shell.ask("/bin/bash", str(shells.home), shells.environment(), login=True)
    assert answer == (str(shells.tracker.directory), str(shells.command))
    assert shells.tracker.running() == (None, None)


@pytest.mark.machine
@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_shell_of_the_account_is_served_and_asked(
    shells: Shells, tmp_path: Path, shell: str
) -> None:
    """Also where no variable names it, as in a container's hook."""
    accounts = tmp_path / "passwd"
    accounts.write_text(f"root:x:0:0:root:{shells.home}:{program_of(shell)}\n")
    mount = f"mount --bind {shlex.quote(str(accounts))} /etc/passwd"
    state = ["--dir", str(shells.tracker.directory)]
    for verb in (["ensure", "--shell-hook"], ["doctor"]):
        words = [
            "unshare",
            "--mount",
            "sh",
            "-c",
            f'{mount} && exec "$@"',
            "sh",
            str(shells.command),
            *verb,
            *state,
        ]
        said = shells.run(*words)
    assert (
        f"✓ shell hook: {shell} reads it, also as a login shell, and finds codespace-tracker\n"
        in said
    )
    assert "bash" not in said


@pytest.mark.machine
def test_root_asks_no_shell_in_another_users_home(shells: Shells) -> None:
    subprocess.run(["chown", "1234", str(shells.home)], check=True)
    write(shells.home / ".bashrc", "touch ~/ran\n")
    assert login_shell.ask("/bin/bash", str(shells.home), shells.environment(), login=False) is None
    assert not (shells.home / "ran").exists()
