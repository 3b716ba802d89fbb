"""The month's figure against an oracle that knows what was truly used and what GitHub bills for it.

GitHub's reports are made by an independent few lines from the truth: late by up to three days,
partial, corrected, by day or as one sum for the month, and are read as texts by the real reader
into a real ledger.
"""

import io
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from tests.examples import examples

from codespace_tracker.core.calendar import UTC, month_bounds, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.gauge import Gauge, Terms, gauge
from codespace_tracker.core.session import ClosedSpan
from codespace_tracker.core.usage import core_us_between
from codespace_tracker.github import usage_report
from codespace_tracker.ledger.billing import Billing
from codespace_tracker.ledger.store import Ledger

MONTH = month_bounds(parse_iso("2026-11-15"))
BEFORE, AFTER = MONTH[0] - 2 * DAY_US, MONTH[1] + 6 * DAY_US
LAG_US = 3 * DAY_US
ME = "Octocat"
TERMS = Terms(120 * HOUR_US)


class Ran(NamedTuple):
    """A stretch that a machine ran: where, from when on (UTC µs), how many minutes on how many
    cores; after how many minutes GitHub's figures have it; and whether it is on the bill at all."""

    where: str
    start: int
    minutes: int
    cores: int
    lag: int
    is_billed: bool

    def within(self, since: int, until: int) -> int:
        """Its core-minutes between two instants."""
        end = self.start + self.minutes * MINUTE_US
        return max(0, min(end, until) - max(self.start, since)) // MINUTE_US * self.cores


class Act(NamedTuple):
    """Something done at a moment: which report is read (or `forget`), of which days (numbers from
    the month's first), and by how many core-minutes GitHub's figures of days that are not settled
    are too high then."""

    at: int
    kind: str
    first: int
    last: int
    error: int


