"""All codespaces together: this tracker's own by its ledger, the others by what they told."""

from __future__ import annotations

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, SECOND_US
from codespace_tracker.core.record import Record
from codespace_tracker.core.stream import by_day, union
from codespace_tracker.failure import Failure, nothing_counted
from codespace_tracker.ledger.fleet import DaySum, Fleet, FleetError, FleetStream
from codespace_tracker.ledger.month_gauge import has_fleet, user_of
from codespace_tracker.views import wording
from codespace_tracker.views.session_now import session_now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Literal, TypeAlias

    from codespace_tracker.core.calendar import Zone
    from codespace_tracker.ledger.store import Ledger
    from codespace_tracker.views.scene import Scene

    By: TypeAlias = Literal["codespace", "repository", "person", "day", "month"]

BY = ("codespace", "repository", "person", "day", "month")
OWN = 0
"""The number of this tracker's own stream."""


class Member(Record):
    """A codespace of the fleet. `stream` has what it told; for this one, `is_own`, the ledger says
    it. `seen_at` is up to when it is known (UTC µs, 0: nothing is), `runs` whether it runs as far
    as is known, `is_silent` whether it may have run for longer than is known."""

    stream: FleetStream
    seen_at: int
    runs: bool
    is_silent: bool

    @property
    def is_own(self) -> bool:
        """Whether it is this one."""
        return self.stream.n == OWN

    @property
    def counts(self) -> bool:
        """Whether its figures are taken into account: it is this one, or was accepted."""
        return self.is_own or bool(self.stream.is_accepted)


class FleetRow(Record):
    """A row: its name, sessions that started in the time, running time (µs), core-time (core-µs),
    up to when its figures are known (UTC µs), and its codespace, if it is of one."""

    name: str
    sessions: int
    running_us: int
    core_us: int
    seen_at: int
    member: Member | None = None


class FleetView(Record):
    """The fleet within a time (UTC µs), at the instant `at`."""

    by: By
    since: int
    until: int
    at: int
    zone: Zone
    members: tuple[Member, ...]
    rows: tuple[FleetRow, ...]


def look(here: Scene, by: By, since: int, until: int) -> FleetView:
    """The fleet in a scene. Raises LedgerError, Failure where there is none or nothing was counted
    yet."""
    own = _own(here)
    streams, days = _streams(here.directory, since, until)
    now = here.reading.wall_us
    members = (own, *(_member(one, now) for one in streams))
    own_spans = _own_spans(here, [one.stream_id for one in streams if one.is_accepted])
    table: dict[int, dict[int, list[int]]] = {OWN: _by_days(own_spans, since, until)}
    for stream, day, running, core, sessions in days:
        table.setdefault(stream, {})[day] = [running, core, sessions]
    rows = _rows(by, members, table)
    if by == "person":
        rows = [_united(row, here, members, own_spans, since, until) for row in rows]
    at, zone = max(own.seen_at, now), here.configuration.zone
    return FleetView(by, since, until, at, zone, members, tuple(rows))


def members_of(directory: str, now: int) -> tuple[Member, ...]:
    """The other codespaces, as known at the instant now (UTC µs); none where there is no fleet."""
    try:
        streams, _ = _streams(directory, 0, 0)
    except Failure:
        return ()
    return tuple(_member(one, now) for one in streams)


def missing(members: Iterable[Member], zone: Zone) -> list[str]:
    """What the figures of the other codespaces lack, in words; nothing if they lack nothing."""
    others = [one for one in members if not one.is_own]
    lines = []
    silent = [one for one in others if one.is_silent and one.counts]
    if silent:
        since = wording.short_moment(max(one.seen_at for one in silent), zone)
        have = "has" if len(silent) == 1 else "have"
        lines.append(f"{wording.count(len(silent), 'codespace')} {have} not reported since {since}")
    if any(one.runs and one.counts for one in others):
        lines.append("up to 30 min of each that runs is missing")
    waiting = [one for one in others if not one.counts and one.seen_at]
    if waiting:
        new = wording.count(len(waiting), "codespace")
        lines.append(f"{new} not counted: codespace-tracker fleet accept")
    return lines


def named(members: Iterable[Member], name: str) -> Member:
    """The codespace of a name: what the user calls it, its own name, or the beginning of its id.
    Raises Failure."""
    others = [one for one in members if not one.is_own]
    found = [one for one in others if name in (one.stream.name, one.stream.stream_id)]
    found = found or [one for one in others if name == one.stream.codespace]
    found = found or [one for one in others if one.stream.stream_id.startswith(name) and name]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Failure(
            f"{wording.printable(name)}: no codespace has that name. Fix: `codespace-tracker fleet`"
            " lists them."
        )
    ids = ", ".join(one.stream.stream_id[:8] for one in found)
    raise Failure(
        f"{wording.printable(name)}: several codespaces have that name. Fix: use the beginning of "
        f"an id: {ids}."
    )


def _streams(directory: str, since: int, until: int) -> tuple[list[FleetStream], list[DaySum]]:
    if not has_fleet(directory):
        raise Failure(
            "no other codespace is known here. Fix: `codespace-tracker sync setup URL` lets them "
            "meet (docs/fleet.md)."
        )
    try:
        with Fleet.open(directory) as fleet:
            streams = [one for one in fleet.streams() if not one.is_own]
            numbers = {one.n for one in streams}
            days = [day for day in fleet.days(since, until) if day.stream in numbers]
    except FleetError as error:
        raise Failure(f"{error} Fix: `codespace-tracker sync` makes it again.") from error
    return streams, days


