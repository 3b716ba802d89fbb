"""Time zones, and instants as `datetime` has them."""

from datetime import datetime, timedelta, timezone
from functools import cache

from codespace_tracker.config.zone import zone_from_name
from codespace_tracker.core.calendar import Zone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


MICROSECOND = timedelta(microseconds=1)


ZONES = [
    "Asia/Kolkata",
    "America/St_Johns",  # until 2011 it changed at 00:01: back into the day before
    "Europe/Berlin",
    "America/Sao_Paulo",  # until 2019 it changed at midnight
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Havana",  # has midnight twice each autumn
    "Australia/Lord_Howe",  # changes by half an hour
    "Pacific/Apia",  # left out 2011-12-30
    "Pacific/Chatham",
    "Antarctica/Troll",  # changes by two hours
    "Africa/Casablanca",  # until 2026 it changed around Ramadan
    "America/Nuuk",
    "America/Vancouver",  # these four gave up the change in 2026
    "America/Edmonton",
    "America/Winnipeg",
    "America/Inuvik",
    "Asia/Gaza",
    "Asia/Kathmandu",
]


YEARS = (2009, 2028)


def instant(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def moment(at: int) -> datetime:
    return EPOCH + at * MICROSECOND


@cache
def zone_of(name: str) -> Zone:
    """The table of a zone in our years."""
    since, until = (instant(datetime(year, 1, 1, tzinfo=timezone.utc)) for year in YEARS)
    return zone_from_name(name, since, until)
