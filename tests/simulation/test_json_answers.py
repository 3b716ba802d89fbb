"""What commands print as JSON and what is drawn in real situations is valid by docs/json, and would
not be if a key were missing or of another type."""

import contextlib
import copy
import io
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.codespaces import Codespace, bare_repository, push_to
from tests.integration.github_server import github_server
from tests.json_schemas import COMMANDS, FILES, path_of, schemas, stream_path_of
from tests.simulation import savings
from tests.simulation.machine import SimulatedMachine
from tests.simulation.world import begun, crash, live, new_container
from tests.upgrade import outputs
from tests.upgrade.shapes import described, shape
from tests.upgrade.upgraded import Upgraded

from codespace_tracker import __version__
from codespace_tracker.cli import sync_exchange
from codespace_tracker.cli.frame import run
from codespace_tracker.config.configuration import Settings
from codespace_tracker.config.samples import write_missing
from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.core.presence import QUARTER_US, Part
from codespace_tracker.core.shared_presence import BY_DAY, LEVELS
from codespace_tracker.ledger import presence
from codespace_tracker.machine import clock, lock
from codespace_tracker.machine.process import PAUSE
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.sync import exchange, state
from codespace_tracker.sync.address import address

SCHEMAS = schemas()

Seen = dict[str, list[Any]]
"""By the path of a schema: all that was printed or drawn that it is for."""

ASKED = (
    *((*words, "--json") for words in outputs.VERBS),
    ("sessions", "--stats", "--json"),
    ("report", "--format", "json", "--by", "hour"),
    ("fleet", "show", "--json"),
    ("sync", "status", "--json"),
    *outputs.FORMATS,
    *(
        ("usage", "show", "--json", "--by", by)
        for by in ("person", "repository", "machine", "organization", "day")
    ),
)
"""Every command that answers in JSON, in each of its forms."""

WORDS = ("--stats", "--github")
"""Options by which a command has another answer."""

UNSEEN = {
    "commands/log.schema.json": {
        # of imports, of what was forgotten, and of a changed environment
        *("before", "now", "replaced", "days", "used_days", "months", "when", "unit"),
    },
}
"""Keys that no situation here has."""


class Asked:
    """One state directory, asked for all its JSON while a tracker runs there or not."""

    def __init__(self, directory: Path, machine: SimulatedMachine, seen: Seen) -> None:
        self._directory = directory
        self._machine = machine
        self._seen = seen

    def all(self, *, running: bool) -> None:
        """Ask every command that has an answer now, and read every file that is there."""
        with pytest.MonkeyPatch.context() as patch, self._held(running):
            patch.setattr(clock, "read", lambda: self._machine.now)
            for words in ASKED:
                self.ask(*words)
        for name in FILES:
            path = self._directory / name
            if path.exists():
                self._keep(f"files/{path.stem}.schema.json", path.read_text())

    @contextlib.contextmanager
    def _held(self, running: bool) -> Iterator[None]:
        if not running:
            yield
            return
        held = lock.acquire(str(self._directory / lock.DAEMON_LOCK), __version__)
        assert held is not None
        lock.say_up(held, __version__)
        try:
            yield
        finally:
            os.close(held)

    def ask(self, *words: str) -> None:
        """Ask one command."""
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")) as said:
            run([*words, "--dir", str(self._directory)])
            said.seek(0)
            text = said.read()
        name = " ".join(word for word in words if word in WORDS or word[:1] != "-")
        name = {"triggers": "triggers list", "usage": "usage show"}.get(name, name)
        command = max((one for one in COMMANDS if name.startswith(one)), key=len)
        parts = text.splitlines() if command == "export" else [text]
        for part in parts:
            if part:  # else it says on stderr why it has no answer
                self._keep(path_of(command), part)

    def _keep(self, path: str, text: str) -> None:
        self._seen.setdefault(path, []).append(json.loads(text))


def a_long_history(folder: Path, seen: Seen) -> None:
    """Many sessions, triggers of all kinds with attempts, and GitHub's figures; then a tracker that
    stopped; then files with problems."""
    was = Upgraded(folder)
    asked = Asked(was.directory, was.machine, seen)
    live(was.daemon, was.machine, 2 * MINUTE_US)
    asked.all(running=True)
    crash(was.daemon)
    was.machine.cut_off_scripts()
    was.machine.run(3 * HOUR_US)
    asked.all(running=False)
    (was.directory / "config.toml").write_text("heartbeat_seconds = 0\n")
    (was.directory / "trigger_config.json").write_text('[{"label": 1, "nonsense": 2}]')
    was.machine.boot_anew("a later boot", off=HOUR_US)
    daemon = begun(was.directory, was.machine)
    live(daemon, was.machine, MINUTE_US)
    asked.all(running=True)
    crash(daemon)


