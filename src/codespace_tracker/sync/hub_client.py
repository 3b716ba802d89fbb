"""A team's hub over HTTP: one request at a time, again after a while where that is right.

The token goes into one header, to one host: no redirect is followed.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.client
import json
import random
import secrets
import ssl
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from codespace_tracker import __version__
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.cursor import MonthSum
from codespace_tracker.core.text import showable
from codespace_tracker.sync.failures import MeetingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codespace_tracker.sync.address import Address

_SECONDS = 30
_LIMIT = 16 << 20  # bytes of an answer
_TRIES = 5
_LONGEST_WAIT = 20.0  # seconds between two tries
_LONGEST_ASKED = 60.0  # seconds: what a hub wants us to wait for longer is left to the next sync
_LATER = "It is tried again later."
_CODE = "ctc_"


class OtherPush(MeetingError):
    """The newest push of our stream is another one than we know; `last_push` is its id."""

    def __init__(self, text: str, last_push: str) -> None:
        super().__init__(text)
        self.last_push = last_push


class TooMuch(MeetingError):
    """A batch is larger than the hub takes."""


class HubCursor(NamedTuple):
    """What a hub has of our stream: the newest push, of each month a sum of sessions and one of
    days of unattended time, and since when it keeps anything (UTC µs; 0: always)."""

    last_push: str
    months: Mapping[str, MonthSum]
    unattended: Mapping[str, MonthSum] = {}
    since: int = 0


class Revisions(NamedTuple):
    """What a hub has of a month of our stream: the revision of each session, and how long each day
    ran unattended (µs)."""

    sessions: Mapping[str, int] = {}
    unattended: Mapping[str, int] = {}


class HubClient:
    """A hub, for one token. `sleep` waits (seconds) between tries; `chance` gives a number from 0
    to 1, so that many trackers do not come again at the same moment."""

    def __init__(
        self,
        where: Address,
        token: str,
        sleep: Callable[[float], object] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._where = where
        self._token = token
        self._sleep = sleep
        self._chance = chance
        direct = [urllib.request.ProxyHandler({})] if where.protocol == "http" else []
        self._opener = urllib.request.build_opener(_NoRedirects, *direct)

    def cursor(self, stream_id: str) -> HubCursor:
        """What the hub has of our stream. Raises MeetingError."""
        found = self._ask("GET", f"/v1/streams/{stream_id}")
        try:
            months = {
                str(one["month"]): MonthSum(int(one["sessions"]), int(one["marks"]))
                for one in found["months"]
            }
            days = {
                str(one["month"]): MonthSum(int(one["days"]), int(one["marks"]))
                for one in found["unattended"]
            }
            since = str(found["since"])
            at = parse_iso(f"{since}T00:00:00Z") if since else 0
            return HubCursor(str(found["last_push"]), months, days, at)
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange() from error

    def revisions(self, stream_id: str, month: str) -> Revisions:
        """What the hub has of a month. Raises MeetingError."""
        found = self._ask("GET", f"/v1/streams/{stream_id}/months/{month}")
        try:
            sessions = {str(one): int(revision) for one, revision in found["sessions"].items()}
            days = {str(day): int(us) for day, us in found["unattended"].items()}
            return Revisions(sessions, days)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._strange() from error

    def withdraw(self, stream_id: str) -> None:
        """Let the hub delete what we told of unattended time. Raises MeetingError."""
        self._ask("DELETE", f"/v1/streams/{stream_id}/unattended")

    def tell(
        self, stream_id: str, lines: list[str], query: Mapping[str, str]
    ) -> list[tuple[int, str]]:
        """Send a batch: the header's line and those of tellings and days; which lines were set
        aside, from 1, and why. Raises OtherPush, TooMuch, MeetingError."""
        body = gzip.compress("\n".join(lines).encode(), 6, mtime=0)
        headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"}
        path = f"/v1/streams/{stream_id}?{urlencode(query)}"
        found = self._ask("POST", path, body, headers)
        try:
            return [(int(one["line"]), str(one["reason"])) for one in found["aside"]]
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange() from error

    def enrol(self, code: str, stream_id: str, *, shows_name: bool) -> str:
        """Let our token write a stream, by a code; the team's name. Raises MeetingError."""
        asked = {
            "code": code,
            "stream_id": stream_id,
            "token_sha256": hashlib.sha256(self._token.encode()).hexdigest(),
            "shows_name": shows_name,
        }
        headers = {"Content-Type": "application/json"}
        found = self._ask("POST", "/v1/enrol", json.dumps(asked).encode(), headers, secret=False)
        try:
            return str(found["team"])
        except (KeyError, TypeError) as error:
            raise self._strange() from error

    # --- one request

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        secret: bool = True,
    ) -> Any:
        sent = {"User-Agent": f"codespace-tracker/{__version__}", **(headers or {})}
        if secret:
            sent["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(
            self._where.url + path, data=body, headers=sent, method=method
        )
        for attempt in range(1, _TRIES + 1):
            try:
                return self._once(request)
            except _Again as again:
                wait = again.wait + self._chance() * min(_LONGEST_WAIT, 2.0**attempt)
                if attempt == _TRIES or again.wait > _LONGEST_ASKED:
                    raise again.error from again
                self._sleep(wait)
        raise AssertionError("a last try either returns or raises")

    def _once(self, request: urllib.request.Request) -> Any:
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                content = answer.read(_LIMIT + 1)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error) from error
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise self._said(
                    f"its certificate is not good ({reason.verify_message}). Fix: if it is your"
                    " company's own, point SSL_CERT_FILE to its certificates."
                ) from error
            why = showable(getattr(reason, "strerror", None) or str(reason) or "it was ended", 200)
            failed = self._said(f"it does not answer ({why}). Fix: check the network. {_LATER}")
            raise _Again(failed) from error
        try:
            if len(content) > _LIMIT:
                raise ValueError("too long")
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self._strange() from error

    def _refused(self, error: urllib.error.HTTPError) -> Exception:
        said: dict[str, Any] = {}
        with contextlib.suppress(ValueError, OSError, RecursionError, http.client.HTTPException):
            parsed = json.loads(error.read(1 << 16))
            said = parsed if isinstance(parsed, dict) else {}
        why = showable(str(said.get("error", "")), 300) or f"it answered {error.code}."
        if error.code in (429, 500, 502, 503, 504) or error.code == 408:
            return _Again(self._said(f"{why} {_LATER}"), _seconds(error.headers["Retry-After"]))
        if error.code in (301, 302, 303, 307, 308):
            return self._said(
                "it has moved, and a token is sent to no other address. Fix: `codespace-tracker"
                " sync setup` with the new one."
            )
        if error.code == 401:
            return MeetingError(f"{self._where.url}: {why}", refused=True, is_unknown=True)
        if error.code == 409 and "last_push" in said:
            return OtherPush(f"{self._where.url}: {why}", str(said["last_push"]))
        if error.code == 413:
            return TooMuch(f"{self._where.url}: {why}")
        if error.code == 404:
            return self._said("there is no hub at this address. Fix: check it.", refused=True)
        return self._said(why, refused=True)

    def _said(self, text: str, *, refused: bool = False) -> MeetingError:
        return MeetingError(f"{self._where.url}: {text}", refused=refused)

    def _strange(self) -> MeetingError:
        return self._said("this is not the answer of a hub. Fix: check the address.", refused=True)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token is for one host: it follows no redirect."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class _Again(Exception):
    """This may go through later: after `wait` seconds at least."""

    def __init__(self, error: MeetingError, wait: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


def _seconds(text: str | None) -> float:
    try:
        return max(0.0, float(text or 0))
    except ValueError:
        return 0.0


def token_for(code: str) -> str:
    """A new token for the team that a code is of; empty if it cannot be a code."""
    team, _, rest = code.removeprefix(_CODE).partition("_")
    is_code = code.startswith(_CODE) and rest.isalnum() and code.isascii() and len(code) <= 200
    return f"cts_{team}_{secrets.token_hex(24)}" if is_code and team else ""
