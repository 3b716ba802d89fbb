"""Deadlines: taken and looked through in order, whatever was added when."""

from hypothesis import given
from hypothesis import strategies as st

from codespace_tracker.core.deadlines import Deadlines

moments = st.lists(st.integers(0, 1000), max_size=60)


def of(listed: list[int]) -> Deadlines:
    made = Deadlines()
    for number, at in enumerate(listed):
        made.add(at, number)
    return made


@given(moments, st.integers(0, 1000))
def test_they_are_taken_in_order_up_to_a_moment(listed: list[int], until: int) -> None:
    deadlines = of(listed)
    assert [at for at, _ in deadlines.take(until)] == sorted(at for at in listed if at <= until)
    assert deadlines.first() == min((at for at in listed if at > until), default=None)


@given(moments)
def test_they_are_looked_through_in_order_and_stay(listed: list[int]) -> None:
    deadlines = of(listed)
    assert list(deadlines.in_order()) == sorted((at, number) for number, at in enumerate(listed))
    assert deadlines.first() == min(listed, default=None)
