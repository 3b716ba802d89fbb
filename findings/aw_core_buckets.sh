#!/bin/sh
# aw-core 0.5.18, in which ActivityWatch keeps its data, cannot list its buckets with peewee 4.5.3, which its requirements
# allow. aw-server 0.12.0 lists them at each heartbeat, so it answers each one with 500.
#
# A bucket's `created` is written as ISO 8601 with an offset. peewee 3 knew no such form and gave the text back, which
# aw-core then parses; peewee 4 gives a datetime, which aw-core cannot parse.
#
# Needs: python3 with venv, network.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aw-core==0.5.18 peewee==4.5.3
cat >"$folder/buckets.py" <<'PYTHON'
import sys
from datetime import datetime, timezone
from importlib.metadata import version

from aw_core.models import Event
from aw_datastore import Datastore, get_storage_methods

START = datetime(2026, 11, 1, 10, tzinfo=timezone.utc)
store = Datastore(get_storage_methods()["peewee"], testing=True)
print(f"aw-core {version('aw-core')}, peewee {version('peewee')}")
try:
    store.create_bucket("hours", "session", "example", "codespace", START)
    store["hours"].insert(Event(timestamp=START, duration=60, data={"cores": 2}))
    found = store.buckets()["hours"]["created"]
except Exception as error:
    found = f"{type(error).__name__}: {error}"
print("buckets:", found)
sys.exit(found != sys.argv[1])
PYTHON
list() { # EXPECTED
    rm -rf "${folder:?}/home"
    mkdir "$folder/home"
    HOME=$folder/home XDG_DATA_HOME=$folder/home "$folder/venv/bin/python" "$folder/buckets.py" "$1"
}
with_4() { list "ParseError: expected string or bytes-like object, got 'datetime.datetime'"; }
with_3() {
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check peewee==3.17.9
    list "2026-11-01T10:00:00+00:00"
}
if with_4 && with_3; then
    echo "as seen: with peewee 4 buckets cannot be listed, with peewee 3 they can"
else
    echo "CHANGED: this is not what was seen" >&2
    exit 1
fi
