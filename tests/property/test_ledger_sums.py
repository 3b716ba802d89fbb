"""What SQLite sums is what the core's arithmetic says of the same spans, for any spans and any
periods."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codespace_tracker.core.clock import Reading
from codespace_tracker.core.session import ClosedSpan, begin
from codespace_tracker.core.usage import Usage, core_us_between, running_between, shared_out
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


def fill(ledger: Ledger, stretches: list[tuple[int, int, int]], *, newest_is_open: bool) -> None:
    """Give the ledger's one session these spans, and no others."""
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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STRETCHES, st.booleans(), BOUNDS)
def test_each_period_gets_what_falls_into_it(
    ledger: Ledger, stretches: list[tuple[int, int, int]], newest_is_open: bool, bounds: list[int]
) -> None:
    fill(ledger, stretches, newest_is_open=newest_is_open)
    assert sums.by_period(ledger, bounds) == shared_out(stretches, bounds)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STRETCHES, st.booleans(), st.integers(0, 140), st.integers(0, 140))
def test_a_time_gets_what_falls_into_it_and_may_leave_out_what_is_open(
    ledger: Ledger,
    stretches: list[tuple[int, int, int]],
    newest_is_open: bool,
    since: int,
    until: int,
) -> None:
    fill(ledger, stretches, newest_is_open=newest_is_open)
    spans = [
        ClosedSpan(n, started_at, 0, cores, running_us)
        for n, (started_at, running_us, cores) in enumerate(stretches, 1)
    ]
    within = [
        (max(0, min(one.ended_at, until) - max(one.started_at, since)), one.cores) for one in spans
    ]
    expected = Usage(sum(us for us, _ in within), sum(us * cores for us, cores in within))
    assert running_between(spans, since, until) == expected.running_us
    assert core_us_between(spans, since, until) == expected.core_us
    if since < until:
        assert sums.used(ledger, since, until) == expected
        assert sums.used(ledger, since, until, beside=2) == expected
        ended = spans[:-1] if newest_is_open else spans
        assert sums.used(ledger, since, until, beside=1) == Usage(
            running_between(ended, since, until), core_us_between(ended, since, until)
        )
