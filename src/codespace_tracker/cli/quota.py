"""`quota`: what is left of the month's core-hours, and how long that lasts."""

from typing import Any

import click

from codespace_tracker.cli import fuel, quota_warnings, show
from codespace_tracker.cli.fuel import Fuel
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.gauge import SIZES, Gauge, Pace, dollars, hours_left

_BAR = 40
_TABLE_LEAST = 64  # columns: on fewer the paces are told in sentences
_LOW_PERCENT, _OUT_PERCENT = 75, 100
_WARNING = (
    "New shells tell you at 50, 75, 90 and 100 % of the month's quota. No more: codespace-tracker quota --no-warn"
)
_NO_WARNING = "You are warned no more; the triggers rest in trigger_config.json."


@click.command()
@click.option("--warn/--no-warn", default=None, help="Be warned at 50, 75, 90 and 100 %, or no more.")
@click.option("--notice", "as_notice", is_flag=True, help="Say it once in each new shell: what the warnings do.")
@directory_option
@json_option
def command(warn: bool | None, as_notice: bool, dir_: str | None, as_json: bool) -> None:
    """Show what is left of this month's core-hours, and how long it lasts.

    A core-hour is an hour on one core: a machine with 2 cores uses two in an hour. --warn adds four triggers to
    trigger_config.json.
    """
    directory = state_directory(dir_)
    if sum((warn is not None, as_notice, as_json)) > 1:
        raise click.UsageError("--warn, --notice and --json do not go together.")
    if warn is not None:
        note = quota_warnings.switch(directory, on=warn)
        click.echo(_WARNING if warn else _NO_WARNING)
        if note:
            click.echo(note)
        return
    found = fuel.look(directory)
    if as_notice:
        from codespace_tracker.cli.notice import give

        said = quota_warnings.notice(found)
        give(directory, quota_warnings.SUBJECT, said)
        click.echo(f"New shells say: {said}")
        return
    click.echo(show.json_text(as_content(found)) if as_json else text(found))


def as_content(found: Fuel) -> dict[str, Any]:
    """What `--json` shows."""
    now, zone = found.gauge, found.now.plan.zone

    def pace(one: Pace | None) -> dict[str, Any] | None:
        if one is None:
            return None
        return {
            "core_hours_a_day": _hours(one.core_us_a_day),
            "history_days": round(one.history_us / DAY_US, 2),
            "core_hours_at_reset": _hours(one.at_reset),
            "lasts_until": None if one.lasts_until is None else zone.iso(one.lasts_until),
        }

    return {
        "at": zone.iso(now.at),
        "month_start": UTC.iso(now.month_start),
        "month_end": UTC.iso(now.month_end),
        "quota_core_hours": None if now.quota is None else _hours(now.quota),
        "used_core_hours": _hours(now.used),
        "left_core_hours": None if now.left is None else _hours(now.left),
        "percent": None if now.percent is None else round(now.percent, 2),
        "basis": {
            "github_core_hours": None if now.as_of is None else _hours(now.billed),
            "github_as_of": None if now.as_of is None else zone.iso(now.as_of),
            "counted_here_core_hours": _hours(now.own),
        },
        "cores": found.now.session.span.cores,
        "estimated_dollars": round(dollars(_beyond(now)), 2),
        "pace": {"week": pace(found.week), "month": pace(found.month)},
    }


def text(found: Fuel) -> str:
    """What `quota` shows to people, within 80 columns."""
    now = found.gauge
    lines = [*_head(now), "", *_facts(found), "", *_paces(found)]
    if now.left:
        lines += ["", *_sizes(now.left, found.now.session.span.cores)]
    lines += ["", *_advice(found), *_unseen(found)]
    return "\n".join(lines)


def gauge_line(now: Gauge) -> str:
    """The gauge in one line: what is used, of how much."""
    if now.quota is None:
        return f"{show.core_hours(now.used)} core-hours"
    return f"{show.core_hours(now.used)} of {show.core_hours(now.quota)} core-hours ({now.percent or 0:.0f} %)"


def gauge_colour(now: Gauge) -> str:
    """Green, yellow or red, by what is used."""
    percent = now.percent or 0
    return "red" if percent >= _OUT_PERCENT else "yellow" if percent >= _LOW_PERCENT else "green"


def bar_part(now: Gauge, width: int) -> int:
    """How many of so many characters of a bar are full; where anything is used, at least one."""
    return max(round(min(1.0, (now.percent or 0) / 100) * width), 1 if now.used else 0)


def bar(now: Gauge, width: int) -> str:
    """The gauge as a bar of so many characters."""
    full = bar_part(now, width)
    return show.colour("█" * full, gauge_colour(now)) + "░" * (width - full)


def _head(now: Gauge) -> list[str]:
    month = f"{show.day(now.month_start, UTC)} to {show.day(now.month_end - DAY_US, UTC)} (UTC)"
    line = gauge_line(now)
    head = show.hanging("", f"{line} used · {month}").replace(line, show.bold(line))
    if now.quota is None:
        return [head, "  Your plan includes none: config.toml says so."]
    return [head, f"  {bar(now, min(_BAR, (show.columns() or 80) - 2))}"]