def _member(stream: FleetStream, now: int) -> Member:
    return Member(stream, stream.seen_at, stream.runs(now), stream.is_silent(now))


def _own(here: Scene) -> Member:
    now = session_now(here)
    if now is None:
        raise nothing_counted(here.directory)
    tracker, settings = now.tracker, here.configuration.settings
    stream = FleetStream(
        n=OWN,
        stream_id=tracker.tracker_id,
        commit_id="",
        environment=tracker.environment,
        codespace=tracker.codespace_name,
        user=user_of(settings, tracker),
        repository=tracker.repository,
        payer=settings.payer,
        name="",
        is_own=1,
        is_accepted=1,
        is_gone=0,
        is_open=int(now.session.is_open),
        seen_at=now.at,
        came_at=now.at,
        reason="",
        aside="",
    )
    return Member(stream, now.at, now.running, is_silent=False)


def _own_spans(here: Scene, others: Sequence[str]) -> list[tuple[int, int, int, bool]]:
    """What was counted here: start, running time, cores, and whether a session began with it;
    without sessions that were imported from one of `others`."""
    spans = _spans_of(here.ledger, set(others))
    now = session_now(here)
    if now is not None and now.ahead_us > 0:
        ahead = now.unsaved
        spans.append((ahead.started_at, ahead.running_us, ahead.cores, False))
    return spans


def _spans_of(ledger: Ledger, others: set[str]) -> list[tuple[int, int, int, bool]]:
    rows = ledger.rows(
        "SELECT p.started_at, coalesce(p.running_us, s.running_us - p.offset_us), p.cores, p.n = 1,"
        " s.tracker_id, s.number FROM span p JOIN session s ON s.number = p.session"
    )
    return [
        (start, running, cores, bool(begins))
        for start, running, cores, begins, tracker, number in rows
        if number > 0 or tracker not in others
    ]


def _by_days(
    spans: Iterable[tuple[int, int, int, bool]], since: int, until: int
) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for start, running, cores, begins in spans:
        if start >= until or start + running < since:
            continue
        if begins and since <= start:
            found.setdefault(start // DAY_US * DAY_US, [0, 0, 0])[2] += 1
        for day, _, part, _ in by_day([(start, running, cores)]):
            if since <= day < until:
                sums = found.setdefault(day, [0, 0, 0])
                sums[0] += part
                sums[1] += part * cores
    return found


def _rows(
    by: By, members: Sequence[Member], table: dict[int, dict[int, list[int]]]
) -> list[FleetRow]:
    """The rows, by what they are of."""
    if by == "codespace":
        rows = [
            _summed(one.stream.shown_name, table.get(one.stream.n, {}).values(), [one], one)
            for one in members
        ]
        return sorted(rows, key=lambda row: (not (row.member and row.member.is_own), -row.core_us))
    groups: dict[str, tuple[list[list[int]], list[Member]]] = {}
    for one in members:
        for day, sums in table.get(one.stream.n, {}).items():
            if by in ("day", "month"):
                name = UTC.date(day)[: 10 if by == "day" else 7]
            else:
                name = one.stream.repository if by == "repository" else one.stream.user.lower()
            rows_of, of = groups.setdefault(name or "(unknown)", ([], []))
            rows_of.append(sums)
            of.append(one)
    rows = [_summed(name, sums, of, None) for name, (sums, of) in groups.items()]
    if by in ("day", "month"):
        return sorted(rows, key=lambda row: row.name)
    return sorted(rows, key=lambda row: -row.core_us)


def _summed(
    name: str, sums: Iterable[list[int]], of: Sequence[Member], member: Member | None
) -> FleetRow:
    running, core, sessions = (sum(column) for column in zip((0, 0, 0), *sums, strict=True))
    seen = min((one.seen_at for one in of), default=0)
    return FleetRow(name, sessions, running, core, seen, member)


def _united(
    row: FleetRow,
    here: Scene,
    members: Sequence[Member],
    own: Iterable[tuple[int, int, int, bool]],
    since: int,
    until: int,
) -> FleetRow:
    """The row of a person: time in which several of their codespaces ran counts once in the running
    time."""
    of = [one for one in members if (one.stream.user.lower() or "(unknown)") == row.name]
    spans = [(a, b, c) for a, b, c, _ in own] if any(one.is_own for one in of) else []
    try:
        with Fleet.open(here.directory) as fleet:
            spans += fleet.stretches([one.stream.n for one in of], since, until)
    except FleetError as error:
        raise Failure(str(error)) from error
    cut = ((max(a, since), min(a + b, until), c) for a, b, c in spans)
    times = union((a, b - a, c) for a, b, c in cut if b > a)
    return row._replace(running_us=sum(b - a for a, b in times))


def age(row_at: int, now: int) -> str:
    """How old a figure is, in words."""
    if not row_at:
        return "never"
    return "now" if now - row_at < 60 * SECOND_US else f"{wording.about(now - row_at)} ago"
