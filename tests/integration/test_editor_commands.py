"""The editor's command: which one is run, with what, for how long, and what its word is worth."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import (
    PROGRAM,
    RealTracker,
    is_alive,
    run,
    wait_for_text,
    wait_until,
)
from tests.integration.shells import write

from codespace_tracker import __version__
from codespace_tracker.failure import Failure
from codespace_tracker.install import editor, extension_places
from codespace_tracker.install.editor import SOCKET, Editor
from codespace_tracker.install.vsix import ID

LISTS = f"""\
#!/bin/sh
here=$(dirname "$0")
env >"$here/environment"; pwd >"$here/folder"
case $1 in
--list-extensions)
    printf 'Extensions installed on code:\\nother.one@1.0.0\\n'
    [ ! -f "$here/version" ] || echo "{ID}@$(cat "$here/version")" ;;
--install-extension) [ "${{2#/}}" != "$2" ] && [ -s "$2" ] && {{ . "$here/install"; }} ;;
--uninstall-extension) . "$here/uninstall" ;;
esac
"""


class FakeEditor:
    """An editor that runs, as a terminal of it sees it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.commands = root / "bin/remote-cli"
        self.command = self.commands / "code"
        write(self.command, LISTS)
        self.command.chmod(0o755)
        self.on("install", f"echo {__version__} >$here/version")
        self.on("uninstall", "rm -f $here/version")
        write(root / "out/server-cli.js", "")
        write(root / "out/server-main.js", "read -r line")
        self._server = subprocess.Popen(
            ["node", str(root / "out/server-main.js")], executable="/bin/sh", stdin=subprocess.PIPE
        )
        # it has none for a moment after it became another program
        line = Path(f"/proc/{self._server.pid}/cmdline")
        wait_until(lambda: line.read_bytes() != b"", "it has its command line")
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(root / "ipc.sock"))
        self._listening.listen()
        self.variables = {
            "HOME": str(root),
            "PATH": f"/usr/bin:{self.commands}:/bin",
            SOCKET: str(root / "ipc.sock"),
        }

    def on(self, what: str, script: str) -> None:
        """What the command does when it is asked to install or to remove."""
        write(self.commands / f"{what}", f"{script}\n")

    def has(self, version: str) -> None:
        """This version is installed."""
        write(self.commands / "version", version)

    def found(self) -> Editor:
        """The editor, as it is found in this terminal."""
        found = editor.of_terminal(self.variables)
        assert found is not None
        return found

    def stop_listening(self) -> None:
        """Its server ends, and leaves the socket."""
        self._listening.close()

    def end(self) -> None:
        """End it."""
        self._listening.close()
        self._server.communicate(b"\n")


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeEditor]:
    made = FakeEditor(tmp_path / "editor")
    yield made
    made.end()


@pytest.fixture
def package(tmp_path: Path) -> str:
    write(tmp_path / "one.vsix", "x")
    return str(tmp_path / "one.vsix")


# --- which one is run


def test_outside_of_an_editor_there_is_none(fake: FakeEditor) -> None:
    for value in ("", "relative.sock"):
        assert editor.of_terminal({**fake.variables, SOCKET: value}) is None


def test_it_is_run_where_it_belongs_to_an_editor_that_runs(fake: FakeEditor) -> None:
    assert fake.found().name == "code"
    assert fake.found().installed() == ""


def test_a_command_in_a_repository_is_not_run(fake: FakeEditor, tmp_path: Path) -> None:
    theirs = tmp_path / "repository/bin/remote-cli/code"
    write(theirs, "#!/bin/sh\ntouch $0.ran\n")
    theirs.chmod(0o755)
    fake.variables["PATH"] = str(theirs.parent)
    with pytest.raises(Failure, match="it belongs to no editor that is running"):
        fake.found()
    fake.variables["PATH"] = f"{theirs.parent}:{fake.commands}"
    fake.found().installed()
    assert not theirs.with_name("code.ran").exists()


def test_a_folder_below_the_current_one_is_not_looked_into(
    fake: FakeEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fake.commands.parent)
    fake.variables["PATH"] = "remote-cli:./remote-cli::/usr/bin"
    with pytest.raises(Failure, match="is not on the PATH"):
        fake.found()


@pytest.mark.parametrize(
    "what", ["bin/remote-cli/code", "bin/remote-cli", "", "out/server-cli.js", "out"]
)
def test_what_others_could_change_is_not_run(fake: FakeEditor, what: str) -> None:
    path = fake.root / what
    path.chmod(path.stat().st_mode | 0o022)
    with pytest.raises(
        Failure, match=r"another user could have changed it, by .*Fix: `chmod go-w`"
    ):
        fake.found()