def _facts(found: Fuel) -> list[str]:
    now, zone = found.gauge, found.now.plan.zone
    rows = []
    if now.left is not None:
        cores = found.now.session.span.cores
        rows.append(
            (
                "Left",
                f"{show.core_hours(now.left)} core-hours: {run_time(now.left, cores)}"
                f" on this machine's {show.count(cores, 'core')}",
            )
        )
    rows.append(
        ("Begins anew", f"{show.moment(now.month_end, zone, seconds=False)}, in {show.about(now.month_end - now.at)}")
    )
    if now.as_of is None:
        none = "" if now.used else "nothing was counted in this month yet; "
        rows.append(("Basis", f"{none}this codespace only; all codespaces of yours share the quota"))
    else:
        told = f"GitHub's {show.core_hours(now.billed)} core-hours as of {show.moment(now.as_of, zone, seconds=False)}"
        rows += [("Basis", told), ("", f"+ {show.core_hours(now.own)} counted here that are not in them yet")]
    if (beyond := _beyond(now)) > 0:
        rows.append(
            ("Cost", f"estimated ${dollars(beyond):.2f} for {show.core_hours(beyond)} core-hours beyond the quota")
        )
    return [show.hanging(f"  {name:11}  ", value) for name, value in rows]


def _beyond(now: Gauge) -> int:
    return max(0, now.used - (now.quota or 0))


def _paces(found: Fuel) -> list[str]:
    now = found.gauge
    rows = []
    for pace, name in ((found.week, "last 7 days"), (found.month, "this month")):
        if pace is not None:
            rows.append(
                (
                    _name(name, pace),
                    f"{pace.core_us_a_day / HOUR_US:.1f}",
                    f"{pace.at_reset / HOUR_US:.1f}",
                    _lasts(pace, found),
                )
            )
    if not rows:
        return ["  No forecast yet: there is less than a day of history."]
    end = show.day(now.month_end, UTC).rpartition(" ")[0]
    head = ("At the pace of", "A day", f"By {end}", "The quota lasts" if now.quota is not None else "")
    if (show.columns() or 80) < _TABLE_LEAST:
        return [
            show.hanging(
                "  ", f"At the pace of {name}: {a_day} core-hours a day, {at_end} by {end}. {_sentence(lasts)}"
            )
            for name, a_day, at_end, lasts in rows
        ]
    shown = show.table(head, rows, frozenset({1, 2}))
    return [f"  {line}" for line in shown.split("\n")]


def _sentence(lasts: str) -> str:
    return f"The quota {lasts if lasts.startswith('is') else f'lasts {lasts}'}." if lasts else ""


def _name(name: str, pace: Pace) -> str:
    days = pace.history_us / DAY_US
    return name if name != "last 7 days" or days >= 7 else f"the {days:.1f} days known"


def _lasts(pace: Pace, found: Fuel) -> str:
    now = found.gauge
    if now.quota is None:
        return ""
    if now.left == 0:
        return "is used up"
    if pace.lasts_until is None:
        return "to the end of the month"
    return f"until {show.day(pace.lasts_until, found.now.plan.zone)}"


def _sizes(left: int, cores: int) -> list[str]:
    sizes = sorted({*SIZES, cores})
    rows = [tuple(run_time(left, size) for size in sizes)]
    others = [n for n, size in reversed(list(enumerate(sizes))) if size != cores]
    shown = show.table(
        [show.count(size, "core") for size in sizes],
        rows,
        frozenset(range(len(sizes))),
        others,
        (show.columns() or 80) - 2,
    )
    return ["  What is left runs a machine of", *(f"  {line}" for line in shown.split("\n"))]


def run_time(core_us: int, cores: int) -> str:
    """How long a machine of so many cores runs on core-time."""
    minutes = round(hours_left(core_us, cores) * 60)
    return f"{minutes // 60}h {minutes % 60:02}m"


def _advice(found: Fuel) -> list[str]:
    now = found.gauge
    if now.quota is None or (found.runs_out_at is None and now.left):
        return []
    smaller = "" if found.now.session.span.cores <= 2 else " A machine with fewer cores uses less an hour."
    what = (
        "The quota is used up: GitHub starts no codespace of yours until it begins anew, unless you pay for more."
        if not now.left
        else "At this pace the quota does not last."
    )
    return [show.item(f"{what} Stop the codespace when you leave it, and set a shorter idle time-out.{smaller}")]


def _unseen(found: Fuel) -> list[str]:
    lines = []
    if found.gauge.as_of is None:
        lines.append(
            "Not seen from here: your other codespaces. `codespace-tracker usage --help`: add GitHub's figures."
        )
    if found.gauge.quota is not None and not quota_warnings.are_on(found.now.plan.triggers):
        lines.append("To be warned at 50, 75, 90 and 100 %: codespace-tracker quota --warn")
    lines.append("Not in this: storage, which costs also while a codespace is stopped ($0.07 a GB-month, by GitHub).")
    lines.append("A stopped codespace is deleted after 30 days, unless you set another time: push your work.")
    return [show.item(line) for line in lines]


def _hours(core_us: int) -> float:
    return round(core_us / HOUR_US, 4)
