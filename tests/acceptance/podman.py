"""Real containers under podman: each life of one has a PID 1 of its own on this machine's kernel.

All that podman keeps lies in one temporary folder, and is gone with it. A container is ended by
itself after ten minutes, also where nobody is left to end it. What the kernel says of a life is
read from outside of it.
"""

import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent

IMAGE = "localhost/tracker:1"
USER = "vscode"
CODESPACE = {
    "CODESPACES": "true",
    "CODESPACE_NAME": "funny-name",
    "GITHUB_USER": "octocat",
    "GITHUB_REPOSITORY": "octocat/hello",
    "CLOUDENV_ENVIRONMENT_ID": "7d1f6a52",
}
LOCAL = {"REMOTE_CONTAINERS": "true", "CODESPACE_TRACKER_DIR": "/workspaces/.codespace-tracker"}

BASE = "localhost/base:1"
_PACKAGES = "python3-venv,ca-certificates,zsh,git"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_PASSED_ON = ("http_proxy", "https_proxy", "no_proxy")
_LIFE_SECONDS = 600
_BOOT_ID = "/opt/boot_id"

_CONTAINERS_CONF = """
[containers]
netns = "host"
default_ulimits = ["nofile=10000:10000", "nproc=20000:20000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "{folder}/tmp"
"""

_STORAGE_CONF = """
[storage]
driver = "overlay"
graphroot = "{folder}/graph"
runroot = "{folder}/run"
"""

# What the command line of dev containers makes PID 1 of a container: `entrypoint` is where Features
# put theirs.
_PID_1 = """
echo Container started
trap "exit 0" 15
{entrypoint}
while sleep 1 & wait $!; do :; done
"""

_INSTALL = f"""
set -eu
python3 -m venv /opt/tracker
/opt/tracker/bin/python -m pip install --quiet --disable-pip-version-check /wheel/*.whl
ln -s /opt/tracker/bin/cst /usr/local/bin/cst
useradd --create-home --uid 1000 --shell /bin/bash {USER}
"""


