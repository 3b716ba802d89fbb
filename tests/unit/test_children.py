"""A fork of a test never goes on with the tests."""

import os
from collections.abc import Callable

import pytest
from tests.children import forked


def test_a_forked_child_ends_by_what_its_work_returns() -> None:
    assert [ended(lambda: None), ended(lambda: False), ended(lambda: True), ended(lambda: 7)] == [
        0,
        0,
        1,
        7,
    ]


@pytest.mark.parametrize("error", [OSError, SystemExit, KeyboardInterrupt])
def test_an_exception_ends_a_forked_child_before_pytest_sees_it(error: type[BaseException]) -> None:
    def fail() -> None:
        raise error

    assert ended(fail) == 1


def ended(work: Callable[[], object]) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(forked(work), 0)[1])
