"""status.json, and the answer of `status`."""

from typing import Literal, TypedDict

from codespace_tracker.views.json_types.pace import PacesJson
from codespace_tracker.views.json_types.words import Ending, Result


class LifeJson(TypedDict):
    """How the tracker recognizes the life of the machine after a crash. For the tracker itself."""

    boot_id: str
    """The boot, as the kernel names it."""
    pid1_start_us: int | None
    """When the first process of the container started, in µs after the boot; null if unknown."""
    last_mono_us: int
    """The monotonic clock at the last heartbeat, in µs. It stands still during a suspend."""
    last_boot_us: int
    """The clock since the boot at the last heartbeat, in µs. It goes on during a suspend."""


class SessionJson(TypedDict):
    """A session, as of its last heartbeat."""

    session_id: str
    """Its id, a UUID."""
    number: int
    """Its number; sessions counted here are numbered from 1, imported ones have 0 or less."""
    state: Ending | Literal["open"]
    """`open` while it is counted; `paused` by `stop`, `clean` if it ended with the machine,
    `recovered` if it was cut off."""
    start_time: str
    """When it began."""
    end_time: str | None
    """When it ended; null while it is open."""
    last_seen: str
    """Its last heartbeat."""
    running_us: int
    """How long it has run, in µs."""
    cores: int
    """Cores of the machine, in its last span."""


class CurrentSessionJson(SessionJson):
    """The newest session."""

    minutes: int
    """Whole minutes that it has run."""
    life: LifeJson
    """The life of the machine that it belongs to."""


class TodayJson(TypedDict):
    """Today, all sessions together."""

    date: str
    """The date in the configured time zone, as YYYY-MM-DD."""
    hours: float
    """Running time of the day, in hours."""
    running_us: int
    """Running time of the day, in µs."""
    time_zone: str
    """The configured time zone."""


class TotalJson(TypedDict):
    """All sessions together."""

    hours: float
    """Running time of all sessions, in hours."""
    running_us: int
    """Running time of all sessions, in µs."""
    session_count: int
    """How many sessions there are."""


class MonthJson(TypedDict):
    """The billing month: a calendar month in UTC, as GitHub bills it."""

    start: str
    """Its beginning, in UTC."""
    end: str
    """Its end, in UTC."""
    core_hours: float
    """What it has used, in core-hours."""
    core_us: int
    """What it has used, in core-µs."""
    quota_core_hours: float | None
    """What the plan includes, in core-hours; null if there is no quota."""
    percent: float | None
    """The part of the quota that is used, in percent; null if there is no quota."""
    github_as_of: str | None
    """When GitHub's newest figure of this month was made; null if there is none."""
    at_least: bool
    """Whether more may have been used than is known here."""
    counts_here: bool
    """Whether what runs here counts against the quota."""
    known_since: str
    """From when on the figures are known."""
    not_on_bill_core_hours: float
    """What was counted here and is not on GitHub's bill, in core-hours. Not in `core_hours`."""
    other_codespaces_core_hours: float | None
    """What the user's other codespaces told, in core-hours; null if none counts."""
    storage_gb_months: float | None
    """Storage by GitHub's figures, in GB-months; null if unknown."""
    storage_quota_gb_months: float | None
    """Storage that the plan includes, in GB-months; null if unknown."""
    pace: PacesJson
    """How fast core-hours are used. In status.json it is at most an hour old."""


class EnvironmentJson(TypedDict):
    """Where the tracker runs. Texts are empty if unknown."""

    kind: str
    """The kind of environment, such as `codespaces`, `container` or `host`."""
    name: str
    """The name of the codespace or machine."""
    user: str
    """The user's name on GitHub."""
    repository: str
    """The repository, as OWNER/NAME."""


class TrackerJson(TypedDict):
    """The tracker."""

    tracker_id: str
    """Its id, a UUID. A copy of a state directory gets a new one."""
    version: str
    """The version that runs; if none runs, the installed one."""
    pid: int
    """The process id of the daemon; 0 if none runs."""
    heartbeat_seconds: float
    """The time between two heartbeats, in seconds."""
    journal_seq: int
    """The number of the newest entry of the journal; 0 if there is none."""


class TriggerCountsJson(TypedDict):
    """How many triggers there are, and how many runs of them are going or wait."""

    all: int
    """Triggers in force, disabled ones too."""
    enabled: int
    """Triggers that are enabled."""
    running: int
    """Runs that are going."""
    queued: int
    """Runs that wait for a free slot."""
    waiting: int
    """Runs that wait for a retry."""


