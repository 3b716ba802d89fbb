"""The conditions of a trigger, each in one row: its key, what it means, its option, its words.

The schema of trigger_config.json, the checks, the options of `triggers add` and the texts about
triggers are made from these tables. What a level measures is in `core/trigger.py`. Nothing is
imported for it but the core: commands read these tables before they know whether they need more.
"""

from __future__ import annotations

from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from codespace_tracker.core.trigger import EdgeKind, Measure, Scope

    Kind = Literal["minutes", "hours", "number", "text", "event"]
    """How an option's value is read: a length of time, with a plain number in that unit; a number;
    as it is; one of EVENTS."""


class Option(Record):
    """The option of `triggers add` that sets a condition: its place in the help, its name there and
    its value's; and the question that asks for it instead, if any, by its place in the menu (0: not
    there)."""

    place: int
    name: str
    kind: Kind
    help: str
    metavar: str = "TIME"
    menu: int = 0
    when: str = ""
    question: str = ""


class Condition(Record):
    """A key of `conditions`.

    A level has a `measure`, a moment an `edge`. A number is from `least` to `most`, in `unit` (µs;
    0: percent of the quota), and `noun` is what that is called. Where there is none, `expected`
    says what to write. Conditions of the same measure say the same in other words.
    """

    key: str
    description: str
    measure: Measure | None = None
    edge: EdgeKind | None = None
    noun: str = ""
    unit: int = 0
    least: float = 0
    most: float = 0
    expected: str = ""
    option: Option | None = None


class EventWords(Record):
    """What is said of an event: when a trigger of it fires, and when that is next."""

    fires: str
    next: str


class Repeat(Record):
    """What is said of a scope: what `repeat` calls it (empty: it cannot be asked for), how often a
    trigger of it fires, what it bounds, in general and now, and that it has fired."""

    name: str
    often: str
    each: str = ""
    this: str = ""
    fired: str = ""


EVENTS: dict[str, EventWords] = {
    "session_start": EventWords("when a session starts", "at the next session start"),
    "session_recovered": EventWords(
        "when a lost session was recovered", "after the next lost session"
    ),
    "session_end": EventWords("when the machine goes away", "when the machine shuts down"),
}
"""By the names in `core.trigger.EventName`."""

SCOPES: dict[Scope, Repeat] = {
    "edge": Repeat("", "each time"),
    "session": Repeat(
        "session",
        "once a session",
        each="of each session",
        this="of the session",
        fired="has fired in this session",
    ),
    "day": Repeat(
        "day", "once a day", each="of each day", this="of the day", fired="has fired today"
    ),
    "month": Repeat(
        "month",
        "once a billing month",
        each="of each billing month",
        this="of the billing month",
        fired="has fired this month",
    ),
    "ever": Repeat(
        "once",
        "only once",
        each="in all, only once",
        this="in all",
        fired="has fired, and fires only once",
    ),
}

REPEATS: dict[str, Scope] = {words.name: scope for scope, words in SCOPES.items() if words.name}
"""The scope that a `repeat` asks for."""


def listed(names: tuple[str, ...], last: str) -> str:
    """Names in a sentence: `a, b or c`."""
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def quoted(names: tuple[str, ...]) -> str:
    """Values to choose from, as they are written: `"a", "b" or "c"`."""
    return listed(tuple(f'"{name}"' for name in names), "or")


_EVENTS = tuple(EVENTS)
_MINUTES, _HOURS = 52_560_000, 876_000  # a hundred years

