"""`codespace-tracker editor` in a terminal of a real editor: with a window, with two, with none."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.editor.chromium import Browser
from tests.editor.editors import OLD, Installed, Server, Window
from tests.editor.machine import Machine
from tests.editor.watched import Watched
from tests.integration.real_tracker import PROGRAM, run, wait_until

from codespace_tracker import __version__
from codespace_tracker.install import extension_places, shell_hook, vsix
from codespace_tracker.install.editor import _NODE, PATIENCE_SECONDS, SOCKET

EARLIER = "0.0.9"
LONGEST = PATIENCE_SECONDS + 30
"""How long a command may take that waits for a window in vain: a busy machine is slow."""


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    text: str


class Terminal:
    """A terminal of a window. npm brings none for the old editor: there it is what the host of
    extensions has, with a socket of its own; and the command, which lies under another name."""

    def __init__(self, window: Window, server: Server, watched: Watched, machine: Machine) -> None:
        self._watched, self._machine = watched, machine
        if server.installed.version != OLD:
            self._variables = _of_terminal(window, server.work / "environment")
            return
        told = {**window.probe.run("return process.env"), _NODE: str(server.installed.node)}
        commands = server.work / "remote-cli"
        commands.mkdir(exist_ok=True)
        (commands / "code-server").symlink_to(
            server.installed.code_server / "lib/vscode/bin/remote-cli/code-linux.sh"
        )
        self._variables = {**_wanted(told), "PATH": f"{commands}:/usr/bin:/bin"}

    def run(self, *words: str) -> Said:
        """Run `codespace-tracker editor` in it."""
        done = run(
            self._machine.words(*PROGRAM, "editor", *words),
            {**self._watched.tracker.environment(), **self._variables},
        )
        assert "Traceback" not in done.stderr
        return Said(done.returncode, done.stdout + done.stderr)


def _of_terminal(window: Window, place: Path) -> dict[str, str]:
    window.probe.run(
        f"""
        const terminal = vscode.window.createTerminal("one");
        terminal.sendText("env -0 >'{place}.new' && mv '{place}.new' '{place}'");
        """
    )
    wait_until(place.exists, "the terminal runs")
    return _wanted(dict(one.split("=", 1) for one in place.read_text().rstrip("\0").split("\0")))


def _wanted(variables: dict[str, Any]) -> dict[str, str]:
    return {name: variables[name] for name in (SOCKET, "PATH", _NODE) if name in variables}


def on_disk(server: Server, watched: Watched) -> dict[str, str]:
    """What is found where editors keep extensions, if they were kept in the usual place."""
    usual = watched.tracker.home / ".vscode-server"
    usual.mkdir(exist_ok=True)
    if not (usual / "extensions").exists():
        (usual / "extensions").symlink_to(server.work.parent / "extensions")
    return extension_places.found(str(watched.tracker.home))


def is_active(window: Window) -> bool:
    """Whether the extension runs in a window."""
    found: bool = window.probe.run(
        f"return vscode.extensions.getExtension('{vsix.ID}')?.isActive ?? false"
    )
    return found


@pytest.fixture
def server(make_server: Callable[..., Server], installed: Installed, watched: Watched) -> Server:
    """An editor without the extension, beside a tracker."""
    made = make_server(installed, with_extension=False)
    watched.start(idle_minutes=60)
    return made


@pytest.fixture
def earlier(content: Path, tmp_path: Path) -> Path:
    """An earlier version of the extension."""
    copy = tmp_path / "earlier"
    shutil.copytree(content, copy)
    for name in ("extension/package.json", "extension.vsixmanifest"):
        text = (copy / name).read_text()
        assert f'"{__version__}"' in text
        (copy / name).write_text(text.replace(f'"{__version__}"', f'"{EARLIER}"'))
    path = tmp_path / "earlier.vsix"
    path.write_bytes(vsix.packed(str(copy)))
    return path


def test_a_terminal_installs_the_extension_at_once_and_removes_it(
    server: Server, watched: Watched, machine: Machine, browser: Browser
) -> None:
    server.start()
    window = server.window(browser)
    terminal = Terminal(window, server, watched, machine)
    assert terminal.run() == Said(
        1,
        "The extension is not installed in code-server.\n"
        "To install it: codespace-tracker editor install\n",
    )
    assert terminal.run("install") == Said(
        0, f"The extension was installed in code-server (version {__version__}).\n"
    )
    wait_until(lambda: is_active(window), "it works without a reload", 30)
    assert list(on_disk(server, watched).values()) == [__version__]
    assert terminal.run("status").code == 0
    assert "installed already" in terminal.run("install").text
    said = terminal.run("uninstall")
    assert said.code == 0
    assert said.text.startswith("The extension was removed from code-server.\nIt stays active ")
    assert terminal.run("uninstall") == Said(0, "The extension is not installed in code-server.\n")
    assert on_disk(server, watched) == {}
    assert terminal.run("status").code == 1


@pytest.mark.parametrize("installed", ["new"], indirect=True)  # npm has no terminals for the old
def test_a_new_terminal_offers_the_extension_once(
    server: Server, watched: Watched, browser: Browser
) -> None:
    directory = watched.tracker.directory
    hook = shell_hook.block(str(directory), "/bin/true")
    said = server.work / "said"
    startup = watched.tracker.home / ".bashrc"
    startup.write_text(f"exec 3>&1 >>'{said}'\n{hook}\nexec >&3\n")
    server.start()
    window = server.window(browser)
    for n in range(2):
        _of_terminal(window, server.work / f"environment-{n}")
        assert said.read_text() == f"{shell_hook.OFFER}\n"


def test_an_update_says_that_the_window_must_be_reloaded(
    server: Server, watched: Watched, machine: Machine, browser: Browser, earlier: Path
) -> None:
    server.install(earlier)
    server.start()
    window = server.window(browser)
    terminal = Terminal(window, server, watched, machine)
    said = terminal.run()
    assert (said.code, f"in version {EARLIER}.\nTo update it" in said.text) == (1, True)
    said = terminal.run("install")
    assert said.code == 0
    assert f"updated in code-server from {EARLIER} to {__version__}.\n" in said.text
    assert "Reload Window" in said.text
    assert terminal.run().code == 0


def test_it_is_installed_also_while_two_windows_do_it_at_once(
    server: Server, watched: Watched, machine: Machine, browser: Browser
) -> None:
    server.start()
    window = server.window(browser)
    server.window(browser)
    terminal = Terminal(window, server, watched, machine)
    for _ in range(3):
        said = terminal.run("install")
        assert said.code == 0, said.text
        assert terminal.run().code == 0
        assert terminal.run("uninstall").code == 0


def test_without_a_window_each_command_says_so_in_time(
    server: Server, watched: Watched, machine: Machine, browser: Browser
) -> None:
    server.start()
    window = server.window(browser)
    terminal = Terminal(window, server, watched, machine)
    browser.kill()
    for words in ((), ("install",), ("uninstall",)):
        began = time.monotonic()
        said = terminal.run(*words)
        assert time.monotonic() - began < LONGEST
        assert said.code == 1
        assert "no window of the editor answered within 20 seconds." in said.text
    left = [words for _, words in machine.processes() if any("server-cli" in one for one in words)]
    assert left == []
