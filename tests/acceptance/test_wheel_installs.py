"""The wheel alone, installed by each of the usual tools into a home of its own: all of it works
from there."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import StateDirectory, wait_until

from codespace_tracker.daemon import control
from codespace_tracker.machine import liveness

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

REPOSITORY = Path(__file__).parent.parent.parent
TOOLS = ("pip", "pip --user", "pipx", "uv")
_PASSED_ON = (
    *(
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "PIP_CERT",
        "PIP_INDEX_URL",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
    ),
    *("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS"),
)


class Home:
    """A user's home with nothing in it but what a tool installed."""

    def __init__(self, folder: Path, tools: Path) -> None:
        self.folder = folder
        self.state = folder / ".codespace-tracker"
        self.variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self.variables |= {"HOME": str(folder), "LANG": "C.UTF-8", "SHELL": "/bin/bash"}
        self.variables["PATH"] = (
            f"{folder}/.local/bin:{folder}/venv/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        )
        self.tools = tools

    def run(self, *words: str, code: int | None = 0) -> str:
        """Run a program as this user; what it said."""
        done = subprocess.run(
            words, env=self.variables, capture_output=True, text=True, timeout=300, check=False
        )
        assert code is None or done.returncode == code, (
            words,
            done.returncode,
            done.stdout,
            done.stderr,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def install(self, tool: str, wheel: Path) -> None:
        """Install the wheel with a tool."""
        if tool == "pip":
            self.run("/usr/bin/python3", "-m", "venv", str(self.folder / "venv"))
            self.run(str(self.folder / "venv/bin/pip"), "install", "--quiet", str(wheel))
        elif tool == "pip --user":
            options = ["--quiet", "--user", "--break-system-packages"]
            self.run(
                str(self.tools / "pip"),
                "--python",
                "/usr/bin/python3",
                "install",
                *options,
                str(wheel),
            )
        elif tool == "pipx":
            self.run(
                str(self.tools / "pipx"), "install", "--python", "/usr/bin/python3", str(wheel)
            )
        else:
            self.run(
                str(self.tools / "uv"),
                "tool",
                "install",
                "--python",
                "/usr/bin/python3",
                str(wheel),
            )

    def is_up(self) -> bool:
        """Whether the tracker runs."""
        found = liveness.running(str(self.state))
        return found.keeper is not None and found.daemon is not None and found.daemon.is_up


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(folder),
    ]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=120)
    [path] = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with pip, pipx and uv."""
    folder = tmp_path_factory.mktemp("tools")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    command = [str(folder / "bin/pip"), "install", "--quiet", "--upgrade", "pip", "pipx", "uv"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / "bin"


@pytest.fixture(scope="module", params=TOOLS)
def home(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    wheel: Path,
    tools: Path,
) -> Iterator[Home]:
    """A home with the tracker installed by a tool, set up and started."""
    made = Home(tmp_path_factory.mktemp("home"), tools)
    made.install(request.param, wheel)
    try:
        made.run("codespace-tracker", "init", "--timezone", "UTC", "--shell-hook")
        made.run("codespace-tracker", "start")
        yield made
    finally:
        for _ in range(3):
            control.pause(str(made.state))
        shutil.rmtree(made.folder, ignore_errors=True)


def test_the_main_verbs_run(home: Home) -> None:
    assert "● running" in home.run("codespace-tracker", "status")
    assert json.loads(home.run("cst", "status", "--json"))["running"] is True
    home.run(
        "cst",
        "triggers",
        "add",
        "--label",
        "Soon",
        "--after",
        "0.001",
        "--command",
        "command -v cst",
    )
    assert "no problem" in home.run("cst", "triggers", "check")
    ledger = StateDirectory(home.state)
    wait_until(
        lambda: ledger.read("SELECT 1 FROM occurrence WHERE state='succeeded'") != [],
        "a script found cst",
    )
    for verb in ("sessions", "quota", "report", "log", "doctor", "version", "triggers", "usage"):
        assert home.run("cst", verb).strip(), verb
    assert "complete" in home.run("cst", "completion", "bash")
    [kept] = (home.state / "program").glob("*.whl")
    assert kept.stat().st_size > 100_000


def test_the_shell_hook_and_ensure_bring_it_back(home: Home) -> None:
    for keeper, daemon in ((True, True), (True, False)):
        found = liveness.running(str(home.state))
        for wanted, holder in ((keeper, found.keeper), (daemon, found.daemon)):
            if wanted and holder is not None:
                os.kill(holder.pid, signal.SIGKILL)
        wait_until(lambda: liveness.running(str(home.state)).keeper is None, "it is gone")
        if daemon:
            shell(home)
        else:
            assert "a new one is running" in home.run("codespace-tracker", "ensure")
        wait_until(home.is_up, "it is back")


def shell(home: Home) -> None:
    """Open a terminal: an interactive shell, which reads the startup files and prints its prompt
    alone."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", "bash", "-i"],
        env={**home.variables, "PS1": "ready> ", "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, b"exit\n")
    assert process.wait(60) == 0
    os.close(ours)


def test_ghadi_sh_is_the_clock_in_the_foreground_until_ctrl_c(home: Home) -> None:
    home.run("cst", "stop")
    clock = subprocess.Popen(
        ["ghadi.sh"], env=home.variables, start_new_session=True, stderr=subprocess.DEVNULL
    )
    wait_until(home.is_up, "the clock runs")
    os.killpg(clock.pid, signal.SIGINT)
    assert clock.wait(60) == 0
    assert "It was stopped by you." in home.run("cst", "status", code=1)
    home.run("cst", "start")


def test_uninstall_takes_all_but_the_program_itself_and_says_who_takes_that(home: Home) -> None:
    said = home.run("cst", "uninstall", "--delete-data", "--yes")
    assert "remove it with what installed it (pip, pipx, uv, a Feature)" in said
    assert not home.state.exists()
    assert liveness.running(str(home.state)) == (None, None)
    assert not (home.folder / ".bashrc").exists()
    assert not (home.folder / ".config/codespace-tracker").exists()
