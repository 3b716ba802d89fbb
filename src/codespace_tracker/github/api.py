"""The part of GitHub's REST API that the tracker needs: one request at a time, retries, clear
errors.

The token comes from the environment, goes into one header and nowhere else.
"""

import contextlib
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from typing import Any, NamedTuple
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from codespace_tracker import __version__
from codespace_tracker.core.address import shown

TOKENS = ("CODESPACE_TRACKER_TOKEN", "GH_TOKEN", "GITHUB_TOKEN")
"""The variables that a token is looked for in, in this order."""

CODESPACES_A_PAGE = 100

_SECONDS = 20
_LIMIT = 32 << 20  # bytes of an answer
_TRIES = 4
_LONGEST_WAIT = 60  # seconds: what GitHub wants us to wait longer for is left to the user
# seconds: the least that GitHub wants us to wait at a secondary limit for which it says no time
_SECONDARY = 60
_MOMENT = 1  # seconds: a shorter wait is not worth a message
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


_LOOK = "Fix: set GITHUB_API_URL to https://api.github.com, or to your company's address."


class ApiAnswer(NamedTuple):
    """What GitHub answered: the status (200, 202, 304), the parsed content, the entity tag for the
    next time."""

    status: int
    content: Any
    etag: str


class ApiError(Exception):
    """A request failed. `status` is GitHub's answer, 0 if there was none; the text says what to
    do."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Api:
    """GitHub's API for one token. `base` is its address; `sleep` waits (seconds) between tries, and
    `tell` gets a line that says what for, if it is for longer than a moment."""

    def __init__(
        self,
        base: str,
        token: str,
        sleep: Callable[[float], object] = time.sleep,
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        try:
            parts = urlsplit(base)
            is_local = parts.scheme == "http" and parts.hostname in _LOOPBACK
            is_address = bool(parts.hostname) and parts.port != 0 and _is_plain(base, parts)
        except ValueError:
            is_address = is_local = False
        if not is_address:
            raise ApiError(0, f"{shown(base)} is not the address of an API. {_LOOK}")
        if parts.scheme != "https" and not is_local:
            raise ApiError(0, f"{shown(base)}: a token is only sent over https. {_LOOK}")
        self._base = base.rstrip("/")
        self._opener = urllib.request.build_opener(
            _NoRedirects, *([urllib.request.ProxyHandler({})] if is_local else [])
        )
        self._token = token.strip()
        if not (self._token.isascii() and self._token.isprintable()) or " " in self._token:
            raise ApiError(
                0, "the token contains characters that no token has. Fix: copy it again."
            )
        self._sleep = sleep
        self._tell = tell

    def usage(self, user: str, year: int, month: int, etag: str = "") -> ApiAnswer:
        """The usage report of a user for a month. Raises ApiError."""
        query = urlencode({"year": year, "month": month})
        return self.ask(
            "GET", f"/users/{quote(user, safe='')}/settings/billing/usage?{query}", etag
        )

    def user(self) -> str:
        """The login of the token's owner. Raises ApiError."""
        found = self.ask("GET", "/user").content
        return str(found.get("login", "")) if isinstance(found, dict) else ""

    def codespaces(self, page: int = 1, etag: str = "") -> ApiAnswer:
        """A page of the list of the user's codespaces. Raises ApiError."""
        query = urlencode({"per_page": CODESPACES_A_PAGE, "page": page})
        return self.ask("GET", f"/user/codespaces?{query}", etag)

    def stop_codespace(self, name: str) -> ApiAnswer:
        """Stop a codespace of the user's. Raises ApiError."""
        return self.ask("POST", f"/user/codespaces/{quote(name, safe='')}/stop")

    def ask(self, method: str, path: str, etag: str = "") -> ApiAnswer:
        """Send a request, again after a while where GitHub is busy or asks for it. Raises
        ApiError."""
        for attempt in range(1, _TRIES + 1):
            try:
                return self._once(method, path, etag)
            except _Again as again:
                wait = again.wait if again.wait is not None else 2.0 ** (attempt - 1)
                if attempt == _TRIES or wait > _LONGEST_WAIT:
                    raise again.error from again
                if wait > _MOMENT:
                    self._tell(
                        f"{str(again.error).partition(' Fix: ')[0]} It is asked again in "
                        f"{wait:.0f} s."
                    )
                self._sleep(wait)
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, etag: str) -> ApiAnswer:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
            "User-Agent": f"codespace-tracker/{__version__}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        if etag:
            headers["If-None-Match"] = etag
        body = b"" if method == "POST" else None
        request = urllib.request.Request(
            self._base + path, data=body, headers=headers, method=method
        )
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return ApiAnswer(
                    answer.status, _parsed(answer.read(_LIMIT + 1)), answer.headers.get("ETag", "")
                )
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 304:
                    return ApiAnswer(304, None, etag)
                raise _refused(error) from error
        except UnicodeError as error:
            raise ApiError(
                0, f"{shown(self._base)} is not the address of an API. {_LOOK}"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            why = (
                getattr(reason, "strerror", None)
                or _short(str(reason))
                or "the connection was ended"
            )
            failed = ApiError(
                0,
                f"{shown(self._base)} did not answer ({why}). Fix: check the network, and try "
                "again.",
            )
            raise _Again(failed, None) from error


def _is_plain(base: str, parts: SplitResult) -> bool:
    """Whether an address is a host and a path, as they are written: no user, no query, no white
    space."""
    return (
        base.isprintable()
        and " " not in base
        and not any(char in base for char in "?#")
        and "@" not in parts.netloc
    )


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token is for one host: it follows no redirect."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class _Again(Exception):
    """This may go through later: after `wait` seconds, where GitHub said so."""

    def __init__(self, error: ApiError, wait: float | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


def _parsed(content: bytes) -> Any:
    if len(content) > _LIMIT:
        raise ApiError(0, "GitHub's answer is larger than 32 MiB, and was not read.")
    try:
        return json.loads(content) if content else None
    except (ValueError, RecursionError) as error:
        raise ApiError(0, f"the answer is not JSON: this is not GitHub's API. {_LOOK}") from error


def _refused(error: urllib.error.HTTPError) -> Exception:
    code, headers = error.code, error.headers
    said = ""
    with contextlib.suppress(
        ValueError, OSError, AttributeError, RecursionError, http.client.HTTPException
    ):
        said = str(json.loads(error.read(1 << 16)).get("message", ""))
    quoted = f' ("{_short(said)}")' if said else ""
    if code == 429 or (
        code == 403 and (headers.get("x-ratelimit-remaining") == "0" or "Retry-After" in headers)
    ):
        wait = _wait(headers)
        until = f" in {wait:.0f} s" if wait else " later"
        return _Again(
            ApiError(
                code, f"GitHub refuses further requests for now{quoted}. Fix: try again{until}."
            ),
            wait,
        )
    if (
        code == 403 and "rate limit" in said.lower()
    ):  # a secondary one, of which GitHub need not say how long it lasts
        text = (
            f"GitHub limits how fast this account may ask{quoted}. Fix: wait a few minutes, and "
            "try less often."
        )
        return _Again(ApiError(429, text), _SECONDARY)
    if code >= 500:
        return _Again(
            ApiError(code, f"GitHub has an internal error ({code}){quoted}. Fix: try again later."),
            None,
        )
    texts = {
        401: (
            "GitHub does not know the token, or it has expired{quoted}. Fix: create a new one, "
            "export it as {name}."
        ),
        403: "the token may not do this{quoted}.",
        404: (
            "GitHub shows nothing there to this token{quoted}. It also answers this if a "
            "permission is missing."
        ),
    }
    text = texts.get(code, f"GitHub answered {code}{{quoted}}.")
    return ApiError(code, text.format(quoted=quoted, name=TOKENS[0]))


def _wait(headers: Message) -> float | None:
    """How long GitHub wants us to wait, in seconds; None where it does not say."""
    with contextlib.suppress(ValueError):
        if headers["Retry-After"]:
            return max(0.0, float(headers["Retry-After"]))
        if headers["x-ratelimit-reset"]:
            return max(0.0, float(headers["x-ratelimit-reset"]) - time.time())
    return None


def _short(text: str) -> str:
    shown = "".join(char for char in text if char.isprintable())
    return shown if len(shown) <= 200 else f"{shown[:199]}…"