class UpcomingJson(TypedDict):
    """A trigger that could be due next."""

    label: str
    """The trigger's label."""
    flag: str
    """The trigger's flag, which identifies it."""
    due_in_us: int
    """How far away that is, in µs of `clock`."""
    due_at: str
    """When that is if the machine keeps running."""
    clock: Literal["running", "wall"]
    """`running`: due after that much running time; `wall`: due at a time of day."""


class AttemptJson(TypedDict):
    """A run of a trigger that is going."""

    label: str
    """The trigger's label."""
    flag: str
    """The trigger's flag, which identifies it."""
    attempt: int
    """Which attempt this is, from 1."""
    started_at: str
    """When it started."""


class EndedAttemptJson(AttemptJson):
    """A run of a trigger that has ended."""

    ended_at: str
    """When it ended."""
    duration_us: int | None
    """How long it took, in µs; null if unknown."""
    result: Result | None
    """How it ended."""
    exit_code: int | None
    """The script's exit code; null if it has none."""
    signal: int | None
    """The signal that ended the script; null if none did."""


class TriggersJson(TypedDict):
    """What the triggers do. No command, variable or output is in it."""

    counts: TriggerCountsJson
    """How many there are."""
    next: list[UpcomingJson]
    """Those due next, the soonest first. At most 10."""
    running: list[AttemptJson]
    """Runs that are going."""
    last: list[EndedAttemptJson]
    """Runs that have ended, the last started first. At most 10."""


class NoticeJson(TypedDict):
    """A short text that each new shell shows once."""

    text: str
    """What it says."""
    at: str
    """When it was given."""
    until: str
    """When it expires."""


class PresenceJson(TypedDict):
    """Whether someone is there."""

    state: Literal["present", "absent", "unknown"]
    """`present` for some minutes after each sign of a person; `absent` if it is known that no one
    is there; else `unknown`, also while no tracker runs."""
    since: str | None
    """`present`: when the last sign was; `absent`: since when no one has been there; else null."""


class UnattendedJson(TypedDict):
    """How much ran while no one was there. What is unknown is not in it."""

    today_us: int
    """Running time of today with no one there, in µs."""
    today_present_us: int
    """Running time of today with someone there, in µs."""
    today_unknown_us: int
    """Running time of today of which it is unknown, in µs."""
    month_core_us: int
    """Core-time of the billing month with no one there, as counted here, in core-µs."""
    month_core_hours: float
    """The same in core-hours."""
    month_present_core_us: int
    """Core-time of the billing month with someone there, as counted here, in core-µs."""
    month_unknown_core_us: int
    """Core-time of the billing month of which it is unknown, as counted here, in core-µs."""


class FleetNowJson(TypedDict):
    """All codespaces together, as far as they told each other."""

    codespaces: int
    """Codespaces that are known here, with this one."""
    others_running: int
    """Of the others that count: those that run, as far as is known."""
    others_silent: int
    """Of the others that count: those that may have run for longer than is known."""
    not_accepted: int
    """Others that do not count until they are accepted."""
    others_told_until: str | None
    """Of the others that count: up to when the newest figure is; null if none counts."""
    month_core_us: int
    """What the billing month has used, as in `month`, in core-µs."""
    month_others_core_us: int
    """What the others counted of it, in core-µs, before GitHub's figures are considered."""
    month_here_core_us: int
    """What was counted here in it, in core-µs, whether or not it counts against the quota."""
    missing: list[str]
    """What the figures of the others lack, in words."""


class StatusFileJson(TypedDict):
    """All that a display needs. Written each minute, and when something happens."""

    written_at: str
    """The heartbeat that this shows."""
    session: CurrentSessionJson
    """The newest session."""
    today: TodayJson
    """Today."""
    total: TotalJson
    """All sessions together."""
    month: MonthJson
    """The billing month."""
    presence: PresenceJson
    """Whether someone is there."""
    unattended: UnattendedJson
    """How much ran while no one was there."""
    fleet: FleetNowJson | None
    """All codespaces together; null where no others are known (`sync`)."""
    environment: EnvironmentJson
    """Where the tracker runs."""
    tracker: TrackerJson
    """The tracker."""
    triggers: TriggersJson
    """What the triggers do."""
    notices: list[NoticeJson]
    """Notices that have not expired, the oldest first."""
    problems: list[str]
    """What is wrong, in words."""


class StatusJson(StatusFileJson):
    """The content of status.json as of now, and whether the tracker is running."""

    running: bool
    """Whether a tracker counts."""
    elsewhere: bool
    """Whether it runs in another container or machine."""
    waiting: bool
    """Whether it waits for a tracker in another container or machine, and counts in memory."""
    untrusted_file_system: str | None
    """The file system of the state directory, if its locks cannot be trusted; else null."""
    away_us: int | None
    """The time since the last heartbeat, in µs, if no tracker is running; else null."""
    directory: str
    """The state directory."""
