"""The page that is served: to those who know its address, for GET, by a name of this machine."""

import http.client
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.situations import situation

from codespace_tracker.cli.commands.page.browser import browser
from codespace_tracker.cli.commands.page.rendering import Answer, answer, link
from codespace_tracker.cli.commands.page.serving import Server, forwarded
from codespace_tracker.failure import Failure

CODESPACE = {
    "CODESPACE_NAME": "fuzzy-Space",
    "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.github.dev",
}


class Got(NamedTuple):
    """An answer."""

    status: int
    headers: dict[str, str]
    body: str


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with (
        situation("month", tmp_path) as directory,
        Server(0, lambda: answer(directory, 28), CODESPACE) as served,
    ):
        thread = threading.Thread(target=served.serve_forever, args=(0.05,))
        thread.start()
        yield served
        served.shutdown()
        thread.join()


def ask(server: Server, path: str, method: str = "GET", host: str | None = "localhost") -> Got:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    connection.putrequest(method, path, skip_host=True)
    if host is not None:
        connection.putheader("Host", host)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return Got(response.status, dict(response.getheaders()), body)


def test_the_page_is_at_the_secret_path_and_is_not_kept_or_passed_on(server: Server) -> None:
    got = ask(server, f"/{server.token}/")
    assert (got.status, got.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "core-hours, at most" in got.body
    assert got.headers["Cache-Control"] == "no-store"
    assert got.headers["Referrer-Policy"] == "no-referrer"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Set-Cookie" not in got.headers
    assert got.headers["Server"] == "codespace-tracker"
    assert ask(server, f"/{server.token}/?again").status == 200


def test_without_the_last_slash_it_is_led_on_relative_to_where_it_is(server: Server) -> None:
    """Behind a proxy the page is below another path."""
    got = ask(server, f"/{server.token}")
    assert (got.status, got.headers["Location"]) == (308, f"{server.token}/")


@pytest.mark.parametrize(
    "path",
    ["/", "/{wrong}/", "/{token}/x", "/x/{token}/", "/{half}/", "*", "http://x/{token}/", ""],
)
def test_any_other_path_gets_nothing(server: Server, path: str) -> None:
    path = path.format(token=server.token, wrong="x" * 32, half=server.token[:16])
    got = ask(server, path or "/favicon.ico")
    assert got.status == 404
    assert server.token not in got.body + str(got.headers)


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "X"])
def test_only_get_is_answered(server: Server, method: str) -> None:
    got = ask(server, f"/{server.token}/", method)
    assert got.status == 405
    assert got.headers["Allow"] == "GET"
    assert "core-hours" not in got.body


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8000", 200),
        ("fuzzy-space-{port}.app.github.dev", 200),
        ("fuzzy-space-{port}.app.github.dev:443", 200),
        ("fuzzy-space-1.app.github.dev", 403),
        ("localhost.evil.example", 403),
        ("evil.example", 403),
        ("127.0.0.1.evil.example:80", 403),
        ("", 403),
        (None, 403),
    ],
)
def test_it_answers_by_names_of_loopback_and_of_the_forwarded_port_alone(
    server: Server, host: str | None, status: int
) -> None:
    """A name of others may resolve to 127.0.0.1."""
    name = None if host is None else host.format(port=server.server_port)
    assert ask(server, f"/{server.token}/", host=name).status == status


def test_each_server_has_a_secret_of_its_own_and_is_on_loopback_only() -> None:
    with (
        Server(0, lambda: Answer(200, "", ""), {}) as one,
        Server(0, lambda: Answer(200, "", ""), {}) as other,
    ):
        assert one.token != other.token
        assert len(one.token) >= 32
        assert one.server_address[0] == "127.0.0.1"
        with pytest.raises(Failure, match="use another --port"):
            Server(other.server_port, lambda: Answer(200, "", ""), {})


def test_a_bug_ends_it_and_is_kept_for_the_report() -> None:
    def broken() -> Answer:
        raise KeyError("x")

    with Server(0, broken, {}) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.05,))
        thread.start()
        got = ask(served, f"/{served.token}/")
        thread.join(30)
    assert got.status == 500
    assert "KeyError" not in got.body
    assert isinstance(served.bug, KeyError)


def test_a_port_is_forwarded_only_in_a_codespace() -> None:
    assert forwarded({}, 80) == ""
    assert forwarded({"CODESPACE_NAME": "x"}, 80) == ""
    assert forwarded(CODESPACE, 80) == "fuzzy-space-80.app.github.dev"


def test_a_link_leads_to_the_page_without_saying_where_from() -> None:
    page = link("http://127.0.0.1:1/secret/")
    assert 'content="0; url=http://127.0.0.1:1/secret/"' in page
    assert 'name="referrer" content="no-referrer"' in page


def test_a_browser_is_one_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = tmp_path / "helpers" / "browser.sh"
    helper.parent.mkdir()
    for program in (helper, tmp_path / "xdg-open", tmp_path / "mine"):
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser({}) is None
    assert browser({"BROWSER": str(helper)}) is None
    opener = str(tmp_path / "xdg-open")
    assert browser({"BROWSER": "mine"}) == str(tmp_path / "mine")
    assert browser({"DISPLAY": ":0"}) == opener
    assert browser({"BROWSER": str(helper), "WAYLAND_DISPLAY": "x"}) == opener


def test_no_browser_is_taken_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository may have a program of that name, and PATH an entry that begins there."""
    (tmp_path / "xdg-open").write_text("#!/bin/sh\n")
    (tmp_path / "xdg-open").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    for path in (".", "", "bin:.:"):
        monkeypatch.setenv("PATH", path)
        assert browser({"DISPLAY": ":0"}) is None
        assert browser({"BROWSER": "./xdg-open"}) is None


def test_the_secret_is_printed_and_in_no_arguments_and_a_browser_is_given_a_file(
    tmp_path: Path,
) -> None:
    given = tmp_path / "given"
    opener = tmp_path / "opener"
    opener.write_text(f'#!/bin/sh\ncp "$1" "{given}.html"\necho "$1" >"{given}"\n')
    opener.chmod(0o755)
    with situation("month", tmp_path) as directory:
        command = [sys.executable, "-m", "codespace_tracker", "page", "--serve", "--open"]
        with subprocess.Popen(
            [*command, "--dir", directory],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "BROWSER": str(opener)},
        ) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
            secret = said.rstrip("/\n").rpartition("/")[2]
            while not given.exists() or not given.read_text():
                assert process.poll() is None
            arguments = Path(f"/proc/{process.pid}/cmdline").read_text()
            process.send_signal(2)
            assert process.wait(60) == 0
    assert len(secret) >= 32
    assert secret not in arguments
    assert given.read_text() == f"{directory}/page_link.html\n"
    assert secret in Path(f"{given}.html").read_text()
    assert not Path(directory, "page_link.html").exists()
