"""What SQLite sums is what the core's arithmetic says of the same spans, for any spans and any
periods."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codespace_tracker.core.clock import Reading
from codespace_tracker.core.session import begin
from codespace_tracker.core.usage import shared_out
from codespace_tracker.ledger import sums
from codespace_tracker.ledger.store import Ledger

STRETCHES = st.lists(
    st.tuples(st.integers(0, 90), st.integers(0, 40), st.sampled_from((1, 2, 32))), max_size=12
)
BOUNDS = st.lists(st.integers(0, 140), min_size=2, max_size=9).map(sorted)
EMPTY = Reading(0, 0, 0, "boot", 0)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    made = Ledger.open_writer(str(tmp_path_factory.mktemp("sums") / "ledger.db"))
    made.add_session(begin("session", 1, EMPTY, 2, age_us=0, running_us=0, not_before=0), "tracker")
    yield made
    made.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STRETCHES, st.booleans(), BOUNDS)
def test_each_period_gets_what_falls_into_it(
    ledger: Ledger, stretches: list[tuple[int, int, int]], newest_is_open: bool, bounds: list[int]
) -> None:
    with ledger.transaction():
        ledger.change("DELETE FROM span")
        for n, (started_at, running_us, cores) in enumerate(stretches, 1):
            is_open = newest_is_open and n == len(stretches)
            closed_after = None if is_open else running_us
            ledger.change(
                "INSERT INTO span VALUES (1, ?, ?, 0, ?, ?)", n, started_at, cores, closed_after
            )
            ledger.change(
                "UPDATE session SET running_us = ?", running_us
            )  # that of the newest span's is read there
    assert sums.by_period(ledger, bounds) == shared_out(stretches, bounds)
