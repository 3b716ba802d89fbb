"""One exchange with a team's hub: ask what it has, and tell it the rest.

The hub owns the cursor, so nothing here says what was acknowledged; what the hub lost, however it
did, it is told again. Each push has an id that is on the disk before it is sent. If the newest one
at the hub was never made here, a second tracker writes the stream.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from typing import TYPE_CHECKING

from codespace_tracker.core import cursor, shared_presence
from codespace_tracker.core.calendar import UTC, month_of
from codespace_tracker.core.shared_presence import BY_DAY, NOTHING, Shared
from codespace_tracker.core.stream import (
    HEADER,
    Stream,
    Told,
    fit,
    line,
    newest,
    write,
)
from codespace_tracker.sync import own_stream, state
from codespace_tracker.sync.address import hub_address
from codespace_tracker.sync.exchange import Outcome
from codespace_tracker.sync.failures import MeetingError
from codespace_tracker.sync.hub_client import HubClient, OtherPush, Revisions, TooMuch
from codespace_tracker.sync.state import MADE_LIMIT, SyncState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codespace_tracker.core.shared_presence import Attended
    from codespace_tracker.sync.exchange import Source

_BATCH = 500
_BATCH_BYTES = 900_000


def run(
    directory: str, source: Source, known: SyncState, now: int, client: HubClient | None = None
) -> tuple[SyncState, Outcome]:
    """Tell what was counted by now (UTC µs). Raises MeetingError, LedgerError, Failure."""
    if not known.token:
        raise _needs_code(known)
    client = client or HubClient(hub_address(known.url), known.token)
    return meet(directory, known, client, lambda: stream_for_hub(source, known, now))


def meet(
    directory: str, known: SyncState, client: HubClient, stream_now: Callable[[], Stream]
) -> tuple[SyncState, Outcome]:
    """Tell what the hub does not have of a stream. Raises MeetingError, Failure."""
    there = client.cursor(known.stream_id)
    if not _is_ours(known, there.last_push):
        _part(directory, known, client, list(there.months))
        raise _needs_code(known)
    stream = stream_now()
    told = [one for one in stream.told if one.seen_at >= there.since]
    days = [one for one in stream.presence.parts if one.at >= there.since]
    if there.unattended and stream.presence.level == NOTHING:
        client.withdraw(known.stream_id)
        there = there._replace(unattended={})
    months = cursor.differing(cursor.sums(told), there.months)
    months_of_days = cursor.differing(cursor.sums_of_days(days), there.unattended)
    kept = {
        month: client.revisions(known.stream_id, month)
        for month in sorted({*months, *months_of_days})
        if month in there.months or month in there.unattended
    }
    revisions = {month: kept.get(month, Revisions()).sessions for month in months}
    known_days = {month: kept.get(month, Revisions()).unattended for month in months_of_days}
    telling = _Telling(directory, client, stream, known, there.last_push)
    telling.send_days(cursor.missing_days(days, known_days))
    for month, tellings in cursor.missing(told, revisions).items():
        own = [one for one in tellings if month_of(one.started_at) == month]
        telling.send(own, "")
        telling.send([one for one in tellings if one not in own], month)
    return telling.known, Outcome(told=telling.told, aside=telling.aside)


def stream_for_hub(source: Source, known: SyncState, now: int) -> Stream:
    """What a hub is told at the instant now (UTC µs): what this tracker counted itself. A hub knows
    its people by their codes, so no user's name is sent. Raises LedgerError."""
    ledger, tracker, settings = source
    head = own_stream.header(tracker, settings, known.stream_id)._replace(user="")
    told = own_stream.tellings(ledger, tracker, known.stream_id, known.shared, ())
    own = fit(newest(one for one in told if not one.origin), head.environment, now)
    level = own_stream.level_at_hub(settings)
    return Stream(head, own, own_stream.presence(ledger, level, own, Shared()))


