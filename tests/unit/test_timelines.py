"""Plays the timelines of timelines.py: a simulated machine, and the core driven as the daemon
drives it."""

import re
from datetime import datetime, timezone
from typing import NamedTuple, cast

import pytest
from tests.earlier import earlier_of
from tests.unit.timelines import TIMELINES

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Reading
from codespace_tracker.core.recovery import Kind, decide
from codespace_tracker.core.session import (
    ClockEvent,
    ClosedSpan,
    Ending,
    Extended,
    Session,
    closed_span,
    end,
    extend,
)

BEGINNING_US = int(datetime(2026, 3, 28, 9, tzinfo=timezone.utc).timestamp()) * SECOND_US
UNITS = {"d": DAY_US, "h": HOUR_US, "m": MINUTE_US, "s": SECOND_US}


class Box:
    """A machine: its clocks, and the starts of its containers."""

    def __init__(self, wall_us: int, mono_us: int, boot: int) -> None:
        self.wall_us, self.mono_us, self.boot_us, self.boot = wall_us, mono_us, mono_us, boot
        self.pid1_starts = {"": 0}


class World:
    """Machines, their containers, and a tracker that drives the core as the daemon does."""

    def __init__(self, kind: str) -> None:
        self.kind(kind)
        self.true_us, self.boots = BEGINNING_US, 0
        self.here = Box(BEGINNING_US, 0, 0)
        self.machines = {"A": self.here}
        self.waits: Reading | None = None
        self.pid1_shown = True
        self.inside = ""
        self.core_count = 2
        self.copied = False
        self.tracked: Session | None = None
        self.sessions: list[Session] = []
        self.spans: dict[int, list[ClosedSpan]] = {}
        self.journal: list[str] = []

    def play(self, event: str) -> None:
        """Let one event of the notation above happen."""
        if event.startswith("+"):
            event = f"awake {event}"
        verb, _, rest = event.partition(" ")
        getattr(self, verb)(rest)

    def boot(self, _: str) -> None:
        self.boots += 1
        self.here.mono_us = self.here.boot_us = 0
        self.here.boot, self.here.pid1_starts = self.boots, {"": 0}

    def machine(self, which: str) -> None:
        name, _, up = which.partition(" ")
        if name not in self.machines:
            self.boots += 1
            self.machines[name] = Box(self.true_us, microseconds(up), self.boots)
        self.here = self.machines[name]

    def off(self, _: str) -> None:
        self.tracked = None

    def container(self, name: str) -> None:
        self.here.pid1_starts[name] = self.here.boot_us

    def rebuild(self, _: str) -> None:
        self.tracked = None
        self.container("")

    def awake(self, time: str) -> None:
        self.pass_time(microseconds(time))

    def pass_time(self, length: int, *, suspended: bool = False) -> None:
        self.true_us += length
        for box in self.machines.values():
            box.wall_us += length
            box.boot_us += length
            box.mono_us += 0 if suspended and box is self.here else length

    def suspend(self, time: str) -> None:
        self.pass_time(microseconds(time), suspended=True)

    def frozen(self, time: str) -> None:
        self.true_us += microseconds(time)
        for box in self.machines.values():
            if box is not self.here:
                box.wall_us, box.mono_us, box.boot_us = (
                    clock + microseconds(time) for clock in (box.wall_us, box.mono_us, box.boot_us)
                )

    def clock(self, step: str) -> None:
        self.here.wall_us += microseconds(step)

    def snapshot(self, back: str) -> None:
        self.tracked = None
        self.here.mono_us += microseconds(back)
        self.here.boot_us += microseconds(back)

    def cores(self, count: str) -> None:
        self.core_count = int(count)

    def kind(self, kind: str) -> None:
        self.life_kind = cast(Kind, kind)

    def copy(self, _: str) -> None:
        self.copied = True

    def hidepid(self, _: str) -> None:
        self.pid1_shown = False

    def showpid(self, _: str) -> None:
        self.pid1_shown = True

    def reading(self) -> Reading:
        here = self.here
        pid1_start = here.pid1_starts[self.inside] if self.pid1_shown else None
        return Reading(here.wall_us, here.mono_us, here.boot_us, f"boot {here.boot}", pid1_start)

    def wait(self, _: str) -> None:
        self.waits = self.reading()

    def start(self, container: str) -> None:
        assert self.tracked is None, "there is one tracker a directory"
        self.inside = container
        last = self.sessions[-1] if self.sessions else None
        first, self.waits = self.waits or self.reading(), None
        earlier = earlier_of(self.sessions, first)
        decision = decide(
            last, first, self.core_count, self.life_kind, "new", copied=self.copied, earlier=earlier
        )
        self.copied = False
        assert decision.recovered == (
            decision.ended is not None and decision.ended.ending == "recovered"
        )
        if decision.ended is not None:
            self.sessions[-1] = decision.ended
        if decision.is_new:
            self.sessions.append(decision.current)
        self.journal.append(
            decision.row if decision.is_new else f"{decision.row} {duration(decision.away_us)}"
        )
        self.carry_on(Extended(decision.current, decision.closed, decision.events))
        self.extend()

    def carry_on(self, extended: Extended) -> None:
        self.tracked = self.sessions[-1] = extended.session
        if extended.closed is not None:
            self.spans.setdefault(extended.session.number, []).append(extended.closed)
        self.journal += [told(event) for event in extended.events]

    def extend(self) -> Session:
        assert self.tracked is not None, "only a tracker that runs makes heartbeats"
        self.carry_on(extend(self.tracked, self.reading(), self.core_count))
        return self.tracked

    def beat(self, time: str) -> None:
        self.pass_time(microseconds(time))
        self.extend()

    def beats(self, time: str) -> None:
        for _ in range(microseconds(time) // (10 * SECOND_US)):
            self.beat("10s")

    def end(self, ending: Ending) -> None:
        self.sessions[-1] = end(self.extend(), ending)
        self.tracked = None

    def pause(self, _: str) -> None:
        self.end("paused")

    def term(self, _: str) -> None:
        self.end("clean")

    def die(self, _: str) -> None:
        self.tracked = None

    def told(self) -> list[str]:
        """All sessions in the notation above."""
        return [self.told_session(session) for session in self.sessions]

    def told_session(self, session: Session) -> str:
        ended_at = session.last_seen_at if session.ended_at is None else session.ended_at
        spans = [*self.spans.get(session.number, []), closed_span(session)]
        line = (
            f"{session.number} {moment(session.started_at)} .. {moment(ended_at)}"
            f" {session.ending or 'open'} {duration(session.running_us)}"
        )
        if len(spans) == 1 and spans[0].started_at == session.started_at and spans[0].cores == 2:
            return line
        return f"{line} | " + ", ".join(
            f"{moment(span.started_at)} for "
            f"{duration(span.running_us)}{'' if span.cores == 2 else f' on {span.cores}'}"
            for span in spans
        )


def microseconds(text: str) -> int:
    """`+1h30m` and the like in µs."""
    length = sum(
        round(float(number) * 1000) * (UNITS[unit] // 1000)
        for number, unit in re.findall(r"([\d.]+)([dhms])", text)
    )
    return -length if text.startswith("-") else length


def duration(length: int) -> str:
    """µs as 1h30m, with milliseconds where there are any."""
    rest, told = abs(length), "-" if length < 0 else ""
    for unit, size in (("h", HOUR_US), ("m", MINUTE_US)):
        if rest >= size:
            told, rest = f"{told}{rest // size}{unit}", rest % size
    return f"{told}{rest / SECOND_US:g}s" if rest or told in ("", "-") else told


def moment(at: int) -> str:
    """A UTC instant as HH:MM:SS, with milliseconds where there are any, and with the days that lie
    between."""
    days, time = divmod(at - BEGINNING_US + 9 * HOUR_US, DAY_US)
    milliseconds = f".{time // 1000 % 1000:03}" if time % SECOND_US else ""
    clock = f"{time // HOUR_US:02}:{time // MINUTE_US % 60:02}:{time // SECOND_US % 60:02}"
    return f"{clock}{milliseconds}" + (f"{days:+}d" if days else "")


def told(event: ClockEvent) -> str:
    return (
        f"{event.kind} {event.amount if event.kind == 'cores_changed' else duration(event.amount)}"
    )


class Timeline(NamedTuple):
    promise: str
    kind: str
    events: list[str]
    journal: list[str]
    sessions: list[str]


def parse(text: str) -> Timeline:
    promise, happening, journal, *sessions = text.strip().split("\n")
    kind, _, events = happening.partition(": ")
    return Timeline(promise, kind, events.split(", "), journal.split(", "), sessions)


@pytest.mark.parametrize(
    "timeline",
    [pytest.param(parse(text), id=text.split("\n")[0]) for text in TIMELINES.strip().split("\n\n")],
)
def test_these_events_make_these_sessions(timeline: Timeline) -> None:
    world = World(timeline.kind)
    for event in timeline.events:
        world.play(event)
    assert world.told() == timeline.sessions
    assert world.journal == timeline.journal


def test_a_monotonic_clock_that_went_back_is_refused() -> None:
    """`recovery.decide` alone may judge that."""
    world = World("host")
    for event in ("boot", "+1h", "start"):
        world.play(event)
    before = world.reading()._replace(mono_us=world.here.mono_us - 1)
    with pytest.raises(ValueError, match="went back by 1 µs"):
        extend(world.sessions[-1], before, 2)
