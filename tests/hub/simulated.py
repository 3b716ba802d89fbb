"""Many trackers of a team, without ledgers: what each counted is known, so what a hub must have is,
too. They sync as real ones do, by the same code."""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.hub.stores import Played

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.shared_presence import BY_DAY, Attended, Shared
from codespace_tracker.core.stream import Header, Stream, Told, by_day, newest, revision
from codespace_tracker.sync import hub_exchange, state
from codespace_tracker.sync.address import hub_address
from codespace_tracker.sync.failures import MeetingError
from codespace_tracker.sync.hub_client import HubClient

PAST_US = 80 * DAY_US
"""How long before now the first sessions began."""


class Simulated:
    """A tracker. `told` is what it counted, by sessions; `acknowledged` the newest revision of each
    that the hub said it has."""

    def __init__(self, folder: Path, hub: Played, seed: int, base: str) -> None:
        self._chance = random.Random(seed)
        self.at = time.time_ns() // 1000 - PAST_US + seed * HOUR_US
        joined = hub.joined(f"person {seed % 20}")
        self.stream_id = joined.stream_id
        self.directory = str(folder / f"tracker{seed}")
        Path(self.directory).mkdir()
        self.told: dict[str, Told] = {}
        self.acknowledged: dict[str, int] = {}
        self.alone: dict[int, Attended] = {}
        self.pushes = 0
        known = state.SyncState(base, self.stream_id, self.stream_id)
        state.keep(self.directory, known._replace(kind=state.HUB, token=joined.token))
        texts = "codespaces", f"codespace-{seed}", "", f"acme/{seed % 7}", "organization"
        self.header = Header(self.stream_id, *texts)

    def live(self) -> None:
        """Run for some hours: the open session goes on, or ends and another one begins."""
        last = next(reversed(self.told.values()), None)
        ran = self._chance.randint(30, 200) * MINUTE_US
        if last is None or last.ending is not None:
            self.at += self._chance.randint(1, 30) * HOUR_US
            cores = self._chance.choice([2, 4, 8])
            session = f"{self.stream_id[:8]}-{len(self.told)}"
            spans: tuple[tuple[int, int, int], ...] = ((self.at, ran, cores),)
        else:
            session = last.session_id
            start, before, cores = last.spans[-1]
            spans = (*last.spans[:-1], (start, before + ran, cores))
        is_open = self._chance.random() < 0.5
        total = sum(running for _, running, _ in spans)
        ending = None if is_open else "clean"
        of = revision(total, is_open=is_open)
        self.told[session] = Told(session, of, spans, ending)  # type: ignore[arg-type]
        self.at = spans[-1][0] + spans[-1][1]
        # of the time after this, no one is there for a while
        day = self.at // DAY_US * DAY_US
        us = min(DAY_US, self.alone_on(day) + ran // 3)
        self.alone[day] = Attended(day, us, us * 2)

    def alone_on(self, day: int) -> int:
        """How long it ran unattended on a day by now (µs)."""
        return self.alone[day].unattended_us if day in self.alone else 0

    def end(self) -> None:
        """End the open session."""
        for one in self.told.values():
            if one.ending is None:
                ended = one._replace(revision=one.revision + 1, ending="clean")
                self.told[one.session_id] = ended

    def sync(self) -> bool:
        """One exchange; whether it worked."""
        known = state.load(self.directory)
        assert known is not None
        client = _Client(self, HubClient(hub_address(known.url), known.token, _briefly))
        alone = Shared(BY_DAY, tuple(self.alone[day] for day in sorted(self.alone)))
        stream = Stream(self.header, newest(self.told.values()), alone)
        try:
            hub_exchange.meet(self.directory, known, client, lambda: stream)
        except MeetingError:
            return False
        return True


class _Client(HubClient):
    """A client that notes what was acknowledged."""

    def __init__(self, of: Simulated, like: HubClient) -> None:
        self.__dict__.update(like.__dict__)
        self._of = of

    def tell(self, stream_id: str, lines: list[str], query: object) -> list[tuple[int, str]]:
        """As in `HubClient.tell`."""
        import json

        done = super().tell(stream_id, lines, query)  # type: ignore[arg-type]
        for line in lines[1:]:
            content = json.loads(line)
            if "day" in content:
                continue
            self._of.acknowledged[content["session_id"]] = content["revision"]
        self._of.pushes += 1
        return done


def _briefly(seconds: float) -> None:
    time.sleep(min(seconds, 0.05))


class Team:
    """Many trackers at a hub."""

    def __init__(self, folder: Path, hub: Played, count: int, base: str) -> None:
        self.trackers = [Simulated(folder, hub, n, base) for n in range(count)]
        self.synced: Counter[bool] = Counter()

    def live_and_sync(self, rounds: int) -> None:
        """All live and sync at once, for some rounds."""
        with ThreadPoolExecutor(len(self.trackers)) as threads:
            for _ in range(rounds):
                for one in self.trackers:
                    one.live()
                self.synced.update(threads.map(Simulated.sync, self.trackers))

    @property
    def pushes(self) -> int:
        """How many batches were acknowledged."""
        return sum(one.pushes for one in self.trackers)

    def end_and_sync(self) -> None:
        """All end their sessions and sync, which must work."""
        for one in self.trackers:
            one.end()
        with ThreadPoolExecutor(len(self.trackers)) as threads:
            done = list(threads.map(Simulated.sync, self.trackers))
        assert all(done)

    def check_acknowledged(self, hub: Played) -> int:
        """All that the hub acknowledged is there; how much that is."""
        rows = hub.rows("SELECT stream_id, session_id, revision FROM telling")
        there = {(stream, session): of for stream, session, of in rows}
        count = 0
        for one in self.trackers:
            for session, of in one.acknowledged.items():
                assert there.get((one.stream_id, session), -1) >= of
                count += 1
        return count

    def check_exact(self, hub: Played) -> int:
        """The hub has each session once, as it was counted, and its sums are those of the oracle;
        how many sessions there are."""
        rows = hub.rows("SELECT stream_id, session_id, revision FROM telling")
        expected = sorted(
            (one.stream_id, told.session_id, told.revision)
            for one in self.trackers
            for told in one.told.values()
        )
        assert sorted(rows) == expected
        alone = sorted(
            (one.stream_id, at // DAY_US, part.unattended_us)
            for one in self.trackers
            for at, part in one.alone.items()
        )
        assert sorted(hub.rows("SELECT stream_id, day, running_us FROM unattended")) == alone
        sums: dict[tuple[str, int], list[int]] = {}
        for one in self.trackers:
            for told in one.told.values():
                key = one.stream_id, told.started_at // DAY_US
                sums.setdefault(key, [0, 0, 0])[2] += 1
                for day, _, running, cores in by_day(told.spans):
                    of_day = sums.setdefault((one.stream_id, day // DAY_US), [0, 0, 0])
                    of_day[0] += running
                    of_day[1] += running * cores
        assert hub.sums() == {key: (a, b, c) for key, (a, b, c) in sums.items() if any((a, b, c))}
        return len(expected)
