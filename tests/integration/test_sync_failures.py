"""Whatever fails: one clear line with a fix, a later retry, and nothing lost. Servers, git, hooks
and disks are real. With `CODESPACE_TRACKER_TEST_CALLS=1`, as in the proof, connections fail in more
places."""

import contextlib
import os
import resource
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.codespaces import Codespace, Met, branches, meet, push_to
from tests.integration.git_server import PASSWORD, GitServer, git_server
from tests.integration.real_tracker import RealTracker, run, wait_until
from tests.integration.ways import Loss, ways
from tests.integration.web import make_certificate

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.sync import git as git_program
from codespace_tracker.sync import meeting, state
from codespace_tracker.sync.credentials import VARIABLE
from codespace_tracker.sync.exchange import Outcome
from codespace_tracker.sync.git import GitFailed

DAY = parse_iso("2026-11-10T08:00:00Z")
NOW = DAY + DAY_US
LIMIT_SECONDS = 60.0
IS_LONG = os.environ.get("CODESPACE_TRACKER_TEST_CALLS") == "1"


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Met:
    return meet(tmp_path_factory.mktemp("met"), DAY, NOW)


@pytest.fixture
def served(met: Met, tmp_path: Path) -> Iterator[GitServer]:
    shutil.copytree(met.repository, tmp_path / "hours.git")
    with git_server(tmp_path) as server:
        yield server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that stands still is given up after a second or two."""
    config = dict(git_program._CONFIG) | {"http.lowSpeedTime": "1"}
    monkeypatch.setattr(git_program, "_CONFIG", tuple(config.items()))


class Pair:
    """Two codespaces that have met; the first one has something new to tell."""

    def __init__(self, folder: Path, met: Met, served: GitServer, url: str = "") -> None:
        self.served = served
        self.url = url or f"{served.url}/hours.git"
        self.one, self.other = met.copied(folder, self.url)
        for codespace in (self.one, self.other):
            codespace.environ |= {VARIABLE: PASSWORD, "HOME": str(folder)}
        self.stream_id = self.one.stream_id
        self.one.ran(DAY + 5 * HOUR_US)

    @property
    def place(self) -> str:
        """The repository on the server."""
        return str(self.served.folder / "hours.git")

    def fails(self, *said: str) -> Outcome:
        """A sync fails soon, with one clear line."""
        began = time.monotonic()
        done = self.one.sync()
        assert time.monotonic() - began < LIMIT_SECONDS
        is_one_clear_line(done.problem, *said)
        assert self.one.remembered.problem == done.problem
        assert self.one.stream_id == self.stream_id
        return done

    def is_mended(self) -> None:
        """The next sync tells all, and both know all."""
        done = self.one.sync()
        assert (done.problem, done.second_writer, done.aside) == ("", False, {})
        assert self.one.stream_id == self.stream_id
        assert self.other.sync().problem == ""
        for codespace in (self.one, self.other):
            assert codespace.core_us("one") == 4 * HOUR_US
            assert codespace.core_us("other") == 2 * HOUR_US


def is_one_clear_line(problem: str, *said: str) -> None:
    assert all(part in problem for part in said), problem
    assert "\n" not in problem
    assert problem.isprintable()
    assert "Fix: " in problem or "tried again" in problem
    assert len(problem) < 500
    assert PASSWORD not in problem


@pytest.fixture
def pair(met: Met, served: GitServer, tmp_path: Path) -> Pair:
    return Pair(tmp_path, met, served)


# --- the repository


def test_an_archived_repository_is_said_and_the_others_are_still_read(pair: Pair) -> None:
    pair.other.ran(DAY + 2 * HOUR_US, HOUR_US)
    pair.other.sync()
    pair.served.answer = "archived"
    done = pair.fails("archived", "Fix: unarchive it")
    assert done.came == (pair.other.stream_id,)
    pair.served.answer = None
    assert pair.one.sync().told


def test_a_rule_that_forbids_the_push_is_said(pair: Pair) -> None:
    hook = Path(pair.place, "hooks", "pre-receive")
    hook.write_text("#!/bin/sh\necho 'only on Fridays' >&2\nexit 1\n")
    hook.chmod(0o755)
    pair.fails("forbids this push", "codespace-tracker/")
    hook.unlink()
    pair.is_mended()


@pytest.mark.machine
def test_a_place_on_a_read_only_disk_is_said(tmp_path: Path, met: Met, served: GitServer) -> None:
    pair = Pair(tmp_path, met, served, f"file://{served.folder / 'hours.git'}")
    subprocess.run(["mount", "--bind", pair.place, pair.place], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", pair.place], check=True)
        pair.fails("cannot write to its disk")
    finally:
        subprocess.run(["umount", pair.place], check=True)
    pair.is_mended()


@pytest.mark.parametrize(
    "files", [{"README": b"junk"}, {"header.json": b"{"}, {"x.jsonl": os.urandom(2 << 20)}]
)
def test_a_rewritten_branch_loses_nothing(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes]
) -> None:
    monkeypatch.setattr(meeting, "PACK_LIMIT", 1 << 20)
    push_to(pair.place, pair.stream_id, files)
    done = pair.one.sync()
    assert (done.problem, done.second_writer) == ("", True)
    assert pair.one.stream_id != pair.stream_id
    assert pair.one.sync()[:2] == (False, ())
    assert pair.other.sync().problem == ""
    late = Codespace(tmp_path, "late", NOW)
    late.environ |= pair.one.environ
    late.join(pair.url)
    assert late.sync().problem == ""
    for codespace in (pair.one, pair.other, late):
        assert codespace.core_us("other") == 2 * HOUR_US
        assert codespace.core_us() == 6 * HOUR_US


def test_a_branch_that_was_put_back_is_taken_up(pair: Pair) -> None:
    before = branches(pair.place)[pair.stream_id]
    pair.one.sync()
    name = f"refs/heads/codespace-tracker/{pair.stream_id}"
    subprocess.run(["git", "--git-dir", pair.place, "update-ref", name, before], check=True)
    pair.is_mended()


def test_a_server_killed_while_it_held_the_branch_leaves_a_lock_that_is_said(pair: Pair) -> None:
    hook = Path(pair.place, "hooks", "reference-transaction")
    hook.write_text("#!/bin/sh\n[ $1 != prepared ] || kill -9 $PPID\n")
    hook.chmod(0o755)
    pair.fails()
    hook.unlink()
    [lock] = Path(pair.place, "refs/heads/codespace-tracker").glob("*.lock")
    pair.fails("a crash there left a lock", "ends in .lock")
    assert pair.other.sync().problem == ""
    lock.unlink()
    pair.is_mended()


# --- the network


def test_no_network_is_said(pair: Pair) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/hours.git", "https://nowhere.invalid/hours.git"):
        change_url(pair.one, url)
        pair.fails("cannot be reached", "check the network")
    change_url(pair.one, pair.url)
    pair.is_mended()


STANDS_STILL = {
    "in the list": Loss(0, down=400, hangs=True),
    "within a push": Loss(1, up=900, hangs=True),
    "mute": Loss(0, down=0, hangs=True),
    "before a push": Loss(1, up=0, hangs=True),
    "in its answer": Loss(1, down=300, hangs=True),
}
USUALLY = None if IS_LONG else 2  # each waits for some seconds


@pytest.mark.parametrize("loss", [*STANDS_STILL.values()][:USUALLY], ids=[*STANDS_STILL][:USUALLY])
def test_a_server_that_stands_still_is_given_up(
    tmp_path: Path, met: Met, served: GitServer, impatient: None, loss: Loss
) -> None:
    with ways(served.server.server_address[1], 1) as [way]:
        pair = Pair(tmp_path, met, served, f"http://127.0.0.1:{way.port}/hours.git")
        way.loss = loss
        pair.fails("did not answer in time")
        way.loss = None
        pair.is_mended()


def test_a_server_that_stands_still_while_it_sends_streams_is_given_up(
    tmp_path: Path, met: Met, served: GitServer, impatient: None
) -> None:
    with ways(served.server.server_address[1], 1) as [way]:
        pair = Pair(tmp_path, met, served, f"http://127.0.0.1:{way.port}/hours.git")
        pair.one.sync()
        pair.other.ran(DAY + 2 * HOUR_US, HOUR_US)
        pair.other.sync()
        way.loss = Loss(1, down=900, hangs=True)
        pair.fails("did not answer in time")
        way.loss = None
        assert pair.one.sync().came == (pair.other.stream_id,)
        assert pair.one.core_us() == 8 * HOUR_US


CUTS = [(after, most) for after in range(3) for most in (0, 500, 1200)]


@pytest.mark.parametrize(("after", "most"), CUTS if IS_LONG else CUTS[::4])
@pytest.mark.parametrize("which", ["up", "down"])
def test_a_connection_that_is_cut_anywhere_costs_a_retry(
    tmp_path: Path, met: Met, served: GitServer, after: int, most: int, which: str
) -> None:
    with ways(served.server.server_address[1], 1) as [way]:
        pair = Pair(tmp_path, met, served, f"http://127.0.0.1:{way.port}/hours.git")
        way.loss = Loss(after, up=most) if which == "up" else Loss(after, down=most)
        done = pair.one.sync()
        if done.problem:
            is_one_clear_line(done.problem)
        way.loss = None
        pair.is_mended()


# --- too much


def endless(kind: str, body: Callable[[], Iterator[bytes]]) -> Iterator[int]:
    """A server that answers everything with a body that does not end; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                here, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(here,), daemon=True).start()

    def answer(here: socket.socket) -> None:
        with here, contextlib.suppress(OSError):
            here.recv(1 << 16)
            head = "Content-Type: application/x-git-upload-pack-advertisement\r\n" + kind
            here.sendall(f"HTTP/1.1 200 OK\r\n{head}\r\n".encode())
            for part in body():
                here.sendall(part)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.close()


