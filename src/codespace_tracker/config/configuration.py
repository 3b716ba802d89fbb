"""The configuration: the checked, normalised form of the user's configuration that the daemon works
from.

Made by `load.py` in a short-lived child, handed over and kept in the ledger as JSON. The standard
library only.
"""

from __future__ import annotations

from _collections_abc import Sequence  # loaded by every Python, unlike `collections`

from codespace_tracker.core import plain_json
from codespace_tracker.core.calendar import UTC, Zone
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.record import Record
from codespace_tracker.core.text import showable
from codespace_tracker.core.trigger import Edge, Level, Scope, Script, Trigger
from codespace_tracker.machine.file_names import CONFIG, TRIGGERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

SYSTEM_CONFIG = "/etc/codespace-tracker/config.toml"
"""The settings of the whole machine, which a user's config.toml overrides."""

FILES = (SYSTEM_CONFIG, CONFIG, TRIGGERS)
"""The files that a configuration is made from, by their paths as seen from the state directory."""

_STORAGE_GB_MONTHS = {"": 15, "free": 15, "pro": 20}
"""GB-months of storage that GitHub's plans include for personal accounts: its billing
documentation, November 2026."""

_SHOWN = 600  # characters of a problem

_BEGIN, _END = '"triggers": [', "]}"
"""What is around the triggers in a configuration's JSON text."""

_BROKEN = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


class Settings(Record):
    """The settings of config.toml. `quota_core_us` is what the plan includes each month in core-µs,
    None for nothing; `reset_day` has no effect any more; `watch_minutes` is how long `watch` goes
    on without a key; `metrics` whether metrics.prom is drawn, or the folder of a collector in which
    the same is drawn instead. `plan` is the plan's name, "own" for
    a number of core-hours, empty if it is not set; `payer` says who pays for this codespace,
    `user` whose quota it is (a login on GitHub, empty: the codespace's); `presence` is whether it
    is recorded when someone was there, and `present_minutes` how long a sign of a person counts as
    that; `share_presence` is how much of it `sync` tells (a level of `core/shared_presence.py`)."""

    time_zone: str = "UTC"
    heartbeat_seconds: int = 10
    quota_core_us: int | None = 120 * HOUR_US
    reset_day: int = 1
    runs_at_once: int = 4
    output_limit_mib: int = 5
    runs_kept: int = 100
    stop_grace_seconds: int = 7
    watch_minutes: int = 5
    metrics: bool | str = False
    plan: str = ""
    payer: str = "unknown"
    user: str = ""
    presence: bool = True
    present_minutes: int = 5
    share_presence: str = "no"

    @property
    def storage_quota(self) -> int | None:
        """The storage that the plan includes each month, in billionths of a GB-month; None where
        that is not known."""
        gb_months = _STORAGE_GB_MONTHS.get(self.plan)
        return None if gb_months is None else gb_months * 1_000_000_000


