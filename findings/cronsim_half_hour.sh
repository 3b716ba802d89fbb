#!/bin/sh
# cronsim 2.8 leaves out one point of `30 * * * *` on each of the days on which Lord Howe Island changes its clocks.
#
# Lord Howe is the one place whose daylight saving is half an hour. On 3 October 2027 clocks go from 02:00 to 02:30, on
# 4 April 2027 from 02:00 back to 01:30. A pattern with a wildcard hour names each real half past: croniter 7.0.0 gives
# them all, as do Debian's cron 3.0pl1 and cronie. cronsim skips 02:30 in spring, which exists, and the second 01:30 in
# autumn. It aims to match Debian's cron, and for changes of a whole hour it does.
#
# Needs: python3 with venv, network. The time zone database is tzdata 2026.6, not the system's.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cronsim==2.8 croniter==7.0.0 tzdata==2026.6
cat >"$folder/points.py" <<'PYTHON'
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, reset_tzpath

from croniter import croniter
from cronsim import CronSim

reset_tzpath([])
ZONE = ZoneInfo("Australia/Lord_Howe")
EXPECTED = {
    datetime(2027, 10, 3, 1, 0): "01:30+10:30 03:30+11:00 04:30+11:00",
    datetime(2027, 4, 4, 1, 0): "01:30+11:00 02:30+10:30 03:30+10:30",
}


def shown(points):
    return " ".join(point.isoformat()[11:16] + point.isoformat()[-6:] for point in points)


def real(start):
    minutes = (start.astimezone(timezone.utc) + timedelta(minutes=n) for n in range(1, 300))
    return [here for here in (minute.astimezone(ZONE) for minute in minutes) if here.minute == 30][:3]


as_seen = True
for day, seen in EXPECTED.items():
    start = day.replace(tzinfo=ZONE)
    others, own = croniter("30 * * * *", start), CronSim("30 * * * *", start)
    truth, ours = shown(real(start)), shown(next(own) for _ in range(3))
    theirs = shown(others.get_next(datetime) for _ in range(3))
    print(f"{day:%Y-%m-%d}  each half past  {truth}")
    print(f"            croniter 7.0.0  {theirs}")
    print(f"            cronsim 2.8     {ours}")
    as_seen = as_seen and theirs == truth and ours == seen
sys.exit(not as_seen)
PYTHON
if "$folder/venv/bin/python" "$folder/points.py"; then
    echo "as seen: cronsim leaves out a point on both days"
else
    echo "CHANGED: this is not what was seen" >&2
    exit 1
fi
