"""Addresses of meeting places: those that git takes safely, and none that holds a secret."""

import pytest

from codespace_tracker.failure import Failure
from codespace_tracker.sync.address import address


@pytest.mark.parametrize(
    ("url", "protocol", "host", "path"),
    [
        ("https://github.com/octocat/hours", "https", "github.com", "octocat/hours"),
        ("https://git.example:8443/x/y.git", "https", "git.example:8443", "x/y.git"),
        ("http://127.0.0.1:5000/x", "http", "127.0.0.1:5000", "x"),
        ("ssh://git@github.com/octocat/hours", "ssh", "github.com", "octocat/hours"),
        ("git@github.com:octocat/hours.git", "ssh", "github.com", "octocat/hours.git"),
        ("file:///srv/hours.git", "file", "", "/srv/hours.git"),
        ("/srv/hours.git", "file", "", "/srv/hours.git"),
    ],
)
def test_https_ssh_and_folders_are_taken(url: str, protocol: str, host: str, path: str) -> None:
    found = address(url)
    assert found[1:] == (protocol, host, path)
    assert found.needs_secret == (protocol in ("https", "http"))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://octocat:ghp_secret@github.com/octocat/hours", "without"),
        ("https://ghp_secret@github.com/octocat/hours", "without"),
        ("http://github.com/octocat/hours", "https"),
        ("ext::sh -c touch% pwned", "not the address"),
        ("ext::sh", "not the address"),
        ("git://github.com/x/y", "https, ssh or file"),
        ("-uploadpack=x:y", "option"),
        ("ssh://-oProxyCommand=x/y", "no host"),
        ("https://github.com/", "no repository"),
        ("file://host/path", "this machine"),
        ("hours", "not the address"),
        ("127.0.0.1:8080/me/hours", "https://127.0.0.1:8080/me/hours"),
    ],
)
def test_addresses_that_are_dangerous_or_hold_a_secret_are_refused(url: str, why: str) -> None:
    with pytest.raises(Failure) as refused:
        address(url)
    assert why in str(refused.value)
    assert "ghp_secret" not in str(refused.value)