MINUTES = st.integers(BEFORE // MINUTE_US, MONTH[1] // MINUTE_US + 300).map(lambda n: n * MINUTE_US)
RAN = st.builds(
    Ran,
    st.sampled_from(["here", "other", "organization"]),
    MINUTES,
    st.integers(1, 40 * 60),
    st.sampled_from([2, 4, 8]),
    st.integers(0, LAG_US // MINUTE_US),
    st.just(True),
)
ACT = st.builds(
    Act,
    st.integers(MONTH[0] // MINUTE_US, AFTER // MINUTE_US).map(lambda n: n * MINUTE_US),
    st.sampled_from(["month", "month", "csv", "detailed", "year", "organization", "forget"]),
    st.integers(0, 29),
    st.integers(0, 29),
    st.just(0),
)


def apart(found: list[Ran]) -> list[Ran]:
    """Without those that overlap another one of the same machine."""
    kept: list[Ran] = []
    for one in sorted(found, key=lambda one: one.start):
        last = next((other for other in reversed(kept) if other.where == one.where), None)
        if last is None or last.start + last.minutes * MINUTE_US <= one.start:
            kept.append(one)
    return kept


STORIES = st.lists(RAN, max_size=8).map(apart)
ACTS = st.lists(ACT, max_size=5).map(sorted)


class World:
    """The truth, and a ledger that is told of it."""

    def __init__(
        self, ledger: Ledger, story: list[Ran], *, counts: bool, ahead_us: int = 0
    ) -> None:
        self.ledger = ledger
        self.billing = Billing(ledger)
        self.story = story
        self.counts = counts
        self.ahead_us = ahead_us
        self.is_told = False
        self.settled: dict[int, bool] = {}

    # --- the truth

    def bill(self, since: int, until: int, *, by: int | None = None, error: int = 0) -> int:
        """The core-minutes that I am billed for within a time; with `by`, as far as GitHub's
        figures have them then."""
        total = 0
        for one in self.story:
            if one.is_billed and (one.where == "other" or (one.where == "here" and self.counts)):
                seen = until if by is None else min(until, by - one.lag * MINUTE_US)
                total += one.within(since, max(since, seen))
        return total + (error if by is not None and until + LAG_US > by else 0)

    def spans(self, now: int) -> list[ClosedSpan]:
        """What was counted here up to now, by this machine's clock."""
        found = []
        for one in self.story:
            ran = min(one.minutes * MINUTE_US, now - one.start)
            if one.where == "here" and ran > 0:
                found.append(ClosedSpan(1, one.start + self.ahead_us, 0, one.cores, ran))
        return found

    # --- what is read

    def act(self, act: Act) -> None:
        with self.ledger.transaction():
            if act.kind == "forget":
                day = MONTH[0] + act.first * DAY_US
                self.billing.forget(*(MONTH if act.last > 20 else (day, day + DAY_US)))
                return
            as_of = act.at + self.ahead_us
            report = self._report(act, as_of)
            if report is not None:
                self.billing.put(report.lines, as_of, report.stretches)

    def _report(self, act: Act, as_of: int) -> usage_report.Report | None:
        first, last = sorted((act.first, act.last))
        starts = [MONTH[0] + n * DAY_US for n in range(30)]
        if act.kind == "month":
            items = [self._item(day, day + DAY_US, act) for day in starts if day < act.at]
            return usage_report.from_items(
                [one for one in items if one["quantity"]], as_of, MONTH, ""
            )
        if act.kind == "year":
            return _read(json.dumps({"usageItems": self._year(act)}), as_of)
        days = [day for day in starts[first : last + 1] if day < act.at]
        if not days:
            return None
        if act.kind == "organization":
            rows = [
                f"{UTC.date(day)},codespaces,codespaces_compute_d4,90,minutes,{ME},acme"
                for day in days
            ]
            return _read(
                "\n".join(["date,product,sku,quantity,unit_type,username,organization", *rows]),
                as_of,
            )
        named = ME.lower() if act.kind == "detailed" else ""
        rows = [
            f"{UTC.date(day)},actions,actions_linux,1,minutes,{named}"
            for day in (days[0], days[-1])
        ]
        for day in days:
            item = self._item(day, day + DAY_US, act)
            if item["quantity"]:
                rows.append(
                    f"{UTC.date(day)},codespaces,codespaces_compute_d2,{item['quantity']},minutes,{named}"
                )
        return _read("\n".join(["date,product,sku,quantity,unit_type,username", *rows]), as_of)

    def _item(self, since: int, until: int, act: Act) -> dict[str, Any]:
        core_minutes = self.bill(since, until, by=act.at, error=act.error)
        return {
            "date": UTC.date(since) + "T00:00:00Z",
            "product": "codespaces",
            "sku": "Codespaces compute 2-core",
            "quantity": core_minutes / 2,
            "unitType": "Minutes",
        }

    def _year(self, act: Act) -> list[dict[str, Any]]:
        before = {
            **self._item(BEFORE, BEFORE + 1, act),
            "date": "2026-10-01T00:00:00Z",
            "quantity": 60,
        }
        return [before, self._item(*MONTH, act)]

    # --- what comes of it

    def gauge(self, now: int) -> Gauge:
        spans = self.spans(now)
        told = self.billing.figures(MONTH[0], MONTH[0], ME)
        terms = TERMS._replace(counts=self.counts)
        seen = now + self.ahead_us

        def counted(since: int, until: int) -> int:
            return core_us_between(spans, since, until)

        return gauge(counted, told, min(seen, AFTER + DAY_US), MONTH, terms)

    def settled_days(self, now: int) -> set[int]:
        days = self.billing.figures(MONTH[0], MONTH[0], ME).days
        return {day.start for day in days if day.is_settled(now)}


def _read(text: str, as_of: int) -> usage_report.Report:
    found = usage_report.read(io.StringIO(text, newline=""), as_of)
    assert found.broken == []
    return found


@contextmanager
def world(story: list[Ran], *, counts: bool = True, ahead_us: int = 0) -> Iterator[World]:
    """A world whose ledger is in memory, where there is some."""
    memory = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        ledger = Ledger.open_writer(str(Path(folder) / "ledger.db"))
        try:
            yield World(ledger, story, counts=counts, ahead_us=ahead_us)
        finally:
            ledger.close()


def closing(error: int = 0) -> Act:
    """The report of the whole month, once all of it is settled."""
    return Act(MONTH[1] + LAG_US, "month", 0, 29, error)


MANY = examples(15, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(STORIES, ACTS)
@example(
    # 50 hours on 2 cores, all of it in the sum of the month: it counted twice once
    [Ran("here", MONTH[0] + 2 * DAY_US, 3000, 2, 0, True)],
    [Act(MONTH[0] + 9 * DAY_US, "year", 0, 0, 0)],
)
def test_the_month_is_never_more_than_what_was_truly_used(
    story: list[Ran], acts: list[Act]
) -> None:
    with world(story) as one:
        for act in acts:
            one.act(act)
            now = act.at
            assert one.gauge(now).used <= one.bill(MONTH[0], min(now, MONTH[1])) * MINUTE_US
            if act.kind in ("month", "year"):
                assert (
                    one.gauge(now).used
                    >= one.bill(MONTH[0], min(now, MONTH[1]), by=now) * MINUTE_US
                )


@MANY
@given(STORIES, ACTS, st.booleans(), st.sampled_from([0, 0, 7]))
def test_once_all_is_settled_the_month_is_githubs_figure(
    story: list[Ran], acts: list[Act], counts: bool, late_days: int
) -> None:
    with world(story, counts=counts) as one:
        for act in [act for act in acts if act.at < MONTH[1] + LAG_US and act.kind != "year"]:
            one.act(act)
        final = closing()._replace(at=closing().at + late_days * DAY_US)
        one.act(final)
        found = one.gauge(final.at)
        assert found.used == one.bill(*MONTH) * MINUTE_US
        assert found.is_settled


@MANY
@given(STORIES, ACTS, st.lists(st.booleans(), min_size=8, max_size=8), st.integers(0, 600))
def test_beyond_the_truth_is_only_what_is_not_settled(
    story: list[Ran], acts: list[Act], billed: list[bool], error: int
) -> None:
    """Some time that was counted here is never billed, and GitHub's figures are too high before
    they are corrected."""
    story = [
        one._replace(is_billed=is_billed) for one, is_billed in zip(story, billed, strict=False)
    ]
    with world(story) as one:
        for act in acts:
            one.act(act._replace(error=error // 2 * 2))
            now, days = act.at, range(MONTH[0], MONTH[1], DAY_US)
            unsettled = [day for day in days if day not in one.settled_days(now)]
            spans = one.spans(now)
            slack = sum(
                core_us_between(spans, day, day + DAY_US) + error * MINUTE_US for day in unsettled
            )
            assert one.gauge(now).used <= one.bill(MONTH[0], min(now, MONTH[1])) * MINUTE_US + slack
        one.act(closing())
        assert one.gauge(closing().at).used == one.bill(*MONTH) * MINUTE_US or any(
            a.kind == "year" for a in acts
        )


@MANY
@given(STORIES, ACTS)
def test_a_clock_a_day_ahead_for_a_while_is_forgotten_once_all_is_settled(
    story: list[Ran], acts: list[Act]
) -> None:
    with world(story, ahead_us=DAY_US) as one:
        for act in [act for act in acts if act.at < MONTH[1] and act.kind != "year"]:
            one.act(act)
        one.ahead_us = 0  # it was set right; what was counted with it stays as it was
        late = closing()._replace(at=closing().at + 2 * DAY_US)
        one.act(late)
        assert one.gauge(late.at).used == one.bill(*MONTH) * MINUTE_US


@MANY
@given(STORIES, ACTS)
def test_a_local_container_and_an_organisations_codespace_add_nothing(
    story: list[Ran], acts: list[Act]
) -> None:
    with world(story, counts=False) as one:
        assert one.gauge(AFTER).quota is None
        for act in acts:
            one.act(act)
            found = one.gauge(act.at)
            if found.as_of is None:
                assert found.quota is None
            else:
                assert found.used <= one.bill(MONTH[0], min(act.at, MONTH[1])) * MINUTE_US


@MANY
@given(STORIES, ACTS)
def test_what_is_forgotten_leaves_what_was_counted_here(story: list[Ran], acts: list[Act]) -> None:
    with world(story) as one:
        for act in acts:
            one.act(act)
        one.act(Act(AFTER, "forget", 0, 29, 0))
        found = one.gauge(AFTER)
        assert found.used == core_us_between(one.spans(AFTER), *MONTH)
        assert found.as_of is None
