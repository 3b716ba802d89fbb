"""trigger_config.json: its triggers, checked strictly, and every problem told at once, each with its place."""

import dataclasses
import difflib
import hashlib
import json
import math
import re
import shlex
from typing import Any, NoReturn
from urllib.parse import urlsplit

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ValidationError

from codespace_tracker.config.places import Path, Place, Places, places
from codespace_tracker.config.plan import Problem
from codespace_tracker.config.samples import TRIGGERS
from codespace_tracker.config.trigger_types import Conditions, TriggerFile
from codespace_tracker.config.trigger_types import Trigger as Written
from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.trigger import (
    Edge,
    EdgeKind,
    Level,
    Measure,
    Scope,
    Script,
    Trigger,
    default_scope,
    widest,
)

_LEVELS: dict[str, tuple[Measure, int]] = {
    "minute_runtime_minutes": ("session", MINUTE_US),
    "current_session_minutes": ("session", MINUTE_US),
    "today_runtime_hours": ("today", HOUR_US),
    "month_core_hours": ("month", HOUR_US),
    "total_runtime_hours": ("total", HOUR_US),
    "total_runtime_minutes": ("total", MINUTE_US),
}
_EDGES: dict[str, EdgeKind] = {"every_minutes": "every", "at": "at", "idle_minutes": "idle", "event": "event"}
_REPEATS: dict[str, Scope] = {"session": "session", "day": "day", "month": "month", "once": "ever"}
_MOST = 50  # problems that are told at once
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_MINUTES, _HOURS = "a number of minutes, 0 or more, without quotes", "a number of hours, 0 or more, without quotes"
_MOMENTS = "a number of minutes from 0.01 to 525600, without quotes"
_TEXT = "a text in quotes"
_EXPECTED = {
    "label": "a text of 1 to 200 characters on one line, in quotes",
    "script_command": "a command in quotes, not empty",
    "script_url": "an address in quotes that begins with https:// and ends with a file's name; or leave it out",
    "sha256": "the 64 hexadecimal digits that `sha256sum` prints, in quotes",
    "cwd": "a folder in quotes",
    "flag_name": "a file's name in quotes, of at most 60 characters, without `/` and not beginning with a dot",
    "conditions": 'at least one condition, such as {"minute_runtime_minutes": 60}',
    "repeat": '"session", "day", "month" or "once"',
    "timeout_minutes": "a number of minutes from 0 (no limit) to 10080",
    "retries": "a whole number from 0 to 20",
    "retry_delay_seconds": "a number of seconds from 1 to 86400",
    "env": 'names and texts, such as {"NAME": "text"}',
    "shell": 'a command in quotes that takes another one, such as "bash -lc"',
    "enabled": "true or false, without quotes",
    "catch_up": "true or false, without quotes",
    "minute_runtime_minutes": _MINUTES,
    "current_session_minutes": _MINUTES,
    "today_runtime_hours": _HOURS,
    "month_core_hours": "a number of core-hours, 0 or more, without quotes",
    "quota_percent": "a number from 0 to 1000, without quotes",
    "total_runtime_hours": _HOURS,
    "total_runtime_minutes": _MINUTES,
    "every_minutes": _MOMENTS,
    "at": 'five fields of cron in quotes, such as "30 18 * * 1-5"',
    "idle_minutes": _MOMENTS,
    "event": '"session_start", "session_recovered" or "session_end"',
    "$schema": _TEXT,
    "triggers": 'a list of triggers in brackets: [{"label": …}]',
}


@dataclasses.dataclass
class _Check:
    """One look at a text: where its things stand, and what is wrong with it."""

    where: Places
    problems: list[Problem]
    single: bool

    def wrong(self, path: Path, message: str, mend: str, place: Place | None = None) -> None:
        """Note a problem at a path, with the place of its key, its value, or what it stands in."""
        at, inner = place, path
        while at is None:
            at = self.where.keys.get(inner) or self.where.values.get(inner)
            if not inner:
                break
            inner = inner[:-1]
        line, column = (at.line, at.column) if at else (0, 0)
        self.problems.append(Problem(TRIGGERS, self.name(path), line, column, message, mend))

    def name(self, path: Path) -> str:
        """A path as people say it: `trigger 2 "Backup", conditions.at`."""
        rest = [str(part) for part in path]
        head = ""
        if path[:1] == ("triggers",) and len(path) > 1:
            head, rest = self._trigger(path[:2]), rest[2:]
        elif path and isinstance(path[0], int):
            head, rest = self._trigger(path[:1]), rest[1:]
        return ", ".join(part for part in (head, ".".join(rest)) if part)

    def _trigger(self, path: Path) -> str:
        label = self.labels.get(path, "")
        return f"trigger {int(path[-1]) + 1}" + (f" {_shown(label)}" if label else "")

    labels: dict[Path, str] = dataclasses.field(default_factory=dict)


