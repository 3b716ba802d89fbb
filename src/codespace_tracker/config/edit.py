"""Changing trigger_config.json as a careful person would: what is there, its layout included, stays as it is."""

import json
from typing import Any

from codespace_tracker.config.places import Path, Places, places


def with_trigger(text: str, entry: dict[str, Any]) -> str:
    """The text with a trigger added at the end. It must be one that `triggers_from` takes."""
    found = json.loads(text)
    where = places(text)
    if isinstance(found, dict) and "triggers" not in found:
        return _beside(text, found, entry)
    path: Path = ("triggers",) if isinstance(found, dict) else ()
    listed = found["triggers"] if isinstance(found, dict) else found
    return _appended(text, where, path, len(listed), entry)


def with_field(text: str, path: Path, key: str, value: Any) -> str:
    """The text with a field of the object at `path` set to a value, in its place if it is there, else at the end."""
    where = places(text)
    known = where.values.get((*path, key))
    if known is not None:
        return text[: known.start] + json.dumps(value) + text[known.end :]
    inside = [place for at, place in where.values.items() if at[:-1] == path and len(at) == len(path) + 1]
    field = f"{json.dumps(key)}: {json.dumps(value)}"
    if not inside:
        start = where.values[path].start + 1
        return text[:start] + field + text[start:]
    keys = [place for at, place in where.keys.items() if at[:-1] == path and len(at) == len(path) + 1]
    last = max(place.end for place in inside)
    return text[:last] + "," + _before(text, max(place.start for place in keys)) + field + text[last:]


def path_of(text: str, label: str) -> Path | None:
    """The path of the first trigger with a label."""
    found = json.loads(text)
    if isinstance(found, dict) and "triggers" not in found:
        return () if found.get("label") == label else None
    base: Path = ("triggers",) if isinstance(found, dict) else ()
    listed = found["triggers"] if isinstance(found, dict) else found
    return next(((*base, n) for n, entry in enumerate(listed) if entry.get("label") == label), None)


def _appended(text: str, where: Places, path: Path, count: int, entry: dict[str, Any]) -> str:
    whole = where.values[path]
    if count:
        newest: Path = (*path, count - 1)
        last = where.values[newest]
        before = _before(text, last.start)
        return text[: last.end] + "," + before + _laid_out(entry, before) + text[last.end :]
    outer = _indent(text, whole.start)
    before = f"\n{outer}  "
    return f"{text[: whole.start]}[{before}{_laid_out(entry, before)}\n{outer}]{text[whole.end :]}"


def _beside(text: str, found: dict[str, Any], entry: dict[str, Any]) -> str:
    """A file of one trigger becomes a list of two."""
    if "$schema" in found:
        first = {key: value for key, value in found.items() if key != "$schema"}
        return (
            json.dumps({"$schema": found["$schema"], "triggers": [first, entry]}, indent=2, ensure_ascii=False) + "\n"
        )
    inner = "\n".join(f"  {line}" if line else line for line in text.strip().split("\n"))
    return f"[\n{inner},\n  {_laid_out(entry, chr(10) + '  ')}\n]\n"


def _laid_out(entry: dict[str, Any], before: str) -> str:
    """An entry in several lines where its neighbour stands on a line of its own, else in one."""
    if "\n" not in before:
        return json.dumps(entry, ensure_ascii=False)
    return json.dumps(entry, indent=2, ensure_ascii=False).replace("\n", "\n" + before.rpartition("\n")[2])


def _before(text: str, start: int) -> str:
    """The white space between the thing at `start` and what stands before it."""
    rest = text[:start]
    return rest[len(rest.rstrip()) :]


def _indent(text: str, start: int) -> str:
    line = text[:start].rpartition("\n")[2]
    return line[: len(line) - len(line.lstrip())]
