"""A download over the network: https only, http on this machine alone, bounded. For `transfer.py`'s
process."""

import http.client
import re
import ssl
import urllib.error
import urllib.request
from typing import IO, Any

from codespace_tracker import __version__
from codespace_tracker.core import address
from codespace_tracker.core.text import showable

_CHUNK = 1 << 16
_REDIRECTS = 5
_FOUND = 400  # characters of what a server or a library says
_LOOK = "check that `script_url` is right"
_NAME = f"codespace-tracker/{__version__}"


class Refused(Exception):
    """What the address gives cannot be had, or is not used. The text says why and how to fix it."""


def received(url: str, limit: int) -> bytes:
    """What the address gives, at most `limit` bytes. Raises Refused."""
    refused = address.refusal(url)
    if refused is not None:
        raise Refused(f"{address.shown(url)} {refused.message} Fix: {refused.mend.rstrip('.')}")
    # http is for this machine's own addresses alone: on the way to a proxy anybody could change it
    proxies = {
        name: proxy for name, proxy in urllib.request.getproxies().items() if name == "https"
    }
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies), _OnlySafeRedirects)
    request = urllib.request.Request(address.on_the_wire(url), headers={"User-Agent": _NAME})
    try:
        with opener.open(request) as answer:
            return _limited(answer, limit)
    except _Wrong as error:
        wrong = error
    except urllib.error.HTTPError as error:
        with error:
            wrong = _answered(error.code, error.reason)
    except urllib.error.URLError as error:
        wrong = _unreachable(error.reason)
    except (http.client.IncompleteRead, ConnectionError):
        wrong = _CUT_SHORT
    except (OSError, http.client.HTTPException, ValueError) as error:
        wrong = _unreachable(error)
    raise Refused(f"{address.shown(url)}: {showable(wrong.what, _FOUND)}. Fix: {wrong.mend}")


class _Wrong(Exception):
    """What is wrong with a download, and the fix."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


_CUT_SHORT = _Wrong(
    "the connection ended in the middle", "the run is tried again if it has `retries`"
)


def _limited(answer: Any, limit: int) -> bytes:
    if answer.status != http.client.OK:
        raise _answered(answer.status, answer.reason)
    announced = answer.headers.get("Content-Length", "")
    expected = int(announced[:20]) if announced.isdecimal() else 0
    content = bytearray()
    while max(expected, len(content)) <= limit and (part := answer.read(_CHUNK)):
        content += part
    if max(expected, len(content)) > limit:
        raise _Wrong(
            f"it is larger than {limit >> 20} MiB",
            "make it smaller, or download it in `script_command`",
        )
    if expected > len(content):
        raise _CUT_SHORT
    return bytes(content)


def _answered(code: int, reason: str) -> _Wrong:
    if 300 <= code < 400:
        return _Wrong(f"it redirects ({code}) to no address that is used", _LOOK)
    mend = _LOOK
    if code in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
        mend = "it requires a login: download it in `script_command`"
    elif code >= http.client.INTERNAL_SERVER_ERROR:
        mend = "the fault is the server's; the run is tried again if it has `retries`"
    return _Wrong(f"the server answered {code} {reason}", mend)


def _unreachable(error: object) -> _Wrong:
    """What a library complains of, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        mend = "if the server is yours, name the file of its authority in SSL_CERT_FILE"
        return _Wrong(f"its certificate is not trusted ({error.verify_message})", mend)
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = re.sub(r"[^\s'\"]*@", "…@", text)  # a proxy's address may hold a password
    return _Wrong(
        f"it cannot be reached ({text})",
        "check `script_url`, the network, and https_proxy if it is set",
    )


class _OnlySafeRedirects(urllib.request.HTTPRedirectHandler):
    count = 0
    max_repeats = max_redirections = _REDIRECTS + 1  # ours comes first

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        self.count += 1
        if self.count > _REDIRECTS:
            raise _Wrong(f"there are more than {_REDIRECTS} redirects", _LOOK)
        wrong = address.refusal(newurl)
        if wrong is None and req.full_url.startswith("https:") and not newurl.startswith("https:"):
            wrong = address.Refusal("is not https.", f"{_LOOK}.")
        if wrong is not None:
            message, mend = wrong.message.rstrip("."), wrong.mend.rstrip(".")
            raise _Wrong(f"it redirects to {address.shown(newurl)}, which {message}", mend)
        return super().redirect_request(req, fp, code, msg, headers, address.on_the_wire(newurl))
