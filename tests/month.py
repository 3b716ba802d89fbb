"""A ledger as after some months of ordinary work, for pictures and for tests of what is shown:
always the same one, of a person who does not exist."""

import contextlib
import os
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from codespace_tracker import __version__
from codespace_tracker.config.load import load
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Reading
from codespace_tracker.core.notice_text import Notice
from codespace_tracker.core.presence import QUARTER_US, Part
from codespace_tracker.core.session import ClosedSpan, Session, Span
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.ledger import presence
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger, StoredConfiguration, Tracker
from codespace_tracker.machine import clock, lock
from codespace_tracker.machine.state_directory import prepare

NOW = 1_795_448_040 * SECOND_US
"""Mon 23 Nov 2026 21:04 in Kolkata."""
_BOOT = "00000000-0000-4000-8000-00000000b007"
_TRACKER = "00000000-0000-4000-8000-000000000000"
_EAST_US = 330 * MINUTE_US  # Asia/Kolkata
_DAYS = 380
_REPOSITORIES = (*["octocat/thesis"] * 6, *["octocat/website"] * 3, "octocat/dotfiles")

_CONFIG = 'time_zone = "Asia/Kolkata"\nplan = "free"\nuser = "octocat"\npayer = "me"\n'
_TRIGGERS = """[
  {"label": "Save my work", "script_command": "save", "conditions": {"every_minutes": 30}},
  {"label": "Warn at 75 %", "script_command": "warn", "conditions": {"quota_percent": 75}},
  {"label": "Stop when I left", "script_command": "stop", "conditions": {"idle_minutes": 20}},
  {"label": "Nightly backup", "script_command": "backup", "conditions": {"at": "30 20 * * *"}}
]
"""


_RAN = (
    ("save_my_work", "Save my work", "edge", NOW - 4 * MINUTE_US, "succeeded"),
    ("warn_at_75", "Warn at 75 %", "month:2026-11-01", NOW - 3 * DAY_US, "succeeded"),
    ("nightly_backup", "Nightly backup", "edge", NOW - 34 * MINUTE_US, "failed"),
)
"""What triggers did last: flag, label, scope, when (UTC µs), and how it ended."""


class Work(NamedTuple):
    """A session: when it began (UTC µs), how long it ran and how much of that someone was there
    (µs), cores, repository. `is_seen` says whether presence was known."""

    start: int
    ran: int
    present: int
    cores: int
    repository: str
    is_seen: bool


