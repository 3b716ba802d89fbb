"""setup.sh of this checkout, run over what setup.sh of 0.1.0 installed into a fresh home."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.upgrade import release
from tests.upgrade.release import VERSION

from codespace_tracker import __version__
from codespace_tracker.daemon import control
from codespace_tracker.machine import liveness

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

_PASSED_ON = ("http_proxy", "https_proxy", "no_proxy", "PIP_CERT", "PIP_INDEX_URL", "SSL_CERT_FILE")


class Home:
    """A user's home in which setup.sh is run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder / "home", folder / "home/.codespace-tracker"
        self.folder.mkdir()
        (self.folder / ".bashrc").write_text("# mine\n")
        self.variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self.variables |= {"HOME": str(self.folder), "LANG": "C.UTF-8"}
        self.variables["PATH"] = (
            f"{self.folder}/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        )

    def run(self, *words: str) -> str:
        """Run a program as this user; what it said."""
        done = subprocess.run(
            words,
            env=self.variables,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def status(self) -> Any:
        """What `status --json` says."""
        return json.loads(self.run("codespace-tracker", "status", "--json"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = Home(tmp_path_factory.mktemp("upgraded"))
    yield made
    for _ in range(3):
        control.pause(str(made.state))


def test_set_up_over_set_up_goes_on_with_everything(home: Home, tmp_path: Path) -> None:
    try:
        old = release.source(tmp_path / "source")
    except release.NoRelease as error:
        pytest.fail(str(error), pytrace=False)
    home.run("bash", str(old / "setup.sh"), "--dir", str(home.state), "--timezone", "UTC")
    (home.state / "config.toml").write_text('time_zone = "UTC"\nheartbeat_seconds = 2\n')
    before = home.status()
    assert before["tracker"]["version"] == VERSION
    said = home.run("bash", str(release.ROOT / "setup.sh"), "--dir", str(home.state))
    after = home.status()
    assert (after["running"], after["tracker"]["version"]) == (True, __version__), said
    assert behind_the_clock(after) == behind_the_clock(before), "no second is lost"
    assert after["session"]["session_id"] == before["session"]["session_id"]
    assert after["total"]["session_count"] == 1
    assert (home.state / "config.toml").read_text() == 'time_zone = "UTC"\nheartbeat_seconds = 2\n'
    assert (home.folder / ".bashrc").read_text().count(">>> codespace-tracker >>>") == 1
    assert (home.folder / ".bashrc").read_text().startswith("# mine\n")
    assert __version__ in home.run("cst", "--version")
    [kept] = (home.state / "program").glob("*.whl")
    assert __version__ in kept.name, "a rebuild brings the new version back"


def test_the_shell_hook_after_it_is_quiet_and_starts_nothing(home: Home) -> None:
    before = liveness.running(str(home.state))
    assert home.run("setsid", "bash", "-i", "-c", "true").splitlines() in ([], NO_TERMINAL)
    assert liveness.running(str(home.state)) == before


NO_TERMINAL = [
    "bash: cannot set terminal process group (-1): Inappropriate ioctl for device",
    "bash: no job control in this shell",
]


def test_it_can_be_uninstalled_and_leaves_nothing_but_the_data(home: Home) -> None:
    home.run("cst", "uninstall")
    assert (home.folder / ".bashrc").read_text() == "# mine\n"
    assert not (home.folder / ".local/share/codespace-tracker").exists()
    assert not list((home.folder / ".local/bin").glob("*"))
    assert (home.state / "ledger.db").exists()


def behind_the_clock(status: Any) -> int:
    """How far the running time is behind the kernel's clock."""
    return int(status["session"]["life"]["last_mono_us"] - status["session"]["running_us"])
