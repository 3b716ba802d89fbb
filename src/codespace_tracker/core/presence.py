"""Presence: whether a person was there, decided from what checks saw.

A check (`Look`) sees the access times of terminals, the time of the file `activity`, and who is
connected to the servers of editors. `Presence` carries on what follows from all checks of a
session: since when no one has been there, and how its running time splits into present, absent and
unknown.

The clock here is the session's running time in µs, which no step of the wall clock and no suspend
moves. The wall clock decides only into which quarter hour time goes, where in the last interval a
touch is put, and whether a report is too old. Whether it *is* a touch is decided by comparing
access times with each other.
"""

from __future__ import annotations

from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping
    from typing import TypeAlias

QUARTER_US = 15 * MINUTE_US
"""What presence is stored by: the offset of every time zone in use is a multiple of it."""

LONGEST_US = 6 * MINUTE_US
"""How far apart two looks may be (µs) for the time between them to be known: the longest heartbeat,
and a minute more."""

EMPTY_US = 30 * SECOND_US
"""How long a server must have been without a client before no one is in it (µs): less than the time
between two regular looks, so that two of them suffice, and more than a browser needs to reload."""

REPORT_US = 2 * MINUTE_US
"""How long a report of a server's own reporter is good (µs)."""

REPORT_FOR_ALL_US = 12 * HOUR_US
"""How long a report for all servers is good (µs). It is made when the user does something, so it
has to last while no one does."""

STEP_US = 8 * SECOND_US
"""How long after a touch others may not be seen (µs): the kernel moves the access time of a
terminal only when its second is in another block of eight, and an editor that touches `activity`
once a minute may do so a few seconds late."""

_SLACK_US = 2 * SECOND_US  # by which clocks that agree may seem to differ

ServerId: TypeAlias = "tuple[int, int]"
"""A server: its process number, and when it started (clock ticks after boot)."""

if not TYPE_CHECKING:
    ServerId = tuple


class Server(Record):
    """A server of an editor at one look: how many clients are connected (None where that cannot be
    known), when a reporter of its own reported last, and when one said last that someone may be
    where it cannot see (UTC µs, 0 for never)."""

    clients: int | None
    reported_at: int = 0
    blind_at: int = 0


class Look(Record):
    """What one check saw.

    `terminals` are those of this user by name: when each was accessed and when it was born (UTC
    µs). `activity` is the time of the file of that name, 0 where there is none. `servers` is None
    if they were not looked at. `reported_at` is when someone reported for all servers last (UTC
    µs, 0 for never); it belongs to `servers`. `within` has the terminals in an editor that were
    used: the server of each.
    """

    terminals: Mapping[str, tuple[int, int]]
    activity: int
    servers: Mapping[ServerId, Server] | None
    reported_at: int = 0
    within: Mapping[str, ServerId] = {}

    def newest(self, reported: Container[ServerId] = ()) -> int:
        """The newest sign of a person that is left to see (UTC µs), 0 for none; not of terminals
        within the servers that are `reported`."""
        used = (
            accessed
            for name, (accessed, born) in self.terminals.items()
            if accessed > born and self.within.get(name) not in reported
        )
        return max(self.activity, *used, 0)


class Part(Record):
    """What came to pass in a quarter hour that began at `at` (UTC µs): µs of running time."""

    at: int
    present: int = 0
    absent: int = 0
    unknown: int = 0

    def plus(self, other: Part) -> Part:
        """Both together; `at` is this one's."""
        return Part(
            self.at, *(mine + theirs for mine, theirs in zip(self[1:], other[1:], strict=True))
        )


class Stretch(Record):
    """An idle stretch, as of a look.

    It grows from `since` on (running time), which may be a few seconds ahead. `point` is the
    instant (UTC µs) that tells it from others: an idle trigger fires once in each. `seen` is the
    look (running time).
    """

    since: int
    point: int
    seen: int


class Kept(Record):
    """What a ledger keeps of a session's presence for the next daemon.

    Up to which running time it was decided; the stretch's `point`; the newest sign of a person that
    was seen by then (UTC µs).
    """

    decided: int
    point: int
    newest: int


