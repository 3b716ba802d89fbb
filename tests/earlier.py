"""What `Ledger.earlier` tells a start, of sessions in a list."""

from codespace_tracker.core.clock import Reading
from codespace_tracker.core.recovery import Earlier
from codespace_tracker.core.session import Session


def earlier_of(sessions: list[Session], now: Reading) -> Earlier:
    """The newest session of the reading's boot, and the newest last heartbeat that is not after
    it."""
    same_boot = [session for session in sessions if session.boot_id == now.boot_id]
    seen_at = [session.last_seen_at for session in sessions if session.last_seen_at <= now.wall_us]
    return Earlier(same_boot[-1] if same_boot else None, max(seen_at, default=0))
