"""What the extension for editors says of itself, without building it."""

import json
import re
from pathlib import Path

from codespace_tracker import __version__

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


def test_its_source_reaches_no_network_and_starts_no_process() -> None:
    imported = {
        name
        for path in FOLDER.glob("src/**/*.ts")
        for name in re.findall(r'from "([^."][^"]*)"', path.read_text())
    }
    assert imported == {"node:fs", "node:fs/promises", "node:os", "node:path", "vscode"}
    for path in FOLDER.glob("src/**/*.ts"):
        assert not re.search(r"\b(require|import|fetch|eval|setInterval)\(", path.read_text())
