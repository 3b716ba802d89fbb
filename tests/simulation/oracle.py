"""What the truth is, from the text of the rules alone: none of the tracker's code is used here.

It is told what really happens to machine and tracker, and says between which bounds each session's
running time must lie. All times in µs of the machine's own clocks; `wall` and `seen_at` are moments
of wall clocks, right or wrong.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

REBUILD_US = 600_000_000


class Start(NamedTuple):
    """A tracker starts: what its machine's clocks say then, and what nobody but the truth knows.

    `boot` and `pid1` count boots and PID 1s of all machines, `ran` is how long this PID 1 has
    really run. `seen_at` are the last heartbeats of all sessions, as they were written down.
    """

    boot: int
    pid1: int
    wall: int
    mono: int
    boottime: int
    ran: int
    seen_at: tuple[int, ...]


@dataclass
class Life:
    """A session as it should be: `credit` is what had run when counting began, at `since` on the
    monotonic clock.

    `unsure` is how much of the credit the tracker cannot know of, and may leave out.
    """

    boot: int
    pid1: int
    since: int
    credit: int
    unsure: int
    seen: int
    seen_boot: int
    closed: tuple[int, int] | None = None
    clean: bool = False
    left_open: bool = False
    """Whether nobody may write an end that was not written in time: it is another tracker's."""
    dark: int = 0
    """How long the machine was suspended since a heartbeat must have been written."""

    def at(self, mono: int) -> int:
        return self.credit + mono - self.since


@dataclass
class Oracle:
    """The sessions that there should be. `beat` is the longest time between two heartbeats."""

    kind: str
    beat: int
    lives: list[Life] = field(default_factory=list)
    suspended: Counter[int] = field(default_factory=Counter)
    """How long each boot was suspended, so far."""
    moved: bool = False
    """Whether the state directory is a copy now that another codespace has."""

    def starts(self, now: Start) -> bool | None:
        """The tracker starts; whether a session begins by that. None: it depends on the last
        heartbeat."""
        last = self.lives[-1] if self.lives else None
        moved, self.moved = self.moved, False
        if last is None:
            credit = 0 if self.kind == "host" else now.ran
            self._begin(now, credit, credit)
            return True
        if moved:
            last.left_open = not last.clean
        if moved or now.boot != last.boot:
            self._end(last)
            self._begin(now, *self._unseen(now))
            return True
        if now.mono < last.seen - self.beat:
            self._end(last)
            self._begin(now, 0, 0)
            return True
        if now.mono < last.seen:
            return None
        if self.kind == "host" or now.pid1 == last.pid1:
            self._go_on(last, now)
            return False
        gap = now.boottime - last.seen_boot
        if self.kind == "codespace" and gap + self.beat + last.dark <= REBUILD_US:
            self._go_on(last, now)
            return False
        if self.kind == "codespace" and gap <= REBUILD_US:
            return None
        self._end(last)
        self._begin(now, now.ran, now.ran)
        return True

    def decided(self, begins: bool, now: Start) -> None:
        """What the tracker decided where both would be right."""
        last = self.lives[-1]
        if begins:
            self._end(last)
            credit = now.ran if now.mono >= last.seen else 0
            self._begin(now, credit, credit)
        else:
            self._go_on(last, now)

    def _unseen(self, now: Start) -> tuple[int, int]:
        """What is counted of the time before a tracker came: at least, and at most.

        Nothing before the last heartbeat: by the wall clock, of which an earlier one may be later
        and is heeded if it is not still to come; and by the boot's own clock, if it was counted
        before.
        """
        least = most = now.ran
        if now.boot != self.lives[-1].boot:
            last, past = now.seen_at[-1], [at for at in now.seen_at if at <= now.wall]
            most = min(most, max(0, now.wall - last))
            least = min(least, max(0, now.wall - max([last, *past])))
        for life in [one for one in self.lives if one.boot == now.boot][-1:]:
            since = now.mono - life.seen
            least, most = (
                min(least, max(0, since)),
                min(most, max(0, since + (0 if life.clean else self.beat))),
            )
        return least, most

    def _begin(self, now: Start, least: int, most: int) -> None:
        """A session begins of which already `most` had run; what could have been suspended may be
        left out."""
        unsure = min(most, most - least + self.suspended[now.boot])
        self.lives.append(Life(now.boot, now.pid1, now.mono, most, unsure, now.mono, now.boottime))

    def _go_on(self, life: Life, now: Start) -> None:
        life.pid1, life.seen, life.seen_boot, life.clean = now.pid1, now.mono, now.boottime, False

    def _end(self, life: Life) -> None:
        """Nobody will go on with it: it ends where it was last seen, or a heartbeat before if that
        was no clean end."""
        latest = life.at(life.seen)
        life.closed = (max(0, latest - (0 if life.clean else self.beat) - life.unsure), latest)

    def sees(self, mono: int, boottime: int) -> None:
        """The tracker lives at this moment."""
        self.lives[-1].seen, self.lives[-1].seen_boot = mono, boottime

    def moves(self) -> None:
        """Another codespace has a copy of the state directory now."""
        self.moved = bool(self.lives)

    def suspends(self, boot: int, us: int) -> None:
        """The machine of a boot stands still for so long."""
        self.suspended[boot] += us
        if self.lives and self.lives[-1].boot == boot:
            self.lives[-1].dark += us

    def beats(self) -> None:
        """The tracker has lived for longer than from one heartbeat to the next."""
        self.lives[-1].dark = 0

    def ends_clean(self) -> None:
        """The tracker ended by being told to, and wrote its last moment down."""
        self.lives[-1].clean, self.lives[-1].dark = True, 0

    def bounds(self, number: int) -> tuple[int, int]:
        """Between which running times the session of a number (from 1) must lie in the ledger."""
        life = self.lives[number - 1]
        if life.closed is not None:
            return life.closed
        latest = life.at(life.seen)
        return max(0, latest - (0 if life.clean else self.beat) - life.unsure), latest
