"""Taking a batch: what is good of it is kept, the rest is set aside with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from codespace_tracker.hub.batch import Aside, Batch
from codespace_tracker.hub.store.interface import OverADay

if TYPE_CHECKING:
    from codespace_tracker.hub.store.interface import Push, Writer
    from codespace_tracker.hub.store.portable import Store

_OVER_A_DAY = "with it, the stream has more than 24 hours on a day (UTC)"


class Taken(NamedTuple):
    """What became of a batch: how many tellings were newer than what was known, how many were
    not, and what was set aside."""

    taken: int
    known: int
    aside: tuple[Aside, ...]


async def take(store: Store, writer: Writer, push: Push, batch: Batch, now: int) -> Taken:
    """Keep a batch. Raises NotAllowed, OtherWriter, Unavailable."""
    aside = list(batch.aside)
    try:
        taken = await store.tell(writer, push, batch.rows, batch.unattended, now)
    except OverADay:
        # one of them is too much: each goes alone, which the same push may
        taken = await store.tell(writer, push, (), batch.unattended, now)
        for row in batch.rows:
            try:
                taken += await store.tell(writer, push, [row], (), now)
            except OverADay:
                line = batch.lines[row.session_id]
                aside.append(Aside(line, row.session_id, _OVER_A_DAY))
    if aside:
        named = {one.session_id or f"line {one.line}": one.reason for one in aside}
        await store.set_aside(writer, named.items(), now)
    kept = len(batch.rows) - (len(aside) - len(batch.aside))
    return Taken(taken, kept - taken, tuple(sorted(aside)))
