"""What is in the user's files before the user edits them, and the schema by which an editor checks
them."""

import json
import os
from collections.abc import Collection

from codespace_tracker.config.configuration import DEFAULT_CONFIGURATION, SYSTEM_CONFIG, Problem
from codespace_tracker.config.trigger_types import trigger_schema
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.machine.file_names import CONFIG, SCHEMA, TRIGGERS
from codespace_tracker.machine.files import beside, place, read_small, replace
from codespace_tracker.machine.rooted import rooted

_CONFIG_SAMPLE = """\
# Settings of codespace-tracker. A change is noticed at the next heartbeat.
# To change one, remove the # before it. A setting left out comes from
# {system}, if that file exists, and otherwise has the value shown here.

# The time zone for days and times: a name of the IANA database, such as "Asia/Kolkata".
{time_zone}

# The most time, in seconds (1 to 300), that can be lost if the whole machine stops at once.
#heartbeat_seconds = {heartbeat_seconds}

# The core-hours that your plan includes each month: "free" (120), "pro" (180), "none", or a number.
# Who pays for this codespace: "me", "organization" (then it does not count against your quota) or
# "unknown" (then it does). And whose quota it is: your GitHub login, such as "octocat", if it is
# not that of this codespace.
#plan = "free"
#payer = "unknown"
#user = ""

# Scripts of triggers: how many run at once, how much output of each run is kept (MiB), for how many
# runs, and how long scripts of the event `session_end` may take when the machine stops (0 to 60
# seconds).
#runs_at_once = {runs_at_once}
#output_limit_mib = {output_limit_mib}
#runs_kept = {runs_kept}
#stop_grace_seconds = {stop_grace_seconds}

# How long `codespace-tracker watch` runs without a key press, in minutes (1 to 60). While it draws,
# a codespace does not go idle, and you pay for it.
#watch_minutes = {watch_minutes}

# Whether the tracker records when someone was there, by terminals and editors (stored in this
# directory alone, by quarter hours), and for how many minutes (1 to 60) a sign of you, such as a
# key in a terminal, counts as being there.
#presence = true
#present_minutes = {present_minutes}

# How much of that `codespace-tracker sync` tells your other codespaces: "no", "unattended_by_day"
# (how long the machine ran each day with no one there) or "by_hour" (how long each hour with
# someone there, and without). {system} can only lower it.
#share_presence = "no"

# Whether metrics.prom is written each minute, for Prometheus' textfile collector. Or the folder of
# the collector, such as "/var/lib/prometheus/node-exporter": the file is then written there
# instead, readable by all users.
#metrics = false
"""

_TRIGGERS_SAMPLE = f"""\
{{
  "$schema": "./{SCHEMA}",
  "triggers": [
    {{
      "label": "Example",
      "script_command": "echo \\"This session has run for \
$CODESPACE_TRACKER_SESSION_MINUTES minutes.\\"",
      "conditions": {{"minute_runtime_minutes": 60}},
      "enabled": false
    }}
  ]
}}
"""
"""An example that does nothing, and does not run until the user enables it."""


def config_sample(time_zone: str | None = None) -> str:
    """The text of a new config.toml, which sets the time zone of that name (it needs no escaping),
    or nothing."""
    zone = (
        f'#time_zone = "{DEFAULT_CONFIGURATION.settings.time_zone}"'
        if time_zone is None
        else f'time_zone = "{time_zone}"'
    )
    return _CONFIG_SAMPLE.format(
        **{**DEFAULT_CONFIGURATION.settings._asdict(), "time_zone": zone, "system": SYSTEM_CONFIG}
    )


def gone(kept: Collection[Trigger]) -> Problem:
    """The problem of a trigger_config.json that is gone while its triggers are in force."""
    stay = "its trigger stays in force as it was"
    if len(kept) > 1:
        stay = f"its {len(kept)} triggers stay in force as they were"
    mend = "put the file back; or write a new one: with [] in it, no trigger is left."
    return Problem(TRIGGERS, "", 0, 0, f"is gone; {stay}.", mend)


def write_missing(
    directory: str, time_zone: str | None = None, kept: Collection[Trigger] = ()
) -> list[Problem]:
    """Put the files where they are missing, and bring the schema up to date; what could not be
    done.

    `kept` are the triggers of the configuration that was in force last: where there are any,
    trigger_config.json was deleted, and a sample in its place would drop them all.
    """
    schema = json.dumps(trigger_schema(), indent=2) + "\n"
    problems = []
    for name, text in (
        (CONFIG, config_sample(time_zone)),
        (TRIGGERS, _TRIGGERS_SAMPLE),
        (SCHEMA, schema),
    ):
        path = os.path.join(directory, name)
        content = text.encode()
        if os.path.lexists(rooted(path)) and (
            name != SCHEMA or read_small(path, len(content)) == content
        ):
            continue
        if name == TRIGGERS and kept:
            problems.append(gone(kept))
            continue
        try:
            if name == SCHEMA:
                replace(path, content, by=beside(path))
            else:
                place(path, content)
        except OSError as error:
            # the only file here that is not the user's: if it is missing, only an editor misses it
            if name != SCHEMA:
                mend = "check the permissions of the state directory, and the disk."
                problems.append(
                    Problem(name, "", 0, 0, f"could not be written ({error.strerror}).", mend)
                )
    return problems
