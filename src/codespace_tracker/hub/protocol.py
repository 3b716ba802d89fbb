"""What goes over the wire, as types: the answers of a hub, and the small requests.

The body of a batch is no JSON document but lines, each by the format of streams (docs/json): the
header, and then the tellings. OpenAPI is made from these types.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

StreamId = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        description="The id of a stream, a UUID.",
    ),
]
Month = Annotated[
    str, Meta(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", description="A month of UTC, as 2026-11.")
]
Day = Annotated[
    str, Meta(pattern="^20[0-9]{2}-[0-9]{2}-[0-9]{2}$", description="A day of UTC, as 2026-11-30.")
]
PushId = Annotated[
    str,
    Meta(
        pattern="^[0-9a-z-]{0,40}$",
        description="The id that a tracker gave to a push; empty before the first one.",
    ),
]

CutBack = Annotated[str, Meta(pattern="^[01]$")]


class Problem(msgspec.Struct):
    """Why something was refused, and what to do about it."""

    error: str


class OtherPush(msgspec.Struct):
    """The newest push of the stream is another one than the tracker named."""

    error: str
    last_push: PushId


class SetAside(msgspec.Struct):
    """A line that was not taken. It blocks nothing, and may be sent again."""

    line: Annotated[int, Meta(description="Its number in the body, from 1.")]
    session_id: Annotated[str, Meta(description="Empty where the line does not tell.")]
    reason: str


class Taken(msgspec.Struct):
    """What became of a batch. All of it is kept when this is sent, except what was set aside."""

    taken: Annotated[int, Meta(description="Tellings that were newer than what was known.")]
    known: Annotated[int, Meta(description="Tellings that were not.")]
    aside: list[SetAside]


class MonthKept(msgspec.Struct):
    """What the hub has of a month of a stream."""

    month: Month
    sessions: Annotated[int, Meta(description="How many sessions are kept in that month.")]
    marks: Annotated[
        int,
        Meta(
            description="The sum, over these sessions, of the first 6 bytes (big-endian) of"
            " BLAKE2b-48 of 'SESSION_ID REVISION'."
        ),
    ]


class DaysKept(msgspec.Struct):
    """What the hub has of a month of a stream's unattended time."""

    month: Month
    days: Annotated[int, Meta(description="Of how many days it has it.")]
    marks: Annotated[
        int,
        Meta(
            description="The sum, over these days, of the first 6 bytes (big-endian) of"
            " BLAKE2b-48 of 'DAY UNATTENDED_US'."
        ),
    ]


class Cursor(msgspec.Struct):
    """What the hub has of a stream. A tracker sends what is missing."""

    last_push: PushId
    months: list[MonthKept]
    unattended: list[DaysKept]
    since: Annotated[
        str,
        Meta(
            pattern="^(20[0-9]{2}-[0-9]{2}-[0-9]{2})?$",
            description="Sessions that ended, and days, before this one are not kept; empty: all"
            " are.",
        ),
    ]


class Revisions(msgspec.Struct):
    """The revision of each session that is kept in a month, by the session's id."""

    sessions: dict[str, int]
    unattended: Annotated[
        dict[str, int],
        Meta(description="How long it ran unattended (µs) on the days that it tells this of."),
    ]


class Withdrawn(msgspec.Struct):
    """What the stream told of unattended time is deleted."""


class Enrol(msgspec.Struct):
    """Ask for a stream of the person whom the code is for. The tracker makes the token, and sends
    only its hash. The same request may be repeated."""

    code: Annotated[str, Meta(max_length=200)]
    stream_id: StreamId
    token_sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    shows_name: Annotated[
        bool, Meta(description="Whether the person is shown by name, and not by a pseudonym.")
    ] = False


class Enrolled(msgspec.Struct):
    """The stream may be written with the token."""

    team: Annotated[str, Meta(description="The name of the team.")]


class FleetStream(msgspec.Struct):
    """A codespace of the team, and what it used on the days that were asked for."""

    stream_id: StreamId
    person: Annotated[str, Meta(description="By the name that is shown.")]
    environment: str
    codespace: str
    repository: str
    payer: str
    told_at: Annotated[int, Meta(description="When it told something last (UTC µs); 0: never.")]
    seen_at: Annotated[int, Meta(description="Up to when it is told (UTC µs); 0: never.")]
    is_running: bool
    running_us: int
    core_us: int
    sessions: Annotated[int, Meta(description="Sessions that began on these days.")]


class UnattendedMonth(msgspec.Struct):
    """How long a codespace ran in a whole month (UTC) with no one there, if that is told."""

    month: Month
    environment: str
    codespace: str
    repository: str
    running_us: int
    core_us: int
    estimated_dollars: Annotated[
        float, Meta(description="At GitHub's price; 0 outside of codespaces.")
    ]


class Fleet(msgspec.Struct):
    """The codespaces of a team. Rows add up: time that two streams claim of one codespace counts
    once."""

    team: str
    since: Day
    until: Annotated[Day, Meta(description="The last day.")]
    streams: list[FleetStream]
    unattended: Annotated[
        list[UnattendedMonth],
        Meta(description="Of the whole months in which these days are, and by no person."),
    ]
