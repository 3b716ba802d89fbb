"""A Record is a NamedTuple in all that its users can see."""

from __future__ import annotations

import copy
import pickle
from typing import NamedTuple

import pytest

from codespace_tracker.core.record import Record


class Light(Record):
    """With a method and defaults."""

    a: int
    b: str = "b"
    c: tuple[int, ...] = ()

    @property
    def twice(self) -> int:
        """Twice a."""
        return 2 * self.a


class Usual(NamedTuple):
    """The same, as Python has it."""

    a: int
    b: str = "b"
    c: tuple[int, ...] = ()


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((1, "x", (2,)), {}),
        ((1,), {}),
        ((1,), {"c": (3,)}),
        ((), {"a": 1, "b": "x", "c": ()}),
        ((), {"c": (), "a": 1}),
        ((), {}),
        ((1, 2, 3, 4), {}),
        ((1,), {"a": 2}),
        ((1, "x", ()), {"c": ()}),
        ((1, "x"), {"d": 1}),
        ((1,), {"d": 1, "e": 2}),
    ],
)
def test_a_record_takes_and_refuses_what_a_named_tuple_does(
    values: tuple[object, ...], named: dict[str, object]
) -> None:
    try:
        expected: tuple[object, ...] | None = Usual(*values, **named)  # type: ignore[arg-type]
    except TypeError:
        expected = None
    if expected is None:
        with pytest.raises(TypeError):
            Light(*values, **named)  # type: ignore[arg-type]
    else:
        made = Light(*values, **named)  # type: ignore[arg-type]
        assert tuple(made) == expected
        assert repr(made) == repr(expected).replace("Usual", "Light")
        assert hash(made) == hash(expected)


def test_a_record_has_what_named_tuples_have() -> None:
    made, usual = Light(1, "x", (2,)), Usual(1, "x", (2,))
    assert (made.a, made.b, made.c, made.twice) == (1, "x", (2,), 2)
    assert made._asdict() == usual._asdict()
    assert tuple(made._replace(b="y")) == tuple(usual._replace(b="y"))
    assert tuple(Light._make([1, "x", ()])) == tuple(Usual._make([1, "x", ()]))
    assert (Light._fields, Light._field_defaults) == (Usual._fields, Usual._field_defaults)
    match made:
        case Light(a, b):
            assert (a, b) == (1, "x")


def test_a_record_refuses_what_named_tuples_refuse() -> None:
    made = Light(1)
    with pytest.raises(ValueError, match="unexpected"):
        made._replace(d=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Expected 3"):
        Light._make([1])
    with pytest.raises(AttributeError):
        made.a = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        made.d = 2  # type: ignore[attr-defined]


def test_copies_and_pickles_of_a_record_are_the_same_record() -> None:
    made = Light(1, "x", (2,))
    for other in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert other == made
        assert type(other) is Light
