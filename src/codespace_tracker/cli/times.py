"""Dates and times as people type them: `2026-11-23`, `2026-11-23T14:00`, `today`, `7d`."""

import re

import click

from codespace_tracker.core.calendar import Zone, parse_iso


def moment(text: str, zone: Zone, option: str, now_us: int, *, end_of_day: bool = False) -> int:
    """The instant (UTC µs) of a date or time in the user's time zone. Raises click.BadParameter."""
    if days := _days_ago(text):
        at = _days_before(zone, now_us, days - 1)
        return zone.next_day_start(at) if end_of_day else at
    try:
        at = parse_iso(text)
    except ValueError as error:
        message = (
            f"{text!r} is not a date or time. Write 2026-11-23, 2026-11-23T14:00, today or 7d."
        )
        raise click.BadParameter(message, param_hint=option) from error
    if _has_offset(text):
        return at
    local = at - zone.offset_at(at - zone.offset_at(at) * 1_000_000) * 1_000_000
    return zone.next_day_start(local) if end_of_day and len(text) <= len("2026-11-23") else local


def _days_ago(text: str) -> int:
    """1 for `today`, 2 for `yesterday`, N + 1 for `Nd`; 0 for anything else."""
    found = re.fullmatch(r"(\d{1,4})d", text)
    return {"today": 1, "yesterday": 2}.get(text, int(found[1]) + 1 if found else 0)


def _days_before(zone: Zone, at: int, days: int) -> int:
    """When the day began that is `days` days before that of `at`. UTC µs."""
    for _ in range(days):
        at = zone.day_start(at) - 1
    return zone.day_start(at)


def _has_offset(text: str) -> bool:
    return text.endswith("Z") or any(sign in text[len("2026-11-23") :] for sign in "+-")
