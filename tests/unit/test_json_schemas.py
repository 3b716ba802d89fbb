"""docs/json: the schemas there are made from the types, cover all JSON, and keep every key."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.json_schemas import COMMANDS, FILES, FOLDER, RENEW, path_of, schemas, text, write
from tests.upgrade.recording import recorded
from tests.upgrade.shapes import Shape, broken, described

from codespace_tracker.cli.program import program
from codespace_tracker.machine.file_names import DRAWN

SCHEMAS = schemas()
RELEASE: dict[str, Shape] = recorded("outputs.json")
"""What release 0.1.0 printed and drew: its keys, each with the types of its values."""

_NO_JSON = {"export --format csv", "report --format csv", "metrics.prom"}
_DEPENDS = ("rows[].", "[].detail.", "by", "rows")
"""Keys that are there depending on what was asked for, or on what an entry is about."""


def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas of all objects within one."""
    yield from (one for one in (schema, *schema.get("$defs", {}).values()) if "properties" in one)


def recorded_as(name: str) -> str:
    """The schema of something recorded."""
    if name in FILES:
        return f"files/{name.removesuffix('.json')}.schema.json"
    if name in ("triggers", "usage"):  # the groups alone
        name = {"triggers": "triggers list", "usage": "usage show"}[name]
    command = max((one for one in COMMANDS if name.startswith(one)), key=len)
    return path_of(command)


def test_docs_json_is_what_the_types_say() -> None:
    there = {str(path.relative_to(FOLDER)): path.read_text() for path in FOLDER.rglob("*.json")}
    made = {name: text(schema) for name, schema in SCHEMAS.items()}
    assert there == made, f"docs/json is not what the types say now. Fix: {RENEW}"


def test_renewing_deletes_what_has_no_type_any_more(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/gone.schema.json").touch()
    (tmp_path / "README.md").touch()
    write(tmp_path)
    there = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert there == {*SCHEMAS, "README.md"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema_with_a_relative_id_and_describes_each_key(name: str) -> None:
    schema = SCHEMAS[name]
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$schema"]
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == name
    for one in objects(schema):
        assert one["description"]
        assert [key for key, part in one["properties"].items() if not part["description"]] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_more_keys_are_valid_everywhere(name: str) -> None:
    for one in objects(SCHEMAS[name]):
        assert not {"additionalProperties", "unevaluatedProperties"} & one.keys()


def answers_in_json(command: click.Command, words: str = "") -> Iterator[str]:
    """The commands beneath this one that can answer in JSON."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from answers_in_json(below, f"{words} {name}".strip())
    elif any(
        "--json" in one.opts
        or (isinstance(one.type, click.Choice) and {"json", "jsonl"} & set(one.type.choices))
        for one in command.params
    ):
        yield words


def test_every_command_that_answers_in_json_has_a_schema() -> None:
    assert {*answers_in_json(program), "sessions --stats", "fleet show --github"} == set(COMMANDS)


def test_every_file_that_is_drawn_in_json_has_a_schema() -> None:
    assert {name for name in DRAWN if name.endswith(".json")} == set(FILES)


@pytest.mark.parametrize("name", sorted(RELEASE.keys() - _NO_JSON))
def test_every_key_of_0_1_0_is_there_with_its_type(name: str) -> None:
    now, optional = described(SCHEMAS[recorded_as(name)])
    assert RELEASE[name].keys() - now.keys() == set()
    assert broken(RELEASE[name], now) == []
    missing = {path for path in optional & RELEASE[name].keys() if not path.startswith(_DEPENDS)}
    assert missing == set(), "these may be missing now"


def test_what_0_1_0_said_of_attempts_is_among_it() -> None:
    assert {"triggers.running[].attempt", "triggers.last[].attempt"} <= RELEASE["status"].keys()
    assert "[].last.attempts" in RELEASE["triggers list --all"]
    assert {"[].attempts", "[].runs[].attempt"} <= RELEASE["triggers log"].keys()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda keys: keys.pop("attempt"), "triggers.running[].attempt: is gone"),
        (
            lambda keys: keys.update(attempt={"type": "string"}),
            "triggers.running[].attempt: was integer, is string",
        ),
    ],
)
def test_a_key_of_0_1_0_that_is_gone_or_changed_is_found(change: Any, said: str) -> None:
    schema = json.loads(json.dumps(SCHEMAS["commands/status.schema.json"]))
    change(schema["$defs"]["Attempt"]["properties"])
    assert said in broken(RELEASE["status"], described(schema)[0])


def test_the_program_never_imports_the_types() -> None:
    program = """
import pkgutil, sys
import codespace_tracker
TYPES = "codespace_tracker.views.json_types."
for module in pkgutil.walk_packages(codespace_tracker.__path__, "codespace_tracker."):
    if not module.name.startswith(TYPES) and not module.name.endswith("__main__"):
        __import__(module.name)
print(sorted(name for name in sys.modules if name.startswith(TYPES)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_page_links_every_schema_and_names_what_it_is_for() -> None:
    rows = re.findall(
        r"^\| `(?:codespace-tracker )?(.*?)` \|.*\]\((.*)\) \|$",
        (FOLDER / "README.md").read_text(),
        re.MULTILINE,
    )
    shown = {path: what for what, path in rows}
    titles = {path: schema["title"] for path, schema in SCHEMAS.items()}
    assert shown == {
        path: title.removeprefix("codespace-tracker ").removesuffix(", one line")
        for path, title in titles.items()
    }
