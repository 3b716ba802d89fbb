"""The schemas in docs/json, made from the types in `codespace_tracker.views.json_types`.

`python -m tests.json_schemas` writes them. A test compares what is there with what this makes.
"""

import ast
import json
import sys
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from codespace_tracker.config.trigger_types import trigger_schema
from codespace_tracker.views.json_types import (
    checks,
    files,
    fleet,
    pace,
    sessions,
    status,
    streams,
    triggers,
    usage,
)

FOLDER = Path(__file__).parent.parent / "docs/json"
IN_EXTENSION = FOLDER.parents[1] / "editor/vscode/trigger_config.schema.json"
RENEW = "python -m tests.json_schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

FILES: dict[str, Any] = {
    "first_start.json": files.FirstStartJson,
    "current_session.json": files.CurrentSessionFileJson,
    "minute_runtime.json": files.MinuteRuntimeJson,
    "total_runtime.json": files.TotalRuntimeJson,
    "session_logs.json": list[files.LoggedSessionJson],
    "status.json": status.StatusFileJson,
}
"""The runtime files, each with its type."""

STREAMS: dict[str, Any] = {
    "header.json": streams.StreamHeaderJson,
    "YYYY-MM.jsonl, one line": streams.TellingJson,
    "YYYY-MM.unattended.jsonl, one line": streams.UnattendedDayJson,
    "YYYY-MM.presence.jsonl, one line": streams.PresenceHourJson,
}
"""The files of a stream, each with its type."""

COMMANDS: dict[str, Any] = {
    "status": status.StatusJson,
    "quota": usage.QuotaJson,
    "usage show": usage.UsageJson,
    "report": sessions.ReportJson,
    "sessions": list[sessions.ListedSessionJson],
    "sessions --stats": sessions.SessionStatsJson,
    "export": sessions.ExportedSessionJson,
    "fleet show": fleet.FleetJson,
    "fleet show --github": list[fleet.GithubCodespaceJson],
    "sync status": fleet.SyncStatusJson,
    "log": list[sessions.EntryJson],
    "triggers list": list[triggers.TriggerJson],
    "triggers explain": triggers.ExplainedJson,
    "triggers log": list[triggers.OccurrenceJson],
    "triggers simulate": list[triggers.ForeseenJson],
    "triggers check": triggers.CheckJson,
    "doctor": list[checks.FindingJson],
    "version": checks.VersionJson,
}
"""The commands that answer in JSON, each with the type of its answer; of `export` that of a
line."""

_HOW = {"report": "report --format json", "export": "export --format jsonl, one line"}
_SIMPLE: dict[Any, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def schemas() -> dict[str, dict[str, Any]]:
    """All schemas, by their path in docs/json."""
    found = {}
    for name, of in FILES.items():
        path = f"files/{name.removesuffix('.json')}.schema.json"
        found[path] = _schema(path, name, of)
    for name, of in STREAMS.items():
        path = stream_path_of(name)
        found[path] = _schema(path, name, of)
    for name, of in COMMANDS.items():
        path = path_of(name)
        found[path] = _schema(path, f"codespace-tracker {_HOW.get(name, f'{name} --json')}", of)
    return found


def path_of(command: str) -> str:
    """Where the schema of a command's answer is in docs/json."""
    return f"commands/{command.replace(' --', '-').replace(' ', '-')}.schema.json"


def stream_path_of(name: str) -> str:
    """Where the schema of a stream's file is in docs/json."""
    kind = name.partition(".")[2].removesuffix(".jsonl, one line")
    return f"streams/{ {'json': 'header', 'jsonl, one line': 'month'}.get(kind, kind) }.schema.json"


def text(schema: dict[str, Any]) -> str:
    """A schema as the text of its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def in_extension() -> str:
    """The schema of trigger_config.json as the extension for editors brings it."""
    return text(trigger_schema())


def write(folder: Path = FOLDER) -> None:
    """Write all schemas, and delete those that are not made any more."""
    made = schemas()
    for path in folder.rglob("*.schema.json"):
        if str(path.relative_to(folder)) not in made:
            path.unlink()
    for name, schema in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text(schema))


def _schema(path: str, title: str, of: Any) -> dict[str, Any]:
    definitions: dict[str, dict[str, Any]] = {}
    whole = _object(of, definitions) if is_typeddict(of) else _of(of, definitions)
    schema = {"$schema": DIALECT, "$id": path, "title": title, **whole}
    return schema | ({"$defs": dict(sorted(definitions.items()))} if definitions else {})


def _of(of: Any, definitions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The schema of a type. Objects are put into `definitions`, and referred to."""
    if of in _SIMPLE:
        return {"type": _SIMPLE[of]}
    if is_typeddict(of):
        name = of.__name__.removesuffix("Json")
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = _object(of, definitions)
        return {"$ref": f"#/$defs/{name}"}
    origin, parts = get_origin(of), get_args(of)
    if origin is list:
        return {"type": "array", "items": _of(parts[0], definitions)}
    if origin is Literal:
        return {"type": "string", "enum": list(parts)}
    if origin in (Union, UnionType):
        return _any_of([_of(part, definitions) for part in parts])
    raise TypeError(f"{of}: no rule makes a schema of it. Fix: add one to {__file__}")


def _any_of(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """One of some schemas, as short as it can be written."""
    if not all("type" in part for part in parts) or any("items" in part for part in parts):
        return {"anyOf": parts}
    types = list(dict.fromkeys(part["type"] for part in parts))
    found: dict[str, Any] = {"type": types if len(types) > 1 else types[0]}
    if any("enum" in part for part in parts):
        found["enum"] = [value for part in parts for value in part.get("enum", [None])]
    return found


def _object(of: Any, definitions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    described = _DESCRIBED[of.__name__]
    properties = {
        key: {**_of(one, definitions), "description": described[key]}
        for key, one in get_type_hints(of).items()
    }
    return {
        "description": " ".join((of.__doc__ or "").split()),
        "type": "object",
        "properties": properties,
        "required": [key for key in properties if key in of.__required_keys__],
    }


def _read_descriptions() -> dict[str, dict[str, str]]:
    """The docstrings of the keys of each class, those of its bases included."""
    found: dict[str, dict[str, str]] = {}
    for module in (
        checks,
        files,
        fleet,
        pace,
        status,
        sessions,
        streams,
        triggers,
        usage,
    ):  # bases come first
        for node in ast.parse(Path(str(module.__file__)).read_text()).body:
            if not isinstance(node, ast.ClassDef):
                continue
            own: dict[str, str] = {}
            for base in node.bases:
                own |= found.get(ast.unparse(base), {})
            for key, docs in zip(node.body, node.body[1:], strict=False):
                if (
                    isinstance(key, ast.AnnAssign)
                    and isinstance(docs, ast.Expr)
                    and isinstance(docs.value, ast.Constant)
                ):
                    own[ast.unparse(key.target)] = " ".join(str(docs.value.value).split())
            found[node.name] = own
    return found


_DESCRIBED = _read_descriptions()

if __name__ == "__main__":
    write(*map(Path, sys.argv[1:2]))
    if not sys.argv[1:]:
        IN_EXTENSION.write_text(in_extension())
