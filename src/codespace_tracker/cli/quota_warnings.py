"""The warnings that `quota --warn` switches on: ready-made triggers that give a notice of how the quota stands."""

from collections.abc import Iterable
from typing import Any

from codespace_tracker.cli import show
from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.fuel import Fuel
from codespace_tracker.core.trigger import Trigger

PERCENTS = (50, 75, 90, 100)
SUBJECT = "quota"
"""A newer notice of this subject takes the place of the one before: only the last one is true."""


def are_on(triggers: Iterable[Trigger]) -> bool:
    """Whether any trigger looks at the month: then nobody need be told of ours."""
    return any(one.enabled and any(level.measure == "month" for level in one.levels) for one in triggers)


def switch(directory: str, *, on: bool) -> str:
    """Add or enable the triggers in trigger_config.json, or let them rest; what a person should know if that is not in
    force yet. Raises Failure, OSError."""
    from codespace_tracker.cli.triggers.edit import change
    from codespace_tracker.config.edit import path_of, with_field, with_trigger
    from codespace_tracker.config.load import quota_of

    if on and quota_of(directory) is None:
        mend = 'set `plan` in config.toml to "free", "pro" or a number of core-hours.'
        raise Failure(f"there is no quota to warn of: config.toml says that your plan includes none. Mend: {mend}")

    def how(text: str, triggers: list[Trigger]) -> str | None:
        before = text
        places = {trigger.label: n for n, trigger in enumerate(triggers)}
        for label in map(_label, PERCENTS):
            n = places.get(label)
            if n is not None and triggers[n].enabled is not on:
                text = with_field(text, path_of(text, n), "enabled", on)
        for percent in PERCENTS:
            if on and _label(percent) not in places:
                text = with_trigger(text, _trigger(percent))
        return None if text == before else text

    return change(directory, how).note


def notice(found: Fuel) -> str:
    """How the quota stands, in a sentence or two; without one, what the month has used."""
    now = found.gauge
    if now.quota is None:
        return f"This month has used {show.core_hours(now.used)} core-hours; your plan includes none."
    used = f"{show.core_hours(now.used)} of {show.core_hours(now.quota)} core-hours"
    head = f"{now.percent or 0:.0f} % of this month's quota is used ({used})."
    if not now.left:
        anew = show.day(now.month_end, found.now.plan.zone)
        return f"{head} GitHub starts no codespace of yours until {anew}, unless you pay for more."
    soonest = found.runs_out_at
    return head if soonest is None else f"{head} At this pace it lasts until {show.day(soonest, found.now.plan.zone)}."


def _label(percent: int) -> str:
    return f"Quota warning at {percent} %"


def _trigger(percent: int) -> dict[str, Any]:
    return {
        "label": _label(percent),
        "script_command": "codespace-tracker quota --notice",
        "conditions": {"quota_percent": percent},
    }
