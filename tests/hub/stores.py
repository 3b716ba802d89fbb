"""A store as the tests use it: asked from outside of a loop, with a stream to tell."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from codespace_tracker.core import shared_presence
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.shared_presence import BY_DAY, Attended
from codespace_tracker.core.stream import Header, Stretch, Told, line, revision
from codespace_tracker.hub import batch, taking, tokens
from codespace_tracker.hub.store import store_at
from codespace_tracker.hub.store.interface import Push, Writer

_T = TypeVar("_T")

NOW = parse_iso("2026-11-15T12:00:00Z")
TEAM = "acme"
_SESSIONS = itertools.count(1)


def told(*spans: Stretch, session: str = "", is_open: bool = False) -> Told:
    """A telling of a session."""
    ran = sum(running for _, running, _ in spans)
    session = session or f"session-{next(_SESSIONS)}"
    ending = None if is_open else "clean"
    return Told(session, revision(ran, is_open=is_open), spans, ending)  # type: ignore[arg-type]


def hours(start: str, ran: float, cores: int = 2, **fields: Any) -> Told:
    """A session of one span that began at a time, by its hours."""
    return told((parse_iso(start), int(ran * HOUR_US), cores), **fields)


def alone(day: str, hours: float, cores: int = 2) -> str:
    """A line that tells for how many hours a machine ran unattended on a day."""
    us = int(hours * HOUR_US)
    return shared_presence.line(Attended(parse_iso(f"{day}T00:00:00Z"), us, us * cores), BY_DAY)


class Played:
    """A store at an address, and a team in it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.store = store_at(url)
        self._loop = asyncio.new_event_loop()
        self.now = NOW

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """What some work gives."""
        return self._loop.run_until_complete(work)

    def begin(self) -> None:
        """Make it ready, with a team."""
        self.run(self.store.migrate())
        self.run(self.store.open())
        self.run(self.store.add_team(TEAM, "Acme", self.now))

    def close(self) -> None:
        """Let go of it."""
        self.run(self.store.close())
        self._loop.close()

    def joined(
        self, person: str = "ada", stream_id: str = "", team: str = TEAM, **header: str
    ) -> Tracker:
        """A tracker of a person, who is added if need be, with a stream of its own."""
        if person not in {one.person for one in self.run(self.store.people(team))}:
            self.run(self.store.add_person(team, person, f"quiet-{person}", self.now))
        code, token = tokens.made("code", team), tokens.made("stream", team)
        given = tokens.given("code", code)
        wanted = tokens.given("stream", token)
        assert given is not None
        assert wanted is not None
        self.run(self.store.add_code(given, person, self.now + HOUR_US))
        stream_id = stream_id or str(uuid.uuid4())
        self.run(self.store.enrol(given, stream_id, wanted, self.now, shows_name=False))
        return Tracker(self, stream_id, token, header)

    def rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        return self.run(self.store.rows(sql, **values))

    def sums(self) -> dict[tuple[str, int], tuple[int, int, int]]:
        """The sums of each stream and day: running time, core-time, sessions; not those that are
        nothing."""
        found = self.rows("SELECT stream_id, day, running_us, core_us, sessions FROM day")
        return {(one, day): (*sums,) for one, day, *sums in found if any(sums)}


class Tracker:
    """What tells a stream, as a client would that keeps nothing."""

    def __init__(self, hub: Played, stream_id: str, token: str, header: dict[str, str]) -> None:
        self._hub = hub
        self.stream_id = stream_id
        self.token = token
        self.last = ""
        fields = {"environment": "codespaces", "codespace": stream_id[:8], "payer": "me", **header}
        texts = [fields.get(key, "") for key in Header._fields[1:]]
        self.header = Header(stream_id, *texts)

    @property
    def writer(self) -> Writer:
        """Its token, for its stream."""
        secret = tokens.given("stream", self.token)
        assert secret is not None
        return Writer(secret.team, self.stream_id, secret.prefix, secret.hash)

    def body(self, *tellings: Told, lines: Sequence[str] = ()) -> bytes:
        """The body of a request that tells something."""
        import json

        head = json.dumps({"format": 1, **self.header._asdict()})
        return "\n".join([head, *map(line, tellings), *lines]).encode()

    def tell(
        self,
        *tellings: Told,
        push: str = "",
        after: str | None = None,
        month: str = "",
        lines: Sequence[str] = (),
    ) -> taking.Taken:
        """Tell something, as a push with an id; `lines` go after the tellings."""
        now = self._hub.now
        found = batch.read(self.body(*tellings, lines=lines), self.stream_id, month, now)
        push = push or uuid.uuid4().hex
        head = found.header
        of = Push(
            push,
            self.last if after is None else after,
            False,
            *(head.environment, head.codespace, head.repository, head.payer),
        )
        taken = self._hub.run(taking.take(self._hub.store, self.writer, of, found, now))
        self.last = push
        return taken