@pytest.mark.machine
@pytest.mark.parametrize("what", ["bin/remote-cli/code", "bin", "out/server-cli.js"])
def test_what_is_another_users_is_not_run(fake: FakeEditor, what: str) -> None:
    os.chown(fake.root / what, 1234, 1234)
    with pytest.raises(Failure, match="another user could have changed it"):
        fake.found()


def test_a_node_that_others_could_change_is_not_run(fake: FakeEditor, tmp_path: Path) -> None:
    node = tmp_path / "node"
    write(node, "")
    fake.variables["NODE_EXEC_PATH"] = str(node)
    fake.found()
    node.chmod(0o777)
    with pytest.raises(Failure, match=f"{node} is not run"):
        fake.found()


def test_scripts_for_other_systems_are_not_taken_for_it(fake: FakeEditor) -> None:
    for name in ("code-linux.sh", "code.cmd"):
        fake.command.with_name(name).write_bytes(fake.command.read_bytes())
        fake.command.with_name(name).chmod(0o755)
    assert fake.found().name == "code"
    fake.command.unlink()
    with pytest.raises(Failure, match="is not on the PATH"):
        fake.found()


def test_it_gets_none_of_the_variables_that_a_workspace_may_set(fake: FakeEditor) -> None:
    fake.variables |= {"NODE_OPTIONS": "--require /x", "BASH_ENV": "/x", "LD_PRELOAD": ""}
    fake.found().installed()
    text = (fake.commands / "environment").read_text()
    names = {line.partition("=")[0] for line in text.splitlines()}
    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == {"HOME", "PATH", SOCKET}
    assert "PATH=/usr/local/bin:/usr/bin:/bin\n" in text
    assert (fake.commands / "folder").read_text() == "/\n"


def test_a_terminal_whose_editor_has_ended_says_so(fake: FakeEditor) -> None:
    fake.stop_listening()
    with pytest.raises(Failure, match="the editor that opened this terminal has ended"):
        fake.found()
    (fake.root / "ipc.sock").unlink()
    with pytest.raises(Failure, match="the editor that opened this terminal has ended"):
        fake.found()
    write(fake.root / "ipc.sock", "")
    with pytest.raises(Failure, match="is not your socket"):
        fake.found()


# --- for how long


def test_one_that_waits_for_a_window_is_ended_with_all_its_processes(fake: FakeEditor) -> None:
    write(fake.command, '#!/bin/sh\nsleep 1000 & echo $! >"$0.child"; wait\n')
    fake.command.chmod(0o755)
    began = time.monotonic()
    with pytest.raises(Failure, match="no window of the editor answered within 2 seconds"):
        fake.found().installed(patience=2)
    assert time.monotonic() - began < 60
    child = int(wait_for_text(fake.command.with_name("code.child")))
    wait_until(lambda: not is_alive(child), "its child has ended")


# --- what its word is worth


def test_it_is_installed_if_it_is_listed_whatever_was_said(fake: FakeEditor, package: str) -> None:
    fake.on("install", f"echo {__version__} >$here/version; echo Failed Installing; exit 1")
    fake.found().install(package, __version__)
    assert fake.found().installed() == __version__


@pytest.mark.parametrize("script", ["echo 'Error: \x1b[31mbroken\x1b[0m'", "false", "exit 0"])
def test_it_is_not_installed_if_it_is_not_listed_whatever_was_said(
    fake: FakeEditor, package: str, script: str
) -> None:
    fake.on("install", script)
    with pytest.raises(Failure, match="code could not install the extension") as failure:
        fake.found().install(package, __version__)
    assert ("It says: Error: \\x1b[31mbroken\\x1b[0m Fix" in str(failure.value)) == (
        "broken" in script
    )


def test_one_that_fails_to_list_is_not_taken_for_one_without_the_extension(
    fake: FakeEditor,
) -> None:
    write(fake.command, "#!/bin/sh\necho node: not found; exit 127\n")
    with pytest.raises(Failure, match=r"could not list its extensions\. It says: node: not found"):
        fake.found().installed()


def test_what_is_still_listed_was_not_removed(fake: FakeEditor) -> None:
    fake.has("0.1.0")
    fake.on("uninstall", "echo Cannot uninstall")
    with pytest.raises(
        Failure, match=r"could not remove the extension\. It says: Cannot uninstall"
    ):
        fake.found().uninstall(patience=2)
    fake.on("uninstall", "rm $here/version")
    fake.found().uninstall()
    assert fake.found().installed() == ""


# --- the commands


@pytest.fixture
def there(tracker: RealTracker, fake: FakeEditor) -> RealTracker:
    """A tracker in a terminal of the editor."""
    tracker.verb("init", "--timezone", "UTC")
    home = tracker.environment()["HOME"]
    tracker.variables = {**fake.variables, "HOME": home}
    tracker.variables["PATH"] += f":{os.environ['PATH']}"
    return tracker


