"""The seeded faults (tests/seeded_faults.py) cannot rot: each still has its place in the source,
and its tests."""

import ast

import pytest
from tests.seeded_faults import FAULTS, ROOT, SOURCE, Fault, seeded


def test_there_are_ten_and_each_has_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == 10


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_changes_the_source_and_leaves_it_a_program(fault: Fault) -> None:
    for edit in fault.edits:
        before = (ROOT / SOURCE / edit.path).read_text()
        after = seeded(before, edit)
        assert ast.dump(ast.parse(after)) != ast.dump(ast.parse(before))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_has_tests_that_are_there(fault: Fault) -> None:
    for test in fault.tests:
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text() if name else (ROOT / path).is_file()
