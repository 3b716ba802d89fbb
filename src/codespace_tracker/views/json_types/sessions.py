"""The answers of `sessions`, `export`, `log` and `report`."""

from typing import TypedDict

from codespace_tracker.views.json_types.status import SessionJson
from codespace_tracker.views.json_types.words import Reason, Result


class SpanJson(TypedDict):
    """A part of a session in which the core count is the same."""

    started_at: int
    """When it began, in UTC µs."""
    running_us: int
    """How long it has run, in µs."""
    cores: int
    """Cores of the machine."""


class QuarterJson(TypedDict):
    """How the running time of a session splits in a quarter hour of UTC."""

    quarter_at: int
    """When the quarter hour began, in UTC µs."""
    present_us: int
    """Running time with someone there, in µs."""
    absent_us: int
    """Running time with no one there, in µs."""
    unknown_us: int
    """Running time of which it is unknown, in µs."""


class ExportedSessionJson(SessionJson):
    """A session, as of its last heartbeat."""

    core_us: int
    """Its core-time, in core-µs."""
    repository: str
    """The repository, as OWNER/NAME; empty if unknown."""
    tracker_id: str
    """The id of the tracker that counted it."""
    imported: bool
    """Whether it was imported."""
    started_at: int
    """When it began, in UTC µs."""
    ended_at: int | None
    """When it ended, in UTC µs; null while it is open."""
    last_seen_at: int
    """Its last heartbeat, in UTC µs."""
    spans: list[SpanJson]
    """Its parts, the oldest first."""
    presence: list[QuarterJson]
    """Whether someone was there, the oldest quarter hour first. Of other time it is unknown."""


class ListedSessionJson(ExportedSessionJson):
    """A session, as of its last heartbeat."""

    recovered: bool
    """Whether it was cut off, and ends at its last heartbeat."""
    shown_as: str
    """The number that people see: `3`, or `i1` for an imported session."""


class EndingsJson(TypedDict):
    """How many sessions ended in which way."""

    open: int
    """Not ended."""
    paused: int
    """Ended by `stop`."""
    clean: int
    """Ended with the machine."""
    recovered: int
    """Cut off; they end at their last heartbeat."""


class BusyHourJson(TypedDict):
    """An hour of the week."""

    hour: str
    """The weekday and the hour, such as `Mon 14:00`."""
    running_us: int
    """How long it ran in this hour, all weeks together, in µs."""


class LongSessionJson(TypedDict):
    """One of the longest sessions."""

    session_id: str
    """Its id, a UUID."""
    number: int
    """Its number."""
    shown_as: str
    """The number that people see: `3`, or `i1` for an imported session."""
    start_time: str
    """When it began."""
    running_us: int
    """How long it has run, in µs."""


class SessionStatsJson(TypedDict):
    """What the sessions come to, as of their last heartbeats."""

    sessions: int
    """How many they are."""
    running_us: int
    """How long they ran, in µs."""
    average_us: int
    """The average of that, in µs."""
    median_us: int
    """The median of that, in µs."""
    endings: EndingsJson
    """How they ended."""
    off_us: int
    """The time between sessions, in µs."""
    longest_off_us: int
    """The longest time between two sessions, in µs."""
    busiest_hours: list[BusyHourJson]
    """The hours of the week with the most running time, at most 5."""
    longest: list[LongSessionJson]
    """The sessions that ran the longest, the longest first."""