class Configuration(Record):
    """What the daemon works from. `zone_database` says which time zone database `zone` is of, for
    people."""

    settings: Settings
    zone: Zone
    triggers: Sequence[Trigger] = ()
    zone_database: str = ""

    def to_json(self) -> str:
        """The configuration as JSON text, with the triggers at its end, for `stored`."""
        import json  # only what makes a configuration writes one

        return json.dumps(
            {
                "settings": self.settings._asdict(),
                "zone": self.zone._asdict(),
                "zone_database": self.zone_database,
                "triggers": tuple(self.triggers),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Configuration:
        """The configuration that `to_json` gave. Raises ValueError for anything else."""
        try:
            return _configuration(plain_json.loads(text))
        except _BROKEN as error:
            raise ValueError(f"not a configuration: {error}") from error

    @classmethod
    def stored(cls, text: str) -> Configuration:
        """As `from_json`, but triggers are read once they are asked for: most commands ask for
        none, and there may be thousands."""
        place = text.find(_BEGIN)  # a text in JSON cannot have these signs
        if place < 0 or not text.endswith(_END):  # as releases before 0.2.0 wrote it
            return cls.from_json(text)
        begin = place + len(_BEGIN)
        return cls.from_json(text[:begin] + _END)._replace(triggers=_Stored(text, begin))

    def without_points(self) -> Configuration:
        """The configuration as the files say it, without the moments that pass as time goes by."""
        return self._replace(
            triggers=tuple(trigger._replace(points=()) for trigger in self.triggers)
        )


class _Stored(Sequence["Trigger"]):
    """The triggers in a configuration's JSON text, from `begin` to its end, which are read when one
    is asked for; none if they are broken."""

    def __init__(self, text: str, begin: int) -> None:
        self._text, self._begin = text, begin
        self._found: tuple[Trigger, ...] | None = None

    def _all(self) -> tuple[Trigger, ...]:
        if self._found is None:
            try:
                text = self._text[self._begin : -len(_END)]
                self._found = _triggers(plain_json.loads(f"[{text}]"))
            except _BROKEN:
                self._found = ()
        return self._found

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Trigger]:
        return iter(self._all())

    def __getitem__(self, place: Any) -> Any:
        return self._all()[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all())


DEFAULT_CONFIGURATION = Configuration(Settings(), UTC)


class Problem(Record):
    """Something wrong with a file: where (`key` may be empty, line and column 0 where unknown),
    what, and the fix."""

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
        return showable(f"{place}: {self.message} Fix: {self.mend}", _SHOWN)


NO_MEMORY = 12
"""The exit code of a check of the files that had not enough memory."""

_CUT_OFF = "make them smaller, or free memory; the check is repeated automatically."


class Loaded(Record):
    """The outcome of looking at the files: the configuration to work from, and every problem that
    they have.

    With problems the configuration is the last good one, its moments brought up to date; None if
    there was none. `stamps` say which files were looked at, in the order of FILES: one that looks
    otherwise now was edited since."""

    configuration: Configuration | None
    problems: tuple[Problem, ...]
    stamps: tuple[tuple[int, int, int] | None, ...] = ()

    def to_json(self) -> str:
        """The outcome as JSON text."""
        import json

        configuration = (
            None if self.configuration is None else json.loads(self.configuration.to_json())
        )
        problems = [problem._asdict() for problem in self.problems]
        return json.dumps({"plan": configuration, "problems": problems, "stamps": self.stamps})

    @classmethod
    def from_json(cls, text: str) -> Loaded:
        """The outcome that `to_json` gave. Raises ValueError for anything else."""
        try:
            found: Any = plain_json.loads(text)
            configuration = None if found["plan"] is None else _configuration(found["plan"])
            stamps = tuple(
                None if one is None else (one[0], one[1], one[2]) for one in found["stamps"]
            )
            return cls(
                configuration, tuple(Problem(**problem) for problem in found["problems"]), stamps
            )
        except _BROKEN as error:
            raise ValueError(f"not a configuration's outcome: {error}") from error

    @property
    def is_cut_off(self) -> bool:
        """Whether the child that makes the configuration died: it has not said what it looked
        at."""
        return not self.stamps

    @classmethod
    def crashed(cls, exit_code: int) -> Loaded:
        """What to say when the child that makes the configuration died: the last good configuration
        stays in force."""
        import signal

        if exit_code == NO_MEMORY:
            return cls.cut_off("it had not enough memory")
        if -exit_code == signal.SIGXCPU:
            mend = "make them smaller, or let the tracker use more of the processor (`ulimit -t`)."
            return cls.cut_off("it used up its time of the processor", mend)
        return cls.cut_off(
            f"it ended with exit code {exit_code}"
            if exit_code >= 0
            else f"signal {-exit_code} ended it"
        )

    @classmethod
    def cut_off(cls, how: str, mend: str = _CUT_OFF) -> Loaded:
        """What to say when no configuration could be made."""
        message = f"the check of {' and '.join(FILES)} did not finish: {how}."
        return cls(None, (Problem("configuration", "", 0, 0, message, mend),))


def _configuration(found: Any) -> Configuration:
    name, offsets = str(found["zone"]["name"]), found["zone"]["offsets"]
    zone = Zone(name, tuple((int(since), int(offset)) for since, offset in offsets))
    if not zone.offsets:
        raise ValueError("a time zone without offsets")
    return Configuration(
        _settings(found["settings"]),
        zone,
        _triggers(found["triggers"]),
        str(found.get("zone_database", "")),
    )


def _triggers(found: Any) -> tuple[Trigger, ...]:
    return tuple(_trigger(*fields) for fields in found)


def _settings(found: Any) -> Settings:
    settings = Settings(**found)
    quota = settings.quota_core_us
    others = {"time_zone", "quota_core_us", "metrics", "plan", "payer", "user", "presence"}
    others.add("share_presence")
    numbers = {name: int(value) for name, value in found.items() if name not in others}
    return settings._replace(
        time_zone=str(settings.time_zone),
        quota_core_us=None if quota is None else int(quota),
        metrics=settings.metrics if isinstance(settings.metrics, str) else bool(settings.metrics),
        plan=str(settings.plan),
        payer=str(settings.payer),
        user=str(settings.user),
        share_presence=str(settings.share_presence),
        presence=bool(settings.presence),
        **numbers,
    )


def _trigger(
    label: str, flag: str, levels: Any, edge: Any, scope: Scope, script: Any, *rest: Any
) -> Trigger:
    command, shell, cwd, url, sha256, env, timeout_us = script
    retries, retry_delay_us, catch_up, enabled, points, fingerprint = rest
    variables = tuple((key, value) for key, value in env)
    return Trigger(
        label,
        flag,
        tuple(Level(*level) for level in levels),
        None if edge is None else Edge(*edge),
        scope,
        Script(command, tuple(shell), cwd, url, sha256, variables, timeout_us),
        retries,
        retry_delay_us,
        catch_up,
        enabled,
        tuple(points),
        fingerprint,
    )
