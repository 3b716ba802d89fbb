"""What `sync` must remember, in `sync.json`: the meeting place, which commits it made, and which
streams count. It is on the disk before anything is pushed."""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from codespace_tracker.failure import Failure
from codespace_tracker.machine import lock_wait
from codespace_tracker.machine.file_names import SYNC, SYNC_LOCK
from codespace_tracker.machine.files import FILE_MODE, SAFELY, read_own, replace
from codespace_tracker.machine.rooted import rooted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
import contextlib

FORMAT = 1
GIT, HUB = "git", "hub"
"""The kinds of meeting places."""
MADE_LIMIT = 50
"""How many commits that were made here are remembered: the server may still apply an old one."""
_LIMIT = 8 << 20


class SyncState(NamedTuple):
    """What `sync` remembers.

    `stream_id` is the id that this tracker's stream has; `tracker_id` is that of the ledger, from
    which it only differs after a second writer was found. `noted` is the commit at which our branch
    was seen last, and `made` are the newest commits made here, the last one the newest. `shared`
    has the sessions that another stream tells, with the running time (µs) up to which it does.
    `accepted` are the streams that count, and `names` what the user calls some of them. `at` and
    `problem` tell of the last time it was tried (UTC µs; empty: it worked), and `worked_at` when it
    last worked.

    At a hub (`kind`), pushes have ids as commits have at git. `token` can write the stream there,
    and nothing else.
    """

    url: str
    stream_id: str
    tracker_id: str
    noted: str = ""
    made: tuple[str, ...] = ()
    shared: Mapping[str, int] = {}
    accepted: tuple[str, ...] = ()
    names: Mapping[str, str] = {}
    too_large: Mapping[str, str] = {}
    at: int = 0
    problem: str = ""
    worked_at: int = 0
    kind: str = GIT
    token: str = ""


def load(directory: str) -> SyncState | None:
    """What is remembered; None before `sync setup`. Raises Failure if it cannot be read."""
    path = os.path.join(directory, SYNC)
    content = read_own(path, _LIMIT)
    if content is None:
        if os.path.lexists(rooted(path)):
            raise _broken(path, "it is not a file that belongs to you and can be read")
        return None
    try:
        found = json.loads(content)
        form = found.pop("format")
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise _broken(path, "it is damaged") from error
    if form != FORMAT:
        raise Failure(f"{path}: it is of a newer version. Fix: upgrade codespace-tracker.")
    try:
        return _state(found)
    except (TypeError, ValueError) as error:
        raise _broken(path, "it is damaged") from error


def _state(found: dict[str, Any]) -> SyncState:
    known = {key: value for key, value in found.items() if key in SyncState._fields}
    for key in ("made", "accepted"):
        known[key] = tuple(map(str, known.get(key, ())))
    for key in ("shared", "names", "too_large"):
        known[key] = dict(known.get(key, {}))
    state = SyncState(**known)
    texts = (state.url, state.stream_id, state.tracker_id, state.noted, state.problem, state.token)
    if state.kind not in (GIT, HUB):
        raise ValueError("a kind of meeting place that is not known")
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text is missing")
    return state


def _broken(path: str, what: str) -> Failure:
    return Failure(f"{path}: {what}. Fix: move it away, and run `codespace-tracker sync setup`.")


def keep(directory: str, state: SyncState) -> None:
    """Write it down, on the disk before this returns. Raises Failure."""
    path = os.path.join(directory, SYNC)
    content = json.dumps({"format": FORMAT, **state._asdict()}, indent=1, ensure_ascii=False)
    try:
        replace(path, f"{content}\n".encode(), durable=True)
    except OSError as error:
        raise Failure(
            f"{path}: cannot be written ({error.strerror}). Nothing was sent. Fix: make room, or "
            "check the permissions."
        ) from error


@contextlib.contextmanager
def alone(directory: str, seconds: float = lock_wait.SECONDS) -> Iterator[int]:
    """A block in which no other process syncs this directory; the open lock, which programs that
    are started within hold too if they are given it. Raises Failure."""
    path = os.path.join(directory, SYNC_LOCK)
    try:
        fd = os.open(rooted(path), os.O_RDWR | os.O_CREAT | SAFELY, FILE_MODE)
    except OSError as error:
        raise Failure(f"{path}: cannot be opened ({error.strerror}).") from error
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not lock_wait.take(fd, seconds):
                raise Failure(lock_wait.refusal(path, seconds)) from None
        except OSError:
            pass  # a file system without locks
        yield fd
    finally:
        os.close(fd)
