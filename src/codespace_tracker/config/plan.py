"""The plan: the checked, normalised form of the user's configuration that the daemon works from.

Made by `load.py` in a short-lived child, handed over and kept in the ledger as JSON. The standard library only.
"""

import json
from typing import Any, NamedTuple

from codespace_tracker.core.calendar import UTC, Zone

_BROKEN = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


class Settings(NamedTuple):
    """The settings of config.toml: the time zone's name, and the longest time between two heartbeats."""

    time_zone: str
    heartbeat_seconds: int


class Plan(NamedTuple):
    """What the daemon works from."""

    settings: Settings
    zone: Zone

    def to_json(self) -> str:
        """The plan as JSON text."""
        return json.dumps({"settings": self.settings._asdict(), "zone": self.zone._asdict()})

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """The plan that `to_json` gave. Raises ValueError for anything else."""
        try:
            return _plan(json.loads(text))
        except _BROKEN as error:
            raise ValueError(f"not a plan: {error}") from error


DEFAULT_PLAN = Plan(Settings("UTC", 10), UTC)


class Problem(NamedTuple):
    """Something wrong with a file: where (`key` may be empty, line and column 0 where unknown), what, and the mend."""

    file: str
    key: str
    line: int
    column: int
    message: str
    mend: str

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f", line {self.line}"
        if self.column:
            place += f", column {self.column}"
        if self.key:
            place += f": {self.key}"
        return f"{place}: {self.message} Mend: {self.mend}"


class Loaded(NamedTuple):
    """The outcome of looking at the files: a plan, or (plan None) every problem that there is."""

    plan: Plan | None
    problems: tuple[Problem, ...]

    def to_json(self) -> str:
        """The outcome as JSON text."""
        plan = None if self.plan is None else json.loads(self.plan.to_json())
        return json.dumps({"plan": plan, "problems": [problem._asdict() for problem in self.problems]})

    @classmethod
    def from_json(cls, text: str) -> "Loaded":
        """The outcome that `to_json` gave. Raises ValueError for anything else."""
        try:
            found: Any = json.loads(text)
            plan = None if found["plan"] is None else _plan(found["plan"])
            return cls(plan, tuple(Problem(**problem) for problem in found["problems"]))
        except _BROKEN as error:
            raise ValueError(f"not a plan's outcome: {error}") from error

    @classmethod
    def crashed(cls, exit_code: int) -> "Loaded":
        """What to say when the child that makes the plan died: the last good plan stays in force."""
        how = f"it ended with exit code {exit_code}" if exit_code >= 0 else f"signal {-exit_code} ended it"
        mend = "`codespace-tracker log` tells more; then `codespace-tracker restart`."
        return cls(None, (Problem("configuration", "", 0, 0, f"the check of the files did not finish: {how}.", mend),))


def _plan(found: Any) -> Plan:
    name, offsets = str(found["zone"]["name"]), found["zone"]["offsets"]
    zone = Zone(name, tuple((int(since), int(offset)) for since, offset in offsets))
    if not zone.offsets:
        raise ValueError("a time zone without offsets")
    settings = found["settings"]
    return Plan(Settings(str(settings["time_zone"]), int(settings["heartbeat_seconds"])), zone)