def a_machine_with_incidents(folder: Path, seen: Seen) -> None:
    """A plain host without figures and triggers: its clock is set, it is suspended, gets other
    cores and crashes, and its ledger is lost. Sessions end in each way."""
    folder.mkdir()
    machine = SimulatedMachine("host")
    asked = Asked(folder, machine, seen)
    daemon = begun(folder, machine)
    asked.all(running=True)
    machine.set_wall_clock(HOUR_US)
    live(daemon, machine, MINUTE_US)
    machine.suspend(HOUR_US)
    machine.cpus = 4
    live(daemon, machine, MINUTE_US)
    daemon.step(PAUSE)
    crash(daemon)
    asked.all(running=False)
    daemon = begun(folder, machine)
    live(daemon, machine, MINUTE_US)
    daemon.step(signal.SIGTERM)
    crash(daemon)
    asked.all(running=False)
    for file in folder.glob("ledger.db*"):
        file.write_bytes(b"\x93 not a ledger " * 400)
    machine.boot_anew("a later boot", off=HOUR_US)
    daemon = begun(folder, machine)
    live(daemon, machine, MINUTE_US)
    asked.all(running=True)
    crash(daemon)


def a_rebuilt_codespace(folder: Path, seen: Seen) -> None:
    """A codespace whose container was rebuilt, in the middle of its session."""
    folder.mkdir()
    machine = SimulatedMachine("codespaces")
    daemon = begun(folder, machine)
    live(daemon, machine, MINUTE_US)
    crash(daemon)
    new_container(machine, MINUTE_US)
    daemon = begun(folder, machine)
    live(daemon, machine, MINUTE_US)
    Asked(folder, machine, seen).all(running=True)
    crash(daemon)


