"""From a trigger as it is written to a trigger in normal form, or what is wrong with it beyond its
types."""

import functools
import hashlib
import math
import re
import shlex
from datetime import datetime, timezone

from cronsim import CronSim, CronSimError

from codespace_tracker.config.check import Check
from codespace_tracker.config.conditions import CONDITIONS, REPEATS
from codespace_tracker.config.expected import instead
from codespace_tracker.config.json_positions import Path
from codespace_tracker.config.trigger_types import WAITING, Conditions
from codespace_tracker.config.trigger_types import Trigger as Written
from codespace_tracker.core import address
from codespace_tracker.core.clock import MINUTE_US, SECOND_US
from codespace_tracker.core.trigger import (
    NO_QUOTA_CORE_US,
    Edge,
    Level,
    Script,
    Trigger,
    default_scope,
)


def in_normal_form(
    path: Path, written: Written, quota_core_us: int | None, check: Check
) -> Trigger | None:
    """The trigger at a path; None if something is wrong with it. `quota_core_us` is the month's
    quota, if any."""
    before = len(check)
    levels, edge = _conditions(
        (*path, "conditions"), written.conditions, quota_core_us, check, enabled=written.enabled
    )
    _check_url(path, written, check)
    shell = _shell(path, written.shell, check)
    flag = _flag(path, written, check)
    if len(check) > before or not (levels or edge):  # that it has no condition was told before
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
        scope=REPEATS[written.repeat] if written.repeat else default_scope(levels, edge),
        script=script,
        retries=written.retries,
        retry_delay_us=_us(written.retry_delay_seconds, SECOND_US),
        catch_up=written.catch_up,
        enabled=written.enabled,
        fingerprint=_fingerprint(written),
    )


def _fingerprint(written: Written) -> str:
    """What changes with an edit, and not with a field that a later version adds."""
    said = written.model_dump_json(by_alias=True, exclude_defaults=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _conditions(
    where: Path, conditions: Conditions, quota_core_us: int | None, check: Check, *, enabled: bool
) -> tuple[tuple[Level, ...], Edge | None]:
    given = [name for name in Conditions.model_fields if name in conditions.model_fields_set]
    if "minute_runtime_minutes" in given and "current_session_minutes" in given:
        check.wrong(
            (*where, "current_session_minutes"),
            "it is the same as minute_runtime_minutes.",
            "remove one of them.",
        )
    levels = [
        Level(one.measure, _us(getattr(conditions, one.key), one.unit))
        for one in CONDITIONS
        if one.measure and one.unit and one.key in given
    ]
    if "quota_percent" in given and quota_core_us is None and not enabled:
        levels.append(Level("quota", NO_QUOTA_CORE_US))
    elif "quota_percent" in given and quota_core_us is None:
        mend = 'set `plan` in config.toml to "free", "pro" or a number of core-hours.'
        check.wrong((*where, "quota_percent"), "the plan has no quota.", mend)
    elif "quota_percent" in given and quota_core_us is not None:
        levels.append(Level("quota", math.ceil(quota_core_us * conditions.quota_percent / 100)))
    return tuple(levels), _edge(where, conditions, given, check)


def _edge(where: Path, conditions: Conditions, given: list[str], check: Check) -> Edge | None:
    edges = {one.key: one.edge for one in CONDITIONS if one.edge}
    moments = [name for name in given if name in edges]
    for name in moments[1:]:
        mend = f"remove one of the two, or make another trigger with `{name}`."
        check.wrong(
            (*where, name), f"a trigger has one moment at most, and there is `{moments[0]}`.", mend
        )
    if not moments:
        return None
    name = moments[0]
    condition = getattr(conditions, name)
    if name == "at" and (why := cron_problem(condition)):
        check.wrong_value((*where, "at"), f"is no cron expression ({why}).", instead("at"))
    if isinstance(condition, str):
        return Edge(edges[name], 0, condition)
    return Edge(edges[name], _us(condition, MINUTE_US))


@functools.lru_cache
def cron_problem(expression: str) -> str:
    """What is wrong with a cron expression, empty if nothing is."""
    fields = len(expression.split())
    if fields != 5:
        return f"it has {fields} field{'' if fields == 1 else 's'}, not five"
    try:
        next(CronSim(expression, datetime(2026, 1, 1, tzinfo=timezone.utc)))
    except CronSimError as error:
        return str(error)
    except StopIteration:
        return "there is no such day"
    except ValueError:  # what are digits elsewhere, such as ²
        return "not every number in it is one"
    return ""


def _check_url(path: Path, written: Written, check: Check) -> None:
    url = written.script_url
    if not url:
        if written.sha256:
            check.wrong(
                (*path, "sha256"), "there is no script_url for it.", "add one, or remove it."
            )
        return
    refusal = address.refusal(url) or address.no_file_name(url)
    if refusal is not None:
        check.wrong(
            (*path, "script_url"), f'"{address.shown(url)}" {refusal.message}', refusal.mend
        )


def _shell(path: Path, text: str, check: Check) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        check.wrong_value(
            (*path, "shell"), f"cannot be split into words ({error}).", instead("shell")
        )
        return ()
    if not words or not words[0]:
        check.wrong_value((*path, "shell"), "names no program.", instead("shell"))
    return words


def _flag(path: Path, written: Written, check: Check) -> str:
    if written.flag_name.endswith(WAITING):
        check.wrong_value(
            (*path, "flag_name"),
            f"ends with {WAITING}, as files do that are being written.",
            "choose another name.",
        )
    flag = written.flag_name or _slug(written.label)
    if not flag:
        mend = 'add "flag_name": "a_name_of_yours".'
        check.wrong((*path, "label"), "no file's name can be made of it for the flag.", mend)
    return flag


def _slug(label: str) -> str:
    """A file's name made of a label: letters, digits, `-` and `_`."""
    return re.sub(r"[^\w-]+", "_", label.lower()).strip("_")[:50]


def _us(number: float, unit: int) -> int:
    return math.ceil(number * unit)
