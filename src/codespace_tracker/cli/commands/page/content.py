"""What the page says, in words and numbers, from the values of `views/`. The template decides where
it stands."""

from collections.abc import Iterable
from typing import NamedTuple

from codespace_tracker import __version__
from codespace_tracker.cli.commands.page import charts
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.text import showable
from codespace_tracker.ledger.presence_sums import Split
from codespace_tracker.views import in_force, trigger_words, wording
from codespace_tracker.views.condition import Condition, condition, where
from codespace_tracker.views.fleet import age, state_in_words
from codespace_tracker.views.fuel import Fuel
from codespace_tracker.views.outlook import in_words, last_in_words, last_of, outlook, urgency
from codespace_tracker.views.page import Page
from codespace_tracker.views.presence import SHOWN_UNKNOWN_US, unattended
from codespace_tracker.views.quota_advice import advice, unseen
from codespace_tracker.views.quota_facts import beyond, cost, facts
from codespace_tracker.views.quota_forecast import NO_FORECAST, PaceRow, named_paces, pace_rows
from codespace_tracker.views.quota_known import pace_notes
from codespace_tracker.views.quota_terms import (
    all_codespaces,
    at_least,
    gauge_line,
    month_since,
    run_time,
    why_no_quota,
)
from codespace_tracker.views.report import ReportRow
from codespace_tracker.views.standing import FAILED
from codespace_tracker.views.year import LEVELS, level, months_of

_LABEL = 80  # characters of a name that others chose
_NAMES = 8  # repositories or machines
_CODESPACES = 12
_AMOUNTS = ("running_us", "core_us")
_TRIGGERS = 20
_TEXTS = 6  # problems, or notices


class Tile(NamedTuple):
    """One of the three answers at the top: what it is of, the figure, its unit, and what belongs to
    it. `is_bad` says that it needs attention."""

    title: str
    value: str
    unit: str
    lines: list[str]
    is_bad: bool = False


class Fact(NamedTuple):
    """A figure with its name, and what it is of."""

    name: str
    value: str
    note: str


class Bar(NamedTuple):
    """A row of a table with a bar: its name, how long the bar is in percent, and the figures."""

    name: str
    part: float
    running: str
    unattended: str
    core_hours: str


class Codespace(NamedTuple):
    """A codespace with a bar: its name, how long the bar is in percent, the figures, how old they
    are, and its state."""

    name: str
    part: float
    running: str
    core_hours: str
    told: str
    state: str


class Fleet(NamedTuple):
    """All codespaces: of which days, each one, all together (running time, core-hours), and what
    the figures lack."""

    period: str
    rows: list[Codespace]
    all: tuple[str, str]
    missing: list[str]


class TriggerLine(NamedTuple):
    """A trigger: its label, when it fires, what it does next, and how it last ended."""

    label: str
    fires: str
    next: str
    last: str
    has_failed: bool


class Content(NamedTuple):
    """All that the template shows."""

    title: str
    condition: Condition
    where: str
    at: str
    at_iso: str
    zone: str
    version: str
    attention: list[str]
    notices: list[str]
    left: Tile
    used_part: float | None
    even_part: float
    ends: Tile
    paces: list[PaceRow]
    pace_head: str
    wasted: Tile
    split: tuple[float, ...]
    facts: list[Fact]
    lines: charts.Lines
    has_quota: bool
    weeks: list[charts.Tick]
    days_left: list[tuple[str, str, str]]
    basis: list[tuple[str, list[str]]]
    pace_notes: list[str]
    advice: list[str]
    fleet: Fleet | None
    strips: list[dict[str, object]]
    strip_totals: tuple[str, ...]
    week: charts.Fills
    week_rows: list[tuple[str, ...]]
    busiest: str
    period: str
    repositories: list[Bar]
    machines: list[Bar]
    year: dict[int, str]
    year_months: list[charts.Tick]
    year_ground: str
    year_total: str
    year_weeks: int
    year_rows: list[tuple[str, str, str]]
    levels: list[str]
    triggers: list[TriggerLine]
    trigger_notes: list[str]