def works() -> list[Work]:
    """What was worked, oldest first; the last is the session that is running."""
    chance = random.Random(20)
    found = []
    midnight = (NOW + _EAST_US) // DAY_US * DAY_US - _EAST_US
    for day in range(midnight - _DAYS * DAY_US, midnight, DAY_US):
        weekday = ((day + _EAST_US) // DAY_US + 3) % 7
        if DAY_US * 40 < midnight - day < DAY_US * 52:
            continue  # a holiday
        for hour, often in ((9, 0.46), (14, 0.5), (20, 0.25)):
            if chance.random() > (often if weekday < 5 else often / 4):
                continue
            start = day + hour * HOUR_US + chance.randrange(-40, 50) * MINUTE_US
            present = chance.randrange(35, 150) * MINUTE_US
            idle = 30 * MINUTE_US if chance.random() < 0.75 else chance.randrange(5) * MINUTE_US
            if chance.random() < 0.06:
                idle = 240 * MINUTE_US  # a build that kept it awake
            found.append(
                Work(
                    start,
                    present + idle,
                    present,
                    4 if chance.random() < 0.1 else 2,
                    chance.choice(_REPOSITORIES),
                    day > midnight - 40 * DAY_US and chance.random() > 0.06,
                )
            )
    apart = [
        work
        for work, after in zip(found, [*found[1:], None], strict=True)
        if after is None or work.start + work.ran < after.start
    ]
    morning = Work(
        midnight + 9 * HOUR_US, 165 * MINUTE_US, 135 * MINUTE_US, 2, "octocat/thesis", True
    )
    now = Work(NOW - 94 * MINUTE_US, 94 * MINUTE_US, 84 * MINUTE_US, 2, "octocat/thesis", True)
    return [*apart, morning, now]


def quarters(work: Work) -> list[Part]:
    """What is known of presence in a session; nothing where no one looked."""
    found = []
    begin, end = work.start, work.start + work.ran
    while begin < end and work.is_seen:
        quarter = begin // QUARTER_US * QUARTER_US
        last = min(end, quarter + QUARTER_US)
        present = min(last - begin, max(0, work.start + work.present - begin))
        found.append(Part(quarter, present, last - begin - present))
        begin = last
    return found


class Month(NamedTuple):
    """What a state directory is made of: sessions, files, names, and whether a tracker runs."""

    works: Sequence[Work]
    config: str = _CONFIG
    triggers: str = _TRIGGERS
    environment: str = "codespaces"
    codespace: str = "fuzzy-space-waddle"
    ran: Sequence[tuple[str, str, str, int, str]] = _RAN
    is_running: bool = True
    broken_config: str = ""
    notice: str = ""


def make(directory: str, month: Month) -> None:
    """Fill a state directory, which must not have a ledger yet."""
    prepare(directory)
    config = Path(directory, "config.toml")
    config.write_text(month.config)
    Path(directory, "trigger_config.json").write_text(month.triggers)
    loaded = load(directory, NOW)
    assert loaded.configuration is not None, list(map(str, loaded.problems))
    good = loaded.configuration
    if month.broken_config:
        config.write_text(month.broken_config)
        loaded = load(directory, NOW, good)
    before = sum(work.ran for work in month.works[:-1])
    tracker = Tracker(
        _TRACKER, month.environment, month.codespace, "octocat", "octocat/thesis", before
    )
    with contextlib.closing(Ledger.open_writer(os.path.join(directory, NAME))) as ledger:
        with ledger.transaction():
            ledger.put_tracker(tracker)
            ledger.store_configuration(StoredConfiguration(good.to_json(), loaded.to_json()))
            for number, work in enumerate(month.works, 1):
                _put(ledger, number, work, is_last=number == len(month.works))
            _put_last_look(ledger, len(month.works), month.works[-1], before)
            _put_runs(ledger, good.triggers, before, month.ran)
        if month.notice:
            notice = Notice(month.notice, NOW - HOUR_US, NOW + DAY_US)
            Notices(ledger).give("", notice)


def _put_last_look(ledger: Ledger, number: int, work: Work, before: int) -> None:
    """What the session's last heartbeat saw: which times had come, and that someone was there until
    a while ago."""
    ran = work.ran - 5 * SECOND_US
    columns = "considered_us=?, considered_at=?, start_considered=1"
    ledger.change(
        f"UPDATE session SET {columns} WHERE number=?", before + ran, work.start + ran, number
    )
    if work.is_seen:
        ledger.change(
            "UPDATE session SET idle_since_us=?, newest_at=? WHERE number=?",
            *(work.present, work.start + work.present, number),
        )


def _put_runs(
    ledger: Ledger,
    triggers: Iterable[Trigger],
    total_us: int,
    ran: Iterable[tuple[str, str, str, int, str]],
) -> None:
    for trigger in triggers:
        ledger.connection.execute(
            "INSERT INTO armed (flag, fingerprint, total_us, at, session) VALUES (?, ?, ?, ?, 1)",
            (trigger.flag, trigger.fingerprint, total_us, NOW - DAY_US),
        )
    for flag, label, scope, at, state in ran:
        ledger.connection.execute(
            "INSERT INTO occurrence (flag, label, generation, scope, point, session, due_at,"
            " claimed_at, state, attempts, tracker_id) VALUES (?, ?, 0, ?, ?, 1, ?, ?, ?, 1, ?)",
            (flag, label, scope, at, at, at, state, _TRACKER),
        )


def _put(ledger: Ledger, number: int, work: Work, *, is_last: bool) -> None:
    end = work.start + work.ran
    session = Session(
        session_id=f"{number:08x}-0000-4000-8000-000000000000",
        number=number,
        boot_id=_BOOT if is_last else f"boot {number}",
        pid1_start_us=500_000,
        started_at=work.start,
        last_seen_at=end - 5 * SECOND_US if is_last else end,
        last_mono_us=work.ran - 5 * SECOND_US if is_last else work.ran,
        last_boot_us=work.ran - 5 * SECOND_US if is_last else work.ran,
        running_us=work.ran - 5 * SECOND_US if is_last else work.ran,
        span=Span(1, work.start, 0, work.cores),
        ending=None if is_last else "clean",
        ended_at=None if is_last else end,
    )
    ledger.add_session(session, _TRACKER, work.repository)
    presence.put(ledger, number, tuple(quarters(work)))
    if not is_last:
        ledger.close_span(number, ClosedSpan(1, work.start, 0, work.cores, work.ran))


@contextlib.contextmanager
def lived(directory: str, month: Month) -> Iterator[str]:
    """A state directory with such a month. While it lasts it is NOW, and the tracker runs if it
    does."""
    make(directory, month)
    ran = month.works[-1].ran
    held = None
    if month.is_running:
        held = lock.acquire(os.path.join(directory, lock.DAEMON_LOCK), __version__)
        assert held is not None
        lock.say_up(held, __version__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "read", lambda: Reading(NOW, ran, ran, _BOOT, 500_000))
        yield directory
    if held is not None:
        os.close(held)
