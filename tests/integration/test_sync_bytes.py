"""Every byte that a sync sends, against a list of what may leave: requests, headers, the commands
of git's protocol, and each object of the packs. Everything that could betray more is set to
something that would be found."""

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.codespaces import Codespace, bare_repository
from tests.integration.git_server import PASSWORD, GitServer, git_server

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.stream import write
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.sync import exchange
from codespace_tracker.sync.credentials import VARIABLE
from codespace_tracker.sync.exchange import Source

DAY = parse_iso("2026-11-10T08:00:00Z")
NOW = DAY + DAY_US
SECRET = "betrayed"
ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
COMMIT = r"[0-9a-f]{40}"

REQUESTS = (
    "GET /hours.git/info/refs?service=git-upload-pack HTTP/1.1",
    "GET /hours.git/info/refs?service=git-receive-pack HTTP/1.1",
    "POST /hours.git/git-upload-pack HTTP/1.1",
    "POST /hours.git/git-receive-pack HTTP/1.1",
)
HEADERS = {
    "Host": r"127\.0\.0\.1:\d+",
    "Authorization": "Basic [A-Za-z0-9+/=]+",
    "User-Agent": "git/codespace-tracker",
    "Accept": r"\*/\*|application/x-git-(upload|receive)-pack-result",
    "Accept-Encoding": "[a-z, ]+",
    "Content-Type": "application/x-git-(upload|receive)-pack-request",
    "Content-Encoding": "gzip",
    "Content-Length": r"\d+",
    "Pragma": "no-cache",
}
ABILITIES = {
    *("report-status", "report-status-v2", "side-band-64k", "object-format=sha1", "quiet"),
    *("multi_ack_detailed", "no-done", "thin-pack", "no-progress", "include-tag", "ofs-delta"),
    *("deepen-since", "deepen-not", "atomic", "agent=git/codespace-tracker"),
}
COMMANDS = (
    rf"{COMMIT} {COMMIT} refs/heads/codespace-tracker/{ID}",
    rf"want {COMMIT}",
    rf"have {COMMIT}",
    "done",
)
WHO = "codespace-tracker <codespace-tracker@localhost> 1577836800 +0000"
KEYS = {
    "header.json": {
        *("format", "tracker_id", "environment", "codespace", "user", "repository", "payer"),
    },
    "month": {"session_id", "revision", "ending", "spans", "origin"},
    "span": {"started_at", "running_us", "cores"},
}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[GitServer]:
    path = bare_repository(tmp_path, "hours.git")
    subprocess.run(["git", "--git-dir", path, "config", "http.receivepack", "true"], check=True)
    with git_server(tmp_path) as server:
        yield server


@pytest.fixture
def one(tmp_path: Path, served: GitServer, monkeypatch: pytest.MonkeyPatch) -> Codespace:
    """A codespace whose environment, configuration and folder are full of what may not leave."""
    home = tmp_path / f"home-{SECRET}"
    work = home / f"work-{SECRET}"
    work.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "-b", f"branch-{SECRET}", str(work)], check=True)
    (home / ".gitconfig").write_text(
        f"[user]\n\tname = {SECRET}\n\temail = {SECRET}@example.org\n"
        f"[http]\n\tuserAgent = {SECRET}\n\textraHeader = X-Secret: {SECRET}\n"
        f"[transfer]\n\tadvertiseSID = true\n[push]\n\tpushOption = {SECRET}\n"
    )
    monkeypatch.chdir(work)
    found = Codespace(tmp_path, f"state-{SECRET}", NOW, codespace="fuzzy-space-waddle")
    found.environ |= {
        "HOME": str(home),
        VARIABLE: PASSWORD,
        "TZ": "America/St_Johns",
        "LANG": "pt_BR.UTF-8",
        "LANGUAGE": "pt_BR:fr",
        "USER": SECRET,
        "LOGNAME": SECRET,
        "HOSTNAME": SECRET,
        **{f"GIT_{who}_NAME": SECRET for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": SECRET for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_DATE": "1234567890 -0330" for who in ("AUTHOR", "COMMITTER")},
        "GIT_USER_AGENT": SECRET,
        "GIT_PROTOCOL": f"version=2:{SECRET}",
        "GIT_HTTP_USER_AGENT": SECRET,
    }
    found.tracker = found.tracker._replace(repository="octocat/hello")
    with found.ledger() as ledger, ledger.transaction():
        ledger.put_tracker(found.tracker)
        ledger.note(NOW, SECRET, None, {SECRET: SECRET})
    found.join(f"{served.url}/hours.git")
    return found


