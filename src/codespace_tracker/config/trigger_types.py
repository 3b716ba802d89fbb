"""trigger_config.json as types: the fields of a trigger, their meaning, and the JSON Schema made
from them."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from codespace_tracker.config.conditions import CONDITIONS, EVENTS, REPEATS, Condition
from codespace_tracker.machine.file_names import TRIGGERS

_UNSEEN = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
"""What a terminal obeys, and what turns the direction of a line."""

_LABEL = rf"^[^{_UNSEEN}]*[^\s{_UNSEEN}][^{_UNSEEN}]*$"
_FLAG = rf"^([^./{_UNSEEN}][^/{_UNSEEN}]*)?$"
"""A flag is the name of a file in flags/: no separator, nothing hidden."""

WAITING = ".tmp"
"""How a flag may not end: so do files that are being written."""

Text = Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=32_000)]
"""Anything that the kernel takes as an argument or a variable: it has room for 128 KiB in UTF-8."""
Name = Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$", max_length=200)]
"""A variable: of another name a shell may know nothing, and pass nothing on."""


if TYPE_CHECKING:
    Repeat = str
else:
    Repeat = Literal[tuple(REPEATS)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _field(condition: Condition) -> tuple[Any, object]:
    """The type of a condition's value, and the default that stands for it where it is left out."""
    described = Field(description=condition.description)
    if condition.key == "event":
        return Annotated[Literal[tuple(EVENTS)], described], "session_start"
    if condition.key == "at":
        return Annotated[str, Field(max_length=1000), described], ""
    bounds = Field(ge=condition.least, le=condition.most, allow_inf_nan=False)
    return Annotated[float, bounds, described], 0 if condition.measure else 1


_FIELDS: dict[str, Any] = {one.key: _field(one) for one in CONDITIONS}
_Fields: Any = create_model("_Fields", __base__=_Strict, **_FIELDS)


class Conditions(_Fields):  # type: ignore[misc]  # the table says which fields there are
    """When the trigger is due: all that is named must hold. Not empty, and at most one moment."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})


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
        Repeat | None,
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
        "title": TRIGGERS,
        **schema,
    }
