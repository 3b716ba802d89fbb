"""The lives of containers on one state directory, and what its ledger and its files say of them."""

import json
import os
import sqlite3
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.acceptance.podman import CODESPACE, Container, Engine, boot_us, wall_us
from tests.integration.real_tracker import StateDirectory, wait_until

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import MINUTE_US

HEARTBEAT_US = 1_000_000
LATE_US = 1_000_000
"""How late a heartbeat may be on a machine that does much else, in µs."""

_READING_US = 10_000  # the three clocks are read one after the other
_SLEW_US = 100_000  # the wall clock is slewed


class SessionRow(NamedTuple):
    """A session as the ledger has it."""

    number: int
    ending: str | None
    running_us: int
    started_at: int
    last_seen_at: int
    last_boot_us: int
    pid1_start_us: int
    session_id: str
    tracker_id: str


class Workspaces(StateDirectory):
    """A folder that containers have at /workspaces, with the state directory in it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        super().__init__(folder / ".codespace-tracker")
        self.engine = engine
        self.folder = folder
        self.folder.mkdir(exist_ok=True)
        self._made: list[Container] = []

    def container(
        self,
        variables: Mapping[str, str] = CODESPACE,
        *options: str,
        entrypoint: str = "",
        image: str = "",
    ) -> Container:
        """A container that has the folder at /workspaces. It does not live yet."""
        more = {"image": image} if image else {}
        made = Container(
            self.engine,
            f"{self.folder.name}-{len(self._made)}",
            self.folder,
            variables,
            *options,
            entrypoint=entrypoint,
            **more,
        )
        self._made.append(made)
        return made

    def configure(self, *triggers: Mapping[str, Any], owner: int = 0) -> None:
        """Make the state directory before any tracker does, with a heartbeat of a second and with
        triggers."""
        self.directory.mkdir(mode=0o700)
        (self.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
        (self.directory / "trigger_config.json").write_text(json.dumps(triggers))
        for path in self.directory.iterdir():
            path.chmod(0o600)
        for path in (self.folder, self.directory, *self.directory.iterdir()):
            os.chown(path, owner, owner)

    def close(self) -> None:
        """Remove the containers."""
        for made in self._made:
            made.remove()

    # --- what is said

    def sessions(self) -> list[SessionRow]:
        """The sessions, oldest first."""
        names = ", ".join(SessionRow._fields)
        return [
            SessionRow(*row) for row in self.read(f"SELECT {names} FROM session ORDER BY number")
        ]

    def details(self, kind: str) -> list[dict[str, Any]]:
        """What the journal's entries of a kind tell, oldest first."""
        return [
            json.loads(row[0])
            for row in self.read(f"SELECT detail FROM journal WHERE kind='{kind}' ORDER BY seq")
        ]

    def file(self, name: str) -> Any:
        """The content of a runtime file."""
        return json.loads((self.directory / name).read_bytes())

    def await_heartbeats(self, count: int = 1) -> None:
        """Wait until so many more heartbeats are in the ledger."""
        for _ in range(count):
            wait_until(partial(self._went_on, self.sessions()[-1].running_us), "a heartbeat")

    def _went_on(self, running_us: int) -> bool:
        return self.sessions()[-1].running_us > running_us

    def await_rows(self, sql: str, count: int) -> None:
        """Wait until a question to the ledger has so many rows for an answer."""
        wait_until(lambda: len(self.read(sql)) == count, sql)

    def await_file(self, name: str, content: str) -> None:
        """Wait until that is what stands in a file at /workspaces."""
        path = self.folder / name
        wait_until(lambda: path.exists() and path.read_text() == content, f"{content!r} in {name}")

    def names(self) -> set[str]:
        """All that lies at /workspaces."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*")}

    def age(self, minutes: int) -> None:
        """Say that all that is in the ledger was so much longer ago, as no test can wait."""
        connection = sqlite3.connect(self.directory / "ledger.db")
        us = minutes * MINUTE_US
        with connection:
            clocks = (
                "started_at",
                "last_seen_at",
                "last_mono_us",
                "last_boot_us",
                "ended_at",
                "pid1_start_us",
            )
            connection.execute(
                f"UPDATE session SET {', '.join(f'{name} = {name} - {us}' for name in clocks)}"
            )
            connection.execute(f"UPDATE span SET started_at = started_at - {us}")
            connection.execute(f"UPDATE journal SET at = at - {us}")
        connection.close()


def assert_counted(
    session: SessionRow, began: int, over: int, *, heartbeat_us: int = HEARTBEAT_US
) -> None:
    """One life's session: all of it from PID 1's start on, but for at most one heartbeat; never
    more.

    `began` and `over` are when the life began and was over by the kernel, on the boot clock.
    """
    assert session.pid1_start_us == began
    assert abs(session.running_us - (session.last_boot_us - began)) <= _READING_US
    assert 0 <= over - session.last_boot_us <= heartbeat_us + LATE_US
    assert abs(session.started_at - (wall_us() - boot_us() + began)) <= _SLEW_US


def assert_agree(workspaces: Workspaces) -> None:
    """After a start, and before the next minute: the runtime files say what the ledger says, the
    journal is gapless."""
    sessions = workspaces.sessions()
    logs = workspaces.file("session_logs.json")
    assert [entry["number"] for entry in logs] == [session.number for session in sessions]
    for entry, session in zip(logs[:-1], sessions[:-1], strict=True):
        assert entry["running_us"] == session.running_us
        assert entry["recovered"] == (session.ending != "clean"), (
            "without an end: another tracker's, in a copy"
        )
        assert abs(parse_iso(entry["end_time"]) - session.last_seen_at) < 1000
    last = sessions[-1]
    assert logs[-1]["session_id"] == last.session_id
    for name in ("current_session.json", "status.json"):
        drawn = workspaces.file(name)
        assert drawn.get("session", drawn)["session_id"] == last.session_id
    assert workspaces.file("minute_runtime.json")["minutes"] == last.running_us // MINUTE_US
    total = workspaces.file("total_runtime.json")
    assert total["total_minutes"] == sum(session.running_us for session in sessions) // MINUTE_US
    assert total["session_count"] == len(sessions)
    assert (
        parse_iso(workspaces.file("first_start.json")["start_time"]) // 1000
        == sessions[0].started_at // 1000
    )
    [(entries, newest)] = workspaces.read("SELECT count(*), max(seq) FROM journal")
    assert entries == newest