class _Telling:
    """The batches of an exchange, one after the other."""

    def __init__(
        self, directory: str, client: HubClient, stream: Stream, known: SyncState, at: str
    ) -> None:
        self._directory = directory
        self._client = client
        self._head = write(Stream(stream.header, ()))[HEADER].decode().replace("\n", " ")
        self._at = at
        self.known = known
        self._is_cut_back = bool(known.noted) and at != known.noted and at not in _since(known)
        self.told = False
        self.aside: dict[str, str] = {}

    def send(self, tellings: list[Told], month: str) -> None:
        """Send tellings that are kept in a month; empty: in that of their start. Raises
        MeetingError."""
        for batch in _batches(tellings):
            self._send(batch, month)

    def send_days(self, days: list[Attended]) -> None:
        """Send days of unattended time. Raises MeetingError."""
        lines = [shared_presence.line(one, BY_DAY) for one in days]
        for n in range(0, len(lines), _BATCH):
            for line_, reason in self._push(lines[n : n + _BATCH], ""):
                at = n + line_ - 2
                name = UTC.date(days[at].at) if 0 <= at < len(days) else f"line {line_}"
                self.aside[name] = reason

    def _send(self, batch: list[Told], month: str) -> None:
        try:
            aside = self._push([line(one) for one in batch], month)
        except TooMuch:
            if len(batch) == 1:
                self.aside[batch[0].session_id] = "it is too large for the hub"
                return
            for half in (batch[: len(batch) // 2], batch[len(batch) // 2 :]):
                self._send(half, month)
            return
        self.aside |= {
            batch[n - 2].session_id: reason for n, reason in aside if 2 <= n < len(batch) + 2
        }

    def _push(self, lines: list[str], month: str) -> list[tuple[int, str]]:
        """Send a batch; which lines were set aside, and why. Raises TooMuch, MeetingError."""
        push = _made(self.known)
        # on the disk before it is sent: the hub may take it, however this ends here
        self.known = self.known._replace(made=(*self.known.made, push)[-MADE_LIMIT:])
        state.keep(self._directory, self.known)
        query = {"push": push, "after": self._at}
        query |= {"month": month} if month else {}
        query |= {"cut_back": "1"} if self._is_cut_back else {}
        try:
            aside = self._client.tell(self.known.stream_id, [self._head, *lines], query)
        except OtherPush as error:
            raise MeetingError(
                f"{self.known.url}: another push came in between. The next sync finds out whose."
            ) from error
        self._at, self._is_cut_back, self.told = push, False, True
        self.known = self.known._replace(noted=push)
        state.keep(self._directory, self.known)
        return aside


def _batches(tellings: list[Told]) -> Iterator[list[Told]]:
    batch: list[Told] = []
    size = 0
    for one in tellings:
        length = len(line(one)) + 1
        if batch and (len(batch) == _BATCH or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += length
    if batch:
        yield batch


# --- whose push it is


def _made(known: SyncState) -> str:
    """The id of a new push: its number, some chance, and a proof that our token made it."""
    number = 1 + max(map(_number, (*known.made, known.noted)))
    head = f"{number}-{secrets.token_hex(4)}"
    return f"{head}-{_proof(known, head)}"


def _proof(known: SyncState, head: str) -> str:
    made = hmac.new(known.token.encode(), f"{known.stream_id} {head}".encode(), hashlib.sha256)
    return made.hexdigest()[:12]


def _number(push: str) -> int:
    text = push.partition("-")[0]
    return int(text) if text.isdecimal() else 0


def _is_ours(known: SyncState, push: str) -> bool:
    """Whether we made a push. Of the newest ones all ids are remembered; an older one, which a hub
    may have after it was restored from a backup, proves itself."""
    if not push or not known.made or push in (known.noted, *known.made):
        return True
    head, _, proof = push.rpartition("-")
    is_older = _number(push) < _number(known.made[0])
    return is_older and hmac.compare_digest(proof, _proof(known, head))


def _since(known: SyncState) -> tuple[str, ...]:
    """The pushes that were made after the one that was acknowledged last."""
    if known.noted not in known.made:
        return ()
    return known.made[known.made.index(known.noted) + 1 :]


def _part(directory: str, known: SyncState, client: HubClient, months: list[str]) -> None:
    """Leave the stream to the second tracker. What the hub has of sessions that both know is told
    by that one; what comes after is told from here, once this one has a code of its own."""
    shared = dict(known.shared)
    for month in months:
        for session_id, revision in client.revisions(known.stream_id, month).sessions.items():
            shared[session_id] = max(shared.get(session_id, 0), revision // 2)
    new = known._replace(stream_id=str(uuid.uuid4()), noted="", made=(), shared=shared, token="")
    state.keep(directory, new)


def _needs_code(known: SyncState) -> MeetingError:
    return MeetingError(
        f"{known.url}: the state directory was copied, and another tracker tells this stream. This"
        " one needs a code of its own. Fix: ask for one, and run `codespace-tracker sync setup"
        f" {known.url}`.",
        refused=True,
    )
