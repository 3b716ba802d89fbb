"""A rebuild takes the home directory and every process: the line in devcontainer.json puts
everything back."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import StateDirectory

from codespace_tracker.daemon import control
from codespace_tracker.machine import liveness

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

REPOSITORY = Path(__file__).parent.parent.parent
_PATIENCE_SECONDS = 300.0
_PASSED_ON = ("http_proxy", "https_proxy", "no_proxy", "PIP_CERT", "PIP_INDEX_URL", "SSL_CERT_FILE")


class Place(StateDirectory):
    """A home that comes and goes, a project, and a state directory that stays."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "workspaces/.codespace-tracker")
        self.home, self.project = folder / "home", folder / "workspaces/my project"
        for made in (self.home, self.project):
            made.mkdir(parents=True)
        self.variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self.variables |= {"HOME": str(self.home), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a program in the project, with nobody at a terminal."""
        return subprocess.run(
            words,
            env=self.variables,
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=True,
        )

    def line(self) -> str:
        """Our part of the command in devcontainer.json, where the project has one of its own."""
        written = (self.project / ".devcontainer.json").read_text()
        command = str(json.loads(written.replace("// ours\n", ""))["postStartCommand"])
        assert command.endswith("; npm start")
        return command.removesuffix("; npm start")

    def rebuild(self) -> None:
        """What a rebuild of the container does: every process gone, and the home as new."""
        for holder in liveness.running(str(self.directory)):
            if holder is not None:
                os.kill(holder.pid, signal.SIGKILL)
        shutil.rmtree(self.home)
        self.home.mkdir()
        (self.home / ".bashrc").write_text("# as in the image\n")

    def await_up(self) -> float:
        """Wait until the tracker runs; how long that took, in seconds."""
        began = time.monotonic()
        while True:
            found = liveness.running(str(self.directory))
            if found.keeper is not None and found.daemon is not None and found.daemon.is_up:
                return time.monotonic() - began
            if time.monotonic() - began > _PATIENCE_SECONDS:
                pytest.fail((self.directory / "program/heal.log").read_text())
            time.sleep(0.1)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("rebuilt"))
    (made.project / ".devcontainer.json").write_text(
        '{\n  "postStartCommand": "npm start" // ours\n}\n'
    )
    try:
        directory = str(made.directory)
        began = time.monotonic()
        made.run(
            "bash",
            str(REPOSITORY / "setup.sh"),
            "--dir",
            directory,
            "--timezone",
            "UTC",
            "--devcontainer",
        )
        print(f"from nothing to a live status: {time.monotonic() - began:.1f} s")
        yield made
    finally:
        for _ in range(3):
            control.pause(str(made.directory))


def test_the_line_installs_it_again_with_all_that_set_up_wrote_and_goes_on(place: Place) -> None:
    place.rebuild()
    done = place.run("/bin/sh", "-c", place.line())
    assert liveness.running(str(place.directory)).keeper is None, (
        "the start of the container does not wait for it"
    )
    assert (done.stdout, done.stderr) == ("", "")
    print(f"healed within {place.await_up():.1f} s")
    assert (
        "● running" in place.run(str(place.home / ".local/bin/codespace-tracker"), "status").stdout
    )
    assert "# as in the image" in (place.home / ".bashrc").read_text()
    assert ">>> codespace-tracker >>>" in (place.home / ".bashrc").read_text()
    assert (
        place.home / ".config/codespace-tracker/directory"
    ).read_text() == f"{place.directory}\n"
    [(count,)] = place.read("SELECT count(*) FROM session")
    assert count == 1, "the same session goes on"


def test_many_at_once_install_it_once_and_the_next_start_changes_nothing(place: Place) -> None:
    place.rebuild()
    line = place.line()
    starts = [subprocess.Popen(["/bin/sh", "-c", line], env=place.variables) for _ in range(5)]
    assert [start.wait(_PATIENCE_SECONDS) for start in starts] == [0] * 5
    place.await_up()
    log = place.directory / "program/heal.log"
    assert log.read_text().count("Installing into") == 1
    installed = (place.home / ".local/share/codespace-tracker/venv/installed").stat()
    before = liveness.running(str(place.directory))
    while "started" in log.read_text() or "already running" not in log.read_text():
        place.run("/bin/sh", "-c", line)
        time.sleep(0.2)
    assert liveness.running(str(place.directory)) == before
    assert (place.home / ".local/share/codespace-tracker/venv/installed").stat() == installed


def test_a_new_shell_mends_an_environment_whose_python_is_gone(place: Place) -> None:
    place.await_up()
    for holder in liveness.running(str(place.directory)):
        if holder is not None:
            os.kill(holder.pid, signal.SIGKILL)
    for path in (place.home / ".local/share/codespace-tracker/venv/bin").glob("python*"):
        path.unlink()
    done = place.run("setsid", "bash", "-i", "-c", "true")
    assert done.stdout == ""
    place.await_up()
    assert "● running" in place.run(str(place.home / ".local/bin/cst"), "status").stdout


def test_after_an_uninstall_nothing_brings_it_back(place: Place) -> None:
    line = place.line()
    place.run(str(place.home / ".local/bin/cst"), "uninstall")
    assert (
        place.project / ".devcontainer.json"
    ).read_text() == '{\n  "postStartCommand": "npm start" // ours\n}\n'
    assert place.directory.exists()
    assert place.run("/bin/sh", "-c", line).stdout == ""
    assert liveness.running(str(place.directory)) == (None, None)
    assert [path.name for path in place.home.rglob("*") if path.is_file()] == [".bashrc"]
