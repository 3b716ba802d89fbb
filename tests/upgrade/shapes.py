"""The shape of JSON: which keys there are, and of which types their values are. Values themselves
do not matter."""

from collections.abc import Iterable, Mapping
from typing import Any

Shape = dict[str, list[str]]
"""Paths such as `triggers.next[].label`, each with the types seen there. The path of the whole is
empty."""

_TYPES = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
}


def shape(values: Iterable[Any]) -> Shape:
    """The shape of some JSON values together."""
    found: dict[str, set[str]] = {}

    def look(path: str, value: Any) -> None:
        found.setdefault(path, set()).add("null" if value is None else _TYPES[type(value)])
        if isinstance(value, dict):
            for key, part in value.items():
                look(f"{path}.{key}" if path else key, part)
        elif isinstance(value, list):
            for part in value:
                look(f"{path}[]", part)

    for value in values:
        look("", value)
    return {path: sorted(types) for path, types in sorted(found.items())}


def described(whole: Mapping[str, Any]) -> tuple[Shape, set[str]]:
    """The shape that a schema of docs/json describes, and the paths that it does not require."""
    found: dict[str, set[str]] = {}
    optional: set[str] = set()

    def look(path: str, schema: Mapping[str, Any]) -> None:
        if "$ref" in schema:
            schema = whole["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        for part in schema.get("anyOf", []):
            look(path, part)
        types = schema.get("type", [])
        found.setdefault(path, set()).update([types] if isinstance(types, str) else types)
        if "items" in schema:
            look(f"{path}[]", schema["items"])
        for key, part in schema.get("properties", {}).items():
            below = f"{path}.{key}" if path else key
            look(below, part)
            if key not in schema["required"]:
                optional.add(below)

    look("", whole)
    return {path: sorted(types) for path, types in found.items()}, optional


def broken(old: Mapping[str, list[str]], new: Mapping[str, list[str]]) -> list[str]:
    """What a reader of the old shape would stumble over in the new one; empty if nothing.

    What is in a list or an object that is empty or null now is not known, and not told.
    """
    said = []
    for path, types in old.items():
        if path not in new:
            if _is_looked_into(path, new):
                said.append(f"{path}: is gone")
            continue
        allowed = {*types, "null"} | ({"integer"} if "number" in types else set())
        if types != ["null"] and not set(new[path]) <= allowed:
            said.append(f"{path}: was {'|'.join(types)}, is {'|'.join(new[path])}")
    return said


def _is_looked_into(path: str, new: Mapping[str, list[str]]) -> bool:
    """Whether what holds the path holds anything in the new shape, or is missing itself."""
    parent, is_list = (path[:-2], True) if path.endswith("[]") else (path.rpartition(".")[0], False)
    if parent not in new:
        return False  # the parent is told, or its parent
    if is_list:
        return "array" not in new[parent] and new[parent] != ["null"]
    return new[parent] != ["null"]
