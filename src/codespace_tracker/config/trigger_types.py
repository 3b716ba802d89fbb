"""trigger_config.json as types: the fields of a trigger, their meaning, and the JSON Schema made
from them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

_UNSEEN = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
"""What a terminal obeys, and what turns the direction of a line."""

_LABEL = rf"^[^{_UNSEEN}]*[^\s{_UNSEEN}][^{_UNSEEN}]*$"
_FLAG = rf"^([^./{_UNSEEN}][^/{_UNSEEN}]*)?$"
"""A flag is the name of a file in flags/: no separator, nothing hidden."""

WAITING = ".tmp"
"""How a flag may not end: so do files that are being written."""

Minutes = Annotated[float, Field(ge=0, le=52_560_000, allow_inf_nan=False)]
Hours = Annotated[float, Field(ge=0, le=876_000, allow_inf_nan=False)]
Moments = Annotated[float, Field(ge=0.01, le=525_600, allow_inf_nan=False)]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=32_000)]
"""Anything that the kernel takes as an argument or a variable: it has room for 128 KiB in UTF-8."""
Name = Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$", max_length=200)]
"""A variable: of another name a shell may know nothing, and pass nothing on."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Conditions(_Strict):
    """When the trigger is due: all that is named must hold. Not empty, and at most one moment."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    minute_runtime_minutes: Annotated[
        Minutes, Field(description="This session has run for N minutes.")
    ] = 0
    current_session_minutes: Annotated[
        Minutes, Field(description="The same as minute_runtime_minutes.")
    ] = 0
    today_runtime_hours: Annotated[
        Hours, Field(description="Today's sessions have run for N hours.")
    ] = 0
    month_core_hours: Annotated[
        Hours, Field(description="This billing month has used N core-hours.")
    ] = 0
    quota_percent: Annotated[
        float,
        Field(ge=0, le=1000, description="This billing month has used N percent of the quota."),
    ] = 0
    total_runtime_hours: Annotated[
        Hours, Field(description="All sessions together have run for N hours.")
    ] = 0
    total_runtime_minutes: Annotated[
        Minutes, Field(description="All sessions together have run for N minutes.")
    ] = 0
    every_minutes: Annotated[
        Moments,
        Field(description="A moment: every N minutes of running time, counted across sessions."),
    ] = 1
    at: Annotated[
        str,
        Field(
            max_length=1000, description="A moment: a cron expression in the configured time zone."
        ),
    ] = ""
    idle_minutes: Annotated[
        Moments,
        Field(description="A moment: no activity in a terminal or the editor for N minutes."),
    ] = 1
    event: Annotated[
        Literal["session_start", "session_recovered", "session_end"],
        Field(description="A moment: something that happens to a session."),
    ] = "session_start"


class Trigger(_Strict):
    """A user's rule: conditions and a script."""

    label: Annotated[
        str,
        Field(
            pattern=_LABEL,
            max_length=200,
            description="The name shown.",
        ),
    ]
    script_command: Annotated[Text, Field(min_length=1, description="Run by `shell` in `cwd`.")]
    script_url: Annotated[
        str,
        Field(
            max_length=2000,
            description="Downloaded into `cwd` before each run; empty: nothing. https only.",
        ),
    ] = ""
    sha256: Annotated[
        str,
        Field(
            pattern="^([0-9a-fA-F]{64})?$",
            description="The download's SHA-256; no other file is run.",
        ),
    ] = ""
    cwd: Annotated[
        Text,
        Field(
            max_length=4000, description="Where the command runs; default: the workspace folder."
        ),
    ] = ""
    flag_name: Annotated[
        str,
        Field(
            pattern=_FLAG,
            max_length=60,
            json_schema_extra={"not": {"pattern": r"\.tmp$"}},
            description="The trigger's identity; default: made of the label.",
        ),
    ] = ""
    conditions: Conditions
    repeat: Annotated[
        Literal["session", "day", "month", "once"] | None,
        Field(
            description="How often it may fire; default: the narrowest scope among its conditions."
        ),
    ] = None
    timeout_minutes: Annotated[
        float, Field(ge=0, le=10_080, description="The longest run; 0: no limit.")
    ] = 60
    retries: Annotated[int, Field(ge=0, le=20, description="Attempts after one that failed.")] = 1
    retry_delay_seconds: Annotated[
        float,
        Field(
            ge=1, le=86_400, description="The wait before the first of them; it doubles each time."
        ),
    ] = 30
    env: Annotated[
        dict[Name, Text],
        Field(
            json_schema_extra={"additionalProperties": False},
            description="Variables for the script.",
        ),
    ] = {}
    shell: Annotated[
        Text, Field(min_length=1, description="What runs the command, such as `bash -lc`.")
    ] = "sh -c"
    enabled: Annotated[bool, Field(description="Whether it fires at all.")] = True
    catch_up: Annotated[
        bool, Field(description="Whether a missed point of `at` runs at the next start.")
    ] = True


class TriggerAlone(Trigger):
    """A file of one trigger."""

    schema_: Annotated[str, Field(alias="$schema")] = ""


class TriggerFile(_Strict):
    """A file with a `$schema`."""

    schema_: Annotated[str, Field(alias="$schema")] = ""
    triggers: list[Trigger]


def trigger_schema() -> dict[str, Any]:
    """The JSON Schema of trigger_config.json: a list of triggers, one alone, or an object that
    holds a list."""
    schema = TypeAdapter(TriggerFile | list[Trigger] | TriggerAlone).json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "trigger_config.json",
        **schema,
    }