def refs(of_us: bool) -> Iterator[bytes]:
    yield b"001e# service=git-upload-pack\n0000"
    first = b"%040x refs/heads/a\0multi_ack side-band-64k ofs-delta no-progress\n" % 1
    yield b"%04x%s" % (len(first) + 4, first)
    n = 0
    while True:
        lines = []
        for _ in range(1000):
            n += 1
            place = b"codespace-tracker/00000000-0000-4000-8000-%012x" if of_us else b"x%012x"
            line = b"%040x refs/heads/" % 1 + place % n + b"\n"
            lines.append(b"%04x%s" % (len(line) + 4, line))
        yield b"".join(lines)


def bomb() -> Iterator[bytes]:
    """What unpacks to a thousand times as much, and does not end."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    while True:
        yield packer.compress(bytes(16 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)


@pytest.mark.parametrize("what", ["branches of ours", "other branches", "bomb"])
def test_an_endless_list_of_branches_is_cut_off_while_it_comes(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    defaults = git_program.run.__kwdefaults__ or {}
    limited = {**defaults, "memory_limit": 300 << 20}
    monkeypatch.setattr(git_program.run, "__kwdefaults__", limited)
    body = bomb if what == "bomb" else lambda: refs(what == "branches of ours")
    kind = "Content-Encoding: gzip\r\n" if what == "bomb" else ""
    with contextlib.contextmanager(endless)(kind, body) as port:
        change_url(pair.one, f"http://127.0.0.1:{port}/hours.git")
        pair.fails("sends more than is taken")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 400 << 10
    change_url(pair.one, pair.url)
    pair.is_mended()


def test_a_stream_that_unpacks_for_ever_costs_only_itself(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_program, "_CPU_SECONDS", 1)
    bad = "11111111-1111-4111-8111-111111111111"
    (tmp_path / "zeros").touch()
    os.truncate(tmp_path / "zeros", 600 << 20)
    git = ("git", "--git-dir", pair.place, "-c", "core.compression=1")
    words = ("-c", "core.bigFileThreshold=1m", "hash-object", "-w", str(tmp_path / "zeros"))
    zeros = subprocess.run([*git, *words], check=True, capture_output=True).stdout.decode().strip()
    tree = f"100644 blob {zeros}\t2026-11.jsonl\n".encode()
    push_to(pair.place, bad, {}, tree)
    pair.other.ran(DAY + 2 * HOUR_US, HOUR_US)
    pair.other.sync()
    done = pair.one.sync()
    assert done.problem == ""
    # a quick machine unpacks all of it in a second
    assert done.aside[bad] in ("it is too large", "it has more than 8 MiB")
    assert done.came == (pair.other.stream_id,)
    assert pair.one.sync().problem == ""
    held = sum(path.stat().st_size for path in Path(pair.one.directory).rglob("*.*"))
    assert held < 16 << 20


def test_a_part_of_git_that_was_killed_says_nothing_of_a_stream() -> None:
    said = "fatal: fetch-pack: invalid index-pack output"
    soon, late = GitFailed(128, said, lasted=3), GitFailed(128, said, lasted=40)
    assert (soon.was_broken, soon.was_too_large) == (False, False)
    assert (late.was_broken, late.was_too_large) == (False, True)  # it had no processor time left
    killed = GitFailed(
        128, f"warning: Ignoring x\nerror: index-pack died of signal 9\n{said}", lasted=3
    )
    assert (killed.was_broken, killed.was_too_large) == (False, False)
    cut_off = GitFailed(128, f"fatal: early EOF\n{said}")
    assert (cut_off.was_broken, cut_off.was_too_large) == (False, False)
    unsound = GitFailed(128, f"fatal: pack is corrupted (SHA1 mismatch)\n{said}")
    assert unsound.was_broken


def test_a_server_that_lies_about_all_streams_has_none_of_them_given_up(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.one.sync()
    late = Codespace(tmp_path, "late", NOW)
    late.environ |= pair.one.environ
    late.ran(DAY)
    late.join(pair.url)
    with monkeypatch.context() as patch:
        patch.setattr(meeting, "PACK_LIMIT", 100)  # as if each were more than is taken
        done = late.sync()
    assert done.problem
    assert late.sync().problem == ""
    assert late.core_us() == 8 * HOUR_US


# --- this machine


def test_a_certificate_that_is_not_accepted_points_to_the_clock(
    tmp_path: Path, served: GitServer
) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    served.server.socket = context.wrap_socket(served.server.socket, server_side=True)
    one = Codespace(tmp_path, "one", NOW)
    one.ran(DAY)
    one.environ |= {VARIABLE: PASSWORD, "HOME": str(tmp_path)}
    for name in ("SSL_CERT_FILE", "GIT_SSL_CAINFO"):
        one.environ.pop(name, None)
    one.join(f"https://localhost:{served.server.server_address[1]}/hours.git")
    is_one_clear_line(one.sync().problem, "certificate is not accepted", "check the clock")
    one.environ["SSL_CERT_FILE"] = str(certificate)
    assert one.sync().told


@pytest.mark.machine
@pytest.mark.parametrize("left", [0, 8, 40, 100, 200])
def test_a_full_disk_loses_nothing(tmp_path: Path, met: Met, served: GitServer, left: int) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=True)
    try:
        pair = Pair(tmp_path, met, served)
        before = pair.one.core_us()
        shutil.copytree(pair.one.directory, disk / "one")
        pair.one.directory = str(disk / "one")
        pair.other.ran(DAY + 2 * HOUR_US, HOUR_US)
        pair.other.sync()
        with Ledger.open_reader(str(disk / "one" / NAME)):  # as the tracker has it open
            fill(disk, left)
            try:
                said = pair.one.sync().problem
            except Failure as error:
                said = str(error)
        if left <= 8:
            assert said
        if said:
            is_one_clear_line(said, "Fix: ")
        assert pair.one.core_us() >= before
        (disk / "full").unlink()
        assert pair.one.sync().problem == ""
        assert pair.one.core_us() == 8 * HOUR_US
        assert pair.other.sync().problem == ""
        assert pair.other.core_us() == 8 * HOUR_US
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path, left_kib: int) -> None:
    with (disk / "full").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    os.truncate(disk / "full", (disk / "full").stat().st_size - (left_kib << 10))


def test_a_server_that_hangs_does_not_touch_the_tracker(
    quick: RealTracker, served: GitServer
) -> None:
    environ = {**quick.environment(), VARIABLE: PASSWORD}
    url = f"{served.url}/hours.git"
    assert run(quick.command("sync", "setup", url, "--yes"), environ).returncode == 0
    served.answer = "hang"
    hangs = subprocess.Popen(quick.command("sync"), env=environ, stderr=subprocess.DEVNULL)
    try:

        def last_seen() -> int:
            [(at,)] = quick.read("SELECT max(last_seen_at) FROM session")
            return int(at)

        for _ in range(2):
            seen = last_seen()
            wait_until(lambda seen=seen: last_seen() > seen, "a heartbeat")  # type: ignore[misc]
        assert run(quick.command("status"), environ).returncode == 0
        assert run(quick.command("fleet"), environ).returncode == 0
        assert hangs.poll() is None
    finally:
        hangs.kill()
        hangs.wait()


def change_url(codespace: Codespace, url: str) -> None:
    state.keep(codespace.directory, codespace.remembered._replace(url=url))
