"""All sessions of a ledger with nothing but times and cores: what others may be told."""

from __future__ import annotations

import uuid

from codespace_tracker.core.record import Record
from codespace_tracker.core.session import Ending
from codespace_tracker.ledger.connect import explained
from codespace_tracker.ledger.store import Ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


ID_SPACE = uuid.UUID("6f0c0d0a-9f5b-4f4e-8a57-3b6f3d6c2a11")
"""For ids that are made from others."""


class SessionRow(Record):
    """A session: its id, which tracker counted it, how it ended (None: it is open), and its spans:
    start (UTC µs), running time (µs), cores."""

    session_id: str
    tracker_id: str
    ending: Ending | None
    spans: tuple[tuple[int, int, int], ...]


_ROWS = """
    SELECT s.session_id, s.tracker_id,
           coalesce(s.ending, iif(s.tracker_id = t.tracker_id, NULL, 'recovered')),
           p.started_at, coalesce(p.running_us, s.running_us - p.offset_us), p.cores
    FROM session s JOIN span p ON p.session = s.number, tracker t
    ORDER BY s.number, p.n
"""


def told_id(session_id: str, tracker_id: str) -> str:
    """A session's id as others see it. One of another tool may be any text, which is not sent."""
    try:
        return str(uuid.UUID(session_id))
    except ValueError:
        return f"{tracker_id}:{uuid.uuid5(ID_SPACE, session_id)}"


def sessions_to_tell(ledger: Ledger) -> Iterator[SessionRow]:
    """All sessions, by their numbers; the open span as of the last heartbeat. Raises
    LedgerError."""
    found: SessionRow | None = None
    with explained(ledger.path):
        for session_id, tracker_id, ending, *span in ledger.connection.execute(_ROWS):
            one = (span[0], span[1], span[2])
            if found is not None and found.session_id == session_id:
                found = found._replace(spans=(*found.spans, one))
                continue
            if found is not None:
                yield found
            found = SessionRow(session_id, tracker_id, ending, (one,))
    if found is not None:
        yield found