class Presence(Record):
    """What follows from all looks so far; a value: `looked` gives the next one.

    `seen`, `clock` and `at` are the last look, its running time and its instant (UTC µs). `known`
    is since when presence has been known, None while it is not. `still` is until when (running
    time) someone may have been there by the last touch that was seen. `touched` is where that
    touch is placed, None if there was none; `present_until` is up to when it makes someone
    present. `point` and `newest` are as in `Kept`. `empty` says since when each server has
    been without a client; `reports` when each reporter reported last and at which running time that
    was first seen (None: for all servers); `blind` the same of those that said that they cannot
    see. `undecided` is running time after `decided` that
    is present, or (as `absent`) absent or unknown, as the next look at servers tells.
    """

    present_us: int
    seen: Look | None = None
    clock: int = 0
    at: int = 0
    known: int | None = None
    still: int = 0
    touched: int | None = None
    present_until: int = 0
    point: int = 0
    newest: int = 0
    empty: Mapping[ServerId, int] = {}
    reports: Mapping[ServerId | None, tuple[int, int]] = {}
    blind: Mapping[ServerId | None, tuple[int, int]] = {}
    undecided: tuple[Part, ...] = ()
    decided: int = 0

    @property
    def stretch(self) -> Stretch | None:
        """The idle stretch as of the last look; None while presence is unknown."""
        if self.known is None:
            return None
        return Stretch(max(self.still, self.known), self.point, self.clock)

    def looked(
        self, look: Look, clock: int, at: int, kept: Kept | None = None
    ) -> tuple[Presence, list[Part]]:
        """Carried on to a look at a running time (µs) and instant (UTC µs); and what is decided now
        of the time before.

        `kept` is for the first look, where a daemon before this one saw the same session. The
        running time before a first look is unknown.
        """
        if self.seen is None:
            return self._first(look, clock, at, kept)
        # what is typed in these is reported, and what a program types there looks the same
        reported = self._reported(clock, at) if look.within else frozenset()
        undecided = [*self.undecided]
        touch = self._touch(look, clock, at, reported)
        until = self.present_until if touch is None else touch[1] + self.present_us
        for begin, end in self._present_in(clock, touch, until):
            undecided += [Part(one, present=us) for one, us in _quarters(begin, end, at - clock)]
        for begin, end in _between(self._present_in(clock, touch, until), self.clock, clock):
            undecided += [Part(one, absent=us) for one, us in _quarters(begin, end, at - clock)]
        is_known = self.known is not None and clock - self.clock <= LONGEST_US
        now = self._replace(
            seen=look,
            clock=clock,
            at=at,
            known=self.known if is_known else None,
            present_until=until,
            undecided=tuple(_summed(undecided)),
        )
        if touch is not None:
            still = max(self.still, clock + STEP_US)
            newest = look.newest(reported)
            now = now._replace(touched=touch[0], still=still, point=at, newest=newest)
        return now._with_servers(look, reported, was_known=is_known)

    def _first(
        self, look: Look, clock: int, at: int, kept: Kept | None
    ) -> tuple[Presence, list[Part]]:
        before = 0 if kept is None else kept.decided
        lost = [
            Part(one, unknown=us) for one, us in _quarters(before, max(before, clock), at - clock)
        ]
        newest = look.newest()
        goes_on = kept is not None and kept.point and newest <= kept.newest
        begun = self._replace(
            seen=look,
            clock=clock,
            at=at,
            still=clock,
            point=kept.point if goes_on and kept is not None else at,
            newest=newest,
            decided=clock,
        )
        found, _ = begun._with_servers(look, frozenset(), was_known=False)
        return found, lost

    def _touch(
        self, look: Look, clock: int, at: int, reported: frozenset[ServerId]
    ) -> tuple[int, int] | None:
        """Between which running times someone was seen to be there since the last look; None if
        no one was."""
        stamps = _changed(self.seen or look, look, reported)
        if not stamps:
            return None
        elapsed = clock - self.clock
        if abs(at - self.at - elapsed) > _SLACK_US:
            return self.clock, clock  # stamps of a clock that stepped say nothing of when it was
        first, last = (
            clock - min(max(0, at - stamp), elapsed) for stamp in (min(stamps), max(stamps))
        )
        return first, last

    def _present_in(
        self, clock: int, touch: tuple[int, int] | None, until: int
    ) -> list[tuple[int, int]]:
        """The parts of the time since the last look in which someone was there, in order."""
        found = []
        if self.present_until > self.clock:
            found.append((self.clock, min(clock, self.present_until)))
        if touch is not None:
            begin, end = touch[0], min(clock, until)
            if found and begin <= found[0][1]:
                begin = found.pop()[0]
            found.append((begin, end))
        return found

    def _with_servers(
        self, look: Look, reported: frozenset[ServerId], *, was_known: bool
    ) -> tuple[Presence, list[Part]]:
        """With what the look tells of servers, and what is decided by that."""
        if look.servers is None:
            return self, []
        stamps: dict[ServerId | None, int] = {None: look.reported_at}
        stamps |= {one: server.reported_at for one, server in look.servers.items()}
        now = self._replace(
            reports=self._renewed(self.reports, stamps),
            blind=self._renewed(
                self.blind, {one: server.blind_at for one, server in look.servers.items()}
            ),
            empty={
                one: self.empty.get(one, self.clock)
                for one, server in look.servers.items()
                if server.clients == 0
            },
        )
        silent = [
            one
            for one in look.servers
            if now._is_lately(now.blind.get(one), REPORT_US)
            or not now._is_lately(now.reports.get(one), REPORT_US)
        ]
        if now._is_lately(now.reports.get(None), REPORT_FOR_ALL_US):
            silent = []
        is_known = all(now.clock - now.empty.get(one, now.clock) >= EMPTY_US for one in silent)
        if any(one not in now.empty for one in silent):
            # someone may be there: a person who leaves now leaves again
            now = now._replace(point=now.at, newest=look.newest(reported))
        still_known = self.known if was_known else now.clock
        decided = [
            part if was_known and is_known else part._replace(absent=0, unknown=part.absent)
            for part in now.undecided
        ]
        return (
            now._replace(known=still_known if is_known else None, undecided=(), decided=now.clock),
            decided,
        )

    def _reported(self, clock: int, at: int) -> frozenset[ServerId]:
        """The servers whose reporter is alive and can see, by the last look at them."""
        now = self._replace(clock=clock, at=at)
        return frozenset(
            one
            for one, report in self.reports.items()
            if one is not None
            and now._is_lately(report, REPORT_US)
            and not now._is_lately(self.blind.get(one), REPORT_US)
        )

    def _renewed(
        self,
        before: Mapping[ServerId | None, tuple[int, int]],
        stamps: Mapping[ServerId, int] | Mapping[ServerId | None, int],
    ) -> dict[ServerId | None, tuple[int, int]]:
        """Each stamp that there is, with the running time at which it was first seen."""
        found = {}
        for one, stamp in stamps.items():
            known = before.get(one)
            if stamp:
                is_old = known is not None and known[0] == stamp
                found[one] = known if known is not None and is_old else (stamp, self.clock)
        return found

    def _is_lately(self, report: tuple[int, int] | None, good_for: int) -> bool:
        """Whether a report is not older than that, by both clocks."""
        if report is None:
            return False
        stamp, seen = report
        return self.clock - seen <= good_for and -_SLACK_US <= self.at - stamp <= good_for


