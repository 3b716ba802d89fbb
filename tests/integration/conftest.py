from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker, wait_until
from tests.integration.web import SCRIPT, Web, make_certificate, serving


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[RealTracker]:
    """A tracker that is not running yet; whatever runs at the end of the test is ended."""
    made = RealTracker(tmp_path / "state")
    yield made
    made.end()


@pytest.fixture
def quick(tracker: RealTracker) -> RealTracker:
    """A tracker that runs with a heartbeat of a second."""
    tracker.verb("init")
    (tracker.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
    tracker.verb("start")
    wait_until(
        lambda: tracker.status()["tracker"]["heartbeat_seconds"] == 1, "the plan is in force"
    )
    return tracker


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """What the servers serve: a script."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "x.sh").write_bytes(SCRIPT)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where downloads go."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy is set."""
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def web(served: Path, direct: None) -> Iterator[Web]:
    """A server without TLS, on this machine."""
    with serving(served) as made:
        yield made


@pytest.fixture
def secure(
    served: Path, tmp_path: Path, direct: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Web]:
    """A server with TLS whose certificate is trusted, also for two names to which a proxy leads."""
    names = ("localhost", "127.0.0.1", "::1", "scripts.example", "xn--bcher-kva.example")
    certificate = make_certificate(tmp_path, *names)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(served, tls=certificate) as made:
        (served / "way").write_text(str(made.port))
        yield made
