"""README and docs, held to the code: what they name is there, and what is there is named."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest
from benchmarks import run as benchmarks
from benchmarks.measuring import Row

from codespace_tracker.cli.loader import LazyGroup
from codespace_tracker.cli.program import program
from codespace_tracker.config.samples import config_sample
from codespace_tracker.config.settings import settings_from
from codespace_tracker.config.trigger_types import Conditions, Trigger
from codespace_tracker.config.triggers import triggers_from
from codespace_tracker.core.clock import HOUR_US

ROOT = Path(__file__).parents[2]
JSON = ROOT / "docs/json/README.md"
FEATURE = ROOT / "feature/src/codespace-tracker/README.md"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    JSON,
    FEATURE,
]
_NAMES = {JSON: "json", FEATURE: "feature"}
TEXTS = {_NAMES.get(page, page.name): page.read_text() for page in PAGES}
TRIGGERS = TEXTS["triggers.md"]


def commands() -> list[tuple[str, str]]:
    """Every call of `codespace-tracker` in a page, from code spans and blocks."""
    found = []
    for name, written in TEXTS.items():
        text = written.replace("\\\n", "")
        spans = re.findall(r"`codespace-tracker ([^`]+)`", text)
        lines = re.findall(r"^ *(?:\$ )?codespace-tracker (.+)$", text, re.MULTILINE)
        found += [(name, " ".join(one.split())) for one in (*spans, *lines)]
    return sorted(set(found))


def named(command: str) -> tuple[click.Command, list[str]]:
    """The verb that is called, and the words that follow it."""
    words = shlex.split(command)
    found: click.Command = program
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        verb = found.get_command(click.Context(found), words[0])
        assert verb is not None, f"there is no verb {words[0]}"
        found, words = verb, words[1:]
    if isinstance(found, LazyGroup) and words and words[0] != "--help" and found.default:
        found = found.get_command(click.Context(found), found.default) or found
    return found, words


@pytest.mark.parametrize(("page", "command"), commands())
def test_every_verb_and_option_that_a_page_names_exists(page: str, command: str) -> None:
    verb, words = named(command)
    options = {name for parameter in verb.params for name in parameter.opts} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= options


def test_every_option_of_setup_sh_that_a_page_names_exists_and_each_is_named() -> None:
    script = (ROOT / "src/codespace_tracker/install/setup.sh").read_text()
    options = set(re.findall(r"^  (--[a-z-]+)", script, re.MULTILINE))
    named = {
        option
        for text in TEXTS.values()
        for call in re.findall(r'setup\.sh"? ([^`\n|]*)', text)
        for option in re.findall(r"(?<!\S)--[a-z-]+", call)
    }
    assert {"--dir", "--timezone", "--devcontainer"} <= named <= options
    for option in options - {"--help", "--heal"}:
        assert f"`{option}" in TEXTS["README.md"] or f"`setup.sh {option}" in TEXTS["README.md"], (
            option
        )


def test_every_verb_is_named_in_the_readme_and_every_verb_of_triggers_on_its_page() -> None:
    triggers = program.get_command(click.Context(program), "triggers")
    assert isinstance(triggers, click.Group)
    for verb in program.list_commands(click.Context(program)):
        assert re.search(rf"`(codespace-tracker )?{verb}\b", TEXTS["README.md"]) or verb in (
            "chalu",
            "ghadi",
        ), verb
    for verb in triggers.list_commands(click.Context(triggers)):
        assert re.search(rf"`(codespace-tracker triggers )?{verb}\b", TRIGGERS) or verb == "list", (
            verb
        )


def test_every_field_of_a_trigger_is_explained_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| (.*) \|$", TRIGGERS, re.MULTILINE))
    assert set(rows) >= set(Trigger.model_fields)
    for name, field in Trigger.model_fields.items():
        default = field.get_default()
        if field.is_required():
            assert rows[name] == "required", name
        elif default not in ("", None, {}):
            assert rows[name].strip("`") == (
                str(default).lower() if isinstance(default, bool) else str(default)
            ), name
    for name in Conditions.model_fields:
        assert f"`{name}`" in TRIGGERS, name


@pytest.mark.parametrize("page", [page for page, text in TEXTS.items() if "```json" in text])
def test_every_trigger_on_a_page_is_taken(page: str) -> None:
    for block in re.findall(r"^```json\n(.*?)^```$", TEXTS[page], re.MULTILINE | re.DOTALL):
        triggers, problems = triggers_from(block, 120 * HOUR_US)
        assert triggers, [str(problem) for problem in problems]


@pytest.mark.parametrize("page", PAGES, ids=TEXTS)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    for target, heading in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text()):
        found = page.parent / target if target else page
        assert found.exists(), target
        headings = re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE) if heading else [""]
        assert heading in {one.lower().replace(" ", "-") for one in headings}, heading


def test_the_sample_has_every_setting_with_its_default_and_the_readme_names_it() -> None:
    sample = re.sub(r"^#(?=\w)", "", config_sample(), flags=re.MULTILINE)
    written, wrong = settings_from(sample)
    assert wrong == []
    assert written is not None
    assert written._replace(plan="") == settings_from("")[0], (
        "a plan that is written is not an assumed one"
    )
    _, problems = settings_from("no_such_setting = 1\n")
    names = re.findall(r"\w+", problems[0].mend.partition("settings are ")[2])
    assert names == re.findall(r"^(\w+) = ", sample, re.MULTILINE)
    for name in names:
        assert f"`{name}`" in TEXTS["README.md"], name


def test_every_test_that_the_page_of_proof_names_exists_and_every_promise_has_one() -> None:
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert set(re.findall(r"`(test_\w+)`", TEXTS["proof.md"])) <= there
    rows = re.findall(r"^\| (\d+) [^|]+\|([^|]+)\|", TEXTS["proof.md"], re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 11))
    assert all("`test_" in tests for _, tests in rows)


def test_the_page_of_benchmarks_has_the_figures_and_goals_of_its_run() -> None:
    measured = json.loads((ROOT / "docs/benchmarks.json").read_text())
    fields = ("what", "goal", "found", "ratio")
    rows = [Row(*(row[field] for field in fields)) for row in measured["rows"]]
    lines = [
        line.strip("|").split("|")
        for line in TEXTS["benchmarks.md"].splitlines()
        if line.startswith("|")
    ]
    table = [[cell.strip() for cell in line] for line in lines]
    assert table[2:] == [list(benchmarks.cells(row)) for row in rows]
    for name, value in measured["machine"].items():
        assert f"{name} {value}" in TEXTS["benchmarks.md"]
    drawn = (ROOT / "docs/benchmarks.svg").read_text()
    for point in (point for points in measured["curves"].values() for point in points):
        assert f">{point['heartbeat_us']:.0f}<" in drawn
