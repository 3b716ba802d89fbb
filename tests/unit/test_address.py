"""Addresses of scripts: used or refused, what the file is called, and what people are shown of
them."""

import pytest

from codespace_tracker.core import address

NO_ADDRESS = "is not a usable address."
IN_THE_OPEN = "is not https: anyone on the network could change the script before it runs."
WITH_A_SECRET = "contains a user name or a password, which would be stored and shown."
FORM = "write an address that begins with https:// and ends with a file's name."


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/x.sh",
        "https://bücher.example:8443/x.sh?a=b#c",
        "https://[2001:db8::1]/x.sh",
        "http://localhost/x.sh",
        "http://127.0.0.1:80/x.sh",
        "http://127.9.9.9/x.sh",
        "http://[::1]:8080/x.sh",
    ],
)
def test_https_is_used_and_http_to_this_machine(url: str) -> None:
    assert address.refusal(url) is None


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", NO_ADDRESS),
        ("x.sh", NO_ADDRESS),
        ("https:///x.sh", NO_ADDRESS),
        ("ftp://example.org/x.sh", NO_ADDRESS),
        ("file:///etc/passwd", NO_ADDRESS),
        ("https://example.org:port/x.sh", NO_ADDRESS),
        ("https://example.org:99999/x.sh", NO_ADDRESS),
        ("https://[::1/x.sh", NO_ADDRESS),
        ("https://exa mple.org/x.sh", NO_ADDRESS),
        ("https://example.org/x\n.sh", NO_ADDRESS),
        (f"https://{'a' * 64}.org/x.sh", NO_ADDRESS),
        ("https://me@example.org/x.sh", WITH_A_SECRET),
        ("https://me:word@example.org/x.sh", WITH_A_SECRET),
        ("https://@example.org/x.sh", WITH_A_SECRET),
        ("http://me@localhost/x.sh", WITH_A_SECRET),
        ("http://example.org/x.sh", IN_THE_OPEN),
        ("http://128.0.0.1/x.sh", IN_THE_OPEN),
        ("http://localhost.example.org/x.sh", IN_THE_OPEN),
    ],
)
def test_all_other_addresses_are_refused_and_the_reason_is_told(url: str, message: str) -> None:
    refused = address.refusal(url)
    assert refused is not None
    assert refused.message == message


def test_each_refusal_says_how_to_mend_it() -> None:
    mends = {
        "x": FORM,
        "https://me@example.org/": (
            "remove it. Download such a script in `script_command`, which can read a stored"
            " password."
        ),
        "http://example.org/": "write https:// (http is only for addresses of this machine).",
    }
    for url, mend in mends.items():
        refused = address.refusal(url)
        assert refused is not None
        assert refused.mend == mend


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/a/b/x.sh?query/part#fragment", "x.sh"),
        ("https://example.org/a%20b.sh", "a b.sh"),
        ("https://example.org/", ""),
        ("https://example.org", ""),
        ("https://example.org/..", ""),
        ("https://example.org/.", ""),
        ("https://example.org/...", "..."),
        ("https://example.org/a%2Fb.sh", ""),
        ("https://example.org/%0Ax.sh", ""),
        ("https://example.org/" + "ä" * 100, "ä" * 100),
        ("https://example.org/" + "ä" * 100 + "x", ""),
        ("https://[::1/x.sh", ""),
    ],
)
def test_a_download_is_called_by_the_last_part_where_that_is_a_files_name(
    url: str, name: str
) -> None:
    assert address.file_name(url) == name
    refused = address.no_file_name(url)
    assert refused == (
        None if name else ("does not end with a file's name (of at most 200 bytes).", FORM)
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/x.sh", "https://example.org/x.sh"),
        ("https://example.org/x.sh?token=secret", "https://example.org/x.sh?…"),
        ("https://example.org/x.sh#secret?", "https://example.org/x.sh"),
        ("https://me:word@example.org/x.sh", "https://…@example.org/x.sh"),
        ("https://me:w@rd@example.org/x.sh", "https://…@example.org/x.sh"),
        ("me:word@example.org/x.sh", "…@example.org/x.sh"),
        ("https:/me:word@example.org/x.sh", "https:/…@example.org/x.sh"),
        ("https://me:wo\nrd@exa mple.org/x.sh", "https://…@exa mple.org/x.sh"),
        ("https://example.org/a@b.sh", "https://example.org/a@b.sh"),
        ("https://example.org/" + "a" * 200, "https://example.org/" + "a" * 179 + "…"),
        ("https://example.org/\x1b", "https://example.org/\\x1b"),
    ],
)
def test_what_may_be_secret_in_an_address_is_not_shown(url: str, shown: str) -> None:
    assert address.shown(url) == shown


@pytest.mark.parametrize(
    ("url", "wire"),
    [
        ("https://example.org/x.sh", "https://example.org/x.sh"),
        ("https://Bücher.example:8443/ä b.sh?q=ü&r=/?#part", None),
        (
            "https://bücher.example:8443/ä.sh?q=ü&r=/?#part",
            "https://xn--bcher-kva.example:8443/%C3%A4.sh?q=%C3%BC&r=/?",
        ),
        ("https://example.org/a%20b;c=1,2~", "https://example.org/a%20b;c=1,2~"),
        ("http://[::1]:8080/x.sh", "http://[::1]:8080/x.sh"),
        ("http://[::1]/x.sh", "http://[::1]/x.sh"),
    ],
)
def test_an_address_is_asked_for_in_ascii_and_without_its_fragment(
    url: str, wire: str | None
) -> None:
    if wire is None:
        assert address.refusal(url) is not None
    else:
        assert address.on_the_wire(url) == wire


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/@scope/pkg@1.2/run.sh", "https://host/@scope/pkg@1.2/run.sh"),
        ("https://host//@scope/run.sh", "https://host//@scope/run.sh"),
        ("https://secret@host//secret@1.2/run.sh", "https://…@host//…@1.2/run.sh"),
        ("https://user:secret@host/pkg@1.2/run.sh", "https://…@host/pkg@1.2/run.sh"),
        ("https://secret@[::1]:8/run.sh", "https://…@[::1]:8/run.sh"),
        ("https://host/a@b.sh?token=secret", "https://host/a@b.sh?…"),
        ("https://user:sec/ret@host/run.sh", "https://…@host/run.sh"),
    ],
)
def test_an_address_keeps_the_at_signs_of_its_path_and_no_secret(url: str, shown: str) -> None:
    assert address.shown(url) == shown