CONDITIONS = (
    # A new one goes to the end: triggers are told from edited ones by their fields in this order.
    Condition(
        key="minute_runtime_minutes",
        description="This session has run for N minutes.",
        measure="session",
        noun="minutes",
        unit=MINUTE_US,
        most=_MINUTES,
        option=Option(
            place=2,
            name="after",
            kind="minutes",
            help="After a session has run this long.",
            menu=2,
            when="after a session has run for some time",
        ),
    ),
    Condition(
        key="current_session_minutes",
        description="The same as minute_runtime_minutes.",
        measure="session",
        noun="minutes",
        unit=MINUTE_US,
        most=_MINUTES,
    ),
    Condition(
        key="today_runtime_hours",
        description="Today's sessions have run for N hours.",
        measure="today",
        noun="hours",
        unit=HOUR_US,
        most=_HOURS,
        option=Option(
            place=3,
            name="today",
            kind="hours",
            help="After this much running time today.",
            menu=3,
            when="after some running time today",
        ),
    ),
    Condition(
        key="month_core_hours",
        description="This billing month has used N core-hours.",
        measure="month",
        noun="core-hours",
        unit=HOUR_US,
        most=_HOURS,
        option=Option(
            place=5,
            name="month",
            kind="number",
            help="When this many core-hours of the billing month are used.",
            metavar="CORE-HOURS",
        ),
    ),
    Condition(
        key="quota_percent",
        description="This billing month has used N percent of the quota.",
        measure="quota",
        noun="percent",
        most=1000,
        expected="a number from 0 to 1000, without quotes",
        option=Option(
            place=6,
            name="quota",
            kind="number",
            help="When this much of the month's quota is used.",
            metavar="PERCENT",
            menu=7,
            when="when part of the month's quota is used",
            question="How many percent of it",
        ),
    ),
    Condition(
        key="total_runtime_hours",
        description="All sessions together have run for N hours.",
        measure="total",
        noun="hours",
        unit=HOUR_US,
        most=_HOURS,
        option=Option(
            place=4,
            name="total",
            kind="hours",
            help="After this much running time in total.",
            menu=4,
            when="after some running time in total, once",
        ),
    ),
    Condition(
        key="total_runtime_minutes",
        description="All sessions together have run for N minutes.",
        measure="total",
        noun="minutes",
        unit=MINUTE_US,
        most=_MINUTES,
    ),
    Condition(
        key="every_minutes",
        description="A moment: every N minutes of running time, counted across sessions.",
        edge="every",
        noun="minutes",
        unit=MINUTE_US,
        least=0.01,
        most=525_600,
        option=Option(
            place=1,
            name="every",
            kind="minutes",
            help="Each time this much running time has passed.",
            menu=1,
            when="every N minutes of running time",
        ),
    ),
    Condition(
        key="at",
        description="A moment: a cron expression in the configured time zone.",
        edge="at",
        expected='five fields of cron in quotes, such as "30 18 * * 1-5"',
        option=Option(
            place=7,
            name="at",
            kind="text",
            help='At these times, such as "30 18 * * 1-5".',
            metavar="CRON",
            menu=5,
            when="at set times",
            question='Which times, as in cron, such as "30 18 * * 1-5"',
        ),
    ),
    Condition(
        key="idle_minutes",
        description="A moment: no activity in a terminal or the editor for N minutes.",
        edge="idle",
        noun="minutes",
        unit=MINUTE_US,
        least=0.01,
        most=525_600,
        option=Option(
            place=8,
            name="idle",
            kind="minutes",
            help="After this long with no activity.",
            menu=6,
            when="after some time with no activity",
        ),
    ),
    Condition(
        key="event",
        description="A moment: something that happens to a session.",
        edge="event",
        expected=quoted(_EVENTS),
        option=Option(
            place=9,
            name="event",
            kind="event",
            help="When a session starts, has been recovered after a crash, or ends.",
            menu=8,
            when="at an event",
            question=f"Which event: {listed(_EVENTS, 'or')}",
        ),
    ),
)


def expected(condition: Condition) -> str:
    """What its value must be, in words."""
    if condition.expected:
        return condition.expected
    bounds = f"from {condition.least:.12g} to {condition.most:.12g}"
    return f"a number of {condition.noun} {bounds}, without quotes"
