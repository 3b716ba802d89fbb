"""What is said of a failure at a meeting place goes by what git and the server say, and not by what
the repository is called."""

import pytest

from codespace_tracker.sync.address import address
from codespace_tracker.sync.failures import explained, failed_here, for_people, is_of_connection
from codespace_tracker.sync.git import GitFailed

URL = "https://example.org/me/hours"


@pytest.mark.parametrize(
    ("url", "said", "words"),
    [
        (
            "https://example.org/me/archived",
            "fatal: unable to access 'https://example.org/me/archived/': Could not resolve host",
            "cannot be reached",
        ),
        (
            "git@example.org:me/certificate.git",
            "fatal: 'me/certificate.git' does not appear to be a git repository",
            "there is no such repository",
        ),
        (
            "ssh://git@example.org/srv/read-only.git",
            "fatal: '/srv/read-only.git' does not appear to be a git repository",
            "there is no such repository",
        ),
        (
            "/srv/redirect.git",
            "error: cannot lock: Unable to create '/srv/redirect.git/./x.lock': File exists.",
            "a crash there left a lock",
        ),
    ],
)
def test_a_repository_may_be_called_like_a_failure(url: str, said: str, words: str) -> None:
    for error in (GitFailed(128, said), GitFailed(1, said, f"To {url}\nDone".encode())):
        assert words in str(explained(error, address(url)))


def test_a_name_does_not_make_it_a_failure_of_the_connection() -> None:
    where = address("https://example.org/me/Could-not-connect")
    assert not is_of_connection(GitFailed(1, "fatal: bad object in Could-not-connect"), where)
    assert is_of_connection(GitFailed(1, "fatal: Operation timed out"), where)
    assert is_of_connection(GitFailed(None, "it took longer than 120 s"), where)


@pytest.mark.parametrize(
    ("url", "said", "words"),
    [
        ("/srv/hours.git", "fatal: '/srv/hours.git' does not exist", "no git repository in this"),
        (
            "git@example.org:me/hours.git",
            "fatal: cannot run ssh: No such file or directory",
            "ssh is not installed",
        ),
        ("git@example.org:me/hours.git", "ERROR: Repository not found.", "your key may not see it"),
        (URL, "remote: Repository not found.", "your token may not see it"),
    ],
)
def test_what_is_said_fits_the_way_there(url: str, said: str, words: str) -> None:
    assert words in str(explained(GitFailed(128, said), address(url)))


@pytest.mark.parametrize(
    ("said", "is_refused", "is_unknown"),
    [
        ("error: The requested URL returned error: 401", True, True),
        ("error: The requested URL returned error: 403", True, False),
        ("ERROR: Repository not found.", True, False),
        (
            "The requested URL returned error: 403\nremote: archived so it is read-only.",
            False,
            False,
        ),
        ("fatal: Could not resolve host", False, False),
        ("something new {with} braces", False, False),
    ],
)
def test_who_is_refused_and_whose_secret_is_unknown(
    said: str, is_refused: bool, is_unknown: bool
) -> None:
    error = explained(GitFailed(128, said), address(URL))
    assert (error.refused, error.is_unknown) == (is_refused, is_unknown)
    assert str(error).startswith(f"{URL}: ")


def test_git_itself_is_quoted_where_it_says_something_new() -> None:
    said = "fatal: the {moon} is full"
    quoted = "git failed (the {moon} is full). It is tried again later."
    assert str(explained(GitFailed(128, said), address(URL))) == f"{URL}: {quoted}"
    assert for_people(quoted).endswith(". Fix: check the address, and try again.")
    assert failed_here(GitFailed(128, said), "/state") == quoted
    assert failed_here(GitFailed(128, "fatal: No space left on device"), "/state").startswith(
        "/state: the disk is full. Fix: "
    )


@pytest.mark.parametrize(
    "said",
    [
        "remote: fatal: Out of memory, malloc failed\nerror: git upload-pack died",
        "remote: aborting due to possible repository corruption on the remote side.",
        "remote: error: file too large: File too large",
        "fatal: unable to access 'x': Failed writing received data to disk/application",
    ],
)
def test_the_troubles_of_a_server_say_nothing_of_a_stream(said: str) -> None:
    error = GitFailed(128, said, lasted=60)
    assert (error.was_too_large, error.was_broken) == (False, False)
    assert GitFailed(128, "fatal: Out of memory, malloc failed").was_too_large
    assert GitFailed(128, "fatal: pack is corrupted").was_broken
