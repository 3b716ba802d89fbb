"""Who is there: the looks of a session, when they are due, and what of them is to be written."""

from codespace_tracker.config.configuration import Settings
from codespace_tracker.core.clock import MINUTE_US, SECOND_US
from codespace_tracker.core.presence import Kept, Look, Part, Presence, Stretch, Tally
from codespace_tracker.core.session import Session
from codespace_tracker.daemon.host import Host
from codespace_tracker.ledger import presence_sums
from codespace_tracker.ledger.presence import Found, Seen
from codespace_tracker.ledger.presence_sums import Split
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.views.presence import UNKNOWN, Unattended, now_by, now_in

LOOK_US = 10 * SECOND_US
"""How far apart looks may be while a trigger waits for idleness, in µs."""

_EVER = 1 << 62

_SERVERS_US = MINUTE_US - SECOND_US
"""How far apart looks at the servers of editors are, in µs: a minute, if looks are on time."""


class PresenceWatch:
    """Looks at the machine of a session, and knows what follows."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._records = False
        self._presence = Presence(0)
        self._tally = Tally()
        self._kept: Kept | None = None
        self._servers_at: int | None = None
        self._unwritten: list[Part] = []
        self._in_ledger: Presence | None = None
        self._since = 0, 0  # since when the sums for displays are
        self._today = self._month = Split()

    def begin(self, found: Found | None) -> None:
        """Go on from what the ledger has of the session."""
        if found is not None:
            self._kept, self._tally = found.kept, Tally(found.counted)

    def set_settings(self, settings: Settings) -> None:
        """Go by these settings from now on."""
        self._records = settings.presence
        self._presence = self._presence._replace(present_us=settings.present_minutes * MINUTE_US)

    def is_wanted(self, *, for_triggers: bool) -> bool:
        """Whether there is a reason to look."""
        return self._records or for_triggers

    def until_look(self, session: Session, *, for_triggers: bool) -> int | None:
        """How long no look is due, in µs; None while heartbeats suffice, or no one asks."""
        if not for_triggers:
            return None
        if self._presence.seen is None:
            return 0
        return max(0, self._presence.clock + LOOK_US - session.running_us)

    @property
    def stretch(self) -> Stretch | None:
        """The idle stretch as of the last look; None while presence is unknown."""
        return self._presence.stretch

    def look(
        self, session: Session, *, at_servers: bool = False, for_triggers: bool = False
    ) -> None:
        """Look who is there, at the moment that the session has been counted to; at servers once a
        minute, or if asked for. What a look shows that is as the last one is taken along at the
        next, unless a trigger waits for it."""
        clock = session.running_us
        at_servers = at_servers or (
            self._servers_at is None or clock - self._servers_at >= _SERVERS_US
        )
        look = self._host.look(at_servers=at_servers)
        if at_servers:
            self._servers_at = clock
        elif not for_triggers and self._shows_nothing_new(look):
            return
        # by the span's clock, so that a quarter hour has as much of it as by the spans
        at = session.span.started_at + session.span_running_us
        self._presence, decided = self._presence.looked(look, clock, at, self._kept)
        if self._records:
            self._tally = self._tally.plus(decided)
            self._unwritten += decided
            self._count(decided, session.span.cores)

    def _shows_nothing_new(self, look: Look) -> bool:
        before = self._presence.seen
        return before is not None and before[:2] == look[:2]

    def to_write(self) -> Seen | None:
        """What is to be in the ledger; None if it is there already, or no one has looked."""
        presence = self._presence
        if presence.seen is None or presence is self._in_ledger:
            return None
        kept = Kept(presence.decided, presence.point, presence.newest)
        return Seen(kept, self._tally, presence.stretch)

    def written(self) -> None:
        """That was committed."""
        self._tally = self._tally.written()
        self._unwritten.clear()
        self._in_ledger = self._presence

    # --- what displays show

    def unattended(
        self, ledger: Ledger, session: Session, day_start: int, month_start: int, month_us: int
    ) -> Unattended:
        """How the time since these instants (UTC µs) splits. `month_us` is the core-time of the
        month that was counted here. The ledger is asked once a day, and after an import. Raises
        LedgerError."""
        if self._since != (day_start, month_start):
            self._today = presence_sums.running_time(ledger, day_start, _EVER)
            self._month = presence_sums.core_time(ledger, month_start, _EVER)
            self._since = day_start, month_start
            self._count(self._unwritten, session.span.cores)
        minutes = self._presence.present_us // MINUTE_US
        now, written = UNKNOWN, self._in_ledger
        if self._records and session.is_open:
            at = session.last_seen_at
            if written is None or written.seen is None:  # the daemon before this one wrote it
                now = now_in(ledger, session, at, minutes)
            else:
                since = None if written.stretch is None else written.stretch.since
                now = now_by(since, written.newest, session, at, minutes)
        return Unattended(now, self._today, self._month, month_us)

    def count_anew(self) -> None:
        """The ledger may tell of more by now."""
        self._since = 0, 0

    def _count(self, parts: list[Part], cores: int) -> None:
        for part in parts:
            if part.at >= self._since[0]:
                self._today = self._today.plus(part.present, part.absent)
            if part.at >= self._since[1]:
                self._month = self._month.plus(part.present * cores, part.absent * cores)
