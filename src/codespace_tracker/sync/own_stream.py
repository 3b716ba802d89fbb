"""This tracker's own stream, by its ledger."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from codespace_tracker.core.presence import QUARTER_US
from codespace_tracker.core.shared_presence import BY_DAY, NOTHING, Shared, shared
from codespace_tracker.core.stream import (
    EARLIEST,
    PAYERS,
    TEXT_LIMIT,
    Header,
    Told,
    rest_of,
    revision,
)
from codespace_tracker.core.text import visible
from codespace_tracker.ledger.month_gauge import user_of
from codespace_tracker.ledger.presence_sums import with_cores
from codespace_tracker.ledger.sessions_to_tell import ID_SPACE, sessions_to_tell, told_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from codespace_tracker.config.configuration import Settings
    from codespace_tracker.ledger.store import Ledger, Tracker


def header(tracker: Tracker, settings: Settings, stream_id: str) -> Header:
    """Whose stream it is."""

    def text(value: str) -> str:
        return visible(value)[:TEXT_LIMIT]

    return Header(
        stream_id,
        text(tracker.environment),
        text(tracker.codespace_name),
        text(user_of(settings, tracker)),
        text(tracker.repository),
        settings.payer if settings.payer in PAYERS else "unknown",
    )


def tellings(
    ledger: Ledger,
    tracker: Tracker,
    stream_id: str,
    shared: Mapping[str, int],
    others: Collection[str],
) -> Iterator[Told]:
    """What the ledger tells of its sessions, oldest first.

    Its own, and those that were imported, unless one of the streams `others` is of the tracker that
    counted them. Of sessions in `shared` another stream tells the first part, of that many µs of
    running time; only what came after it is told, as a session of its own. Raises LedgerError.
    """
    for row in sessions_to_tell(ledger):
        is_own = row.tracker_id == tracker.tracker_id
        if not is_own and row.tracker_id in others:
            continue
        ran = sum(running for _, running, _ in row.spans)
        told = Told(
            told_id(row.session_id, row.tracker_id),
            revision(ran, is_open=row.ending is None),
            row.spans,
            row.ending,
            "" if is_own else row.tracker_id,
        )
        if told.session_id in shared:
            new_id = rest_id(stream_id, told.session_id)
            rest = rest_of(told, shared[told.session_id], new_id)
            if rest is not None:
                yield rest
            continue
        yield told


def rest_id(stream_id: str, session_id: str) -> str:
    """The id of the session that has what a stream tells of another one's session."""
    return str(uuid.uuid5(ID_SPACE, f"{stream_id} {session_id}"))


def presence(ledger: Ledger, level: str, told: Sequence[Told], before: Shared) -> Shared:
    """What is told of presence at a level, up to where sessions are told; `before` was told last
    time. Raises LedgerError."""
    newest = max(told, key=lambda one: one.seen_at, default=None)
    if newest is None or level == NOTHING:
        return Shared()
    # the quarter hour in which a session ended is told with it
    until = newest.seen_at + (0 if newest.ending is None else QUARTER_US)
    return shared(level, with_cores(ledger, EARLIEST, until), until, before)


def level_at_hub(settings: Settings) -> str:
    """What a hub is told of presence: unattended time by day, if its person wants just that. By
    hour it is for a repository of their own, and a hub is told nothing."""
    return BY_DAY if settings.share_presence == BY_DAY else NOTHING


def stream_id_of(tracker: Tracker) -> str:
    """The id of a tracker's stream: the tracker's own."""
    try:
        return str(uuid.UUID(tracker.tracker_id))
    except ValueError:
        return str(uuid.uuid5(ID_SPACE, tracker.tracker_id))
