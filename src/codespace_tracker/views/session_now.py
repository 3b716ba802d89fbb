"""The last session as the ledger and the clocks say together at this moment: carried on to now, if
the tracker counts it."""

from __future__ import annotations

from codespace_tracker.core.record import Record
from codespace_tracker.core.recovery import decide
from codespace_tracker.core.session import ClosedSpan, Session, extend, within_reason
from codespace_tracker.core.usage import running_between
from codespace_tracker.machine.environment import life_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.config.configuration import Configuration
    from codespace_tracker.core.clock import Reading
    from codespace_tracker.ledger.store import Ledger, Tracker
    from codespace_tracker.machine.lock import Holder
    from codespace_tracker.views.scene import Scene

STALE_US = 15_000_000
"""How much later than it is due a heartbeat may be before a person should know, in µs."""


class SessionNow(Record):
    """The last session at this moment, and its tracker. Times in µs.

    `seen` is the session as of its last heartbeat. `session` is carried on `until` now where the
    daemon counts it, which `running` tells, else it is the same. `at` is the instant (UTC µs) that
    it is of, and `ahead_us` the running time that the ledger does not have yet.
    """

    session: Session
    seen: Session
    tracker: Tracker
    running: bool
    until: Reading
    at: int
    ahead_us: int

    @property
    def unsaved(self) -> ClosedSpan:
        """The running time that the ledger does not have yet, as a span."""
        return ahead_of(self.session, self.at, self.ahead_us)

    def ran_between(self, ledger: Ledger, since: int, until: int) -> int:
        """The running time between two instants (UTC µs), up to this moment. Raises LedgerError."""
        return running_between([*ledger.spans_since(since), self.unsaved], since, until)


def session_now(here: Scene) -> SessionNow | None:
    """The last session in a scene; None before the first one. Raises LedgerError."""
    seen, tracker = here.ledger.last_session(), here.ledger.tracker()
    if seen is None or tracker is None:
        return None
    running = is_counting(here.daemon, seen, here.reading, tracker)
    until = shown_until(seen, here.reading, here.configuration) if running else here.reading
    session = extend(seen, until, seen.span.cores).session if running else seen
    at = until.wall_us if running else seen.last_seen_at
    ahead_us = session.running_us - seen.running_us
    return SessionNow(session, seen, tracker, running, until, at, ahead_us)


def shown_until(session: Session, reading: Reading, configuration: Configuration) -> Reading:
    """Up to when a session that is being counted is shown as counted: now, if its clocks are ours.
    Those of another boot may be those of another machine: then it is its last heartbeat."""
    if session.boot_id != reading.boot_id:
        return reading._replace(
            wall_us=session.last_seen_at, mono_us=session.last_mono_us, boot_us=session.last_boot_us
        )
    return within_reason(
        session, reading, configuration.settings.heartbeat_seconds * 1_000_000 + STALE_US
    )


def is_counting(
    daemon: Holder | None, session: Session, reading: Reading, tracker: Tracker
) -> bool:
    """Whether the daemon that there is counts the session: then it can be carried on to now."""
    if daemon is None or not session.is_open:
        return False
    if daemon.is_elsewhere:  # its life is another one than ours
        return daemon.is_up and (
            session.boot_id != reading.boot_id or session.last_mono_us <= reading.mono_us
        )
    return goes_on(session, reading, tracker)


def ahead_of(session: Session, at: int, ahead_us: int) -> ClosedSpan:
    """The running time that the ledger does not have yet, as a span."""
    return ClosedSpan(0, at - ahead_us, 0, session.span.cores, ahead_us)


def goes_on(session: Session, reading: Reading, tracker: Tracker) -> bool:
    """Whether a start at this moment would go on with the session, and count the gap."""
    return not decide(
        session, reading, session.span.cores, life_kind(tracker.environment), ""
    ).is_new
