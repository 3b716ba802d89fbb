"""What may happen to a tracker, as a list of events that a seed makes, that can be written down,
and that shrinks."""

import random
from collections.abc import Callable
from typing import Any

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US

Event = list[Any]
"""A name and its arguments: times in µs."""

FLAGS = ("backup", "long-day", "once", "shared", "hello", "hourly")
KINDS = ("codespace", "container", "host")

_TRIGGERS: tuple[dict[str, Any], ...] = (
    {"label": "Backup", "flag_name": "backup", "conditions": {"every_minutes": 7}},
    {"label": "Backup", "flag_name": "backup", "conditions": {"every_minutes": 90}, "retries": 3},
    {"label": "Long day", "flag_name": "long-day", "conditions": {"today_runtime_hours": 1}},
    {
        "label": "Once",
        "flag_name": "once",
        "conditions": {"total_runtime_minutes": 200},
        "retries": 2,
    },
    {"label": "Six", "flag_name": "shared", "conditions": {"minute_runtime_minutes": 6}},
    {"label": "Forty", "flag_name": "shared", "conditions": {"minute_runtime_minutes": 40}},
    {"label": "Hello", "flag_name": "hello", "conditions": {"event": "session_start"}},
    {"label": "Lost", "flag_name": "lost", "conditions": {"event": "session_recovered"}},
    {"label": "Bye", "flag_name": "bye", "conditions": {"event": "session_end"}},
    {"label": "Month", "flag_name": "month", "conditions": {"month_core_hours": 5}, "retries": 0},
    {"label": "Hourly", "flag_name": "hourly", "conditions": {"at": "0 */3 * * *"}},
    {"label": "Idle", "flag_name": "idle", "conditions": {"idle_minutes": 20}},
    {
        "label": "Idle and long",
        "flag_name": "rest",
        "conditions": {"idle_minutes": 5, "minute_runtime_minutes": 30},
    },
)


IDLE = {"idle": 20 * MINUTE_US, "rest": 5 * MINUTE_US}
"""For how long nobody has to be there, by the flag."""


def events_of(seed: int, count: int) -> list[Event]:
    """The events of a seed, so many after the first three; fewer are the beginning of more.

    The first one says what kind of machine it is, the second what the user wants.
    """
    chance = random.Random(seed)
    found: list[Event] = [
        ["machine", chance.choice(KINDS), chance.choice((10, 60, 300, 300))],
        ["triggers", _some(chance)],
    ]
    found.append(["start"])
    found += [_event(chance) for _ in range(count)]
    return found


def _some(chance: random.Random) -> list[int]:
    """Some of the triggers, of the first two at most one: they are one trigger before and after an
    edit."""
    found = sorted(chance.sample(range(len(_TRIGGERS)), chance.randint(0, 6)))
    return found[1:] if found[:2] == [0, 1] else found


def triggers_of(numbers: list[int]) -> list[dict[str, Any]]:
    """The triggers of these numbers, as they stand in trigger_config.json."""
    return [{"script_command": "true", **_TRIGGERS[number]} for number in numbers]


def _length(chance: random.Random) -> int:
    """Mostly minutes, sometimes hours."""
    return chance.choice(
        (
            chance.randrange(1, 20 * SECOND_US),
            chance.randrange(20 * SECOND_US, 10 * MINUTE_US),
            chance.randrange(10 * MINUTE_US, 2 * HOUR_US),
            chance.randrange(HOUR_US, 6 * HOUR_US) if chance.random() < 0.3 else 5 * MINUTE_US,
        )
    )


def _host(chance: random.Random) -> Event:
    """One of three machines: how long it has been up and its PID 1 runs, how far its wall clock is
    ahead, and how the tracker ends on the machine that is left."""
    up, age = (
        chance.choice((20 * SECOND_US, HOUR_US, 30 * DAY_US)),
        chance.choice((10 * SECOND_US, 30 * DAY_US)),
    )
    error = chance.choice((0, 0, 0, 0, -3 * HOUR_US, 2 * HOUR_US, -5 * SECOND_US, DAY_US))
    return [chance.randrange(3), up, age, error, chance.choice(("dies", "pause", "term"))]


def _event(chance: random.Random) -> Event:
    makers: tuple[tuple[int, Callable[[], Event]], ...] = (
        (30, lambda: ["run", _length(chance)]),
        (
            8,
            lambda: ["cut", chance.randrange(40), chance.choice(("tracker", "tracker", "machine"))],
        ),
        (5, lambda: ["tracker dies"]),
        (12, lambda: ["start"]),
        (4, lambda: ["pause"]),
        (5, lambda: ["term", chance.choice((MINUTE_US, 3 * HOUR_US, 2 * DAY_US))]),
        (6, lambda: ["power off", chance.choice((MINUTE_US, 3 * HOUR_US, 2 * DAY_US))]),
        (4, lambda: ["new container", chance.choice((20 * SECOND_US, 2 * MINUTE_US, HOUR_US))]),
        (3, lambda: ["suspend", chance.choice((5 * SECOND_US, HOUR_US, DAY_US))]),
        (
            4,
            lambda: [
                "set clock",
                chance.choice((-DAY_US, -HOUR_US, -5 * SECOND_US, 5 * SECOND_US, HOUR_US, DAY_US)),
            ],
        ),
        (2, lambda: ["snapshot", chance.choice((MINUTE_US, HOUR_US))]),
        (6, lambda: ["host", *_host(chance)]),
        (2, lambda: ["right clock"]),
        (2, lambda: ["cores", chance.choice((2, 4, 8))]),
        (5, lambda: ["triggers", _some(chance)]),
        (2, lambda: ["broken triggers"]),
        (4, lambda: ["user makes flag", chance.choice(FLAGS)]),
        (5, lambda: ["user removes flag", chance.choice(FLAGS)]),
        (1, lambda: ["flags folder vanishes"]),
        (2, lambda: ["copied", chance.choice((MINUTE_US, DAY_US))]),
        (2, lambda: ["login", chance.choice(("usual", "by ssh"))]),
        (2, lambda: ["prebuild"]),
        (2, lambda: ["restart"]),
        (2, lambda: ["heartbeat", chance.choice((10, 60, 300))]),
        (3, lambda: ["activity"]),
        (8, lambda: ["types", chance.randrange(3)]),
        (3, lambda: ["terminals close"]),
        (3, lambda: ["editor", chance.randrange(2), chance.choice((0, 0, 1, 2, None))]),
        (4, lambda: ["editors end"]),
        (2, lambda: ["ledger vanishes"]),
        (2, lambda: ["run is killed"]),
        (2, lambda: ["import", chance.choice((MINUTE_US, 5 * HOUR_US, 300 * HOUR_US))]),
        (6, lambda: ["scripts", chance.choice(("succeed", "fail", "hang", "vary"))]),
    )
    [made] = chance.choices([make for _, make in makers], [weight for weight, _ in makers])
    return made()


def shrunk(events: list[Event], fails: Callable[[list[Event]], bool]) -> list[Event]:
    """A list of events that still fails, from which none can be left out."""
    size = max(1, len(events) // 2)
    while size:
        at = 1  # the first event says what machine it is
        while at < len(events):
            fewer = events[:at] + events[at + size :]
            if len(fewer) < len(events) and fails(fewer):
                events = fewer
            else:
                at += size
        size //= 2
    return events
