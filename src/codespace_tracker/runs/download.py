"""The download of a trigger's script: https only, bounded, checked before it is put in its place in one step."""

import contextlib
import hashlib
import http.client
import ipaddress
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from codespace_tracker import __version__

LIMIT = 10 << 20  # bytes
SECONDS = 30

_CHUNK = 1 << 16
_REDIRECTS = 5


class DownloadFailed(Exception):
    """The download is not there, or not what it should be. The text says what happened and how to mend it."""


def fetch(url: str, sha256: str, folder: str) -> str:
    """Put what the address gives into the folder, under the address's last part; a note for people, or nothing.

    `sha256` (hexadecimal, empty for any) is enforced. When the download fails and a copy with that hash is there from
    before, that one is used. Raises DownloadFailed.
    """
    path = os.path.join(folder, name_of(url))
    try:
        content = _content(url)
        _check(url, content, sha256)
    except DownloadFailed as error:
        if sha256 and _hash_of(path) == sha256:
            return f"{error}; the copy from before, with the right hash, was used"
        raise
    _put(path, content)
    return ""


def name_of(url: str) -> str:
    """The file's name: the last part of the address. Raises DownloadFailed where there is none."""
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise DownloadFailed(f"{url}: the address does not end with a file's name")
    return name


def hash_of_url(url: str) -> str:
    """The SHA-256 of what the address gives now. Raises DownloadFailed."""
    return hashlib.sha256(_content(url)).hexdigest()


def _content(url: str) -> bytes:
    _check_address(url)
    opener = urllib.request.build_opener(_OnlySafeRedirects)
    request = urllib.request.Request(url, headers={"User-Agent": f"codespace-tracker/{__version__}"})
    try:
        with _within(SECONDS), opener.open(request, timeout=SECONDS) as answer:
            return _limited(url, answer)
    except urllib.error.HTTPError as error:
        with error:
            raise DownloadFailed(f"{url}: the server answered {error.code} {error.reason}") from error
    except TimeoutError as error:
        raise DownloadFailed(f"{url}: the download took longer than {SECONDS} seconds") from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise DownloadFailed(f"{url}: the download took longer than {SECONDS} seconds") from error
        raise DownloadFailed(f"{url}: {error.reason}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DownloadFailed(f"{url}: {error}") from error


def _limited(url: str, answer: Any) -> bytes:
    content = bytearray()
    while part := answer.read(_CHUNK):
        content += part
        if len(content) > LIMIT:
            raise DownloadFailed(f"{url}: it is larger than {LIMIT >> 20} MiB, and was not kept")
    expected = answer.headers.get("Content-Length", "")
    if expected.isdecimal() and int(expected) > len(content):
        raise DownloadFailed(f"{url}: the connection ended after {len(content)} of {expected} bytes")
    return bytes(content)


class _OnlySafeRedirects(urllib.request.HTTPRedirectHandler):
    max_redirections = _REDIRECTS

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise DownloadFailed(f"{req.full_url}: it redirects to {newurl}, which is not https")
        _check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return
    raise DownloadFailed(f"{url}: only https is used (http for this machine's own addresses)")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _within(seconds: int) -> Iterator[None]:
    """Raises TimeoutError when what is done within takes longer: also where a name server does not answer."""

    def over(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _check(url: str, content: bytes, sha256: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if sha256 and found != sha256:
        raise DownloadFailed(
            f"{url}: its SHA-256 is {found}, not {sha256}: it was not run. Mend: look at what changed, then"
            " `codespace-tracker triggers pin`"
        )


def _hash_of(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read(LIMIT + 1)).hexdigest()
    except OSError:
        return ""


def _put(path: str, content: bytes) -> None:
    waiting = f"{path}.{os.getpid()}.tmp"
    try:
        fd = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o700)
        try:
            with open(fd, "wb", closefd=True) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.rename(waiting, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(waiting)
            raise
    except OSError as error:
        raise DownloadFailed(f"{path}: could not be written ({error.strerror})") from error
