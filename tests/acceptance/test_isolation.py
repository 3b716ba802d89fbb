"""A hostile repository and environment: nothing of them runs at any of the places where the tracker
starts a Python.

The tracker is installed from this checkout, by setup.sh and as the Feature does it, with a
repository for a current folder whose modules tell of it if they are imported, and with every
variable set that leads Python to such modules.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import StateDirectory, wait_until
from tests.integration.web import serving

from codespace_tracker.daemon import control
from codespace_tracker.machine import liveness

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

REPOSITORY = Path(__file__).parent.parent.parent
_PASSED_ON = ("http_proxy", "https_proxy", "PIP_CERT", "PIP_INDEX_URL", "SSL_CERT_FILE")
_MODULES = (
    "venv logging subprocess json ensurepip runpy zipfile tempfile sqlite3 signal hatchling"
    " sitecustomize usercustomize ssl http urllib tomllib zoneinfo"
)
_PACKAGES = "pip click codespace_tracker pydantic cronsim jinja2"
_SECONDS = 300


class Ground:
    """A home, a state directory, and a repository whose code writes down that it ran."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ran = folder, folder / "ran"
        self.home, self.repository = folder / "home", folder / "repository"
        self.state = StateDirectory(folder / "workspaces/.codespace-tracker")
        for made in (self.home, self.repository, self.state.directory.parent):
            made.mkdir()
        self._seed(self.repository)
        self.variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self.variables |= {
            "HOME": str(self.home),
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
        }
        self.variables |= {"no_proxy": "127.0.0.1"}
        base = folder / "base"
        self.hostile = {
            **self.variables,
            "PYTHONPATH": str(self.repository),
            "PYTHONUSERBASE": str(base),
            "PIP_CONFIG_FILE": "pip.conf",
            "PYTHONSTARTUP": str(self.repository / "json.py"),
            "PYTHONHOME": str(self.repository),
            "PIP_TARGET": "evil",
            "PYTHONWARNINGS": "error::logging.X",
            "PYTHONINSPECT": "",
            "VIRTUAL_ENV": str(self.repository),
            "XDG_DATA_HOME": ".",
        }
        self.seed_user_site(base)
        self.seed_home()

    def _seed(self, folder: Path) -> None:
        """Put modules, packages and settings into a folder."""
        for name in _MODULES.split():
            (folder / f"{name}.py").write_text(self._tell(name))
        for name in _PACKAGES.split():
            (folder / name).mkdir()
            for part in ("__init__", "__main__"):
                (folder / name / f"{part}.py").write_text(self._tell(name))
        (folder / "setup.cfg").write_text(
            f"[install]\nprefix={self.folder}/evil\n[global]\ntarget={self.folder}/evil\n"
        )
        (folder / "pip.conf").write_text(
            f"[global]\nindex-url=http://127.0.0.1:9/\ntarget={self.folder}/evil\n"
        )
        (folder / ".python-version").write_text("9.9\n")
        for name in ("pyproject.toml", "uv.toml"):
            (folder / name).write_text("[this is broken\n")
        (folder / "codespace-tracker").mkdir()

    def _tell(self, name: str) -> str:
        return (
            f"with open({str(self.ran)!r}, 'a') as file: file.write({name!r} + ' from ' + "
            "__file__ + '\\n')\n"
        )

    def seed_user_site(self, base: Path) -> None:
        """Put packages into the user site of every Python."""
        for minor in range(10, 16):
            site = base / f"lib/python3.{minor}/site-packages"
            site.mkdir(parents=True)
            self._seed(site)
            (site / "evil.pth").write_text(
                f"import sys; open({str(self.ran)!r}, 'a').write('evil.pth\\n')\n"
            )

    def seed_home(self) -> None:
        """Make a home as it is in a new container, and the user's packages in it hostile."""
        shutil.rmtree(self.home)
        self.home.mkdir()
        (self.home / ".bashrc").write_text("# as in the image\n")
        (self.home / ".zshrc").write_text("# as in the image\n")
        self.seed_user_site(self.home / ".local")

    def run(self, *words: str, **more: str) -> str:
        """Run a program in the repository with the hostile variables; what it said."""
        done = subprocess.run(
            words,
            env={**self.hostile, **more},
            cwd=self.repository,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def verb(self, *words: str) -> str:
        """Run a verb by the command that set-up linked."""
        return self.run(f"{self.home}/.local/bin/codespace-tracker", *words)

    def await_healed(self) -> None:
        """Wait until no healing is under way: another one would leave it to that one."""
        lock = self.state.directory / "program/heal.lock"
        ask = ["flock", "-n", str(lock), "true"]
        wait_until(
            lambda: not lock.exists() or subprocess.run(ask, check=False).returncode == 0,
            "healed",
            _SECONDS,
        )

    def what_ran(self) -> str:
        """What of the hostile code has run since this was asked last."""
        said = self.ran.read_text() if self.ran.exists() else ""
        self.ran.unlink(missing_ok=True)
        return said

    def is_up(self) -> bool:
        """Whether the tracker runs."""
        found = liveness.running(str(self.state.directory))
        return found.keeper is not None and found.daemon is not None and found.daemon.is_up

    def await_up(self) -> None:
        """Wait until the tracker runs, also where it must be installed first."""
        wait_until(self.is_up, "the tracker runs", _SECONDS)

    def kill(self) -> None:
        """End keeper and daemon as a crash does."""
        for holder in liveness.running(str(self.state.directory)):
            if holder is not None:
                os.kill(holder.pid, signal.SIGKILL)
        wait_until(
            lambda: liveness.running(str(self.state.directory)) == (None, None), "both are gone"
        )


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground(tmp_path_factory.mktemp("hostile"))
    try:
        yield made
    finally:
        for _ in range(3):
            control.pause(str(made.state.directory))


@pytest.fixture(scope="module")
def installed(ground: Ground) -> Ground:
    """The tracker set up in the repository, as a person does it there."""
    ground.what_ran()
    said = ground.run(
        "bash",
        str(REPOSITORY / "setup.sh"),
        "--dir",
        "../workspaces/.codespace-tracker",
        "--timezone",
        "UTC",
        "--devcontainer=.",
    )
    assert "The tracker was started." in said
    assert ground.what_ran() == ""
    return ground


@pytest.mark.parametrize(
    ("words", "variables", "tells"),
    [
        (["-m", "venv", "--help"], (), "venv from"),
        (["-c", "import logging"], (), "logging from"),
        (["/dev/null"], ("PYTHONPATH",), "sitecustomize from"),
        (["/dev/null"], ("PYTHONUSERBASE",), "evil.pth"),
        (["/dev/null"], (), "usercustomize from"),
        (["/dev/null"], ("PYTHONPATH", "PYTHONWARNINGS"), "logging from"),
    ],
)
def test_a_python_that_is_not_isolated_runs_what_lies_there(
    ground: Ground, words: list[str], variables: tuple[str, ...], tells: str
) -> None:
    """Else the tests below would show nothing."""
    ground.what_ran()
    environment = {**ground.variables, **{name: ground.hostile[name] for name in variables}}
    subprocess.run(
        ["/usr/bin/python3", *words], env=environment, cwd=ground.repository, capture_output=True
    )
    assert tells in ground.what_ran()


def test_the_command_runs_nothing_of_them(installed: Ground) -> None:
    for verb in ("status", "sessions", "doctor", "triggers", "quota", "report", "log", "version"):
        installed.run(f"{installed.home}/.local/bin/cst", verb)
    assert "no problem" in installed.verb("triggers", "check")
    assert "_CODESPACE_TRACKER_COMPLETE" in installed.verb("completion", "bash")
    completed = {
        "_CODESPACE_TRACKER_COMPLETE": "bash_complete",
        "COMP_WORDS": "cst sta",
        "COMP_CWORD": "1",
    }
    assert "plain,status" in installed.run(f"{installed.home}/.local/bin/cst", **completed)
    assert installed.verb("--help").startswith("Usage: codespace-tracker ")
    assert installed.what_ran() == ""


def test_a_trigger_its_download_and_the_plan_run_nothing_of_them(
    installed: Ground, tmp_path: Path
) -> None:
    (tmp_path / "served").mkdir()
    (tmp_path / "served/x.sh").write_text(
        f'env >"{tmp_path}/variables"; command -v codespace-tracker\n'
    )
    installed.kill()
    installed.verb("start")
    with serving(tmp_path / "served") as web:
        trigger = {
            "label": "Fetched",
            "script_url": f"http://127.0.0.1:{web.port}/file/x.sh",
            "script_command": "sh x.sh",
            "cwd": str(installed.repository),
            "conditions": {"total_runtime_minutes": 0},
        }
        (installed.state.directory / "trigger_config.json").write_text(json.dumps([trigger]))
        installed.verb("restart")
        done = "SELECT 1 FROM occurrence WHERE state='succeeded'"
        wait_until(lambda: installed.state.read(done) != [], "the script has run")
        assert "codespace-tracker" in installed.verb("triggers", "run", "Fetched")
    assert f"PYTHONPATH={installed.repository}\n" in (tmp_path / "variables").read_text(), (
        "it has the user's variables"
    )
    (installed.repository / "x.sh").unlink(missing_ok=True)
    assert installed.what_ran() == ""


@pytest.mark.parametrize("script", ["start_all.sh", "chalu.sh"])
def test_the_scripts_of_the_checkout_run_nothing_of_them(installed: Ground, script: str) -> None:
    installed.kill()
    assert "● running" in installed.run("sh", str(REPOSITORY / script))
    assert installed.what_ran() == ""


@pytest.mark.parametrize("path", [str(REPOSITORY / "ghadi.sh"), ".local/bin/ghadi.sh"])
def test_the_clock_in_the_foreground_runs_nothing_of_them(installed: Ground, path: str) -> None:
    installed.verb("stop")
    clock = subprocess.Popen(
        [installed.home / path],
        env=installed.hostile,
        cwd=installed.repository,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    installed.await_up()
    daemon = liveness.running(str(installed.state.directory)).daemon
    assert daemon is not None
    assert {os.readlink(f"/proc/{pid}/cwd") for pid in (clock.pid, daemon.pid)} == {
        str(installed.state.directory)
    }
    os.killpg(clock.pid, signal.SIGINT)
    assert clock.wait(60) == 0
    installed.verb("start")
    assert installed.what_ran() == ""


def test_a_crashed_daemon_comes_back_without_them(installed: Ground) -> None:
    before = liveness.running(str(installed.state.directory)).daemon
    assert before is not None
    os.kill(before.pid, signal.SIGKILL)
    wait_until(
        lambda: liveness.running(str(installed.state.directory)).daemon not in (None, before),
        "the next one",
    )
    installed.await_up()
    assert installed.what_ran() == ""


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_new_shell_in_the_repository_runs_nothing_of_them(installed: Ground, shell: str) -> None:
    installed.kill()
    said = installed.run("setsid", shell, "-i", "-c", "true")
    assert "codespace" not in said
    installed.await_up()
    assert installed.what_ran() == ""


@pytest.mark.parametrize("by", ["the line", "a new shell"])
def test_healing_after_a_rebuild_runs_nothing_of_them(installed: Ground, by: str) -> None:
    bashrc = (installed.home / ".bashrc").read_text()
    installed.await_healed()
    installed.kill()
    installed.seed_home()
    if by == "the line":
        file = installed.repository / ".devcontainer/devcontainer.json"
        lines = [
            line for line in file.read_text().splitlines() if not line.strip().startswith("//")
        ]
        said = installed.run(
            "sh", "-c", json.loads("\n".join(lines))["postStartCommand"]["codespace-tracker"]
        )
        assert said == ""
    else:
        (installed.home / ".bashrc").write_text(bashrc)
        installed.run("setsid", "bash", "-i", "-c", "true")
    installed.await_up()
    assert installed.what_ran() == ""
    assert "exec '" in (installed.home / ".local/bin/cst").read_text()
    log = (installed.state.directory / "program/heal.log").read_text()
    assert "Traceback" not in log


def test_set_up_again_and_uninstall_run_nothing_of_them(installed: Ground) -> None:
    assert "(unchanged)" in installed.run("bash", str(REPOSITORY / "setup.sh"))
    assert "The tracker was stopped." in installed.verb("uninstall")
    assert installed.what_ran() == ""
    assert not (installed.folder / "evil").exists()
    assert not (installed.repository / "evil").exists()


_FEATURE = """
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
for place in /etc /usr/local; do
    mkdir -p "$1$place/upper" "$1$place/work"
    layers="lowerdir=$place,upperdir=$1$place/upper,workdir=$1$place/work"
    mount -t overlay overlay -o "$layers" "$place"
done
cd "$2"
sh "$3/install.sh"
/usr/local/share/codespace-tracker/post-start.sh
until /usr/local/bin/codespace-tracker status >/dev/null 2>&1; do sleep 0.2; done
cat /usr/local/bin/cst
/usr/local/bin/codespace-tracker stop
"""


def test_the_feature_installs_and_starts_without_them(ground: Ground, tmp_path: Path) -> None:
    feature, mounts = tmp_path / "feature", tmp_path / "mounts"
    shutil.copytree(REPOSITORY / "feature/src/codespace-tracker", feature)
    mounts.mkdir()
    wheel = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(feature),
    ]
    subprocess.run(wheel, cwd=REPOSITORY, check=True, capture_output=True, timeout=120)
    ground.what_ran()
    shutil.rmtree(ground.home / ".codespace-tracker", ignore_errors=True)
    state = ground.home / ".codespace-tracker"
    words = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        _FEATURE,
        "sh",
        str(mounts),
        str(ground.repository),
        str(feature),
    ]
    said = ground.run(
        *words, STATEDIRECTORY=str(state), _REMOTE_USER="root", _REMOTE_USER_HOME=str(ground.home)
    )
    assert "exec /usr/local/share/codespace-tracker/venv/bin/python -I -S -c" in said
    assert "The tracker was stopped" in said
    assert ground.what_ran() == ""
