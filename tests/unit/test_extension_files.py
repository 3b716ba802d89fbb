"""What the extension for editors says of itself, without building it."""

import json
import re
from pathlib import Path

from tests.json_schemas import IN_EXTENSION, RENEW, in_extension

from codespace_tracker import __version__
from codespace_tracker.config.samples import _TRIGGERS_SAMPLE
from codespace_tracker.machine.file_names import SCHEMA

FOLDER = Path(__file__).parents[2] / "editor/vscode"
ABOUT = json.loads((FOLDER / "package.json").read_text())


def test_the_extension_has_the_version_of_the_program() -> None:
    assert ABOUT["version"] == __version__


def test_it_runs_beside_the_tracker_and_needs_nothing_else() -> None:
    assert ABOUT["extensionKind"] == ["workspace"]
    assert ABOUT["activationEvents"] == ["onStartupFinished"]
    assert "dependencies" not in ABOUT


def test_a_folder_that_is_not_trusted_sets_no_path_and_has_a_reduced_extension() -> None:
    assert ABOUT["capabilities"]["untrustedWorkspaces"]["supported"] == "limited"
    settings = ABOUT["contributes"]["configuration"]["properties"]
    assert {one["scope"] for one in settings.values()} == {"machine"}


def test_what_builds_it_is_of_exact_versions_and_no_lock_names_a_registry() -> None:
    for version in ABOUT["devDependencies"].values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert not [*FOLDER.glob("*lock*")]


def test_the_types_are_those_of_the_oldest_editor_it_runs_in() -> None:
    assert ABOUT["engines"]["vscode"] == f"^{ABOUT['devDependencies']['@types/vscode']}"


def test_its_source_reaches_no_network_and_starts_processes_in_one_place() -> None:
    imported: dict[str, set[str]] = {}
    for path in FOLDER.glob("src/**/*.ts"):
        text = path.read_text()
        for name in re.findall(r'from "([^."][^"]*)"', text):
            imported.setdefault(name, set()).add(path.stem)
        assert not re.search(r"\b(fetch|eval|setInterval)\(", text)
        assert not re.search(r"\b(require|import)\((?!\"\./)", text)
    allowed = {"child_process", "crypto", "fs", "fs/promises", "os", "path"}
    assert imported.keys() == {"vscode", *(f"node:{name}" for name in allowed)}
    assert imported["node:child_process"] == {"run"}


def test_each_command_is_told_to_the_editor_as_it_is_in_the_source() -> None:
    source = (FOLDER / "src/commands/register.ts").read_text()
    found = dict(re.findall(r'^  (\w+): "(.+)",$', source, re.MULTILINE))
    told = {one["command"]: one["title"] for one in ABOUT["contributes"]["commands"]}
    assert told == {f"codespaceTracker.{name}": title for name, title in found.items()}
    assert {one["category"] for one in ABOUT["contributes"]["commands"]} == {"Codespace Tracker"}


def test_the_schema_of_trigger_config_json_is_the_trackers() -> None:
    assert IN_EXTENSION.read_text() == in_extension(), f"run: {RENEW}"
    [told] = ABOUT["contributes"]["jsonValidation"]
    assert told == {"fileMatch": "trigger_config.json", "url": f"./{IN_EXTENSION.name}"}


def test_what_init_writes_names_no_schema_that_an_editor_would_have_to_fetch() -> None:
    """With an address that it does not trust, VS Code would check nothing."""
    written = json.loads(_TRIGGERS_SAMPLE)
    assert written["$schema"] == f"./{IN_EXTENSION.name}" == f"./{SCHEMA}"
