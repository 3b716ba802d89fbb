"""The answers of `sync status` and `fleet`."""

from typing import Literal, TypedDict


class SetAsideJson(TypedDict):
    """A stream that is not taken."""

    name: str
    """Its name."""
    reason: str
    """Why."""


class SyncStatusJson(TypedDict):
    """The meeting place, and when it last worked."""

    kind: Literal["git", "hub"]
    """A private git repository, or a team's hub."""
    url: str
    """Its address."""
    stream_id: str
    """The id of this tracker's stream."""
    tried_at: str | None
    """When `sync` was run last; null: never."""
    worked_at: str | None
    """When it last worked; null: never."""
    problem: str | None
    """What went wrong the last time; null if it worked."""
    codespaces: int
    """How many other streams are known."""
    accepted: int
    """How many of them count."""
    share_presence: str
    """What is told of presence: `no`, `unattended_by_day` or `by_hour`."""
    set_aside: list[SetAsideJson]
    """Streams whose newest state is not taken."""


class FleetRowJson(TypedDict):
    """A row of the fleet."""

    name: str
    """The codespace, repository, person, day or month; `(unknown)` if unknown."""
    sessions: int
    """Sessions that started in the time."""
    running_us: int
    """Running time in µs."""
    core_us: int
    """Core-time in core-µs."""
    hours: float
    """Running time in hours."""
    core_hours: float
    """Core-time in core-hours."""
    unattended_core_us: int | None
    """Core-time with no one there, of the codespaces that tell it, in core-µs; null if none
    does."""
    told_until: str | None
    """Up to when all codespaces of the row are known; null if one is not known at all."""
    state: Literal["running", "silent", "stopped", "never"] | None
    """Of a codespace: whether it runs as far as is known. `silent`: it may have run for longer than
    is known. `never`: nothing is known. null for other rows."""


class FleetCodespaceJson(TypedDict):
    """A codespace of the fleet. Texts are empty if unknown."""

    stream_id: str
    """The id of its stream."""
    name: str
    """What it is called here."""
    codespace: str
    """The codespace's own name."""
    environment: str
    """The kind of environment."""
    user: str
    """Whose it is."""
    repository: str
    """The repository, as OWNER/NAME."""
    payer: str
    """Who pays: `me`, `organization` or `unknown`."""
    this_one: bool
    """Whether it is the one in which this was run."""
    accepted: bool
    """Whether it counts in the quota and in triggers, if it is the user's own."""
    state: Literal["running", "silent", "stopped", "never"]
    """Whether it runs as far as is known."""
    told_until: str | None
    """Up to when it is known; null: not at all."""
    set_aside: str | None
    """Why its newest state is not taken; null if it is."""


class FleetJson(TypedDict):
    """All codespaces together."""

    at: str
    """The moment that this is of."""
    by: Literal["codespace", "repository", "person", "day", "month"]
    """What each row shows."""
    since: str
    """The first day, in UTC."""
    until: str
    """The end of the last day, in UTC."""
    rows_add_up: bool
    """Whether the running time of the rows adds up. By person, time in which several codespaces
    ran counts once."""
    rows: list[FleetRowJson]
    """The rows."""
    missing: list[str]
    """What the figures lack, in words."""
    codespaces: list[FleetCodespaceJson]
    """The codespaces, this one first."""


class GithubCodespaceJson(TypedDict):
    """A codespace by GitHub's own list. Texts are empty if GitHub does not tell."""

    name: str
    """Its name."""
    display_name: str
    """The name that GitHub shows."""
    repository: str
    """The repository, as OWNER/NAME."""
    state: str
    """Its state, in GitHub's word, such as `Available` or `Shutdown`."""
    cores: int | None
    """Cores of its machine; null if unknown."""
    started_at: str | None
    """When it was last started; null if unknown."""
    idle_timeout_minutes: int | None
    """After how many idle minutes GitHub stops it; null if unknown."""
    payer: str
    """Who pays for it: a login."""
    deleted_at: str | None
    """When GitHub deletes it; null if unknown."""
    unpushed: bool
    """Whether it has commits that were not pushed."""
    uncommitted: bool
    """Whether it has changes that were not committed."""
