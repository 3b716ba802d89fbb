"""Notices: short texts that new shells and `status` show. What they may contain, and how long they
are shown."""

from __future__ import annotations

from codespace_tracker.core.record import Record
from codespace_tracker.core.text import showable

MOST = 5
"""How many are shown at once: the newest."""

LONGEST = 200
"""Characters of a notice."""


class Notice(Record):
    """A notice: its text, the instant it was given at, and the one from which on it is not shown
    (UTC µs)."""

    text: str
    at: int
    until: int


def clean(text: str) -> str:
    """The text on one line, not endless, with control characters made visible: it must not work the
    terminal.

    Empty where there was nothing but white space.
    """
    return showable(" ".join(text.split()), LONGEST)