def test_what_a_sync_sends_is_on_the_list(
    one: Codespace, served: GitServer, tmp_path: Path
) -> None:
    other = Codespace(tmp_path, "other", NOW)
    other.environ |= {VARIABLE: PASSWORD, "HOME": str(tmp_path)}
    other.join(f"{served.url}/hours.git")
    for n in range(3):  # the first time, and when there is something to tell and to take
        other.ran(DAY + n * HOUR_US)
        assert other.sync().problem == ""
        one.ran(DAY + 2 * n * HOUR_US)
        served.heard.clear()
        assert one.sync()[:2] == (True, (other.stream_id,))
        assert {line.split()[0] for line, _, _ in served.heard} == {"GET", "POST"}
        for line, headers, body in served.heard:
            assert line in REQUESTS
            for name, value in headers.items():
                assert re.fullmatch(HEADERS[name], value), (name, value)
            sent = _commands(body)
            if "receive-pack" in line and body:
                _check_objects(sent, one, tmp_path / f"unpacked-{n}")
            else:
                assert sent == b""
            assert SECRET.encode() not in body


def _commands(body: bytes) -> bytes:
    """Check the lines of git's protocol at the beginning of a body; the pack after them."""
    while body and not body.startswith(b"PACK"):
        size = int(body[:4], 16)
        line, body = body[4 : max(size, 4)], body[max(size, 4) :]
        text, _, able = line.decode().rstrip("\n").partition("\0")
        if text.startswith("want "):
            text, able = text[:45], text[45:]
        assert not text or any(re.fullmatch(one, text) for one in COMMANDS), text
        assert set(able.split()) <= ABILITIES, able
    return body


def _check_objects(pack: bytes, one: Codespace, folder: Path) -> None:
    """Each object of a pack is one of our stream's."""
    shutil.copytree(f"{one.directory}/meeting.git", folder)
    git = ("git", "--git-dir", str(folder))
    done = subprocess.run(
        [*git, "index-pack", "--stdin", "--fix-thin"], input=pack, capture_output=True, check=True
    )
    listed = subprocess.run(
        [*git, "show-index"],
        input=(folder / f"objects/pack/pack-{done.stdout.split()[1].decode()}.idx").read_bytes(),
        capture_output=True,
        check=True,
    )
    files = _dry_run(one)
    kinds = []
    for line in listed.stdout.decode().splitlines():
        name = line.split()[1]
        kind = _git(git, "cat-file", "-t", name).decode().strip()
        content = _git(git, "cat-file", kind, name)
        kinds.append(kind)
        if kind == "commit":
            tree, *rest = content.decode().split("\n")
            assert re.fullmatch(f"tree {COMMIT}", tree)
            assert rest == [f"author {WHO}", f"committer {WHO}", "", "codespace-tracker", ""]
        elif kind == "tree":
            names = _git(git, "ls-tree", name).decode().splitlines()
            assert [entry.split("\t")[1] for entry in names] == sorted(files)
            assert {entry.split()[0] for entry in names} == {"100644"}
        else:
            assert content in files.values()
    assert {"commit", "tree", "blob"} == set(kinds)
    _check_content(files)


def _git(git: tuple[str, ...], *words: str) -> bytes:
    return subprocess.run([*git, *words], capture_output=True, check=True).stdout


def _dry_run(one: Codespace) -> dict[str, bytes]:
    """What `sync --dry-run` prints."""
    with Ledger.open_reader(f"{one.directory}/ledger.db") as ledger:
        source = Source(ledger, one.tracker, one.settings)
        return write(exchange.planned(one.directory, source, one.environ, one.remembered, one.at))


def _check_content(files: dict[str, bytes]) -> None:
    """Each key and each text is on the list."""
    header = json.loads(files["header.json"])
    assert header.keys() == KEYS["header.json"]
    assert re.fullmatch(ID, header.pop("tracker_id"))
    assert set(header.values()) == {
        *(1, "codespaces", "fuzzy-space-waddle", "octocat", "octocat/hello", "unknown"),
    }
    for name, content in files.items():
        assert name == "header.json" or re.fullmatch(r"20\d\d-[01]\d\.jsonl", name)
        for line in content.splitlines() if name != "header.json" else ():
            told = json.loads(line)
            assert told.keys() <= KEYS["month"]
            assert re.fullmatch(ID, told["session_id"])
            assert told["ending"] in ("clean", "recovered", None)
            for span in told["spans"]:
                assert span.keys() == KEYS["span"]
                assert all(isinstance(value, int) for value in span.values())
    whole = b"".join(files.values())
    for text in (SECRET, socket.gethostname(), "boot", "/"):
        assert text.encode() not in whole.replace(b"octocat/hello", b"")
