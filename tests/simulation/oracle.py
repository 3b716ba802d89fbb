"""What the truth is, from the text of the rules alone: none of the tracker's code is used here.

It is told what really happens to machine and tracker, and says between which bounds each session's running time must
lie. All times in µs of the machine's own clocks.
"""

from dataclasses import dataclass, field

REBUILD_US = 600_000_000


@dataclass
class Life:
    """A session as it should be: `credit` is what had run when counting began, at `since` on the monotonic clock.

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
    suspended: int = 0
    """In this boot, so far."""
    moved: bool = False
    """Whether the state directory is a copy now that another codespace has."""

    def starts(self, boot: int, pid1: int, mono: int, boottime: int, ran_since_pid1: int) -> bool | None:
        """The tracker starts; whether a session begins by that. None: it depends on the last heartbeat.

        `pid1` counts PID 1s, `ran_since_pid1` is the truth.
        """
        last = self.lives[-1] if self.lives else None
        moved, self.moved = self.moved, False
        if last is None:
            credit = 0 if self.kind == "host" else ran_since_pid1
            self._begin(boot, pid1, mono, boottime, credit)
            return True
        if moved:
            last.left_open = not last.clean
        if moved or boot != last.boot:
            self._end(last)
            self._begin(boot, pid1, mono, boottime, ran_since_pid1)
            return True
        if mono < last.seen - self.beat:
            self._end(last)
            self._begin(boot, pid1, mono, boottime, 0)
            return True
        if mono < last.seen:
            return None
        if self.kind == "host" or pid1 == last.pid1:
            self._go_on(last, pid1, mono, boottime)
            return False
        gap = boottime - last.seen_boot
        if self.kind == "codespace" and gap + self.beat + last.dark <= REBUILD_US:
            self._go_on(last, pid1, mono, boottime)
            return False
        if self.kind == "codespace" and gap <= REBUILD_US:
            return None
        self._end(last)
        self._begin(boot, pid1, mono, boottime, ran_since_pid1)
        return True

    def decided(self, begins: bool, boot: int, pid1: int, mono: int, boottime: int, ran_since_pid1: int) -> None:
        """What the tracker decided where both would be right."""
        last = self.lives[-1]
        if begins:
            self._end(last)
            self._begin(boot, pid1, mono, boottime, ran_since_pid1 if mono >= last.seen else 0)
        else:
            self._go_on(last, pid1, mono, boottime)

    def _begin(self, boot: int, pid1: int, mono: int, boottime: int, credit: int) -> None:
        self.lives.append(Life(boot, pid1, mono, credit, min(credit, self.suspended), mono, boottime))

    def _go_on(self, life: Life, pid1: int, mono: int, boottime: int) -> None:
        life.pid1, life.seen, life.seen_boot, life.clean = pid1, mono, boottime, False

    def _end(self, life: Life) -> None:
        """Nobody will go on with it: it ends where it was last seen, or a heartbeat before if that was no clean end."""
        latest = life.at(life.seen)
        life.closed = (max(0, latest - (0 if life.clean else self.beat) - life.unsure), latest)

    def sees(self, mono: int, boottime: int) -> None:
        """The tracker lives at this moment."""
        self.lives[-1].seen, self.lives[-1].seen_boot = mono, boottime

    def moves(self) -> None:
        """Another codespace has a copy of the state directory now."""
        self.moved = bool(self.lives)

    def suspends(self, us: int) -> None:
        """The machine stands still for so long."""
        self.suspended += us
        if self.lives:
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