def content(page: Page) -> Content:
    """What the page says."""
    fuel = page.fuel
    state, gauge, zone = fuel.state, fuel.gauge, fuel.state.configuration.zone
    month = (gauge.month_start, gauge.month_end)
    forecasts = (pace.at_reset for _, pace in named_paces(fuel))
    elapsed = (gauge.at - gauge.month_start) / (gauge.month_end - gauge.month_start)
    named, fleet = where(state), _fleet(page)
    said_beside = [] if fleet is None else fleet.missing
    return Content(
        title=shown(state.tracker.codespace_name or state.tracker.repository or "this machine"),
        condition=condition(state),
        where=shown(named, 2 * _LABEL),
        at=wording.moment(state.at, zone, seconds=False),
        at_iso=zone.iso(state.at),
        zone=zone.name,
        version=__version__,
        attention=_attention(page),
        notices=_some([one.text for one in state.notices]),
        left=_left(fuel),
        used_part=None if gauge.percent is None else min(100.0, round(gauge.percent, 2)),
        even_part=round(elapsed * 100, 2),
        ends=_ends(fuel),
        paces=pace_rows(fuel),
        pace_head=f"Total by {wording.short_day(gauge.month_end, UTC)}",
        wasted=_wasted(fuel),
        split=_parts(fuel.split, fuel.counted_us),
        facts=_facts(page),
        lines=charts.burn_down(page.points, month, gauge.quota, forecasts, HOUR_US),
        has_quota=gauge.quota is not None,
        weeks=[charts.Tick(at, wording.short_day(day, UTC)) for at, day in charts.weeks_of(month)],
        days_left=_days_left(page),
        basis=_grouped(facts(fuel)),
        pace_notes=pace_notes(fuel),
        advice=[*advice(fuel), *(one for one in unseen(fuel) if one not in said_beside)],
        fleet=fleet,
        strips=_strips(page),
        strip_totals=_totals([strip.row for strip in page.strips]),
        week=charts.week(page.hours),
        week_rows=_week_rows(page),
        busiest=wording.length(max(row.running_us for row in page.hours)),
        period=f"{wording.day(page.since, zone)} to {wording.day(state.at, zone)}",
        repositories=_bars(page.repositories),
        machines=_bars(page.machines),
        year=charts.calendar([level(row.running_us) for row in page.year]),
        year_months=_year_months(page),
        year_ground=charts.days_of(len(page.year)),
        year_total=_year_total(page),
        year_weeks=-(-len(page.year) // 7),
        year_rows=_year_rows(page),
        levels=list(LEVELS),
        triggers=_triggers(page),
        trigger_notes=_trigger_notes(page),
    )


def shown(text: str, limit: int = _LABEL) -> str:
    """A text that others wrote, with an end, and with all that is not printable made visible."""
    return showable(text, limit)


def _some(texts: list[str]) -> list[str]:
    """The first of some texts that others wrote, and how many more there are."""
    listed = [shown(text, 4 * _LABEL) for text in texts[:_TEXTS]]
    more = len(texts) - len(listed)
    return [*listed, *([f"and {more} more: codespace-tracker status"] if more else [])]


def _attention(page: Page) -> list[str]:
    state = page.fuel.state
    failed = [shown(one.label) for one in page.standing.triggers if page.standing.failed(one)]
    texts = [*state.problems, *in_force.notes(state)]
    if failed:
        texts.append(f"Failed when last due: {', '.join(failed[:_TEXTS])}")
    return _some(texts)


# --- the three answers


def _left(fuel: Fuel) -> Tile:
    gauge, state = fuel.gauge, fuel.state
    used = gauge_line(gauge)
    if gauge.left is None:
        why = why_no_quota(gauge, state.configuration.settings, state.tracker.environment)
        value = f"{at_least(gauge)}{wording.core_hours(gauge.used)}"
        month = f"core-hours this month, {month_since(gauge, state.configuration.zone)}"
        return Tile("Used this month", value, month, [why] if why else [])
    cores = state.session.span.cores
    lines = [f"{used[0].upper()}{used[1:]} used"]
    if gauge.left:
        on = wording.count(cores, "core")
        lines.insert(0, f"{run_time(gauge.left, cores)} on this machine’s {on}")
    elif beyond(gauge):
        more = cost(beyond(gauge), is_all=False)
        lines.append(f"{more[0].upper()}{more[1:]}")
    if gauge.has_fleet:
        of = all_codespaces(gauge)
        lines.append(of[0].upper() + of[1:])
    value = wording.core_hours(gauge.left)
    unit = "core-hours, at most" if gauge.left and at_least(gauge) else "core-hours"
    return Tile("Left this month", value, unit, lines, not gauge.left)


def _ends(fuel: Fuel) -> Tile:
    gauge, zone = fuel.gauge, fuel.state.configuration.zone
    end = gauge.month_end
    reset = (
        f"Resets {wording.short_moment(end, zone)} ({zone.name}), in"
        f" {wording.about(end - gauge.at)}"
    )
    if gauge.quota is None:
        day, clock = wording.day_of_week(end, zone), wording.clock(end, zone)
        return Tile("The month ends", day, clock, [reset])
    if not gauge.left:
        return Tile("When it ends", "Used up", "until the reset", [reset], is_bad=True)
    if fuel.runs_out_at is not None:
        pace = "the faster pace" if len(named_paces(fuel)) > 1 else "this pace"
        lines = [f"At {pace} the quota runs out before the reset", reset]
        day = wording.day_of_week(fuel.runs_out_at, zone)
        return Tile("When it ends", day, "runs out", lines, is_bad=True)
    if not named_paces(fuel):
        day = wording.day_of_week(end, zone)
        return Tile("When it ends", day, "resets", [NO_FORECAST, reset])
    return Tile("When it ends", "Lasts", "to the end of the month", [reset])


def _wasted(fuel: Fuel) -> Tile:
    """The month's core-time with no one there, of that counted here: as `quota` has it."""
    title, split, whole = "Wasted this month", fuel.split, fuel.counted_us
    of = f"the {wording.core_hours(whole)} core-hours counted here"
    if not whole:
        return Tile(title, "0", "core-hours unattended", ["Nothing ran here this month yet"])
    if not any(split):
        known = of if wording.core_hours(whole) != "0" else "the time counted here"
        why = f"Whether anyone was there is not known for any of {known}"
        return Tile(title, "Unknown", "", [why])
    lines = [f"{wording.percent(split.absent, whole)} of {of}: no one was there"]
    unit, unknown = "core-hours unattended", split.unknown_of(whole)
    if unknown >= SHOWN_UNKNOWN_US * fuel.state.session.span.cores:
        unit += ", at least"
        lines.append(
            f"For {wording.core_hours(unknown)} core-hours more"
            f" ({wording.percent(unknown, whole)}) it is not known"
        )
    return Tile(title, wording.core_hours(split.absent), unit, lines)


def _parts(split: Split, whole: int) -> tuple[float, ...]:
    """How time splits, in percent; empty where that tells nothing."""
    if not any(split):
        return ()
    return tuple(round(part * 100 / whole, 1) for part in (*split, split.unknown_of(whole)))


def _facts(page: Page) -> list[Fact]:
    state, zone = page.fuel.state, page.fuel.state.configuration.zone
    session = state.session
    is_today = zone.day_start(state.now_us) <= session.last_seen_at
    today = "Today" if state.running or is_today else "That day"
    today_note = wording.day(session.last_seen_at, zone)
    if any(state.today_split):
        today_note += f", {unattended(state.today_split, state.today_us)} unattended"
    sessions = wording.count(state.session_count, "session")
    since = wording.short_moment(session.began_at, zone)
    name = f"{'This' if state.running else 'Last'} session ({session.number})"
    return [
        Fact(name, wording.length(session.running_us), f"since {since}"),
        Fact(today, wording.length(state.today_us), today_note),
        Fact(
            "All sessions",
            wording.length(state.total_us),
            f"{sessions} since {wording.day(state.first_start, zone)}",
        ),
        Fact(
            "Machine",
            wording.count(session.span.cores, "core"),
            f"{session.span.cores} core-hours an hour",
        ),
    ]


# --- the month


def _days_left(page: Page) -> list[tuple[str, str, str]]:
    """Each day of the month so far: its date (UTC), what was used, and what was left at its end; or
    what was used up to then, without a quota."""
    quota = page.fuel.gauge.quota
    rows = []
    for point, used in charts.changes(page.points):
        left = point.used if quota is None else quota - point.used
        # a day ends where the next one begins
        rows.append(
            (
                wording.short_day(point.at - 1, UTC),
                wording.decimal(used, HOUR_US, 1),
                wording.decimal(left, HOUR_US, 1),
            )
        )
    return rows


def _grouped(rows: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Rows with those that go on with them, which have no name."""
    found: list[tuple[str, list[str]]] = []
    for name, value in rows:
        if name:
            found.append((name, [value]))
        else:
            found[-1][1].append(value)
    return found


# --- all codespaces


def _fleet(page: Page) -> Fleet | None:
    """The billing month of all codespaces, this one first, then the most used; many as one."""
    view = page.fleet
    if view is None:
        return None
    most = max((row.core_us for row in view.rows), default=0) or 1
    rows = [
        Codespace(
            shown(row.name),
            round(row.core_us / most * 100, 1),
            _hours(row.running_us),
            wording.decimal(row.core_us, HOUR_US, 1),
            age(row.seen_at, view.at),
            "" if row.member is None else state_in_words(row.member),
        )
        for row in view.rows[:_CODESPACES]
    ]
    others = view.rows[_CODESPACES:]
    if others:
        running_us, core_us = (sum(getattr(row, key) for row in others) for key in _AMOUNTS)
        name = f"{wording.count(len(others), 'more codespace')}: codespace-tracker fleet"
        part = round(min(1, core_us / most) * 100, 1)
        hours = _hours(running_us), wording.decimal(core_us, HOUR_US, 1)
        rows.append(Codespace(name, part, *hours, "", ""))
    running_us, core_us = (sum(getattr(row, key) for row in view.rows) for key in _AMOUNTS)
    first, last = view.since, min(view.until - DAY_US, view.at)
    return Fleet(
        f"{wording.day(first, UTC)} to {wording.day(last, UTC)}",
        rows,
        (_hours(running_us), wording.decimal(core_us, HOUR_US, 1)),
        page.fuel.state.missing,
    )


# --- when it ran


def _totals(rows: list[ReportRow]) -> tuple[str, ...]:
    together = _together(rows)
    return _columns(together.running_us, together.split)


def _columns(running_us: int, split: Split) -> tuple[str, ...]:
    """Running time, and how it splits: attended, unattended, not known."""
    return tuple(map(_hours, (running_us, *split, split.unknown_of(running_us))))


def _hours(us: int) -> str:
    """A length of time in a table: `3h 05m`, `0h 12m`, and `–` for nothing."""
    return f"{us // HOUR_US}h {us % HOUR_US // MINUTE_US:02}m" if us else "–"


def _strips(page: Page) -> list[dict[str, object]]:
    zone = page.fuel.state.configuration.zone
    return [
        {
            "day": wording.DAYS[zone.local(strip.start).weekday],
            "number": wording.day_number(strip.start, zone),
            "month": wording.month_name(strip.start, zone),
            "fills": charts.strip(strip),
            "hours": _columns(strip.row.running_us, strip.row.split),
            "core_hours": wording.decimal(strip.row.core_us, HOUR_US, 1),
        }
        for strip in reversed(page.strips)
    ]


def _week_rows(page: Page) -> list[tuple[str, ...]]:
    """By weekday: its name, and the minutes of each hour that ran."""
    minutes = [str(row.running_us // MINUTE_US) for row in page.hours]
    return [(wording.DAYS[n], *minutes[24 * n : 24 * n + 24]) for n in range(7)]


def _together(rows: list[ReportRow]) -> ReportRow:
    present, absent = (sum(parts) for parts in zip(*(row.split for row in rows), strict=True))
    return ReportRow(
        f"{len(rows)} others",
        sum(row.sessions for row in rows),
        sum(row.running_us for row in rows),
        sum(row.core_us for row in rows),
        Split(present, absent),
    )


def _bars(rows: list[ReportRow]) -> list[Bar]:
    """Names with their core-hours, the most used first; many small ones as one."""
    most = max((row.core_us for row in rows), default=0) or 1
    if len(rows) > _NAMES:
        rows = [*rows[: _NAMES - 1], _together(rows[_NAMES - 1 :])]
    return [
        Bar(
            shown(row.name),
            round(min(1, row.core_us / most) * 100, 1),
            _hours(row.running_us),
            unattended(row.split, row.running_us),
            wording.decimal(row.core_us, HOUR_US, 1),
        )
        for row in rows
        if row.running_us
    ]


# --- the year


def _year_months(page: Page) -> list[charts.Tick]:
    weeks = -(-len(page.year) // 7)
    return [
        charts.Tick(week / weeks * 100, wording.MONTHS[month])
        for week, month in months_of(page.year_days)
        if week <= weeks - 3
    ]


def _year_total(page: Page) -> str:
    ran = [row.running_us for row in page.year]
    days = wording.count(sum(map(bool, ran)), "day")
    return f"{wording.length(sum(ran))} on {days}"


def _year_rows(page: Page) -> list[tuple[str, str, str]]:
    """By month: the days on which anything ran, running time, and core-hours."""
    rows: dict[tuple[int, int], list[ReportRow]] = {}
    for date, row in zip(page.year_days.dates, page.year, strict=True):
        rows.setdefault((date.year, date.month), []).append(row)
    return [
        (
            f"{wording.MONTHS[month]} {year}",
            str(sum(bool(row.running_us) for row in days)),
            _hours(sum(row.running_us for row in days)),
        )
        for (year, month), days in rows.items()
    ]


# --- triggers


def _triggers(page: Page) -> list[TriggerLine]:
    standing, zone = page.standing, page.standing.configuration.zone
    waits = standing.waits()
    order = sorted(range(len(standing.armed)), key=lambda n: urgency(standing, n, waits))
    lines = []
    for n in order[:_TRIGGERS]:
        trigger = standing.triggers[n]
        last = last_of(standing, trigger)
        lines.append(
            TriggerLine(
                shown(trigger.label),
                shown(trigger_words.conditions(trigger), 2 * _LABEL),
                shown(in_words(outlook(standing, n, waits.get(n)), zone), 2 * _LABEL),
                shown(last_in_words(standing, trigger), 2 * _LABEL),
                last is not None and last.state in FAILED,
            )
        )
    return lines


def _trigger_notes(page: Page) -> list[str]:
    standing = page.standing
    notes = []
    if not standing.triggers:
        notes.append("None yet. To add one: codespace-tracker triggers add")
    more = len(standing.triggers) - _TRIGGERS
    if more > 0:
        notes.append(f"And {more} more: codespace-tracker triggers --all")
    if not standing.running and standing.triggers:
        notes.append(
            "The tracker is not running, so nothing fires. Start it: codespace-tracker start"
        )
    elif standing.waits():
        notes.append("Times assume that the machine keeps running.")
    return notes
