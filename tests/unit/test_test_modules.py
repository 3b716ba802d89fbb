"""The tests themselves: helpers are in modules of their own, and a test module is only run."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    path for folder in ("tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")
)


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, and what it takes out of one: `a.b` and `a.b.c`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def test_no_file_imports_a_test_module() -> None:
    assert len(MODULES) > 200
    for path in MODULES:
        files = [ROOT / f"{name.replace('.', '/')}.py" for name in imported(path)]
        taken = [file.name for file in files if file.is_file() and file.name.startswith("test_")]
        assert taken == [], f"{path.relative_to(ROOT)}: move what it imports to a module of helpers"