def _changed(before: Look, now: Look, reported: frozenset[ServerId]) -> list[int]:
    """The times (UTC µs, by the clock of then) of what was used since the look before, but for
    terminals within the servers that are reported.

    A terminal that is new, or has the name of one that was closed, counts only if it was used after
    its birth.
    """
    stamps = []
    for name, (accessed, born) in now.terminals.items():
        was = before.terminals.get(name)
        if (was is not None and was[0] == accessed) or now.within.get(name) in reported:
            continue
        if accessed > born or (was is not None and was[1] == born):
            stamps.append(accessed)
    if now.activity and now.activity != before.activity:
        stamps.append(now.activity)
    return stamps


def _between(taken: list[tuple[int, int]], begin: int, end: int) -> Iterator[tuple[int, int]]:
    """What is left of a stretch of time without what is taken, which is in order."""
    for first, last in taken:
        yield begin, first
        begin = last
    yield begin, end


def _quarters(begin: int, end: int, ahead: int) -> Iterator[tuple[int, int]]:
    """The quarter hours of a stretch of running time, each with its µs in it; `ahead` is by how
    much the wall clock is ahead of the running time."""
    while begin < end:
        quarter = (begin + ahead) // QUARTER_US * QUARTER_US
        until = min(end, quarter + QUARTER_US - ahead)
        yield quarter, until - begin
        begin = until


def _summed(parts: list[Part]) -> list[Part]:
    """One part for each quarter hour, in the order in which they came."""
    found: dict[int, Part] = {}
    for part in parts:
        found[part.at] = found[part.at].plus(part) if part.at in found else part
    return list(found.values())


class Tally(Record):
    """What is to be in the ledger of how a session's running time split: the quarter hour that is
    being counted, and those that are over and not written yet."""

    open: Part | None = None
    over: tuple[Part, ...] = ()

    def plus(self, parts: list[Part]) -> Tally:
        """With what was decided, in the order in which it came."""
        counted, over = self.open, [*self.over]
        for part in parts:
            if counted is not None and counted.at == part.at:
                counted = counted.plus(part)
            else:
                over += [] if counted is None else [counted]
                counted = part
        return Tally(counted, tuple(over))

    def written(self) -> Tally:
        """With nothing left to write but the quarter hour that is being counted."""
        return Tally(self.open)
