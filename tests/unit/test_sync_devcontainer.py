"""`sync setup --devcontainer`: it changes devcontainer.json in a repository of the user's own only,
shows the change first, and changes nothing else in the file."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from codespace_tracker.cli.sync_devcontainer import ask_for_right, with_right
from codespace_tracker.config import jsonc
from codespace_tracker.failure import Failure
from codespace_tracker.sync.address import address

URL = "https://github.com/octocat/codespace-hours"
NAME = "octocat/codespace-hours"
RIGHT = {"permissions": {"contents": "write"}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a-thesis-of-no-one"
    (folder / ".devcontainer").mkdir(parents=True)
    return folder


def environ(project: Path, **other: str) -> dict[str, str]:
    return {
        "CODESPACES": "true",
        "CODESPACE_NAME": "fuzzy",
        "GITHUB_USER": "Octocat",
        "GITHUB_REPOSITORY": f"octocat/{project.name}",
        "CODESPACE_VSCODE_FOLDER": str(project),
        **other,
    }


def written(project: Path, content: str = '{\n  // mine\n  "image": "x"\n}\n') -> Path:
    path = project / ".devcontainer/devcontainer.json"
    path.write_text(content)
    return path


def asked(project: Path, url: str = URL, *, yes: bool = True, **other: str) -> str:
    """What is said; raises what is raised."""
    import click

    @click.command()
    def command() -> None:
        ask_for_right(address(url), environ(project, **other), yes=yes)

    done = CliRunner().invoke(command, input="n\n")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def value(text: str) -> Any:
    found, problem = jsonc.read(text, "x")
    assert found is not None, problem
    return found.value


def test_the_change_is_shown_and_the_rest_of_the_file_is_kept(project: Path) -> None:
    path = written(project)
    said = asked(project)
    assert '+  "customizations": {' in said
    assert '"contents": "write"' in said
    assert "Commit it." in said
    after = path.read_text()
    assert "// mine" in after
    assert value(after) == {
        "image": "x",
        "customizations": {"codespaces": {"repositories": {NAME: RIGHT}}},
    }
    assert "(unchanged)" in asked(project)
    assert path.read_text() == after


def test_it_asks_and_a_no_changes_nothing(project: Path) -> None:
    path = written(project)
    before = path.read_text()
    with pytest.raises(Failure, match="nothing was sent or changed"):
        asked(project, yes=False)
    assert path.read_text() == before


@pytest.mark.parametrize(
    ("other", "url", "why"),
    [
        ({"GITHUB_REPOSITORY": "acme/a-thesis-of-no-one"}, URL, "belongs to acme, not to you"),
        ({"GITHUB_USER": ""}, URL, "this is none"),
        ({"GITHUB_REPOSITORY": "octocat/another"}, URL, "its folder was not found"),
        ({}, "https://github.com/acme/codespace-hours", "belongs to acme, not to you"),
        ({}, "https://example.org/octocat/codespace-hours", "is for a meeting place at"),
        ({}, "git@github.com:octocat/codespace-hours", "is for a meeting place at"),
    ],
)
def test_nothing_is_changed_that_is_not_the_users_own(
    project: Path, other: dict[str, str], url: str, why: str
) -> None:
    path = written(project)
    before = path.read_text()
    with pytest.raises(Failure, match=why):
        asked(project, url, yes=True, **other)
    assert path.read_text() == before


def test_outside_of_a_codespace_nothing_is_changed(project: Path) -> None:
    written(project)
    with pytest.raises(Failure, match="this is none"):
        asked(project, CODESPACES="", CODESPACE_NAME="")


def test_without_a_file_it_says_how_to_make_one(project: Path) -> None:
    with pytest.raises(Failure, match="`codespace-tracker devcontainer` makes it"):
        asked(project)


def test_of_several_files_none_is_chosen(project: Path) -> None:
    written(project)
    (project / ".devcontainer.json").write_text("{}")
    with pytest.raises(Failure, match=r"2 dev containers: .* add the lines to one of them"):
        asked(project)


def changed(content: Any) -> Any:
    text, _ = jsonc.read(json.dumps(content, indent=4), "x")
    assert text is not None
    return value(with_right(text, NAME, "x"))


@pytest.mark.parametrize(
    "there",
    [
        {},
        {"customizations": {}},
        {"customizations": {"vscode": {"extensions": ["a"]}}},
        {"customizations": {"codespaces": {"openFiles": ["b"]}}},
        {"customizations": {"codespaces": {"repositories": {"octocat/other": RIGHT}}}},
        {"customizations": {"codespaces": {"repositories": {NAME: {}}}}},
        {"customizations": {"codespaces": {"repositories": {NAME: {"permissions": "read-all"}}}}},
    ],
)
def test_it_is_added_wherever_something_is_there_already(there: Any) -> None:
    after = changed(there)
    assert after["customizations"]["codespaces"]["repositories"][NAME] == RIGHT
    after["customizations"]["codespaces"]["repositories"].pop(NAME)
    for key, kept in there.get("customizations", {}).items():
        if key == "vscode":
            assert after["customizations"][key] == kept


def test_rights_that_are_asked_for_already_stay() -> None:
    rights = {"permissions": {"issues": "write", "contents": "read"}}
    there = {"customizations": {"codespaces": {"repositories": {NAME: rights}}}}
    found = changed(there)["customizations"]["codespaces"]["repositories"][NAME]
    assert found == {"permissions": {"issues": "write", "contents": "write"}}
    for enough in ({"permissions": "write-all"}, RIGHT):
        same = {"customizations": {"codespaces": {"repositories": {NAME: enough}}}}
        assert changed(same) == same


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ('{"customizations": []}', "customizations: this is no object"),
        ('{"customizations": {"codespaces": 1}}', "codespaces: this is no object"),
        ('{"customizations": {}, "customizations": {}}', "for the second time"),
    ],
)
def test_what_is_not_as_the_specification_has_it_is_named_with_its_line(
    there: str, why: str
) -> None:
    text, _ = jsonc.read(there, "x")
    assert text is not None
    with pytest.raises(Failure, match=f"line 1: .*{why}"):
        with_right(text, NAME, "x")