def editor_line(tracker: RealTracker) -> str:
    """What `doctor` says of the editor."""
    said = " ".join(tracker.verb("doctor", code=None).stdout.split())
    return said.partition(" editor: ")[2].partition(" environment: ")[0][:-2]


def test_the_first_start_in_an_editor_names_it(there: RealTracker) -> None:
    line = "\n  codespace-tracker editor install  installs the extension for this editor\n"
    said = there.verb("start").stdout
    assert line in said
    assert "\n  codespace-tracker quota           shows" in said


def test_the_first_start_elsewhere_does_not_name_it(tracker: RealTracker) -> None:
    said = tracker.verb("start").stdout
    assert "\n  codespace-tracker quota         shows" in said
    assert "editor" not in said.partition("Next:")[2]


def test_a_newer_one_is_left_as_it_is(there: RealTracker, fake: FakeEditor) -> None:
    fake.has("99.0.0")
    assert "installed already (version 99.0.0)" in there.verb("editor", "install").stdout
    assert (fake.commands / "version").read_text() == "99.0.0"
    done = run([*PROGRAM, "editor"], there.environment())
    assert (done.returncode, done.stdout) == (
        0,
        "The extension is installed in code, in version 99.0.0.\n",
    )


def test_no_temporary_file_is_left(there: RealTracker, fake: FakeEditor, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    there.variables["TMPDIR"] = str(tmp_path / "tmp")
    there.verb("editor", "install")
    assert [*(tmp_path / "tmp").iterdir()] == []


def test_elsewhere_it_says_what_to_do_and_writes_the_package(
    tracker: RealTracker, tmp_path: Path
) -> None:
    said = tracker.verb("editor", "install", code=1).stderr
    assert "this is not a terminal of VS Code" in said
    assert "editor install --output FILE" in said
    path = tmp_path / "one.vsix"
    said = tracker.verb("editor", "install", "--output", str(path)).stdout
    assert said.startswith(f"{path}\n")
    from codespace_tracker.install.vsix import packed

    assert path.read_bytes() == packed()


def test_doctor_says_whether_it_is_installed_and_old(there: RealTracker, fake: FakeEditor) -> None:
    assert editor_line(there).startswith("the extension is not installed → if you want it: code")
    fake.has("0.0.1")
    assert editor_line(there).startswith(
        f"version 0.0.1 of the extension is installed, {__version__} comes with this program → "
        "codespace-tracker editor install"
    )
    there.verb("editor", "install")
    assert editor_line(there).startswith(f"version {__version__} of the extension is installed")


def test_doctor_looks_into_the_usual_places_where_there_is_no_terminal_of_an_editor(
    tracker: RealTracker,
) -> None:
    tracker.verb("init", "--timezone", "UTC")
    assert editor_line(tracker) == ""
    place = tracker.home / f".vscode-server/extensions/{ID}-0.0.1"
    place.mkdir(parents=True)
    assert "editor install in a terminal of the editor" in editor_line(tracker)
    newer = place.with_name(f"{ID}-{__version__}-universal")
    newer.mkdir()
    assert editor_line(tracker) == f"version {__version__} of the extension is installed"
    newer.rmdir()
    write(place.parent / ".obsolete", f'{{"{place.name}":true}}')
    assert extension_places.found(str(tracker.home)) == {}
    assert editor_line(tracker) == ""


def test_doctor_says_nothing_of_an_editor_that_has_ended(
    there: RealTracker, fake: FakeEditor
) -> None:
    fake.stop_listening()
    assert editor_line(there) == ""


def test_doctor_says_why_the_editors_command_is_not_run(
    there: RealTracker, fake: FakeEditor
) -> None:
    fake.command.chmod(0o777)
    assert "code is not run: another user could have changed it" in editor_line(there)


def test_uninstall_removes_it(there: RealTracker, fake: FakeEditor) -> None:
    fake.has(__version__)
    said = there.verb("uninstall").stdout
    assert "The extension was removed from code.\nIt stays active until you reload" in said
    assert not (fake.commands / "version").exists()


def test_uninstall_elsewhere_says_in_one_line_how_to_remove_it(tracker: RealTracker) -> None:
    tracker.verb("init", "--timezone", "UTC")
    place = tracker.home / f".vscode-remote/extensions/{ID}-0.2.0"
    place.mkdir(parents=True)
    [line] = [one for one in tracker.verb("uninstall").stdout.splitlines() if "extension" in one]
    assert line == (
        f"The extension in {place} is kept: remove it in the Extensions view of the editor."
    )


def test_uninstall_without_the_extension_says_nothing_of_it(
    there: RealTracker, fake: FakeEditor
) -> None:
    assert "xtension" not in there.verb("uninstall").stdout
