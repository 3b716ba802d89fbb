"""An exchange with the meeting place, by commands."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from codespace_tracker.core.stream import write
from codespace_tracker.daemon import control
from codespace_tracker.failure import Failure, nothing_counted
from codespace_tracker.machine import clock
from codespace_tracker.sync import exchange, own_stream, state
from codespace_tracker.sync.exchange import Outcome, Source
from codespace_tracker.sync.failures import MeetingError
from codespace_tracker.views import wording
from codespace_tracker.views.scene import configuration_in_force, open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codespace_tracker.core.stream import Stream
    from codespace_tracker.sync.state import SyncState


@contextlib.contextmanager
def source_of(directory: str) -> Iterator[Source]:
    """What is told. Raises LedgerError, Failure where nothing was counted yet."""
    with open_ledger(directory) as ledger:
        tracker = ledger.tracker()
        if tracker is None:
            raise nothing_counted(directory)
        yield Source(ledger, tracker, configuration_in_force(ledger)[0].settings)


def now(directory: str, environ: Mapping[str, str]) -> Outcome:
    """One exchange; the daemon looks again where figures have changed. Raises Failure,
    LedgerError."""
    with state.alone(directory) as held, source_of(directory) as source:
        done = exchange.exchange(directory, source, environ, clock.read().wall_us, held)
    if done.came:
        control.reload(directory)
    return done


def files(directory: str, environ: Mapping[str, str]) -> dict[str, bytes]:
    """All files as they would be there after an exchange now, or after the first one. Raises
    Failure, LedgerError."""
    known = state.load(directory) or fresh(directory, _NOWHERE)
    return write(stream_of(directory, environ, known))


def stream_of(directory: str, environ: Mapping[str, str], known: SyncState) -> Stream:
    """The stream as it would be there. Raises Failure, LedgerError."""
    with source_of(directory) as source:
        try:
            return exchange.planned(directory, source, environ, known, clock.read().wall_us)
        except MeetingError as error:
            raise Failure(str(error)) from error


def fresh(directory: str, url: str) -> SyncState:
    """What is remembered of a meeting place at which nothing was told yet."""
    with source_of(directory) as source:
        tracker = source.tracker
    return state.SyncState(url, own_stream.stream_id_of(tracker), tracker.tracker_id)


_NOWHERE = "file:///nowhere"
"""The address before there is one; none is contacted to say what would be sent."""
PARTED = (
    "Another one wrote this codespace's branch: the state directory was copied, or someone rewrote "
    "the branch. This one goes on with a branch of its own; nothing is lost. Fix: count it in your "
    "other codespaces, with `codespace-tracker fleet accept NAME`."
)
"""What is said where a second writer was found, also where nothing else is."""


def summary(done: Outcome) -> list[str]:
    """What an exchange did, in words."""
    parts = []
    if done.told:
        parts.append("Told what is new here")
    if done.came:
        parts.append(
            f"{'took' if parts else 'Took'} what is new of "
            f"{wording.count(len(done.came), 'codespace')}"
        )
    lines = [f"{' and '.join(parts)}."] if parts else []
    if not parts and not done.problem:
        lines = ["Nothing is new."]
    for stream_id, reason in done.aside.items():
        lines.append(f"Set aside {wording.printable(stream_id[:8])}: {wording.printable(reason)}.")
    return lines


def told_example(directory: str, environ: Mapping[str, str], known: SyncState) -> list[str]:
    """The header and the newest line of each kind that would be sent, for a person to read."""
    content = write(stream_of(directory, environ, known))
    lines = content.pop("header.json").decode().splitlines()
    newest = {name.partition(".")[2]: name for name in sorted(content)}
    for name in newest.values():
        lines.append(f"{name}: {content[name].decode().splitlines()[-1]}")
    return lines