def codespaces_that_meet(folder: Path, seen: Seen) -> None:
    """A codespace that knows two others: one that counts, and one whose stream broke. GitHub lists
    codespaces, of which it knows much and little."""
    folder.mkdir()
    machine = SimulatedMachine("codespaces")
    daemon = begun(folder, machine)
    live(daemon, machine, MINUTE_US)
    now, place = machine.now.wall_us, bare_repository(folder.parent)
    others = [Codespace(folder.parent, name, now) for name in ("good", "broken")]
    for other in others:
        other.ran(now - 2 * HOUR_US, cores=4)
        other.ran(now - 9 * HOUR_US, tracker_id="99999999-9999-4999-8999-999999999999")
        other.join(place)
        assert other.sync().problem == ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "read", lambda: machine.now)
        known = sync_exchange.fresh(str(folder), address(place).url)
        state.keep(str(folder), known._replace(accepted=(others[0].stream_id,)))
        assert sync_exchange.now(str(folder), os.environ).problem == ""
        push_to(place, others[1].stream_id, {"header.json": b"{"})
        assert sync_exchange.now(str(folder), os.environ).aside
        quarter = now // QUARTER_US * QUARTER_US - HOUR_US
        with others[0].ledger() as ledger, ledger.transaction():
            presence.put(ledger, 1, (Part(quarter, QUARTER_US // 2, QUARTER_US // 2),))
        for level in LEVELS:
            others[0].settings = Settings(share_presence=level)
            assert others[0].sync().problem == ""
            keep_stream(others[0], seen)
        others[0].settings = Settings(share_presence=BY_DAY)
        assert others[0].sync().problem == ""
        assert sync_exchange.now(str(folder), os.environ).problem == ""
        daemon.step(signal.SIGHUP)
        live(daemon, machine, MINUTE_US)
        asked = Asked(folder, machine, seen)
        asked.all(running=True)
        with github_server() as github:
            patch.setenv("GITHUB_API_URL", github.address)
            patch.setenv("CODESPACE_TRACKER_TOKEN", "ghp_secret")
            github.answers = [(200, {}, {"codespaces": [GITHUB, {"name": "little-known"}]})]
            asked.ask("fleet", "show", "--github", "--json")
    crash(daemon)


def keep_stream(codespace: Codespace, seen: Seen) -> None:
    """Keep what a codespace's stream tells now."""
    place = exchange.meeting_with(
        address(codespace.remembered.url), codespace.directory, codespace.environ, None
    )
    for name, content in place.files(codespace.remembered.noted).items():
        of_month, _, kind = name.partition(".")
        whole = of_month == "header"
        path = stream_path_of(name if whole else f"YYYY-MM.{kind}, one line")
        lines = [content] if whole else content.splitlines()
        seen.setdefault(path, []).extend(map(json.loads, lines))


GITHUB = {
    "name": "fuzzy-disco-x7",
    "display_name": "fuzzy disco",
    "repository": {"full_name": "octocat/thesis"},
    "state": "Shutdown",
    "machine": {"cpus": 4},
    "last_used_at": "2026-11-20T08:00:00Z",
    "idle_timeout_minutes": 30,
    "billable_owner": {"login": "octocat"},
    "retention_expires_at": "2026-12-20T08:00:00Z",
    "git_status": {"has_unpushed_changes": True, "has_uncommitted_changes": False},
}
"""A codespace as GitHub documents its list."""


def nothing_counted_yet(folder: Path, seen: Seen) -> None:
    """A state directory in which nothing was counted: most commands say that instead."""
    prepare(str(folder))
    assert write_missing(str(folder)) == []
    Asked(folder, SimulatedMachine(), seen).all(running=False)


SITUATIONS = (
    a_long_history,
    a_machine_with_incidents,
    a_rebuilt_codespace,
    codespaces_that_meet,
    nothing_counted_yet,
)


@pytest.fixture(scope="module")
def situations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """All that is seen in each situation."""
    found: dict[str, Seen] = {}
    with savings.shared():
        for happens in SITUATIONS:
            folder = tmp_path_factory.mktemp("situation") / "state"
            happens(folder, found.setdefault(happens.__name__, {}))
    return found


@pytest.fixture(scope="module")
def seen(situations: dict[str, Seen]) -> Seen:
    """All that is seen in any situation."""
    found: Seen = {}
    for of_one in situations.values():
        for path, documents in of_one.items():
            found.setdefault(path, []).extend(documents)
    return found


@pytest.mark.parametrize("situation", [happens.__name__ for happens in SITUATIONS])
def test_all_that_is_printed_and_drawn_is_valid(
    situations: dict[str, Seen], situation: str
) -> None:
    assert situations[situation]
    for path, documents in situations[situation].items():
        validator = Draft202012Validator(SCHEMAS[path])
        for document in documents:
            assert [
                f"{one.json_path}: {one.message}" for one in validator.iter_errors(document)
            ] == []


@pytest.mark.parametrize("path", SCHEMAS)
def test_every_key_that_a_schema_names_was_seen(seen: Seen, path: str) -> None:
    unseen = described(SCHEMAS[path])[0].keys() - shape(seen[path]).keys()
    assert unseen == {f"[].detail.{key}" for key in UNSEEN.get(path, ())}


@pytest.mark.parametrize("path", SCHEMAS)
def test_no_key_can_be_missing_or_of_another_type(seen: Seen, path: str) -> None:
    validator = Draft202012Validator(SCHEMAS[path])
    optional = described(SCHEMAS[path])[1]
    tried: set[str] = set()
    for document in seen[path]:
        for key, how, broken in _broken(document, tried):
            if how == "missing" and key in optional:
                assert validator.is_valid(broken), f"{key} may be missing"
            else:
                assert not validator.is_valid(broken), f"{key} is {how}"
    assert tried


def _broken(document: Any, tried: set[str]) -> Iterator[tuple[str, str, Any]]:
    """The document without a key, and with something else in its place, for each of its keys that
    was not `tried` yet."""
    whole = copy.deepcopy(document)

    def look(path: str, value: Any) -> Iterator[tuple[str, str, Any]]:
        if isinstance(value, list):
            for part in value:
                yield from look(f"{path}[]", part)
        elif isinstance(value, dict):
            for key, was in list(value.items()):
                below = f"{path}.{key}" if path else key
                yield from look(below, was)
                if below in tried:
                    continue
                tried.add(below)
                value[key] = "wrong" if isinstance(was, (list, dict)) else [["wrong"]]
                yield below, "of another type", whole
                del value[key]
                yield below, "missing", whole
                value[key] = was

    yield from look("", whole)