def triggers_from(text: str, quota_core_us: int | None) -> tuple[list[Trigger] | None, list[Problem]]:
    """The triggers in the text of trigger_config.json, or None and everything that is wrong with it.

    `quota_core_us` is the month's quota in core-µs, None where there is none. Points of `at` are not in them yet.
    """
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        return None, [Problem(TRIGGERS, "", 0, 0, "nested too deeply to be read.", f"write {_EXPECTED['triggers']}.")]
    except json.JSONDecodeError as error:
        return None, [_syntax(text, error)]
    except ValueError as error:  # NaN, Infinity, and numbers of thousands of digits
        return None, [Problem(TRIGGERS, "", 0, 0, f"{error}.", "write an ordinary number.")]
    check = _Check(places(text), [], single=isinstance(found, dict) and "triggers" not in found)
    for path, place, before in check.where.duplicates:
        message = f"the key stands here twice (also on line {before.line}, column {before.column})."
        check.wrong(path, message, "take one of the two away.", place)
    entries = _entries(found, check)
    for path, entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("label"), str):
            check.labels[path] = entry["label"]
    written = [(path, _checked(path, entry, check)) for path, entry in entries]
    triggers = [_trigger(path, one, quota_core_us, check) for path, one in written if one is not None]
    _share_flags([(path, one) for path, one in written if one is not None], triggers, check)
    if check.problems:
        problems = sorted(check.problems, key=lambda problem: (problem.line, problem.column))
        if len(problems) > _MOST:
            more = Problem(TRIGGERS, "", 0, 0, f"{len(problems) - _MOST} more problems.", "mend these first.")
            problems = [*problems[:_MOST], more]
        return None, problems
    return [trigger for trigger in triggers if trigger is not None], []


def _entries(found: Any, check: _Check) -> list[tuple[Path, Any]]:
    """The triggers of any of the three forms of the file, with their paths."""
    if isinstance(found, list):
        return [((n,), entry) for n, entry in enumerate(found)]
    if not isinstance(found, dict):
        check.wrong((), f"{_shown(found)} is not possible.", f"it is {_EXPECTED['triggers']}.")
        return []
    if check.single:
        return [((), {key: value for key, value in found.items() if key != "$schema"})]
    _unknown_keys((), found, TriggerFile, check)
    for key in ("$schema", "triggers"):
        if key in found and not isinstance(found[key], str if key == "$schema" else list):
            check.wrong((key,), f"{_shown(found[key])} is not possible.", f"it is {_EXPECTED[key]}.")
    listed = found["triggers"]
    return [(("triggers", n), entry) for n, entry in enumerate(listed)] if isinstance(listed, list) else []


def _checked(path: Path, entry: Any, check: _Check) -> Written | None:
    """A trigger whose fields have the right types and sizes; None if not, with the problems noted."""
    if not isinstance(entry, dict):
        check.wrong(path, f"{_shown(entry)} is not a trigger.", 'a trigger is an object: {"label": …}.')
        return None
    _unknown_keys(path, entry, Written, check)
    conditions = entry.get("conditions")
    if isinstance(conditions, dict):
        _unknown_keys((*path, "conditions"), conditions, Conditions, check)
        if not conditions:
            check.wrong((*path, "conditions"), "it is empty: the trigger would never fire.", _expected("conditions"))
    try:
        return Written.model_validate(entry)
    except ValidationError as error:
        for one in error.errors():
            _type_problem(path, one["loc"], one["type"], one.get("input"), check)
        return None


