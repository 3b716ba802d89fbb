"""Dev containers with this checkout's Feature, made by their own command line under the podman of
these tests."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.acceptance.podman import BASE, CERTIFICATES, REPOSITORY, USER, Engine, Life, NoContainers
from tests.integration.real_tracker import wait_until

FEATURE = REPOSITORY / "feature"
NAME = "codespace-tracker"
WITH_PYTHON, BARE = "localhost/with-python:1", "localhost/bare:1"
ZSH_USER = "zoe"

_SECONDS = 600
_LIFE_SECONDS = 900

# Podman under another name: for podman, the command line asks for what only podman without root
# has.
_DOCKER = """#!/bin/sh
[ "$1" != -v ] || { echo "Docker version 24.0.0"; exit 0; }
exec podman "$@"
"""

_WITH_PYTHON = f"""
FROM {BASE}
COPY etc/ /etc/
ENV PIP_CERT={CERTIFICATES} SSL_CERT_FILE={CERTIFICATES}
RUN useradd --create-home --uid 1000 --shell /bin/bash {USER}
RUN useradd --create-home --uid 1001 --shell /usr/bin/zsh {ZSH_USER}
"""

_BARE = f"""
FROM {WITH_PYTHON}
RUN apt-get purge -y --autoremove 'python3*' >/dev/null && ! command -v python3
"""


class DevContainers:
    """The command line of dev containers, the Feature with this checkout's wheel, and the images to
    put it into."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.docker = folder / "bin" / "docker"
        self.feature = folder / "feature"

    def build(self) -> None:
        """Install and make all of it. Raises NoContainers."""
        if shutil.which("npm") is None:
            raise NoContainers("npm is not installed. Fix: install what .ci/run installs.")
        self.docker.parent.mkdir()
        self.docker.write_text(_DOCKER)
        self.docker.chmod(0o755)
        shutil.copytree(
            FEATURE, self.feature, ignore=shutil.ignore_patterns("node_modules", "*.whl")
        )
        [wheel] = self.engine.wheels.glob("*.whl")
        shutil.copy(wheel, self.feature / "src" / NAME)
        self._run(
            "npm", "install", "--ignore-scripts", "--no-package-lock", "--silent", cwd=self.feature
        )
        self._make_images()

    def _make_images(self) -> None:
        context = self.folder / "context"
        (context / "etc/ssl/certs").mkdir(parents=True)
        if os.path.exists(CERTIFICATES):
            shutil.copy(CERTIFICATES, context / CERTIFICATES[1:])
        for place in ("apt.conf.d", "sources.list.d"):
            if os.path.isdir(f"/etc/apt/{place}"):
                shutil.copytree(f"/etc/apt/{place}", context / "etc/apt" / place)
        for image, text in ((WITH_PYTHON, _WITH_PYTHON), (BARE, _BARE)):
            (context / "Dockerfile").write_text(text)
            self._run("podman", "build", "--quiet", "--tag", image, ".", cwd=context)

    def call(
        self, *words: str, code: int | None = 0, more: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run the command line, with `more` variables; fails if it does not exit with `code` (None:
        any)."""
        program = str(self.feature / "node_modules/.bin/devcontainer")
        return self._run(program, *words, cwd=self.feature, code=code, more=more)

    def _run(
        self, *words: str, cwd: Path, code: int | None = 0, more: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        path = f"{self.docker.parent}:{os.environ['PATH']}"
        environment = {**self.engine.environment, "PATH": path, **(more or {})}
        done = subprocess.run(
            words,
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        told = (words, done.returncode, done.stdout[-4000:], done.stderr[-4000:])
        assert code is None or done.returncode == code, told
        return done


class DevContainer(Life):
    """One dev container, whose workspace is a folder of this machine at /workspaces. It lives from
    `up` on."""

    def __init__(
        self,
        cli: DevContainers,
        folder: Path,
        workspaces: Path,
        image: str,
        user: str,
        options: Mapping[str, object],
        variables: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """`more` is for devcontainer.json: it takes the place of what stands there."""
        super().__init__(cli.engine, "")
        self.cli = cli
        self.folder = folder
        self.user = user
        configuration: dict[str, Any] = {
            "image": image,
            "remoteUser": user,
            "features": {f"./{NAME}": dict(options)},
            "containerEnv": dict(variables or {}),
            "workspaceMount": f"source={workspaces},target=/workspaces,type=bind",
            "workspaceFolder": "/workspaces",
            "runArgs": ["--timeout", str(_LIFE_SECONDS)],
            **(more or {}),
        }
        place = folder / ".devcontainer"
        shutil.copytree(cli.feature / "src" / NAME, place / NAME)
        (place / "devcontainer.json").write_text(json.dumps(configuration))

    def add_feature(self, name: str, entrypoint: str) -> None:
        """Another Feature in the project, to be named in devcontainer.json, which has PID 1 run a
        line."""
        place = self.folder / ".devcontainer" / name
        place.mkdir()
        told = {"id": name, "version": "1.0.0", "name": name, "entrypoint": entrypoint}
        (place / "devcontainer-feature.json").write_text(json.dumps(told))
        (place / "install.sh").write_text("#!/bin/sh\n")

    def up(self, *options: str, more: Mapping[str, str] | None = None) -> int:
        """Make it or start it, until its hooks have run; PID 1's start on the boot clock, in µs."""
        words = (
            "up",
            "--workspace-folder",
            str(self.folder),
            "--docker-path",
            str(self.cli.docker),
        )
        done = self.cli.call(*words, *options, more=more)
        outcome = json.loads(done.stdout.splitlines()[-1])
        assert outcome["outcome"] == "success", done.stdout
        assert "postStartCommand" in done.stderr
        self.name = outcome["containerId"]
        return self.began()

    def await_tracker(self) -> None:
        """Wait until the tracker that the hook began to start is up."""
        wait_until(
            lambda: self.verb("status", user=self.user, code=None).startswith("● running"),
            "a tracker",
            90,
        )

    def remove(self) -> None:
        """Remove it, if it was made."""
        if self.name:
            super().remove()
