"""docs/rules.md, held to the source and the tests that it names."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/rules.md").read_text()
RULES = (ROOT / "tests/simulation/test_rules.py").read_text()
SOURCES = sorted((ROOT / "src/codespace_tracker").rglob("*.py"))


NAMED = re.findall(r"`((?:\w+/)+\w+\.(?:py|sh))`(?:: ((?:`\w+`(?:, )?)+))?", PAGE)
"""Each file that a table of the page names, and the functions and tests that stand beside it."""


def found(path: str) -> Path:
    """A file that the page names: one of the package, or of the repository."""
    inside = ROOT / "src/codespace_tracker" / path
    return inside if inside.is_file() else ROOT / path


def functions(path: Path) -> set[str]:
    """The names of all functions and methods in a Python file or a shell script."""
    text = path.read_text()
    if path.suffix == ".sh":
        return set(re.findall(r"^(\w+)\(\)", text, re.MULTILINE))
    return {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("path", "names"), NAMED)
def test_each_file_that_the_page_names_has_the_functions_beside_it(path: str, names: str) -> None:
    assert found(path).is_file()
    assert set(re.findall(r"\w+", names)) <= functions(found(path))


def test_each_rule_names_a_function_and_each_named_test_is_there() -> None:
    tests = [name for path, names in NAMED if path.startswith("tests/") for name in names.split()]
    assert len(tests) > 10
    assert [path for path, names in NAMED if not (names or path.startswith("tests/"))] == []
    known = set().union(*(functions(path) for path in (ROOT / "tests").rglob("test_*.py")))
    assert set(re.findall(r"`(test_(?!rule_N_)\w+)`", PAGE)) <= known


def test_files_that_the_everyday_run_leaves_out_are_marked() -> None:
    files = re.findall(r"`(tests/\S+?/test_\w+\.py)`( \(machine\))?", PAGE)
    left_out = [
        (
            path,
            " (machine)" if "\npytestmark = pytest.mark.machine" in found(path).read_text() else "",
        )
        for path, _ in files
    ]
    assert files == left_out
    assert len(set(files)) > 10


def test_each_row_says_its_rule_in_at_most_three_short_sentences() -> None:
    rows = re.findall(r"^\|(?: \d* ?\|)? ([A-Z`].*?) \| `", PAGE, re.MULTILINE)
    assert len(rows) > 30
    for rule in rows:
        sentences = re.split(r"(?<=[a-z0-9)`]\.) (?=[A-Z`])", rule)
        assert len(sentences) <= 3, rule
        assert all(len(sentence.split()) <= 30 for sentence in sentences), rule


def test_each_numbered_rule_has_tests_and_each_tested_rule_is_on_the_page() -> None:
    on_the_page = re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)
    assert on_the_page == [str(number) for number in range(1, len(on_the_page) + 1)]
    assert set(re.findall(r"^def test_rule_(\d+)_", RULES, re.MULTILINE)) == set(on_the_page)


def test_no_source_refers_to_a_rule_or_a_section_without_its_page() -> None:
    """A number alone sends a reader to a document that may not be there."""
    named = re.compile(r"\b(?:rules?|section) \d")
    lines = [line for path in SOURCES for line in path.read_text().splitlines()]
    assert [line for line in lines if named.search(line) and "docs/" not in line] == []