def _type_problem(path: Path, loc: tuple[int | str, ...], kind: str, found: object, check: _Check) -> None:
    known = tuple(part for part in loc if part != "[key]")
    where = (*path, *known)
    key = next((str(part) for part in reversed(known) if part in _EXPECTED), "")
    if kind == "extra_forbidden":
        return  # told by _unknown_keys, with what was probably meant
    if kind == "missing":
        check.wrong(path, f"`{key}` is missing.", f"{_expected(key)}")
        return
    check.wrong(where, f"{_shown(found)} is not possible.", _expected(key))


def _unknown_keys(path: Path, entry: dict[str, Any], model: type[BaseModel], check: _Check) -> None:
    names = [field.alias or name for name, field in model.model_fields.items()]
    for key in entry:
        if key not in names:
            close = difflib.get_close_matches(key.lower(), names, 1, 0.6)
            mend = f"did you mean `{close[0]}`?" if close else f"the keys here are {', '.join(names)}."
            check.wrong((*path, key), "there is no such key.", mend)


def _trigger(path: Path, written: Written, quota_core_us: int | None, check: _Check) -> Trigger | None:
    """The trigger in normal form; None if something is wrong with it that its types do not tell."""
    before = len(check.problems)
    levels, edge = _conditions(path, written.conditions, quota_core_us, check)
    _check_url(path, written, check)
    shell = _shell(path, written.shell, check)
    flag = written.flag_name or _slug(written.label)
    if not flag:
        check.wrong(
            (*path, "label"), "no file's name can be made of it for the flag.", 'add "flag_name": "a_name_of_yours".'
        )
    if len(check.problems) > before or not (levels or edge):  # that it has no condition was told by _checked
        return None
    script = Script(
        command=written.script_command,
        shell=shell,
        cwd=written.cwd,
        url=written.script_url,
        sha256=written.sha256.lower(),
        env=tuple(sorted(written.env.items())),
        timeout_us=_us(written.timeout_minutes, MINUTE_US),
    )
    return Trigger(
        label=written.label,
        flag=flag,
        levels=levels,
        edge=edge,
        scope=_REPEATS[written.repeat] if written.repeat else default_scope(levels, edge),
        script=script,
        retries=written.retries,
        retry_delay_us=_us(written.retry_delay_seconds, SECOND_US),
        catch_up=written.catch_up,
        enabled=written.enabled,
        fingerprint=hashlib.sha256(written.model_dump_json(by_alias=True).encode()).hexdigest()[:16],
    )


def _conditions(
    path: Path, conditions: Conditions, quota_core_us: int | None, check: _Check
) -> tuple[tuple[Level, ...], Edge | None]:
    given = [name for name in Conditions.model_fields if name in conditions.model_fields_set]
    where = (*path, "conditions")
    if "minute_runtime_minutes" in given and "current_session_minutes" in given:
        check.wrong((*where, "current_session_minutes"), "it is the same as minute_runtime_minutes.", "take one away.")
    levels = [
        Level(measure, _us(getattr(conditions, name), unit))
        for name, (measure, unit) in _LEVELS.items()
        if name in given
    ]
    if "quota_percent" in given and quota_core_us is None:
        check.wrong((*where, "quota_percent"), "there is no quota to take a part of.", "set `plan` in config.toml.")
    elif "quota_percent" in given and quota_core_us is not None:
        levels.append(Level("month", math.ceil(quota_core_us * conditions.quota_percent / 100)))
    moments = [name for name in given if name in _EDGES]
    for name in moments[1:]:
        mend = f"make another trigger with `{name}`."
        check.wrong((*where, name), f"a trigger has one moment, and there is `{moments[0]}`.", mend)
    if not moments:
        return tuple(levels), None
    name = moments[0]
    found = getattr(conditions, name)
    if name == "at" and (why := cron_problem(found)):
        check.wrong((*where, "at"), f"{_shown(found)} is no cron expression ({why}).", _expected("at"))
    if isinstance(found, str):
        return tuple(levels), Edge(_EDGES[name], 0, found)
    return tuple(levels), Edge(_EDGES[name], _us(found, MINUTE_US))


def cron_problem(expression: str) -> str:
    """What is wrong with a cron expression, empty if nothing is."""
    from datetime import datetime, timezone

    if len(expression.split()) != 5:
        return f"it has {len(expression.split())} fields, not five"
    try:
        next(CronSim(expression, datetime(2026, 1, 1, tzinfo=timezone.utc)))
    except CronSimError as error:
        return str(error)
    except StopIteration:
        return "there is no such day"
    return ""