class DetailJson(TypedDict, total=False):
    """Details of an entry. Which keys there are depends on its `kind`."""

    tracker_id: str
    """tracker_minted: the new id."""
    before: str
    """environment_changed: the kind of environment before."""
    now: str
    """environment_changed: the kind of environment now."""
    row: str
    """session_started: why a new session began."""
    running_us: int
    """How long the session has run, or how much was imported, in µs."""
    ended_at: int
    """session_recovered: its last heartbeat, in UTC µs."""
    away_us: int
    """How long the tracker was away, in µs."""
    amount: int
    """clock_stepped, suspended: by how much, in µs; cores_changed: the cores now."""
    problems: int
    """config_loaded, config_refused: problems in the configuration."""
    triggers: int
    """config_loaded, config_refused: triggers in force."""
    damage: str
    """ledger_rebuilt: what was wrong."""
    set_aside: str
    """ledger_rebuilt: the name of the damaged file; empty if there was none."""
    backup: str
    """ledger_rebuilt: the backup that was used; empty if there was none."""
    from_backup: int
    """ledger_rebuilt: sessions from the backup."""
    from_files: int
    """ledger_rebuilt: sessions from the runtime files."""
    unreadable: int
    """ledger_rebuilt: entries of the runtime files that could not be read."""
    without_session_us: int
    """ledger_rebuilt: time that is in the total and in no session, in µs."""
    lost_figures: bool
    """ledger_rebuilt: whether figures of GitHub's are lost."""
    sessions: int
    """sessions_imported: how many."""
    replaced: int
    """sessions_imported: how many were corrected."""
    lines: int
    """usage_imported, usage_forgotten: lines of GitHub's report."""
    changed: int
    """usage_imported: days or months whose figures are new or changed."""
    as_of: int
    """usage_imported: when the figures were made, in UTC µs."""
    unit: str
    """usage_imported: what `changed` counts."""
    days: int
    """usage_forgotten: days."""
    used_days: int
    """usage_forgotten: days on which there was use."""
    months: int
    """usage_forgotten: months."""
    when: str
    """usage_forgotten: which month or day; `all` for everything."""
    label: str
    """The trigger's label."""
    flag: str
    """The trigger's flag."""
    skipped: Reason | None
    """trigger_due: why nothing is run; null if it is."""
    attempt: int
    """run_started, run_ended: which attempt, from 1."""
    run: str
    """run_started, run_ended: the name of the run's files in runs/."""
    result: Result
    """run_ended: how it ended."""
    exit_code: int | None
    """run_ended: the script's exit code; null if it has none."""
    signal: int | None
    """run_ended: the signal that ended the script; null if none did."""


class EntryJson(TypedDict):
    """An entry of the journal."""

    seq: int
    """Its number. Newer entries have higher numbers."""
    at: str
    """When it happened."""
    kind: str
    """What happened, such as `session_started`. More kinds may be added."""
    session: int | None
    """The number of the session; null if it is of none."""
    detail: DetailJson
    """Details."""


class ReportedJson(TypedDict):
    """What a row of a report adds up."""

    sessions: int
    """Sessions that began in it."""
    running_us: int
    """Running time, in µs."""
    hours: float
    """Running time, in hours."""
    core_hours: float
    """Core-time, in core-hours."""
    estimated_dollars: float
    """What that would cost at GitHub's price, in US dollars."""
    present_us: int
    """Running time with someone there, in µs."""
    unattended_us: int
    """Running time with no one there, in µs."""
    unknown_us: int
    """Running time of which it is unknown whether someone was there, in µs."""


class DayRowJson(ReportedJson):
    """A row of `--by day`."""

    day: str
    """The day."""


class WeekRowJson(ReportedJson):
    """A row of `--by week`."""

    week: str
    """The week."""


class MonthRowJson(ReportedJson):
    """A row of `--by month`."""

    month: str
    """The month."""


class SessionRowJson(ReportedJson):
    """A row of `--by session`."""

    session: str
    """The session's number, and when it began."""


class RepositoryRowJson(ReportedJson):
    """A row of `--by repository`."""

    repository: str
    """The repository, or `(unknown)`."""


class MachineRowJson(ReportedJson):
    """A row of `--by machine`."""

    machine: str
    """The size of the machine, such as `2 cores`."""


class HourRowJson(ReportedJson):
    """A row of `--by hour`."""

    hour: str
    """The weekday and the hour, such as `Mon 14:00`."""


ReportRowJson = (
    HourRowJson
    | DayRowJson
    | WeekRowJson
    | MonthRowJson
    | SessionRowJson
    | RepositoryRowJson
    | MachineRowJson
)


class ReportJson(TypedDict):
    """Running time and core-hours by hour, day, week, month, session, repository or machine."""

    by: str
    """What each row is about. The rows have a key of this name."""
    since: str
    """The first moment of the report."""
    until: str
    """The last moment of the report."""
    time_zone: str
    """The time zone of its days."""
    rows: list[ReportRowJson]
    """Its rows, the oldest first; for repositories and machines, the most core-time first; for
    hours, those of a week from Monday on."""
