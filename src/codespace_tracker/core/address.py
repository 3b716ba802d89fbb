"""The addresses of scripts: which ones are used, what their download is called, how they are shown
to people.

One rule for the check of the configuration, for the download and for each of its redirects.
"""

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from codespace_tracker.core.text import showable

_SHOWN = 200  # characters
_NAME_LIMIT = 200  # bytes: a file's name has at most 255, and a waiting file's is longer
_PATH, _QUERY = (
    "/%:@!$&'()*+,;=~",
    "/?%:@!$&'()*+,;=~",
)  # what is left as it is beside letters, digits, "_.-"
_FORM = "write an address that begins with https:// and ends with a file's name."


class Refusal(NamedTuple):
    """Why an address is not used, as the rest of a sentence that begins with it; and the fix."""

    message: str
    mend: str


def refusal(url: str) -> Refusal | None:
    """Why an address is not used; None if it is."""
    parts = _split(url)
    if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
        return Refusal("is not a usable address.", _FORM)
    if "@" in parts.netloc:
        mend = (
            "remove it. Download such a script in `script_command`, which can read a stored "
            "password."
        )
        return Refusal("contains a user name or a password, which would be stored and shown.", mend)
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        mend = "write https:// (http is only for addresses of this machine)."
        return Refusal(
            "is not https: anyone on the network could change the script before it runs.", mend
        )
    return None


def file_name(url: str) -> str:
    """The name that the download gets: the address's last part. Empty where that is no file's
    name."""
    parts = _split(url)
    name = "" if parts is None else unquote(parts.path.rpartition("/")[2])
    good = (
        name not in (".", "..")
        and "/" not in name
        and name.isprintable()
        and len(name.encode()) <= _NAME_LIMIT
    )
    return name if good else ""


def no_file_name(url: str) -> Refusal | None:
    """Why a download would get no name; None if it gets one."""
    return (
        None
        if file_name(url)
        else Refusal("does not end with a file's name (of at most 200 bytes).", _FORM)
    )


def shown(url: str) -> str:
    """Any text that should be an address, without what may be secret in it: a user's name, a
    password, a query."""
    parts = _split(url)
    if parts is not None and parts.netloc:
        user, mark, _ = parts.netloc.rpartition("@")
        url = url.replace(f"//{user}@", "//…@") if mark else url  # an `@` of the path is no secret
    else:
        url = re.sub(r"^(\w+:/+)?.*@", r"\1…@", url, flags=re.DOTALL)
    address, mark, _ = url.partition("#")[0].partition("?")
    return showable(address, _SHOWN) + (f"{mark}…" if mark else "")


def on_the_wire(url: str) -> str:
    """The address in ASCII, as it is asked for. It must be one that is used."""
    parts = urlsplit(url)
    host = _ascii_host(parts.hostname or "")
    place = f"[{host}]" if ":" in host else host
    if parts.port is not None:
        place += f":{parts.port}"
    return urlunsplit(
        (parts.scheme, place, quote(parts.path, _PATH), quote(parts.query, _QUERY), "")
    )


def _split(url: str) -> SplitResult | None:
    """The parts of an address that is well formed, else None."""
    if not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port, _ascii_host(parts.hostname or "")
    except ValueError:  # no number for a port, brackets that do not close, names that cannot be
        return None
    return parts


def _ascii_host(host: str) -> str:
    return host.encode("idna").decode()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