def _check_url(path: Path, written: Written, check: _Check) -> None:
    url, where = written.script_url, (*path, "script_url")
    if not url:
        if written.sha256:
            check.wrong((*path, "sha256"), "there is no script_url that it could be of.", "add one, or take it away.")
        return
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        check.wrong(where, f"{_shown(url)} is no address.", _expected("script_url"))
        return
    if parts.scheme not in ("https", "http") or not host or not url.isprintable() or " " in url:
        check.wrong(where, f"{_shown(url)} is no address.", _expected("script_url"))
    elif parts.scheme == "http" and host not in _LOOPBACK:
        message = "http can be changed by anybody on the way, and it would be run."
        check.wrong(where, message, "write https:// (http is for this machine's own addresses).")
    elif file_name(url) in ("", ".", ".."):
        check.wrong(where, f"{_shown(url)} does not end with a file's name.", _expected("script_url"))


def file_name(url: str) -> str:
    """The last part of an address: the name that its download gets."""
    from urllib.parse import unquote

    name = unquote(urlsplit(url).path.rpartition("/")[2])
    return "" if "/" in name or "\0" in name or not name.isprintable() else name


def _shell(path: Path, text: str, check: _Check) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        words = ()
        check.wrong((*path, "shell"), f"{_shown(text)} cannot be split into words ({error}).", _expected("shell"))
    else:
        if not words:
            check.wrong((*path, "shell"), "it is empty.", _expected("shell"))
    return words


def _share_flags(written: list[tuple[Path, Written]], triggers: list[Trigger | None], check: _Check) -> None:
    """Give all triggers of one flag the widest of their scopes, and note those that cannot be meant."""
    groups: dict[str, list[int]] = {}
    for n, trigger in enumerate(triggers):
        if trigger is not None:
            groups.setdefault(trigger.flag, []).append(n)
    for flag, members in groups.items():
        if len(members) == 1:
            continue
        scope = widest(trigger.scope for n in members if (trigger := triggers[n]) is not None)
        first = check.name(written[members[0]][0])
        repeats = {written[n][1].repeat for n in members} - {None}
        for n in members:
            path, one = written[n]
            trigger = triggers[n]
            if trigger is not None:
                triggers[n] = trigger._replace(scope=scope)
            if n != members[0] and not (one.flag_name and written[members[0]][1].flag_name):
                mend = 'give each a "flag_name", the same one if they belong together.'
                check.wrong((*path, "label"), f"its flag would be `{flag}`, as that of {first}.", mend)
            elif n != members[0] and len(repeats) > 1:
                message = f"it shares the flag `{flag}` with {first}, and they repeat differently."
                check.wrong((*path, "repeat"), message, "give them the same `repeat`, or flags of their own.")


def _slug(label: str) -> str:
    """A file's name made of a label: letters, digits, `-` and `_`."""
    return re.sub(r"[^\w-]+", "_", label.lower()).strip("_")[:50]


def _syntax(text: str, error: json.JSONDecodeError) -> Problem:
    message, mend = error.msg, "look for what is missing or too much just before this place."
    rest = text[error.pos : error.pos + 2]
    if not text.strip():
        return Problem(TRIGGERS, "", 1, 1, "the file is empty.", 'write [] for "no triggers".')
    if rest[:2] in ("//", "/*") or rest[:1] == "#":
        message, mend = "JSON has no comments", "take the comment away."
    elif rest[:1] in ("}", "]") and text[: error.pos].rstrip().endswith(","):
        mend = "take away the comma before the closing bracket."
    elif rest[:1] == "'":
        mend = "write texts and keys in double quotes."
    elif "delimiter" in message:
        mend = "a comma or a bracket is missing before this place."
    return Problem(TRIGGERS, "", error.lineno, error.colno, f"this is not JSON: {message}.", mend)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _us(number: float, unit: int) -> int:
    return math.ceil(number * unit)


def _expected(key: str) -> str:
    return f"it is {_EXPECTED[key]}." if key in _EXPECTED else "look at the schema beside the file."


def _shown(found: object) -> str:
    """What was found, as the file has it, not too long."""
    try:
        text = json.dumps(found, ensure_ascii=not str(found).isprintable())
    except (TypeError, ValueError, RecursionError):
        text = str(type(found).__name__)
    return text if len(text) <= 60 else f"{text[:59]}…"
