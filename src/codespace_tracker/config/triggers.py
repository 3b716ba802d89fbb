"""trigger_config.json: its triggers, checked strictly, and every problem told at once, each with
its place."""

import contextlib
from collections import Counter
from typing import Any

from pydantic import BaseModel, ValidationError

from codespace_tracker.config.check import Check, Enough
from codespace_tracker.config.conditions import REPEATS
from codespace_tracker.config.configuration import Problem
from codespace_tracker.config.expected import instead, is_key, known_key, to_add
from codespace_tracker.config.json_positions import Path
from codespace_tracker.config.json_text import read_json
from codespace_tracker.config.normal_form import in_normal_form
from codespace_tracker.config.trigger_types import Conditions, TriggerFile
from codespace_tracker.config.trigger_types import Trigger as Written
from codespace_tracker.core.trigger import Scope, Trigger, widest
from codespace_tracker.machine.file_names import TRIGGERS

_OUT: dict[type[BaseModel], str] = {
    Conditions: "put it beside `conditions`, not into it.",
    TriggerFile: "put it into the trigger that it is of.",
}


def triggers_from(
    text: str, quota_core_us: int | None
) -> tuple[list[Trigger] | None, list[Problem]]:
    """The triggers in the text of trigger_config.json, or None and everything that is wrong with
    it.

    `quota_core_us` is the month's quota in core-µs, None where there is none. Points of `at` are
    not in them yet.
    """
    content, problem = read_json(text, TRIGGERS)
    if problem is not None:
        return None, [problem]
    check = Check(text, TRIGGERS)
    triggers: list[Trigger] = []
    with contextlib.suppress(Enough):  # `problems` says that there are more
        triggers = _triggers(content, quota_core_us, check)
    problems = check.problems()
    return (None, problems) if problems else (triggers, [])


def _triggers(found: Any, quota_core_us: int | None, check: Check) -> list[Trigger]:
    entries = _entries(found, check)
    for path, entry in entries:
        if path and isinstance(entry, dict) and isinstance(entry.get("label"), str):
            check.labels[path] = entry["label"]
    known: list[tuple[Path, Written, Trigger]] = []
    for path, entry in entries:
        written = _checked(path, entry, check)
        trigger = None if written is None else in_normal_form(path, written, quota_core_us, check)
        if written is not None and trigger is not None:
            known.append((path, written, trigger))
    return _with_shared_scopes(known, check)


def _entries(content: Any, check: Check) -> list[tuple[Path, Any]]:
    """The triggers of any of the three forms of the file, with their paths."""
    if isinstance(content, list):
        return [((n,), entry) for n, entry in enumerate(content)]
    if not isinstance(content, dict):
        check.wrong_value((), "is not possible.", instead("triggers"))
        return []
    if not isinstance(content.get("$schema", ""), str):
        check.wrong_value(("$schema",), "is not possible.", instead("$schema"))
    if "triggers" not in content:
        return [((), {key: value for key, value in content.items() if key != "$schema"})]
    _unknown_keys((), content, TriggerFile, check)
    listed = content["triggers"]
    if not isinstance(listed, list):
        check.wrong_value(("triggers",), "is not possible.", instead("triggers"))
        return []
    return [(("triggers", n), entry) for n, entry in enumerate(listed)]


def _checked(path: Path, entry: Any, check: Check) -> Written | None:
    """A trigger whose fields have the right types and sizes; None if not, with the problems
    noted."""
    if not isinstance(entry, dict):
        check.wrong_value(path, "is not a trigger.", 'a trigger is an object: {"label": …}.')
        return None
    before = len(check)
    _unknown_keys(path, entry, Written, check)
    conditions = entry.get("conditions")
    if isinstance(conditions, dict):
        _unknown_keys((*path, "conditions"), conditions, Conditions, check)
        if not conditions:
            message = "it is empty: the trigger would never fire."
            check.wrong((*path, "conditions"), message, instead("conditions"))
    try:
        return Written.model_validate(entry)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False):
            _type_problem(path, fault["loc"], fault["type"], fault["input"], check)
        if len(check) == before:
            check.wrong(
                path,
                "something in it is not possible.",
                "compare it with the schema beside the file.",
            )
        return None


def _type_problem(
    path: Path, loc: tuple[int | str, ...], kind: str, value: object, check: Check
) -> None:
    place = tuple(part for part in loc if part != "[key]")
    key = next((str(part) for part in reversed(place) if is_key(part)), "")
    if kind == "extra_forbidden" or not key:
        return  # told by _unknown_keys, with what was probably meant
    if kind == "missing":
        check.wrong(path, f"`{key}` is missing.", to_add(key))
    elif loc[-1] == "[key]":
        check.wrong((*path, *place), "is no name of a variable.", instead(key))
    elif place[0] in ("env", "script_url"):  # problems are kept and shown, and this may be a secret
        check.wrong(
            (*path, *place),
            "its value is not possible, and is not shown here.",
            instead(str(place[0])),
        )
    else:
        check.wrong_value((*path, *place), "is not possible.", instead(key, value))


def _unknown_keys(path: Path, entry: dict[str, Any], model: type[BaseModel], check: Check) -> None:
    names = [field.alias or name for name, field in model.model_fields.items()]
    other, moved = (
        (Conditions, "put it into `conditions`.") if model is Written else (Written, _OUT[model])
    )
    for key in entry:
        if key not in names:
            mend = moved if key in other.model_fields else known_key(key, names)
            check.wrong((*path, key), "there is no such key.", mend)


def _with_shared_scopes(known: list[tuple[Path, Written, Trigger]], check: Check) -> list[Trigger]:
    """The triggers, all of one flag with the widest of their scopes; those that cannot be meant so
    are noted."""
    groups: dict[str, list[tuple[Path, Written, Trigger]]] = {}
    for one in known:
        groups.setdefault(one[2].flag, []).append(one)
    scopes = {
        flag: _shared_scope([trigger for *_, trigger in members])
        for flag, members in groups.items()
    }
    for members in groups.values():
        if len(members) > 1:
            _check_shared(members, scopes[members[0][2].flag], check)
    return [trigger._replace(scope=scopes[trigger.flag]) for *_, trigger in known]


def _shared_scope(sharing: list[Trigger]) -> Scope:
    """The widest scope of those that are enabled: a disabled trigger does not count."""
    return widest(trigger.scope for trigger in [one for one in sharing if one.enabled] or sharing)


def _check_shared(members: list[tuple[Path, Written, Trigger]], scope: str, check: Check) -> None:
    """Note what cannot be meant where several triggers have one flag, whose scope this is."""
    first_path, first, _ = members[0]
    name, flag = check.name(first_path), members[0][2].flag
    labels: Counter[str] = Counter()
    for path, written, _ in members:
        labels[written.label] += 1
        if written is not first and not (written.flag_name and first.flag_name):
            mend = 'give each a "flag_name", the same one if they belong together.'
            check.wrong((*path, "label"), f"its flag would be `{flag}`, as that of {name}.", mend)
        elif labels[written.label] > 1:
            message = (
                f"another trigger of the flag `{flag}` has the same label, so the two cannot be "
                "told apart."
            )
            check.wrong((*path, "label"), message, "give each a label of its own.")
        elif written.repeat and REPEATS[written.repeat] != scope:
            wider = next(name for name, repeat in REPEATS.items() if repeat == scope)
            message = (
                f"it shares the flag `{flag}`, and the others of that flag repeat differently "
                f'("{wider}").'
            )
            check.wrong(
                (*path, "repeat"), message, f'write "{wider}", or give it a flag of its own.'
            )
