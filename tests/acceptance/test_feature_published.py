"""The Feature as it is published: to a registry on this machine, and from there into a dev
container."""

import json
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.devcontainers import NAME, WITH_PYTHON, DevContainer, DevContainers
from tests.acceptance.lives import Workspaces
from tests.acceptance.podman import USER
from tests.integration.real_tracker import wait_until

from codespace_tracker import __version__

pytestmark = [pytest.mark.machine, pytest.mark.fresh]

NAMESPACE = "octocat/codespace-tracker"

_REGISTRY = """
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}/storage}}}}
http: {{addr: "127.0.0.1:{port}"}}
log: {{level: error}}
"""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """Debian's docker-registry on a port of loopback: unpacked, for an installed one begins to
    serve by itself."""
    done = subprocess.run(
        ["apt-get", "download", "docker-registry"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    [package] = tmp_path.glob("docker-registry_*.deb")
    subprocess.run(["dpkg", "-x", str(package), str(tmp_path / "program")], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = tmp_path / "registry.yml"
    settings.write_text(_REGISTRY.format(folder=tmp_path, port=port))
    with (tmp_path / "registry.log").open("wb") as log:
        server = subprocess.Popen(
            [tmp_path / "program/usr/bin/docker-registry", "serve", settings],
            stdout=log,
            stderr=log,
        )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def answers() -> bool:
        try:
            return bool(opener.open(f"http://127.0.0.1:{port}/v2/").status == 200)
        except OSError:
            return False

    try:
        wait_until(answers, "the registry")
        yield f"localhost:{port}"  # plain http is for this name alone
    finally:
        server.kill()
        server.wait()


class Project:
    """A copy of the Feature's folder, which can be given another version."""

    def __init__(self, cli: DevContainers, folder: Path, registry: str) -> None:
        self.folder = folder
        self._cli = cli
        self._registry = registry
        shutil.copytree(cli.feature, folder, symlinks=True)
        self._told = folder / "src" / NAME / "devcontainer-feature.json"

    def set_version(self, before: str, now: str) -> None:
        text = self._told.read_text()
        assert text.count(f'"version": "{before}"') == 1
        self._told.write_text(text.replace(f'"version": "{before}"', f'"version": "{now}"'))

    def publish(self, *options: str, code: int = 0) -> str:
        """What publish.sh says."""
        words = [str(self.folder / "publish.sh"), *options, NAMESPACE, self._registry]
        environment = {
            **self._cli.engine.environment,
            "no_proxy": "localhost",
            "NO_PROXY": "localhost",
        }
        done = subprocess.run(
            words, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == code, (done.stdout, done.stderr[-3000:])
        return done.stdout + done.stderr

    def tags(self) -> set[str]:
        """What is published."""
        reference = f"{self._registry}/{NAMESPACE}/{NAME}"
        said = self._cli.call(
            "features", "info", "tags", reference, "--output-format", "json"
        ).stdout
        return set(json.loads(said)["publishedTags"])


def test_what_is_published_comes_up_and_is_published_once(
    cli: DevContainers, registry: str, workspaces: Workspaces, tmp_path: Path
) -> None:
    project = Project(cli, tmp_path / "feature", registry)
    project.publish("--check")
    project.publish()
    major, minor, _ = __version__.split(".")
    assert project.tags() == {__version__, f"{major}.{minor}", major, "latest"}

    (project.folder / "src" / NAME / "post-start.sh").write_text("#!/bin/sh\n")
    for options in (("--check",), ()):
        assert f"version {__version__} of the Feature is published already" in project.publish(
            *options, code=1
        )

    reference = f"{registry}/{NAMESPACE}/{NAME}:{major}"
    more = {"features": {reference: {"stateDirectory": "/workspaces/.codespace-tracker"}}}
    workspaces.folder.chmod(0o777)
    container = DevContainer(
        cli, tmp_path / "project", workspaces.folder, WITH_PYTHON, USER, {}, None, more
    )
    lock = container.folder / ".devcontainer" / "devcontainer-lock.json"
    try:
        container.up()
        container.await_tracker()
        assert __version__ in container.verb("version", user=USER)
        assert json.loads(lock.read_text())["features"][reference]["version"] == __version__

        newer = f"{major}.{minor}.99"
        project.set_version(__version__, newer)
        project.publish()
        words = ("--workspace-folder", str(container.folder))
        container.up("--remove-existing-container")
        assert json.loads(lock.read_text())["features"][reference]["version"] == __version__, (
            "the lock file pins it"
        )
        cli.call("upgrade", *words, "--docker-path", str(cli.docker))
        assert json.loads(lock.read_text())["features"][reference]["version"] == newer
    finally:
        container.remove()


def test_a_publication_that_published_nothing_fails(
    cli: DevContainers, registry: str, tmp_path: Path
) -> None:
    project = Project(cli, tmp_path / "feature", registry)
    project.publish()
    # the registry cannot be asked, and then takes nothing: as if the version had appeared in
    # between
    script = project.folder / "publish.sh"
    script.write_text(script.read_text().replace("features info tags", "features info nothing"))
    assert f"version {__version__} of the Feature was not published" in project.publish(code=1)
