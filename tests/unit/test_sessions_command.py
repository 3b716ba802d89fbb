"""What a person may write as a time."""

import click
import pytest

from codespace_tracker.cli.times import moment
from codespace_tracker.config.zone import zone_from_name
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US

NOW = parse_iso("2026-11-24T02:00:00+05:30")
KOLKATA = zone_from_name("Asia/Kolkata", NOW - 400 * DAY_US, NOW + 400 * DAY_US)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("today", "2026-11-24T00:00:00+05:30", "2026-11-25T00:00:00+05:30"),
        ("yesterday", "2026-11-23T00:00:00+05:30", "2026-11-24T00:00:00+05:30"),
        ("0d", "2026-11-24T00:00:00+05:30", "2026-11-25T00:00:00+05:30"),
        ("7d", "2026-11-17T00:00:00+05:30", "2026-11-18T00:00:00+05:30"),
        ("2026-11-23", "2026-11-23T00:00:00+05:30", "2026-11-24T00:00:00+05:30"),
        ("2026-11-23T14:00", "2026-11-23T14:00:00+05:30", "2026-11-23T14:00:00+05:30"),
        ("2026-11-23T14:00Z", "2026-11-23T14:00:00+00:00", "2026-11-23T14:00:00+00:00"),
    ],
)
def test_times_are_read_in_the_persons_zone(text: str, since: str, until: str) -> None:
    assert moment(text, KOLKATA, "--since", NOW) == parse_iso(since)
    assert moment(text, KOLKATA, "--until", NOW, end_of_day=True) == parse_iso(until)


@pytest.mark.parametrize(
    "text", ["", "tomorow", "2026-13-01", "2026-11-31", "99999d", "-3d", "12:00"]
)
def test_what_is_no_time_is_a_usage_error(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a date or time"):
        moment(text, KOLKATA, "--since", NOW)
