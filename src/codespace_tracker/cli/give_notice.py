"""Giving a notice, for `notice` and for quota warnings."""

import os

from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.notice_text import Notice
from codespace_tracker.daemon import control
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.notices import Notices
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock
from codespace_tracker.views import wording
from codespace_tracker.views.scene import configuration_in_force

HOURS = 24


def give(directory: str, subject: str, text: str, hours: int = HOURS) -> str:
    """Show a notice instead of an earlier one with the same subject. Returns until when, in words.
    Raises LedgerError."""
    at = clock.read().wall_us
    notice = Notice(text, at, at + hours * HOUR_US)
    with Ledger.open_to_change(os.path.join(directory, NAME)) as ledger:
        with ledger.transaction():
            Notices(ledger).give(subject, notice)
        zone = configuration_in_force(ledger)[0].zone
    control.reload(directory)
    return wording.moment(notice.until, zone)
