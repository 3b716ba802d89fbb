"""The answers of `quota` and `usage show`."""

from typing import TypedDict

from codespace_tracker.views.json_types.pace import PacesJson


class PlanJson(TypedDict):
    """The plan on GitHub, by config.toml."""

    name: str
    """Its name."""
    assumed: bool
    """Whether it is only assumed, because config.toml does not name one."""
    core_hours: float | None
    """What it includes each month, in core-hours; null for none."""
    storage_gb_months: float | None
    """Storage that it includes each month, in GB-months; null if unknown."""


class BasisJson(TypedDict):
    """What `used_core_hours` consists of."""

    github_core_hours: float | None
    """The part that GitHub's figures tell, in core-hours; null without figures."""
    github_as_of: str | None
    """When the newest of them was made; null without figures."""
    counted_here_core_hours: float
    """What was counted on top of them, here and by other codespaces, in core-hours."""
    other_codespaces_core_hours: float | None
    """What the user's other codespaces told of this month, in core-hours; null if none counts."""
    not_on_bill_core_hours: float
    """What was counted here and is not on GitHub's bill, in core-hours. Not in the sum."""


class StorageJson(TypedDict):
    """Storage of this month, by GitHub's figures."""

    gb_months: float | None
    """GB-months; null if unknown."""
    percent: float | None
    """The part of what the plan includes, in percent; null if unknown."""


class UnattendedMonthJson(TypedDict):
    """How the month's core-time that was counted here splits."""

    core_hours: float
    """With no one there, in core-hours."""
    present_core_hours: float
    """With someone there, in core-hours."""
    unknown_core_hours: float
    """Of which it is unknown, in core-hours."""
    counted_here_core_hours: float
    """All of it, in core-hours."""


class QuotaJson(TypedDict):
    """What is left of the month's core-hours, and how long it lasts."""

    at: str
    """The moment that this is of."""
    month_start: str
    """The beginning of the billing month, in UTC."""
    month_end: str
    """The end of the billing month, in UTC."""
    quota_core_hours: float | None
    """What the plan includes, in core-hours; null if there is no quota."""
    used_core_hours: float
    """What the month has used, in core-hours."""
    left_core_hours: float | None
    """What is left of the quota, in core-hours; null if there is no quota."""
    percent: float | None
    """The part of the quota that is used, in percent; null if there is no quota."""
    at_least: bool
    """Whether more may have been used than is known here."""
    known_since: str
    """From when on the figures are known."""
    plan: PlanJson
    """The plan on GitHub."""
    counts_here: bool
    """Whether what runs here counts against the quota."""
    payer: str
    """Who pays, by config.toml: `me`, `organization` or `unknown`."""
    basis: BasisJson
    """What `used_core_hours` consists of."""
    storage: StorageJson
    """Storage of this month."""
    missing: list[str]
    """What the figures of other codespaces lack, in words."""
    cores: int
    """Cores of the machine."""
    estimated_dollars: float
    """What lies beyond the quota, at GitHub's price in US dollars."""
    pace: PacesJson
    """How fast core-hours are used."""
    unattended: UnattendedMonthJson
    """How much ran while no one was there."""


class UsageLineJson(TypedDict):
    """A line of GitHub's figures. Texts are empty if the report does not tell."""

    date: str
    """The day in UTC, as YYYY-MM-DD; of a monthly sum the first of the month."""
    is_month: bool
    """Whether it is the sum of a month."""
    cores: int
    """Cores of the machine; 0 for storage."""
    repository: str
    """The repository."""
    person: str
    """Who used it; empty for the account that the report is of."""
    organization: str
    """The organization that pays."""
    cost_center: str
    """The cost center."""
    core_hours: float
    """Core-time, in core-hours."""
    storage_gb_months: float
    """Storage, in GB-months."""
    charged_dollars: float | None
    """What GitHub charged, in US dollars; null if the report does not tell."""
    counts: bool
    """Whether it is on the user's own bill."""


class UsageSumJson(TypedDict):
    """What some lines add up to."""

    core_hours: float
    """Core-time, in core-hours."""
    storage_gb_months: float
    """Storage, in GB-months."""
    charged_dollars: float | None
    """What GitHub charged, in US dollars, as far as it is told; null if it is not."""


class PersonSumJson(UsageSumJson):
    """A row of `--by person`."""

    person: str
    """Who used it."""


class RepositorySumJson(UsageSumJson):
    """A row of `--by repository`."""

    repository: str
    """The repository."""


class MachineSumJson(UsageSumJson):
    """A row of `--by machine`."""

    machine: str
    """The size of the machine, such as `2 cores`, or `storage`."""


class OrganizationSumJson(UsageSumJson):
    """A row of `--by organization`."""

    organization: str
    """The organization that pays."""


class DaySumJson(UsageSumJson):
    """A row of `--by day`."""

    day: str
    """The day in UTC, as YYYY-MM-DD, or a text that says that it is a monthly sum."""


UsageRowJson = PersonSumJson | RepositorySumJson | MachineSumJson | OrganizationSumJson | DaySumJson


class UsageLinesJson(TypedDict):
    """GitHub's figures of a month, as far as they were imported or fetched."""

    month: str
    """The month in UTC, as YYYY-MM."""
    as_of: str | None
    """When the newest figures were made; null without figures."""
    lines: list[UsageLineJson]
    """The lines of GitHub's reports."""


class UsageJson(UsageLinesJson, total=False):
    """GitHub's figures of a month, as far as they were imported or fetched."""

    by: str
    """With `--by`: what each row is of. The rows have a key of this name."""
    rows: list[UsageRowJson]
    """With `--by`: what the lines add up to."""
