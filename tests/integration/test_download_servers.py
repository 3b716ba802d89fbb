"""Downloads from servers, by redirects and proxies, good and bad: bounded, only what is allowed, no
secret told."""

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.children import forked
from tests.integration.real_tracker import PATIENCE_SECONDS
from tests.integration.web import PASSWORD, SCRIPT, SHA, Web, refused, serving

from codespace_tracker.runs import transfer
from codespace_tracker.runs.download import fetch

# --- how much, and how long


def test_ten_mib_are_taken_and_a_byte_more_is_not(web: Web, folder: Path) -> None:
    assert fetch(web.url(f"/size/{10 << 20}/x"), "", str(folder)) == ""
    (folder / "x").write_text("old")
    for way in (f"/size/{(10 << 20) + 1}/x", "/endless/x"):
        assert "larger than 10 MiB" in refused(web.url(way), folder)
    assert (folder / "x").read_text() == "old"


@pytest.mark.parametrize("way", ["/drip/x", "/never/x"])
def test_a_download_that_takes_too_long_is_ended(
    web: Web, folder: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "SECONDS", 1)
    assert "longer than 1 seconds" in refused(web.url(way), folder)


def full(host: str, port: int) -> list[socket.socket]:
    """A place that takes no more connections: to connect there hangs."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((host, port))
    door.listen(0)
    waiting = []
    for _ in range(3):
        one = socket.socket(family)
        one.setblocking(False)
        one.connect_ex(door.getsockname()[:2])
        waiting.append(one)
    return [door, *waiting]


def test_a_connection_that_is_never_made_is_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "SECONDS", 1)
    sockets = full("127.0.0.1", 0)
    port = sockets[0].getsockname()[1]
    assert "longer than 1 seconds" in refused(f"http://127.0.0.1:{port}/x", folder)
    for one in sockets:
        one.close()


def test_the_limit_holds_also_when_a_second_address_of_the_name_drips(
    web: Web, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "SECONDS", 1)
    sockets = full("::1", web.port)
    assert "longer than 1 seconds" in refused(f"http://localhost:{web.port}/drip/x", folder)
    for one in sockets:
        one.close()


@pytest.mark.machine
def test_the_limit_holds_where_the_name_server_does_not_answer(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.77\noptions timeout:30 attempts:5\n")
    program = (
        "import sys; from codespace_tracker.runs import download, transfer; transfer.SECONDS = "
        "int(sys.argv[1])\n"
        f"try: download.fetch('https://slow.example/x', '', {str(folder)!r})\n"
        "except transfer.DownloadFailed as error: print(error)"
    )
    mounted = 'mount --bind "$1" /etc/resolv.conf && exec "$2" -c "$3" "$4"'
    words = [
        "unshare",
        "-m",
        "sh",
        "-c",
        mounted,
        "sh",
        str(tmp_path / "resolv.conf"),
        sys.executable,
        program,
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.77", 53))
        silent.setblocking(False)
        for seconds in (1, 5, 25):  # on a busy machine the first may be over before it asks
            done = subprocess.run(
                [*words, str(seconds)],
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=True,
            )
            assert f"longer than {seconds} seconds" in done.stdout
            with contextlib.suppress(BlockingIOError):
                assert silent.recv(1000), "it was asked"
                return
    pytest.fail("the name server was never asked")


# --- what servers do


@pytest.mark.parametrize("way", ["/short/x.sh", "/shortchunked/x.sh"])
def test_a_download_that_is_cut_short_is_not_kept(web: Web, folder: Path, way: str) -> None:
    assert "connection ended in the middle" in refused(web.url(way), folder)


@pytest.mark.parametrize("code", [202, 204, 206, 301, 304, 401, 403, 404, 410, 418, 500, 503])
def test_an_answer_that_is_none_is_told(web: Web, folder: Path, code: int) -> None:
    assert str(code) in refused(web.url(f"/status/{code}/x.sh"), folder)


def test_what_a_server_says_works_no_terminal_and_has_an_end(web: Web, folder: Path) -> None:
    assert "the server answered 500 \\x1b[31m\\x01" in refused(web.url("/reason/x.sh"), folder)


def test_where_nobody_listens_is_told(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/x"
        assert "cannot be reached (Connection refused)" in refused(url, folder)


@pytest.mark.parametrize(
    "speaks",
    [b"", b"220 ftp ready\r\n", b"\0" * 100_000, b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 999],
)
def test_a_server_that_speaks_something_else_is_told(folder: Path, speaks: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            connection = server.accept()[0]
            connection.recv(1000)
            connection.sendall(speaks)

        child = forked(speak)
        refused(f"http://127.0.0.1:{server.getsockname()[1]}/x", folder)
        os.waitpid(child, 0)


# --- redirects


def test_https_may_redirect_to_https(secure: Web, folder: Path) -> None:
    for n in range(2):
        to = secure.url("/file/x.sh") if n else "../file/x.sh"
        assert fetch(secure.url(f"/redirect/{n}.sh?{quote(to)}"), SHA, str(folder)) == ""
        assert (folder / f"{n}.sh").read_bytes() == SCRIPT


def test_loopback_may_redirect_to_https_and_to_loopback(
    secure: Web, web: Web, folder: Path
) -> None:
    for n, to in enumerate((secure.url("/file/x.sh"), web.url("/file/x.sh"))):
        assert fetch(web.url(f"/redirect/{n}.sh?{quote(to)}"), SHA, str(folder)) == ""


@pytest.mark.parametrize(
    "to",
    [
        "http://scripts.example/x.sh",
        "http://127.0.0.1:{port}/file/x.sh",
        "ftp://127.0.0.1/x.sh",
        "file:///etc/passwd",
        "data:text/plain,echo",
        "https://me:hunter2@127.0.0.1/x.sh",
        "ftp://me:hunter2@127.0.0.1/x.sh",
        "",
    ],
)
def test_https_may_redirect_to_nothing_else(secure: Web, web: Web, folder: Path, to: str) -> None:
    assert "redirects" in refused(
        secure.url(f"/redirect/x.sh?{quote(to.format(port=web.port))}"), folder
    )
    assert web.asked == []


def test_a_redirect_to_what_is_no_address_is_told(web: Web, folder: Path) -> None:
    refused(web.url(f"/redirect/x.sh?{quote('//[broken/x.sh')}"), folder)


def test_loopback_may_not_redirect_to_http_elsewhere(web: Web, folder: Path) -> None:
    told = refused(web.url(f"/redirect/x.sh?{quote('http://192.0.2.1/x.sh')}"), folder)
    assert (
        "redirects to http://192.0.2.1/x.sh, which is not https: anyone on the network could change"
        in told
    )


def test_redirects_have_an_end(web: Web, folder: Path) -> None:
    assert "more than 5 redirects" in refused(web.url("/circle/x.sh"), folder)
    assert len(web.asked) == 6


# --- addresses that are not used, and what must not be told


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "data:text/plain,x",
        "http://scripts.example/x",
        "http://192.0.2.1/x",
        "http://localhost.scripts.example/x",
        "http://127.0.0.1@192.0.2.1/x",
        "//127.0.0.1/x",
        "x",
        "https://[::1/x",
        "https://127.0.0.1:70000/x",
        "https://a..example/x",
        "https://127.0.0.1/a b",
        "https://127.0.0.1/a\nb",
        "https://me:hunter2@127.0.0.1/x",
        "https://hunter2@127.0.0.1/x",
        "me:hunter2@127.0.0.1/x",
        "https://me:hun/hunter2@127.0.0.1/x",
        "ftp://me:hunter2@127.0.0.1/x",
    ],
)
def test_an_address_that_is_not_used_is_told_without_its_password(folder: Path, url: str) -> None:
    refused(url, folder)


def test_a_query_is_sent_and_not_told(web: Web, folder: Path) -> None:
    told = refused(web.url(f"/status/404/x?token={PASSWORD}"), folder)
    assert "/status/404/x?…" in told
    assert PASSWORD in web.asked[0]["line"]


# --- proxies


def test_https_goes_by_the_proxy_also_with_a_password_and_to_a_name_in_any_script(
    secure: Web, web: Web, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://me:{PASSWORD}@127.0.0.1:{web.port}")
    for n, name in enumerate(("scripts.example", "bücher.example")):
        assert fetch(f"https://{name}/file/x.sh?ä", SHA, str(folder)) == ""
        wire = name.encode("idna").decode()
        assert web.asked[n]["line"].startswith(f"CONNECT {wire}:443 ")
        assert web.asked[n]["headers"]["proxy-authorization"].startswith("Basic ")
        assert secure.asked[n]["headers"]["host"] == wire
        assert secure.asked[n]["line"] == "GET /file/x.sh?%C3%A4 HTTP/1.1"


def test_what_needs_no_proxy_goes_without(
    secure: Web, web: Web, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{web.port}")
    monkeypatch.setenv("no_proxy", "other.example,127.0.0.1")
    assert fetch(secure.url("/file/x.sh"), SHA, str(folder)) == ""
    assert web.asked == []


def test_http_never_leaves_the_machine_by_a_proxy(
    web: Web, served: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(served) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        assert fetch(web.url("/file/x.sh"), SHA, str(folder)) == ""
        assert proxy.asked == []


@pytest.mark.parametrize(
    "proxy", ["http://me:hunter2@127.0.0.1:1", "http:me:hunter2@127.0.0.1", "me:hunter2@[", "://"]
)
def test_a_proxy_that_does_not_work_is_told_without_its_password(
    secure: Web, folder: Path, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    assert "https_proxy" in refused(secure.url("/file/x.sh"), folder)
    assert secure.asked == []