def boot_us() -> int:
    """The boot clock now, in µs: PID 1's start is told by it."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


def wall_us() -> int:
    """The wall clock now, in µs."""
    return time.time_ns() // 1000


class NoContainers(Exception):
    """Containers cannot be had on this machine; the text says why."""


class Engine:
    """Podman with all that it keeps in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder / "wheel"
        for name in ("graph", "run", "tmp"):
            (folder / name).mkdir(parents=True)
        (folder / "containers.conf").write_text(_CONTAINERS_CONF.format(folder=folder))
        (folder / "storage.conf").write_text(_STORAGE_CONF.format(folder=folder))
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        }

    def call(self, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run podman; fails if it does not exit with `code` (None: any)."""
        done = subprocess.run(
            ["podman", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert code is None or done.returncode == code, (
            words,
            done.returncode,
            done.stdout,
            done.stderr,
        )
        return done

    def build(self) -> None:
        """Make the image with the tracker of this checkout, installed as a wheel. Raises
        NoContainers."""
        for program in ("podman", "runc", "mmdebstrap"):
            if shutil.which(program) is None:
                raise NoContainers(
                    f"{program} is not installed. Fix: install what .ci/run installs."
                )
        self._make_base()
        wheel = self.wheels
        command = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--wheel-dir",
            str(wheel),
        ]
        self._make("the wheel", [*command, str(REPOSITORY)])
        variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        mounts = ["--volume", f"{wheel}:/wheel:ro"]
        if os.path.exists(CERTIFICATES):
            mounts += ["--volume", f"{os.path.realpath(CERTIFICATES)}:{CERTIFICATES}:ro"]
            variables |= {"PIP_CERT": CERTIFICATES, "SSL_CERT_FILE": CERTIFICATES}
        install = [
            "run",
            "--name",
            "install",
            *mounts,
            *_variables(variables),
            BASE,
            "sh",
            "-c",
            _INSTALL,
        ]
        self._make("the image", ["podman", *install])
        self.call("commit", "--quiet", "install", IMAGE)
        self.call("rm", "install")

    def _make_base(self) -> None:
        base = self.folder / "base.tar"
        command = [
            "mmdebstrap",
            "--variant=minbase",
            f"--include={_PACKAGES}",
            "bookworm",
            str(base),
        ]
        self._make("a bare Debian", command)
        self._make("the base image", ["podman", "import", "--quiet", str(base), BASE])
        base.unlink()
        self._make("a container", ["podman", "run", "--rm", BASE, "true"])

    def _make(self, what: str, command: list[str]) -> None:
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode != 0:
            raise NoContainers(
                f"{what} could not be made: {' '.join(command[:3])}: {done.stderr.strip()[-2000:]}"
            )

    def close(self) -> None:
        """End and remove every container, and delete all that podman kept. Never raises."""
        if shutil.which("podman") is not None:
            self.call("rm", "--all", "--force", "--time", "0", code=None)
        mounts = Path("/proc/self/mounts").read_text()
        points = [line.split(" ")[1] for line in mounts.splitlines()]
        for point in reversed([point for point in points if point.startswith(f"{self.folder}/")]):
            subprocess.run(["umount", "--lazy", point], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Life:
    """A container that somebody made, from its start to `stop` or `kill`, and from its next
    start."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name
        self.pid = 0
        self.asked_us = 0  # to end: on the boot clock

    def began(self) -> int:
        """Look which life it is that goes on now; PID 1's start on the boot clock, in µs."""
        self.pid = int(self.engine.call("inspect", "--format", "{{.State.Pid}}", self.name).stdout)
        return self.started_us()

    def started_us(self) -> int:
        """When PID 1 started, by the kernel: on the boot clock, in µs, whole clock ticks."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[19]) * 1_000_000 // os.sysconf("SC_CLK_TCK")

    def stop(self) -> int:
        """Stop it as an engine does: TERM to PID 1, KILL after ten seconds. When it was over, on
        the boot clock."""
        return self._end("stop", "--time", "10")

    def kill(self) -> int:
        """Kill PID 1. When it was over, on the boot clock."""
        return self._end("kill")

    def _end(self, *words: str) -> int:
        # PID 1 is gone when the kernel has ended everything in its namespace.
        life = os.pidfd_open(self.pid)
        self.asked_us = boot_us()
        ending = subprocess.Popen(
            ["podman", *words, self.name], env=self.engine.environment, stdout=subprocess.DEVNULL
        )
        over = select.poll()
        over.register(life, select.POLLIN)
        assert over.poll(60_000), f"{self.name} did not end"
        at = boot_us()
        os.close(life)
        assert ending.wait(60) == 0
        return at

    def exit_code(self) -> int:
        """How PID 1 ended: 137 where it had to be killed."""
        return int(self.engine.call("wait", self.name).stdout)

    def commit(self) -> str:
        """Make an image of it as it is, without what is at /workspaces; the image's name."""
        image = f"localhost/{self.name}:1"
        self.engine.call("commit", "--quiet", self.name, image)
        return image

    def remove(self) -> None:
        """Remove it, and all that was written in it outside of /workspaces."""
        self.engine.call("rm", "--force", "--time", "0", self.name)

    def call(
        self, *words: str, user: str = "", code: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a program within, as a hook does; fails if it does not exit with `code` (None:
        any)."""
        who = ["--user", user] if user else []
        return self.engine.call("exec", *who, self.name, *words, code=code)

    def begin(self, *words: str) -> "subprocess.Popen[str]":
        """Begin to run a program within, whose output can be read."""
        return subprocess.Popen(
            ["podman", "exec", self.name, *words],
            env=self.engine.environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def count(self, name: str) -> int:
        """How many processes within have a program or a script of that name."""
        lines = self.engine.call("top", self.name, "args").stdout.splitlines()
        return sum(name in word for line in lines for word in line.split()[:3])

    def verb(self, *words: str, user: str = "", code: int | None = 0) -> str:
        """What a verb of the tracker says."""
        done = self.call("cst", *words, user=user, code=code)
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr


class Container(Life):
    """One container with a folder of this machine at /workspaces; it lives from `start` to `stop`
    or `kill`."""

    def __init__(
        self,
        engine: Engine,
        name: str,
        workspaces: Path,
        variables: Mapping[str, str],
        *options: str,
        entrypoint: str = "",
        image: str = IMAGE,
    ) -> None:
        super().__init__(engine, name)
        self._boot_id = engine.folder / f"{name}.boot_id"
        self._boot_id.touch()
        engine.call(
            *(
                "create",
                "--name",
                name,
                "--timeout",
                str(_LIFE_SECONDS),
                "--volume",
                f"{workspaces}:/workspaces",
            ),
            *("--volume", f"{self._boot_id}:{_BOOT_ID}", *_variables(variables), *options),
            *("--entrypoint", "/bin/sh", image),
            *("-c", _PID_1.format(entrypoint=entrypoint)),
        )

    def start(self, boot: str = "") -> int:
        """Begin a life; PID 1's start on the boot clock, in µs. `boot` is the boot id of another
        boot than this one."""
        self.engine.call("start", self.name)
        began = self.began()
        if boot:
            self._boot_id.write_text(f"{boot}\n")
            enter = ["nsenter", "--target", str(self.pid), "--mount"]
            bind = ["mount", "--bind", _BOOT_ID, "/proc/sys/kernel/random/boot_id"]
            subprocess.run([*enter, *bind], check=True, capture_output=True)
        return began


def _variables(found: Mapping[str, str]) -> list[str]:
    return [word for name, value in found.items() for word in ("--env", f"{name}={value}")]
