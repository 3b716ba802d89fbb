"""Codespaces that meet: a state directory each, with a ledger as a tracker would have left it."""

import copy
import os
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import NamedTuple

from codespace_tracker.cli import sync_exchange
from codespace_tracker.config.configuration import Settings
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.session import Ending, Session, Span
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.fleet import Fleet, FleetStream
from codespace_tracker.ledger.store import Ledger, Tracker
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.sync import exchange, state
from codespace_tracker.sync.address import address
from codespace_tracker.sync.exchange import Outcome, Source

ME = "octocat"


class Codespace:
    """A tracker in a state directory of its own. `at` is what its wall clock says (UTC µs)."""

    def __init__(self, folder: Path, name: str, at: int, **fields: str) -> None:
        self.directory = str(folder / name)
        self.at = at
        self.settings = Settings()
        self.environ = {**os.environ, "GIT_TRACE": "0", "GIT_DIR": "/nowhere"}
        prepare(self.directory)
        self.tracker = Tracker(
            fields.get("tracker_id", str(uuid.uuid4())),
            fields.get("environment", "codespaces"),
            fields.get("codespace", name),
            fields.get("user", ME),
            fields.get("repository", f"{ME}/{name}"),
            0,
        )
        with self.ledger() as ledger, ledger.transaction():
            ledger.put_tracker(self.tracker)

    def ledger(self) -> Ledger:
        """Its ledger, to write."""
        return Ledger.open_writer(os.path.join(self.directory, NAME))

    def ran(
        self,
        start: int,
        running_us: int = HOUR_US,
        cores: int = 2,
        ending: Ending | None = "clean",
        *,
        session: str = "",
        tracker_id: str = "",
    ) -> str:
        """A session that ran; its id. The same session again has run for that long by now."""
        session = session or str(uuid.uuid4())
        end = start + running_us
        with self.ledger() as ledger, ledger.transaction():
            number = ledger.value("SELECT number FROM session WHERE session_id = ?", session)
            is_new = number is None
            if is_new:
                number = int(ledger.value("SELECT coalesce(max(number), 0) + 1 FROM session"))
            ended_at = None if ending is None else end
            span = Span(1, start, 0, cores)
            clocks = (start, end, running_us, running_us, running_us)
            one = Session(session, number, "boot", None, *clocks, span, ending, ended_at)
            if not is_new:
                ledger.change("DELETE FROM span WHERE session = ?", number)
                ledger.change("DELETE FROM session WHERE number = ?", number)
            ledger.add_session(one, tracker_id or self.tracker.tracker_id, "")
        self.at = max(self.at, end)
        return session

    def join(self, url: str, *, accepts: tuple[str, ...] = ()) -> None:
        """Set up the meeting place, without an exchange."""
        fresh = sync_exchange.fresh(self.directory, address(url).url)
        state.keep(self.directory, fresh._replace(accepted=accepts))

    def copied(self, to: Path) -> "Codespace":
        """A copy of its directory."""
        shutil.copytree(self.directory, to)
        found = copy.copy(self)
        found.directory, found.environ = str(to), dict(self.environ)
        return found

    def sync(self) -> Outcome:
        """One exchange."""
        with (
            state.alone(self.directory) as held,
            Ledger.open_reader(os.path.join(self.directory, NAME)) as ledger,
        ):
            tracker = ledger.tracker()
            assert tracker is not None
            source = Source(ledger, tracker, self.settings)
            return exchange.exchange(self.directory, source, self.environ, self.at, held)

    @property
    def remembered(self) -> state.SyncState:
        """What it remembers of the meeting place."""
        found = state.load(self.directory)
        assert found is not None
        return found

    @property
    def stream_id(self) -> str:
        """The id of its stream."""
        return self.remembered.stream_id

    def streams(self) -> dict[str, FleetStream]:
        """The streams that it knows, by their names."""
        with Fleet.open(self.directory) as fleet:
            return {one.shown_name: one for one in fleet.streams()}

    def core_us(self, of: str | None = None) -> int:
        """The core-time that it knows: of one codespace, by its name, or of all."""
        with Fleet.open(self.directory) as fleet:
            names = {one.n: one.shown_name for one in fleet.streams()}
            rows = fleet.connection.execute("SELECT stream, core_us FROM day").fetchall()
        return sum(core for stream, core in rows if of in (None, names[stream]))


class Met(NamedTuple):
    """Two codespaces that have met, each of which ran for an hour, and the repository: to be
    copied, as that takes less time than to meet."""

    repository: str
    one: Codespace
    other: Codespace

    def copied(self, folder: Path, url: str) -> tuple[Codespace, Codespace]:
        """Copies of the two in a folder, by which the repository has that address."""
        found = self.one.copied(folder / "one"), self.other.copied(folder / "other")
        for one in found:
            state.keep(one.directory, one.remembered._replace(url=address(url).url))
        return found


def meet(folder: Path, day: int, now: int) -> Met:
    """Let two meet who ran on that day, by clocks that say `now` (UTC µs)."""
    place = bare_repository(folder, "hours.git")
    subprocess.run(["git", "--git-dir", place, "config", "http.receivepack", "true"], check=True)
    one, other = Codespace(folder, "one", now), Codespace(folder, "other", now)
    for n, codespace in enumerate((one, other)):
        codespace.ran(day + n * HOUR_US)
        codespace.join(place)
    for codespace in (one, other, one):
        assert codespace.sync().problem == ""
    return Met(place, one, other)


def bare_repository(folder: Path, name: str = "meeting.git") -> str:
    """A bare repository, as a server would have it; its path."""
    path = folder / name
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    return str(path)


def branches(path: str) -> dict[str, str]:
    """The commits of all branches of a repository, by their last part."""
    listed = subprocess.run(
        ["git", "--git-dir", path, "for-each-ref", "--format=%(objectname) %(refname)"],
        check=True,
        capture_output=True,
        text=True,
    )
    pairs = (line.split() for line in listed.stdout.splitlines())
    return {name.rpartition("/")[2]: commit for commit, name in pairs}


def push_to(place: str, stream_id: str, files: dict[str, bytes], tree: bytes = b"") -> str:
    """Put any files, and entries of a tree, into a stream's branch, as anyone who may push could;
    the commit."""

    def run(*words: str, given: bytes = b"") -> str:
        done = subprocess.run(
            ["git", "--git-dir", place, "-c", "user.name=x", "-c", "user.email=x@y", *words],
            input=given,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()

    lines = []
    for name, content in files.items():
        blob = run("hash-object", "-w", "--stdin", given=content)
        lines.append(f"100644 blob {blob}\t{name}\n")
    name = run("mktree", given="".join(lines).encode() + tree)
    commit = run("commit-tree", name, "-m", "x")
    run("update-ref", f"refs/heads/codespace-tracker/{stream_id}", commit)
    return commit
