"""What must have happened, by the definitions of triggers and what a machine truly did. Nothing of
the autopilot is used: only rows of the ledger, lines that scripts wrote, and files.

A life is a session here. Its running time is what the ledger has of it, which is checked against
the truth first.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

from tests.simulation.crashing import DyingMachine, Life, Stay
from tests.simulation.world import rows

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
FOR_EVER = 1 << 61
LOST = {"failed", "timed_out", "interrupted"}


class Occurrence(NamedTuple):
    """A row of the ledger."""

    id: int
    label: str
    scope: str
    point: int
    session: int
    state: str
    reason: str
    attempts: int


class Session(NamedTuple):
    """A life with what the ledger has of it, and the stretches in which the tracker worked."""

    number: int
    life: Life
    running_us: int
    ending: str | None
    stays: list[Stay]

    @property
    def counted_until(self) -> int:
        """Up to where the ledger counted it (UTC µs)."""
        return self.life.since + self.running_us


class Window(NamedTuple):
    """A scope: its key, and from when to when it is (UTC µs)."""

    key: str
    since: int
    until: int


def instant(year: int, month: int, day: int) -> int:
    return (datetime(year, month, day, tzinfo=timezone.utc) - EPOCH) // timedelta(microseconds=1)


def date(at: int) -> str:
    return (EPOCH + timedelta(microseconds=at)).date().isoformat()


class Truth:
    """A month that has passed. Every method that begins with `check` asserts."""

    def __init__(
        self, directory: Path, machine: DyingMachine, defined: list[dict[str, Any]]
    ) -> None:
        self.directory = directory
        self.machine = machine
        self.defined = {trigger["label"]: trigger for trigger in defined}
        self.occurrences: dict[str, list[Occurrence]] = defaultdict(list)
        for row in rows(
            directory,
            "SELECT id, label, scope, point, session, state, reason, attempts FROM occurrence "
            "ORDER BY id",
        ):
            one = Occurrence._make(row)
            self.occurrences[one.label].append(one)
        stays: dict[str, list[Stay]] = defaultdict(list)
        for stay in machine.stays:
            stays[stay.boot_id].append(stay)
        lives = {life.boot_id: life for life in machine.lives}
        self.sessions = [
            Session(number, lives[boot_id], running_us, ending, stays[boot_id])
            for number, boot_id, running_us, ending in rows(
                directory, "SELECT number, boot_id, running_us, ending FROM session ORDER BY number"
            )
        ]

    # --- time

    def check_running_time(self, heartbeat_us: int, longest_gap_us: int, clean: set[str]) -> None:
        """No session has more than its life had, nor less than up to its last heartbeat; an end
        with notice all."""
        for session in self.sessions:
            life = session.life
            lost = life.until - life.since - session.running_us
            assert lost >= 0, session
            if life.boot_id in clean:
                assert session.ending == "clean", session
            else:
                assert lost <= heartbeat_us + longest_gap_us, session

    # --- attempts and lines

    def check_attempts(self) -> None:
        """Each attempt has one line outside, or none where it was cut off; each line has its
        attempt."""
        lines: dict[str, int] = defaultdict(int)
        for line in self.machine.lines:
            lines[line.order.name] += 1
        attempts: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for name, number, attempt, result in rows(
            self.directory, "SELECT name, occurrence, attempt, result FROM run ORDER BY id"
        ):
            assert lines[name] == 1 or (lines[name] == 0 and result == "interrupted"), (
                name,
                result,
                lines[name],
            )
            attempts[number].append((attempt, result))
        known = {name for (name,) in rows(self.directory, "SELECT name FROM run")}
        assert not [name for name in lines if name not in known]
        for one in (one for listed in self.occurrences.values() for one in listed):
            self._check_attempts_of(one, attempts[one.id])

    def _check_attempts_of(self, one: Occurrence, attempts: list[tuple[int, str]]) -> None:
        results = [result for _, result in attempts]
        assert [n for n, _ in attempts] == list(range(1, one.attempts + 1)), one
        assert one.attempts <= self.defined[one.label]["retries"] + 1, one
        assert "succeeded" not in results[:-1], (one, results)
        assert one.state == (results[-1] if results else "skipped"), (one, results)
        if one.state in LOST and one.reason != "superseded":
            assert one.attempts == self.defined[one.label]["retries"] + 1, one

    # --- levels

    def check_levels(self) -> None:
        """Each level has fired once in each scope in which it had to, and in no other."""
        end = self.sessions[-1].life.until
        days = [
            Window(f"day:{date(at)}", at, at + DAY_US) for at in range(self._day(), end, DAY_US)
        ]
        months = [
            Window("month:2026-09-01", instant(2026, 9, 1), instant(2026, 10, 1)),
            Window("month:2026-10-01", instant(2026, 10, 1), instant(2026, 11, 1)),
        ]
        lives = [
            Window(f"session:{one.number}", one.life.since, one.life.until + 1)
            for one in self.sessions
        ]
        ever = [Window("ever", 0, FOR_EVER)]
        for label, trigger in self.defined.items():
            [(name, value)] = trigger["conditions"].items()
            if name == "minute_runtime_minutes":
                self._check_level(label, value * MINUTE_US, lives)
            elif name == "today_runtime_hours":
                self._check_level(label, value * HOUR_US, days)
            elif name == "month_core_hours":
                self._check_level(label, value * HOUR_US // self.machine.cpus, months)
            elif name == "total_runtime_minutes":
                self._check_level(label, value * MINUTE_US, ever)

    def _day(self) -> int:
        return self.sessions[0].life.since // DAY_US * DAY_US

    def _check_level(self, label: str, threshold_us: int, windows: list[Window]) -> None:
        found: dict[str, list[Occurrence]] = defaultdict(list)
        for one in self.occurrences[label]:
            assert one.attempts > 0, one
            found[one.scope].append(one)
        assert found.keys() <= {window.key for window in windows}, label
        for window in windows:
            must, may = self._holds(threshold_us, window)
            fired = found[window.key]
            assert bool(fired) or not must, (label, window, "was forgotten")
            assert may or not fired, (label, window, "fired too early")
            if window.key == "ever":
                self._check_offered_again(fired)
            else:
                assert len(fired) <= 1, (label, window)

    def _holds(self, threshold_us: int, window: Window) -> tuple[bool, bool]:
        """Whether so much running time in a window was seen by the tracker, and whether it ever
        came to that."""
        before, must, may = 0, False, False
        for session in self.sessions:
            since = max(session.life.since, window.since)
            due = since + max(0, threshold_us - before)
            if since < window.until and due < window.until:
                may = may or due <= session.life.until
                must = must or any(stay.sees(due, window.until) for stay in session.stays)
            before += max(0, min(session.counted_until, window.until) - since)
        return must, may

    def _check_offered_again(self, fired: list[Occurrence]) -> None:
        """What fires once fired again where it had failed, in the next session that there was, and
        nowhere else."""
        numbers = [one.session for one in fired]
        assert numbers == sorted(set(numbers)), fired
        assert all(one.state in LOST for one in fired[:-1]), fired
        if fired and fired[-1].state in LOST:
            later = [session for session in self.sessions if session.number > numbers[-1]]
            assert not any(session.stays for session in later), fired[-1]

    # --- edges

    def check_every(self) -> None:
        """Each point of running time was claimed: run, or recorded as missed."""
        armed = dict(rows(self.directory, "SELECT flag, total_us FROM armed"))
        for label, trigger in self.defined.items():
            if "every_minutes" not in trigger["conditions"]:
                continue
            period = trigger["conditions"]["every_minutes"] * MINUTE_US
            points = sorted(one.point for one in self.occurrences[label])
            since = armed[label.replace(" ", "_")]
            assert points == [since + n * period for n in range(1, len(points) + 1)], label
            must, _ = self._holds(since + (len(points) + 1) * period, Window("ever", 0, FOR_EVER))
            assert not must, (label, "a point was forgotten")
            if points:
                _, may = self._holds(points[-1], Window("ever", 0, FOR_EVER))
                assert may, (label, "fired too early")

    def check_at(self) -> None:
        """Each moment at which the tracker worked was claimed, and of those that it missed the
        newest."""
        for label, trigger in self.defined.items():
            if "at" not in trigger["conditions"]:
                continue
            moments = list(self._moments(trigger["conditions"]["at"]))
            points = [one.point for one in self.occurrences[label]]
            assert len(points) == len(set(points)), label
            assert set(points) <= set(moments), label
            first = min(stay.since for stay in self.machine.stays)
            for stay in self.machine.stays:
                missed = [at for at in moments if first < at <= stay.since]
                seen = {at for at in moments if stay.since < at < stay.until} | {*missed[-1:]}
                assert seen <= set(points), (label, stay)

    def _moments(self, expression: str) -> Iterator[int]:
        minute, hour = (int(part) for part in expression.split()[:2])
        at = self._day() + hour * HOUR_US + minute * MINUTE_US
        while at < self.sessions[-1].life.until:
            yield at
            at += DAY_US

    def check_events(self, ended: set[str]) -> None:
        """Each session had its start, each lost one its recovery, each end with notice its event.
        `ended` are boots."""
        starts = [one.point for one in self.occurrences["session_start"]]
        recoveries = [one.point for one in self.occurrences["session_recovered"]]
        ends = [one.session for one in self.occurrences["session_end"]]
        for listed in (starts, recoveries, ends):
            assert len(listed) == len(set(listed))
        for before, session in zip([None, *self.sessions], self.sessions, strict=False):
            if session.stays:
                assert session.number in starts, session
                assert before is None or (before.ending == "recovered") == (
                    session.number in recoveries
                ), session
            if session.life.boot_id in ended:
                assert session.number in ends, session

    # --- flags

    def check_flags(self) -> None:
        """Exactly the levels that have succeeded in their present scope have their flags, each with
        its scope."""
        last = self.sessions[-1]
        at = last.life.until
        keys = {"ever", f"session:{last.number}", f"day:{date(at)}", f"month:{date(at)[:7]}-01"}
        wanted = {
            label.replace(" ", "_"): one.scope
            for label, listed in self.occurrences.items()
            for one in listed
            if one.state == "succeeded" and one.scope in keys
        }
        folder = self.directory / "flags"
        found = {
            path.name: path.read_text().split()[1]
            for path in folder.iterdir()
            if path.name[0] != "."
        }
        assert found == wanted
        told = json.loads((self.directory / "status.json").read_text())["triggers"]["counts"]
        assert (told["running"], told["queued"], told["waiting"]) == (0, 0, 0)
