"""All codespaces together: this tracker's own by its ledger, the others by what they told."""

from __future__ import annotations

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, SECOND_US
from codespace_tracker.core.record import Record
from codespace_tracker.core.stream import by_day, union
from codespace_tracker.failure import Failure, nothing_counted
from codespace_tracker.ledger import presence_sums
from codespace_tracker.ledger.fleet import Fleet, FleetError, FleetStream, FleetSum
from codespace_tracker.ledger.fleet_counted import in_others
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
    State: TypeAlias = Literal["running", "silent", "stopped", "never"]

BY = ("codespace", "repository", "person", "day", "month")
UNKNOWN = "(unknown)"
NEVER = 1 << 62
"""Later than all (UTC µs): up to when a row is known in which nothing is."""
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
    up to when its figures are known (UTC µs), core-time with no one there (None: nothing of it is
    told), and its codespace, if it is of one."""

    name: str
    sessions: int
    running_us: int
    core_us: int
    seen_at: int
    unattended_core_us: int | None = None
    member: Member | None = None


class FleetView(Record):
    """The fleet within a time (UTC µs), at the instant `at`."""

    directory: str
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
    own, now = _own(here), here.reading.wall_us
    with _opened(here.directory) as fleet:
        streams = _others(fleet)
        sums = _sums(fleet, by if by in ("day", "month") else "stream", since, until)
        spans = _own_spans(here, fleet, since, until)
    members = (own, *(_member(one, now) for one in streams))
    rows = _rows(by, members, sums, _own_days(here.ledger, spans, since, until))
    if by == "person":
        rows = [_united(row, here, members, spans, since, until) for row in rows]
    at, zone = max(own.seen_at, now), here.configuration.zone
    return FleetView(here.directory, by, since, until, at, zone, members, tuple(rows))


def own_rows(here: Scene, by: By, since: int, until: int) -> list[FleetRow]:
    """The rows of this codespace alone. Raises LedgerError, Failure."""
    own = _own(here)
    with _opened(here.directory) as fleet:
        spans = _own_spans(here, fleet, since, until)
    return _rows(by, (own,), (), _own_days(here.ledger, spans, since, until))


def shown_beside(here: Scene, since: int, until: int) -> FleetView | None:
    """The fleet by codespace, for those who show it beside other figures; None where there is none
    or it cannot be read, which `tracker_state` says. Raises LedgerError."""
    if not has_fleet(here.directory):
        return None
    try:
        return look(here, "codespace", since, until)
    except Failure:
        return None


def members_of(directory: str, now: int) -> tuple[Member, ...]:
    """The other codespaces, as known at the instant now (UTC µs); none where there is no fleet."""
    if not has_fleet(directory):
        return ()
    with _opened(directory) as fleet:
        return tuple(_member(one, now) for one in _others(fleet))


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
        raise Failure(_no_such(name, others))
    ids = ", ".join(one.stream.stream_id[:8] for one in found)
    raise Failure(
        f"{wording.printable(name)}: several codespaces have that name. Fix: use the beginning of "
        f"an id: {ids}."
    )


def _no_such(name: str, others: Sequence[Member]) -> str:
    import difflib  # not where all is well

    shown = wording.printable(name)
    known = {one.stream.shown_name.casefold(): one.stream.shown_name for one in others}
    close = difflib.get_close_matches(name.casefold(), known, 1, 0.5)
    if close:
        meant = wording.printable(known[close[0]])
        return f"{shown}: no other codespace has that name. Fix: did you mean `{meant}`?"
    return (
        f"{shown}: no other codespace has that name here. Fix: `codespace-tracker sync` takes what "
        "is new, and `codespace-tracker fleet` lists them."
    )


def _opened(directory: str) -> Fleet:
    if not has_fleet(directory):
        raise Failure(
            "no other codespace is known here. Fix: `codespace-tracker sync setup URL`, with your "
            "own git repository, lets them meet (docs/fleet.md). A team's hub shows its codespaces "
            "on a page of its own."
        )
    try:
        return Fleet.open(directory)
    except FleetError as error:
        raise _unusable(error) from error


def _unusable(error: FleetError) -> Failure:
    return Failure(f"{error} Fix: `codespace-tracker sync` makes it again.")


def _others(fleet: Fleet) -> list[FleetStream]:
    try:
        return [one for one in fleet.streams() if not one.is_own]
    except FleetError as error:
        raise _unusable(error) from error


def _sums(fleet: Fleet, by: str, since: int, until: int) -> list[FleetSum]:
    try:
        return fleet.sums(by, since, until)
    except FleetError as error:
        raise _unusable(error) from error


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
        watched_until=0,
        alone_since=0,
    )
    return Member(stream, now.at, now.running, is_silent=False)


def _own_spans(
    here: Scene, fleet: Fleet, since: int, until: int
) -> list[tuple[int, int, int, bool]]:
    """What was counted here that touches a time (UTC µs): start, running time, cores, and whether a
    session began with it; without sessions that count in another stream that is accepted."""
    accepted = {one.n for one in _others(fleet) if one.is_accepted}
    try:
        left_out = in_others(here.ledger, fleet, accepted, since)
    except FleetError as error:
        raise _unusable(error) from error
    spans = _spans_of(here.ledger, left_out, since, until)
    now = session_now(here)
    if now is not None and now.ahead_us > 0:
        ahead = now.unsaved
        spans.append((ahead.started_at, ahead.running_us, ahead.cores, False))
    return spans


def _spans_of(
    ledger: Ledger, left_out: set[int], since: int, until: int
) -> list[tuple[int, int, int, bool]]:
    columns = "p.cores, p.n = 1, p.session FROM span p JOIN session s"
    rows = ledger.rows(
        f"SELECT p.started_at, p.running_us, {columns} ON s.number = p.session"
        " WHERE p.running_us IS NOT NULL AND p.ended_at >= ? AND p.started_at < ?",
        *(since, until),
    ) + ledger.rows(
        f"SELECT p.started_at, s.running_us - p.offset_us, {columns} ON s.number = p.session"
        " WHERE p.running_us IS NULL"
    )
    return [
        (start, running, cores, bool(begins))
        for start, running, cores, begins, session in rows
        if session not in left_out
    ]


def _own_days(
    ledger: Ledger, spans: Iterable[tuple[int, int, int, bool]], since: int, until: int
) -> dict[int, FleetRow]:
    """What was counted here, by days."""
    found: dict[int, FleetRow] = {}

    def add(day: int, sessions: int, running: int, core: int, alone: int | None = None) -> None:
        row = FleetRow("", sessions, running, core, NEVER, alone)
        found[day] = _added(found.get(day), row)

    for start, running, cores, begins in spans:
        if start >= until or start + running < since:
            continue
        if begins and since <= start:
            add(start // DAY_US * DAY_US, 1, 0, 0)
        for day, _, part, _ in by_day([(start, running, cores)]):
            if since <= day < until:
                add(day, 0, part, part * cores)
    for at, cores, present, absent in presence_sums.with_cores(ledger, since, until):
        if present or absent:
            add(at // DAY_US * DAY_US, 0, 0, 0, absent * cores)
    return found


def _rows(
    by: By, members: Sequence[Member], sums: Sequence[FleetSum], own_days: dict[int, FleetRow]
) -> list[FleetRow]:
    """The rows, by what they are of."""
    own, at = members[0], members[0].seen_at
    if by in ("day", "month"):
        found = {one.key: _row_of(one) for one in sums}
        for day, used in own_days.items():
            name = UTC.date(day)[: 10 if by == "day" else 7]
            found[name] = _added(found.get(name), used._replace(name=name, seen_at=at))
        return [found[name] for name in sorted(found)]
    totals = {one.key: one for one in sums}
    own_row = FleetRow("", 0, 0, 0, at)
    for used in own_days.values():
        own_row = _added(own_row, used._replace(seen_at=at))
    rows = [(own, own_row)]
    for one in members[1:]:
        of = totals.get(str(one.stream.n))
        row = FleetRow("", 0, 0, 0, one.seen_at) if of is None else _row_of(of)
        rows.append((one, row._replace(seen_at=one.seen_at)))
    if by == "codespace":
        named_rows = [row._replace(name=one.stream.shown_name, member=one) for one, row in rows]
        return sorted(named_rows, key=lambda row: (row.member is not own, -row.core_us))
    groups: dict[str, FleetRow] = {}
    for one, row in rows:
        if row.running_us or row.sessions:
            name = one.stream.repository if by == "repository" else one.stream.user.lower()
            name = name or UNKNOWN
            groups[name] = _added(groups.get(name), row._replace(name=name))
    return sorted(groups.values(), key=lambda row: -row.core_us)


def _row_of(one: FleetSum) -> FleetRow:
    return FleetRow(one.key, one.sessions, *one[1:3], one.seen_at, one.unattended_core_us)


def _added(row: FleetRow | None, more: FleetRow) -> FleetRow:
    """A row with more in it."""
    if row is None:
        return more
    told = [one for one in (row.unattended_core_us, more.unattended_core_us) if one is not None]
    return row._replace(
        sessions=row.sessions + more.sessions,
        running_us=row.running_us + more.running_us,
        core_us=row.core_us + more.core_us,
        seen_at=min(row.seen_at, more.seen_at),
        unattended_core_us=sum(told) if told else None,
    )


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
    of = [one for one in members if (one.stream.user.lower() or UNKNOWN) == row.name]
    spans = [(a, b, c) for a, b, c, _ in own] if any(one.is_own for one in of) else []
    try:
        with _opened(here.directory) as fleet:
            spans += fleet.stretches([one.stream.n for one in of], since, until)
    except FleetError as error:
        raise _unusable(error) from error
    cut = ((max(a, since), min(a + b, until), c) for a, b, c in spans)
    times = union((a, b - a, c) for a, b, c in cut if b > a)
    return row._replace(running_us=sum(b - a for a, b in times))


STATES = {
    "running": "running",
    "silent": "last seen",
    "stopped": "stopped",
    "never": "no figures",
}
"""How a codespace's state is called."""


def state_of(member: Member) -> State:
    """`running`, `silent` (it may have run for longer than is known), `stopped`, or `never` where
    nothing is known."""
    if not member.seen_at:
        return "never"
    return "running" if member.runs else "silent" if member.is_silent else "stopped"


def state_in_words(member: Member) -> str:
    """Its state, and what else is to be known of it."""
    words = [STATES[state_of(member)]]
    if member.is_own:
        words.append("this one")
    elif not member.counts:
        words.append("not accepted")
    if member.stream.is_gone:
        words.append("its branch is deleted")
    if member.stream.reason:
        words.append("set aside")
    return ", ".join(words)


def age(row_at: int, now: int) -> str:
    """How old a figure is, in words."""
    if not row_at:
        return "never"
    return "now" if now - row_at < 60 * SECOND_US else f"{wording.about(now - row_at)} ago"
