"""The answers of `triggers list`, `explain`, `log`, `simulate` and `check`."""

from typing import Literal, TypedDict

from codespace_tracker.views.json_types.words import Measure, Reason, Result, Scope, State


class LastJson(TypedDict):
    """The last time that a trigger of this flag became due."""

    label: str
    """The label of the trigger that it was."""
    due_at: str
    """When it was due."""
    claimed_at: str
    """When the tracker saw that it was due."""
    state: State
    """What came of it."""
    reason: Reason | Literal[""]
    """Why it was skipped, or not tried again; else empty."""
    attempts: int
    """How often its script was started."""


class TriggerJson(TypedDict):
    """A trigger: when it fires, how far along it is, and how it last ended."""

    label: str
    """Its label."""
    flag: str
    """Its flag, which identifies it."""
    when: str
    """Its conditions in words."""
    enabled: bool
    """Whether it is enabled."""
    scope: Scope
    """Where it fires only once."""
    armed_at: str
    """From when on it counts."""
    fired_in_scope: bool
    """Whether it has fired in its scope."""
    suppressed: bool
    """Whether a flag that the user created blocks it."""
    flag_placed_at: str | None
    """When the tracker created its flag; null if there is none."""
    next_in_us: int | None
    """When it is due next, in µs from now; null if unknown."""
    next: str
    """The same in words, or why it is not due."""
    progress: float | None
    """How far along it is, from 0 to 1; null if unknown."""
    state: State | None
    """What it does now: `running`, `queued` or `waiting`; null if nothing."""
    last: LastJson | None
    """The last time that it was due; null if it never was."""


class LevelJson(TypedDict):
    """A level: it holds when `now` has reached `threshold`."""

    measure: Measure
    """What is measured."""
    threshold: int
    """In µs; core-µs for `month` and `quota`."""
    now: int
    """In µs; core-µs for `month` and `quota`."""


class RunJson(TypedDict):
    """A run of a script."""

    name: str
    """The name of its files in runs/."""
    attempt: int
    """Which attempt it is, from 1."""
    duration_us: int | None
    """How long it took, in µs; null while it is going."""
    result: Result | None
    """How it ended; null while it is going."""
    exit_code: int | None
    """The script's exit code; null if it has none."""
    signal: int | None
    """The signal that ended the script; null if none did."""
    detail: str
    """More about how it ended; may be empty."""


class ExactRunJson(RunJson):
    """A run of a script."""

    started_at: int
    """When it started, in UTC µs."""
    ended_at: int | None
    """When it ended, in UTC µs; null while it is going."""


class PastJson(TypedDict):
    """A time that the trigger became due."""

    due_at: str
    """When it was due."""
    state: State
    """What came of it."""
    reason: Reason | Literal[""]
    """Why it was skipped, or not tried again; else empty."""
    runs: list[ExactRunJson]
    """Its runs, the oldest first."""


class ExplainedJson(TriggerJson):
    """Why a trigger has or has not fired, and when it will."""

    fires_at: str | None
    """When it will fire if the machine keeps running; null if that cannot be predicted."""
    levels: list[LevelJson]
    """Its levels."""
    script_command: str
    """Its command."""
    script_url: str
    """What it downloads first; empty for nothing."""
    folder: str
    """The folder that it runs in. Variables are shown by name."""
    history: list[PastJson]
    """The last times that it was due, the newest first."""
    in_force: bool
    """Whether trigger_config.json is in force as it is now."""


class LoggedRunJson(RunJson):
    """A run of a script."""

    started_at: str
    """When it started."""
    ended_at: str | None
    """When it ended; null while it is going."""
    log: str
    """The file with its output."""


class OccurrenceJson(TypedDict):
    """A time that a trigger became due."""

    id: int
    """Its number."""
    flag: str
    """The trigger's flag."""
    label: str
    """The trigger's label."""
    generation: int
    """How often the trigger had been re-armed."""
    scope: str
    """The scope in which it fires only once."""
    point: int
    """What was due: a moment in UTC µs, or a running time in µs, or 0."""
    session: int
    """The number of the session."""
    due_at: str
    """When it was due."""
    claimed_at: str
    """When the tracker saw that it was due."""
    state: State
    """What came of it."""
    reason: Reason | Literal[""]
    """Why it was skipped, or not tried again; else empty."""
    attempts: int
    """How often its script was started."""
    retry_us: int | None
    """At which running time it is tried again, in µs; null if it is not."""
    runs: list[LoggedRunJson]
    """Its runs, the oldest first."""


class ForeseenJson(TypedDict):
    """A time at which a trigger will fire, if the machine keeps running."""

    at: str
    """When it will fire."""
    in_us: int
    """How far away that is, in µs."""
    label: str
    """The trigger's label."""
    flag: str
    """The trigger's flag."""


class ProblemJson(TypedDict):
    """Something wrong with a file."""

    file: str
    """The file."""
    key: str
    """The key; may be empty."""
    line: int
    """The line, from 1; 0 if unknown."""
    column: int
    """The column, from 1; 0 if unknown."""
    message: str
    """What is wrong."""
    mend: str
    """How to fix it."""


class CheckJson(TypedDict):
    """All problems of a file at once."""

    file: str
    """The file."""
    triggers: int
    """How many triggers it has; 0 if there is a problem."""
    problems: list[ProblemJson]
    """What is wrong with it."""
    in_force: bool
    """Whether the tracker works with it as it is now."""
