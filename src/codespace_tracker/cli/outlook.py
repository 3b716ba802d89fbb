"""What a trigger does now or next, in words: when it fires, or why not."""

import click

from codespace_tracker.config.conditions import EVENTS, SCOPES
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.views import wording
from codespace_tracker.views.standing import Standing, look


def outlook(standing: Standing, n: int, wait: int | None) -> str:
    """What trigger number `n` of the configuration does now, when it is due next, or why it will
    not be.

    `wait` is its value in `waits` (µs).
    """
    trigger = standing.triggers[n]
    going = standing.going.get((trigger.flag, trigger.label))
    if going is not None and going.state == "running":
        since = standing.started.get(going.id, going.claimed_at)
        return f"running for {wording.about(max(0, standing.moment.at - since))}"
    if not trigger.enabled:
        return "disabled"
    if going is not None and going.state == "queued":
        return "waiting for a free slot"
    if going is not None and going.retry_us is not None:
        return f"retry {wording.ahead(going.retry_us - standing.moment.measures.clock)}"
    if trigger.flag in standing.held:
        return "blocked by a flag you created"
    if trigger.scope != "edge" and trigger.flag in standing.spent:
        return _spent(standing, trigger)
    if trigger.edge is not None and trigger.edge.kind == "event":
        return EVENTS[trigger.edge.text].next
    if trigger.edge is not None and trigger.edge.kind == "idle":
        return _idle(standing.idle_in(n))
    if wait is None:
        no_quota = not standing.moment.measures.has_quota and any(
            level.measure == "quota" for level in trigger.levels
        )
        return "no quota here without GitHub's figures" if no_quota else "no upcoming time"
    text = wording.ahead(wait) if standing.running or wait > 0 else "when the tracker is started"
    if trigger.edge is not None and trigger.edge.kind == "at":
        return (
            f"{text}: "
            f"{wording.short_moment(standing.moment.at + wait, standing.configuration.zone)}"
            if wait > 0
            else text
        )
    return text


def with_bar(standing: Standing, n: int, wait: int | None) -> str:
    """The outlook, with a bar if the trigger's progress is known."""
    text = outlook(standing, n, wait)
    part = standing.progress(n, wait)
    return text if part is None or not text.startswith("in ") else f"{text}  {_bar(part)}"


def _idle(wait: int | None) -> str:
    if wait is None:
        return "activity unknown"
    return f"{wording.ahead(wait)}, if idle" if wait > 0 else "the next time you are idle"


def _spent(standing: Standing, trigger: Trigger) -> str:
    last = standing.last.get(trigger.flag)
    if (
        last is not None
        and last.label != trigger.label
        and last.label in _labels(standing, trigger)
    ):
        return f"fired with {last.label}"
    if last is not None and last.reason == "imported":
        return "not run: met by imported sessions"
    if trigger.scope == "ever" and standing.failed(trigger):
        return "failed: again next session"
    return SCOPES[trigger.scope].fired


def _labels(standing: Standing, trigger: Trigger) -> list[str]:
    return [one.label for one in standing.triggers if one.flag == trigger.flag]


def _bar(part: float) -> str:
    filled = int(part * 10)
    return f"{'█' * filled}{'░' * (10 - filled)} {int(part * 100)} %"


def tell_outlook(directory: str, trigger: Trigger, note: str) -> None:
    """Say when a trigger that was just changed will fire, or why it is not in force yet."""
    if note:
        click.echo(note)
        return
    standing = look(directory)
    place = next(
        (
            n
            for n, listed in enumerate(standing.triggers)
            if listed.fingerprint == trigger.fingerprint
        ),
        None,
    )
    if place is None:  # it was changed again since
        return
    (current, armed), wait = standing.armed[place], standing.waits().get(place)
    last = standing.last.get(current.flag)
    fired = last is not None and last.label == current.label and last.claimed_at >= armed.at
    if current.edge is None and current.enabled and (fired or (wait is not None and wait <= 0)):
        click.echo("Its conditions are already met: it fires at once.")
    else:
        click.echo(f"Next: {outlook(standing, place, wait)}.")


def notes(standing: Standing) -> list[str]:
    """Why the triggers in force may differ from the file, or do not fire at all."""
    found = list(standing.files)
    if standing.by_files:
        found.append("This uses the files as they are now.")
    if not standing.running:
        found.append(
            "The tracker is not running, so nothing fires. Start it: codespace-tracker start"
        )
    return found
